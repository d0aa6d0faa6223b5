"""Carries out the decisions of the Commission for the Control of Files on records of any owner, each once.

The outcome is stored in the same transaction by reference, so that a repeated request gets the same answer.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from shared.clock import time_at
from shared.crypto.ed25519 import encode_base64url
from shared.errors import Invalid, NotFound, Refusal
from shared.records.models import CommissionDecision, DecisionOutcome, Verdict
from shared.records.policy import Record
from shared.records.rules import DecidedOtherwise, RecordGone, corrected_former, corrected_input, removals_in
from shared.records.store import RecordStore
from shared.records.tables import decisions
from shared.records.tombstones import tombstone_of
from shared.records.versions import correct_former, give_reason
from shared.storage import first_or_none, having

_keep: Final = sa.insert(decisions)
_done: Final = sa.select(decisions).where(having(decisions, kind="of_kind", record_id="of_record", reference="under"))


async def carry_out(decision: CommissionDecision, record_id: str, records: RecordStore[Any]) -> DecisionOutcome:
    """Delete or correct a record, and notify its owner and all who received it; if that was done, return it again.

    Raises Invalid, Conflict, DecidedOtherwise, RecordGone, NotFound.
    """
    # In this order: a concurrent request is either found here, or changes another version and is refused.
    record = await records.find_whole(record_id)
    kind, reference = records.model.record_kind(), decision.reference
    asked = {"of_kind": kind, "of_record": record_id, "under": reference}
    if row := first_or_none(await records.session.fetch(_done, asked)):
        # If the record was deleted since, its corrections are not known.
        if row.decision != decision.decision or row.digest not in ("", _digest(decision)):
            raise DecidedOtherwise(f"under {reference} something else was done to record {record_id}")
        return _carried_out(decision, record_id, row.version, time_at(row.at))
    if record is None and (tombstone := await tombstone_of(records.session, kind, record_id)):
        ended = tombstone.deletion
        raise RecordGone(f"record {record_id} is gone: {ended.act} on {ended.at:%Y-%m-%d}")
    if record is None:
        raise NotFound(f"no record {record_id}")
    changed = await _changed(decision, record, records)
    done = {
        "record_id": record_id,
        "reference": reference,
        "kind": kind,
        "decision": decision.decision.value,
        "version": changed.version,
        "at": records.at.timestamp(),
        "digest": _digest(decision),
    }
    await records.session.execute(_keep, done)
    return _carried_out(decision, record_id, changed.version, records.at)


async def _changed(decision: CommissionDecision, record: Record, records: RecordStore[Any]) -> Record:
    if decision.decision is Verdict.DELETE:
        ended: Record = await records.delete(record, "decided", decision.reference)
        return ended

    given = decision.corrections or {}
    corrections = {name: patch for name, patch in given.items() if name not in records.removable}
    try:
        removed = removals_in(given, records.removable)
        _require_parts(record, removed, records)
        restated = records.restated(record, corrected_input(record, corrections))
        corrected: Record = records.corrected_parts(records.without_parts(restated, removed), corrections)
        records.require_plausible(corrected)
        await records.correct(corrected)
    except Refusal as refusal:
        raise _below_corrections(refusal) from refusal

    def correct(former: Record) -> Record:
        patched = corrected_former(records.without_parts(former, removed), corrections, corrected)
        replaced: Record = records.corrected_parts(patched, corrections)
        return replaced.model_copy(update=records.derived(replaced))

    await correct_former(records.session, corrected, correct)
    await give_reason(records.session, corrected, decision.reference)
    return corrected


def _require_parts(record: Record, removed: Mapping[str, Sequence[str]], records: RecordStore[Any]) -> None:
    """Require that a record has the parts that are removed. Raises Invalid."""
    for name, ids in removed.items():
        for each in ids:
            if records.without_parts(record, {name: [each]}) == record:
                raise Invalid("the record has no such part", at=f"/{name}/{each}")


def _below_corrections(refusal: Refusal) -> Refusal:
    """Return a refusal of a corrected entry with pointers into the corrections, where the request states it."""
    for error in refusal.members.get("errors", ()):
        error["pointer"] = f"/corrections{error['pointer']}"
    return refusal


def _digest(decision: CommissionDecision) -> str:
    if decision.corrections is None:
        return ""
    text = json.dumps(decision.corrections, sort_keys=True)
    return encode_base64url(hashlib.sha256(text.encode()).digest())


def _carried_out(decision: CommissionDecision, record_id: str, version: int, at: datetime) -> DecisionOutcome:
    return DecisionOutcome(
        id=record_id, decision=decision.decision, reference=decision.reference, version=version, at=at
    )
