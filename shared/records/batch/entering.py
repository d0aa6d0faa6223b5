"""Enters the lines of a batch in one transaction: each alone, or all or none.

A line with a reference may be sent again: it is the record that is present. Each line is entered as any other entry, so
that all rules and limits of entries hold. The rules are applied before the transaction, in which nobody else writes.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from math import inf
from time import monotonic
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from shared.errors import SHOWN_FAULTS, AlreadyHandled, Refusal, fault, in_one_line
from shared.identity import Caller
from shared.ids import uuid7
from shared.records.batch.models import (
    MAX_ENTRIES,
    MAX_SECONDS_READ,
    NOT_ENTERED,
    EntryError,
    EntryResult,
    EntryResults,
    LinesRefused,
    entries_of,
)
from shared.records.batch.reading import BatchLine, BatchReader
from shared.records.policy import Record, RecordInput, Revision
from shared.records.rules import input_of
from shared.records.store import RecordStore

MEMBER: Final = "entries"
REFERENCE: Final = "reference"
# So that the answer arrives before the gateway gives up.
MAX_SECONDS_JUDGED: Final = 2.0
# All who write wait for it, and so do searches for their entries in the audit log.
MAX_SECONDS_ENTERED: Final = 1.0
LEFT_OUT: Final = EntryError(
    code=NOT_ENTERED,
    pointer="",
    detail=f"the lines before it took {MAX_SECONDS_READ:g} seconds to read, {MAX_SECONDS_JUDGED:g} to judge, or "
    f"{MAX_SECONDS_ENTERED:g} to enter: send this one in another request",
)
EntryRule = Callable[[Any, Caller, Revision], Record]
Store = RecordStore[Any]

_SAVEPOINT: Final = sa.text("SAVEPOINT line")
_RELEASE: Final = sa.text("RELEASE SAVEPOINT line")
_UNDO: Final = sa.text("ROLLBACK TO SAVEPOINT line")
# From these on it is not the line that is at fault.
_OF_THE_SERVICE: Final = 500


def reader_of(store: type[Store]) -> BatchReader:
    """Return what reads the entries of a kind of record."""
    entry = input_of(store.model)
    return BatchReader(entry, entries_of(entry), MEMBER, REFERENCE, max_lines=MAX_ENTRIES, left_out=LEFT_OUT)


class JudgedLine(NamedTuple):
    """A line with the record that it makes, or why it is refused."""

    line: BatchLine
    record: Record | None
    error: EntryError | None = None


def judged(lines: Sequence[BatchLine], rule: EntryRule, by: Caller, at: datetime) -> list[JudgedLine]:
    """Return lines with the records that a rule makes of them; those for which there was no time are refused.

    It uses no store, and works in any thread: a line takes up to some milliseconds.
    """
    until = monotonic() + MAX_SECONDS_JUDGED
    return [_judged(line, rule, by, at) if monotonic() < until else JudgedLine(line, None, LEFT_OUT) for line in lines]


async def enter_lines(store: Store, lines: Sequence[JudgedLine], *, all_or_none: bool) -> Sequence[EntryResult]:
    """Enter lines, and return what became of each; those for which there was no time are refused.

    Raises LinesRefused if all or none are to be entered: before the store is locked if that is known, or else at the
    first line that is refused.
    """
    if all_or_none and any(each.error is not None for each in lines):
        raise _refused([_result(each.line, error=each.error) for each in lines])
    results, until = list[EntryResult](), inf
    for each in lines:
        is_late = each.record is not None and monotonic() >= until
        results.append(_result(each.line, error=LEFT_OUT) if is_late else await _entered(store, each))
        if all_or_none and results[-1].error is not None:
            raise _refused(results)
        # From the first line on, which waited for its turn as the only writer.
        until = min(until, monotonic() + MAX_SECONDS_ENTERED)
        # Others are served between two lines.
        await asyncio.sleep(0)
    return results


def summed_up(results: Sequence[EntryResult]) -> EntryResults:
    """Return results with their counts."""
    counts = {name: sum(each.result == name for each in results) for name in ("created", "present", "refused")}
    return EntryResults(results=list(results), **counts)


def _judged(line: BatchLine, rule: EntryRule, by: Caller, at: datetime) -> JudgedLine:
    if line.error is not None:
        return JudgedLine(line, None, EntryError(**line.error.model_dump()))
    try:
        return JudgedLine(line, rule(line.sent, by, Revision(uuid7(at), at)))
    except Refusal as refusal:
        return JudgedLine(line, None, _error_of(refusal))


async def _entered(store: Store, judged: JudgedLine) -> EntryResult:
    line, record, error = judged
    if record is None:
        return _result(line, error=error)
    try:
        entered = await _enter(store, record)
    except AlreadyHandled:
        # This is said of the whole request.
        raise
    except Refusal as refusal:
        if refusal.status >= _OF_THE_SERVICE:
            raise
        return _result(line, error=_error_of(refusal))
    result = "created" if entered.id == record.id else "present"
    return _result(line, result, entered.id, warnings=getattr(entered, "warnings", ()))


async def _enter(store: Store, record: Record) -> Record:
    async with _undoable(store):
        entered: Record = await store.enter(record)
        return entered


@asynccontextmanager
async def _undoable(store: Store) -> AsyncIterator[None]:
    """Undo what a block wrote if it raises a refusal, and go on with the transaction."""
    shown = len(store.caller.recorder.shown)
    await store.session.execute(_SAVEPOINT)
    try:
        yield
    except Refusal:
        await store.session.execute(_UNDO)
        await store.session.execute(_RELEASE)
        while len(store.caller.recorder.shown) > shown:
            store.caller.recorder.shown.popitem()
        raise
    await store.session.execute(_RELEASE)


def _result(line: BatchLine, result: Any = "refused", record_id: str | None = None, **more: Any) -> EntryResult:
    entry: RecordInput | None = line.sent
    reference = line.name if entry is None else entry.reference
    return EntryResult(line=line.number, reference=reference, result=result, id=record_id, **more)


def _error_of(refusal: Refusal) -> EntryError:
    errors = refusal.members.get("errors") or [{"pointer": "", "detail": refusal.detail}]
    record = refusal.members.get("record")
    return EntryError(code=refusal.code, pointer=errors[0]["pointer"], detail=errors[0]["detail"], record=record)


def _refused(results: Sequence[EntryResult]) -> LinesRefused:
    errors = [
        fault(f"/{MEMBER}/{place}{each.error.pointer}", f"line {each.line}: {each.error.detail}")
        for place, each in enumerate(results)
        if each.error is not None
    ]
    return LinesRefused(in_one_line(errors), errors=errors[:SHOWN_FAULTS])
