"""Enters the lines of a batch in one transaction: each by itself, or all or none.

A line with a reference may be sent again: it is the record that is present. Each line is entered as any other entry, so
that all rules and limits of entries hold.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import sqlalchemy as sa

from shared.errors import SHOWN_FAULTS, AlreadyHandled, Refusal, fault, in_one_line
from shared.identity import Caller
from shared.ids import uuid7
from shared.records.batch.models import MAX_ENTRIES, EntryError, EntryResult, EntryResults, LinesRefused, entries_of
from shared.records.batch.reading import BatchLine, BatchReader
from shared.records.policy import Record, RecordInput, Revision
from shared.records.rules import input_of
from shared.records.store import RecordStore

MEMBER: Final = "entries"
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
    return BatchReader(entry, entries_of(entry), MEMBER, max_lines=MAX_ENTRIES)


async def enter_lines(
    store: Store, rule: EntryRule, lines: Sequence[BatchLine], *, all_or_none: bool
) -> Sequence[EntryResult]:
    """Enter lines by a rule, and return what became of each. Raises LinesRefused if all or none are to be entered."""
    results = [await _entered(store, rule, line) for line in lines]
    if all_or_none and any(each.error is not None for each in results):
        raise _refused(results)
    return results


def summed_up(results: Sequence[EntryResult]) -> EntryResults:
    """Return results with their counts."""
    counts = {name: sum(each.result == name for each in results) for name in ("created", "present", "refused")}
    return EntryResults(results=list(results), **counts)


async def _entered(store: Store, rule: EntryRule, line: BatchLine) -> EntryResult:
    if line.error is not None:
        return _result(line, error=EntryError(**line.error.model_dump()))
    revision = Revision(uuid7(store.at), store.at)
    try:
        record = await _enter(store, rule(line.sent, store.caller, revision))
    except AlreadyHandled:
        # This is said of the whole request.
        raise
    except Refusal as refusal:
        if refusal.status >= _OF_THE_SERVICE:
            raise
        return _result(line, error=_error_of(refusal))
    return _result(line, "created" if record.id == revision.id else "present", record.id)


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
    reference = None if entry is None else entry.reference
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
