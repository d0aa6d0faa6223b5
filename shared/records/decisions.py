"""Carries out what the Commission for the Control of Files decided on a record of any owner, once.

What came of a decision is kept under its reference, in the transaction that carries it out: whoever sends it again, as
after an answer that was lost, is answered the same. No owner can write there.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from shared.clock import time_at
from shared.crypto.ed25519 import encode_base64url
from shared.errors import NotFound
from shared.records.models import CarriedOut, CommissionDecision, Verdict
from shared.records.policy import Record
from shared.records.rules import DecidedOtherwise, RecordGone, corrected_entry
from shared.records.store import RecordStore
from shared.records.tables import decisions
from shared.records.tombstones import tombstone_of
from shared.records.versions import correct_former, give_reason
from shared.storage import first_or_none

_keep: Final = sa.insert(decisions)
_kept: Final = sa.select(decisions).where(
    decisions.c.kind == sa.bindparam("of_kind"),
    decisions.c.record_id == sa.bindparam("of_record"),
    decisions.c.reference == sa.bindparam("under"),
)


async def carry_out(decision: CommissionDecision, record_id: str, records: RecordStore[Any]) -> CarriedOut:
    """Delete or correct a record, and tell its owner and all who received it; if that is done, say so alone.

    Raises Invalid, Conflict, DecidedOtherwise, RecordGone, NotFound.
    """
    # In this order: a concurrent request is either found here, or changes another version and is refused.
    record = await records.find_whole(record_id)
    done = await _done_before(decision, record_id, records)
    if done is not None:
        return done
    if record is None:
        raise await _absence_of(record_id, records)
    changed = await _changed(decision, record, records)
    done = _carried_out(decision, record_id, changed.version, records.at)
    await _keep_done(decision, done, records)
    return done


async def _changed(decision: CommissionDecision, record: Record, records: RecordStore[Any]) -> Record:
    if decision.decision is Verdict.DELETE:
        ended: Record = await records.forget(record, "decided", decision.reference)
        return ended
    put_right = partial(_put_right, records, decision.corrections or {})
    corrected = put_right(record)
    await records.correct(corrected)
    await correct_former(records.session, corrected, put_right)
    await give_reason(records.session, corrected, decision.reference)
    return corrected


def _put_right(records: RecordStore[Any], corrections: Mapping[str, Any], version: Record) -> Record:
    corrected: Record = records.restated(version, corrected_entry(version, corrections))
    return corrected


async def _done_before(decision: CommissionDecision, record_id: str, records: RecordStore[Any]) -> CarriedOut | None:
    """Return what came of a decision before, or None. Raises DecidedOtherwise."""
    asked = {"of_kind": records.model.record_kind(), "of_record": record_id, "under": decision.reference}
    row = first_or_none(await records.session.fetch(_kept, asked))
    if row is None:
        return None
    # Where the record was deleted since, what it was corrected to is not known.
    if row.decision != decision.decision or row.digest not in ("", _digest(decision)):
        raise DecidedOtherwise(f"under {decision.reference} something else was done to record {record_id}")
    return _carried_out(decision, record_id, row.version, time_at(row.at))


async def _keep_done(decision: CommissionDecision, done: CarriedOut, records: RecordStore[Any]) -> None:
    row = {
        "record_id": done.id,
        "reference": done.reference,
        "kind": records.model.record_kind(),
        "decision": done.decision.value,
        "version": done.version,
        "at": done.at.timestamp(),
        "digest": _digest(decision),
    }
    await records.session.execute(_keep, row)


def _digest(decision: CommissionDecision) -> str:
    if decision.corrections is None:
        return ""
    text = json.dumps(decision.corrections, sort_keys=True)
    return encode_base64url(hashlib.sha256(text.encode()).digest())


async def _absence_of(record_id: str, records: RecordStore[Any]) -> RecordGone | NotFound:
    tombstone = await tombstone_of(records.session, records.model.record_kind(), record_id)
    if tombstone is None:
        return NotFound(f"no record {record_id}")
    ended = tombstone.deletion
    return RecordGone(f"record {record_id} is gone: {ended.act} on {ended.at:%Y-%m-%d}")


def _carried_out(decision: CommissionDecision, record_id: str, version: int, at: datetime) -> CarriedOut:
    return CarriedOut(id=record_id, decision=decision.decision, reference=decision.reference, version=version, at=at)
