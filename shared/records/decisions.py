"""Carries out what the Commission for the Control of Files decided on a record, whoever's it is."""

from typing import Any

from shared.records.history import give_reason
from shared.records.models import CarriedOut, CommissionDecision, Verdict
from shared.records.policy import Record
from shared.records.rules import corrected_entry
from shared.records.store import RecordStore


async def carry_out(decision: CommissionDecision, record: Record, records: RecordStore[Any]) -> CarriedOut:
    """Delete or correct a record, and tell its owner and all who received it. Raises Invalid, Conflict."""
    if decision.decision is Verdict.DELETE:
        changed = await records.forget(record, "decided", decision.reference)
    else:
        changed = records.restated(record, corrected_entry(record, decision.corrections or {}))
        await give_reason(records.session, changed, decision.reference)
        await records.correct(changed)
    return CarriedOut(
        id=record.id,
        decision=decision.decision,
        reference=decision.reference,
        version=changed.version,
        at=records.at,
    )
