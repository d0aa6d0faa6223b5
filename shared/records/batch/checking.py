"""Checks the lines of a batch: all keys in a few statements, and one search for each line that may find something.

What a line leaves: the digest of the whole request in one leaf of the audit log, and a disclosure of each record shown.
Only with `remember` it leaves a saved search too.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from shared.errors import Invalid
from shared.records.batch.answers import AnswerWriter, CsvWriter, JsonWriter
from shared.records.batch.models import (
    MAX_HITS,
    MAX_HITS_BYTES,
    MAX_LINES,
    MAX_NEAR,
    MAX_REMEMBERED,
    CheckOptions,
    check_line,
    checks_of,
)
from shared.records.batch.reading import Batch, BatchLine, BatchReader
from shared.records.results import Hits, QueryWarning
from shared.records.search.batch_lines import LineError, LineResult
from shared.records.search.query_warnings import HITS_CUT
from shared.records.search.searchable_store import SearchableStore

MEMBER: Final = "checks"
ANSWER_FULL: Final = "answer-full"
_FULL: Final = LineError(
    code=ANSWER_FULL,
    pointer="",
    detail=f"the answer has {MAX_HITS:,} hits or {MAX_HITS_BYTES // 2**20} MiB of them already: check this line again",
)
Store = SearchableStore[Any, Any]


def reader_of(store: type[Store]) -> BatchReader:
    """Return what reads the checks of a kind of record."""
    return BatchReader(check_line(store.query), checks_of(store.query), MEMBER, max_lines=MAX_LINES)


def options_of(batch: Batch, stated: CheckOptions) -> CheckOptions:
    """Return the options of a batch, of its body or of its query. Raises Invalid if it has too many lines for them."""
    options = stated.model_copy(update={name: True for name, is_set in batch.options.items() if is_set})
    for name, at_most in (("near", MAX_NEAR), ("remember", MAX_REMEMBERED)):
        if getattr(options, name) and len(batch.lines) > at_most:
            raise Invalid(f"with {name} a request may have at most {at_most} lines: send it in parts", at=f"/{name}")
    return options


class BatchCheck:
    """One batch, checked by a store for its caller."""

    def __init__(self, store: Store, batch: Batch, options: CheckOptions) -> None:
        self._store, self._batch, self._options = store, batch, options
        self._writer: AnswerWriter = CsvWriter() if batch.answer == "csv" else JsonWriter()
        self._result: type[LineResult[Any]] = LineResult[store.model]  # type: ignore[name-defined]
        self._left = MAX_HITS_BYTES

    @property
    def media_type(self) -> str:
        """The media type of the answer."""
        return self._writer.media_type

    async def answer(self) -> bytes:
        """Return the answers to all lines; record what they disclose, and save the searches if that is asked for."""
        lines = self._batch.lines
        searched = [line for line in lines if line.error is None]
        places = await self._store.which_may_find([line.sent for line in searched])
        candidates = {searched[place].number for place in places}
        found = await self._found([line for line in searched if line.number in candidates])
        if self._options.remember:
            for line in searched:
                self._store.save_search(line.sent)
        return await asyncio.to_thread(self._written, found)

    async def _found(self, lines: Sequence[BatchLine]) -> dict[int, bytes]:
        """Return the answers to the lines that may find something, by their numbers."""
        limit = max(1, MAX_HITS // max(len(lines), 1))
        answers = dict[int, bytes]()
        shown = 0
        for line in lines:
            if shown >= MAX_HITS or self._left <= 0:
                answers[line.number] = self._writer.refused(line, _FULL)
                continue
            hits = await self._store.look_up(line.sent)
            if hits.total or hits.warnings:
                answers[line.number] = self._shown(line, hits, limit)
                shown += min(len(hits.hits), limit)
            # Others are served between two searches.
            await asyncio.sleep(0)
        return answers

    def _shown(self, line: BatchLine, hits: Hits[Any], limit: int) -> bytes:
        place = {"line": line.number, "own_reference": line.sent.own_reference}
        result = self._result.of(self._fitting(hits, limit), limit, **place)
        for shown in result.disclosed("search"):
            self._store.caller.recorder.record(shown)
        return self._writer.found(line, result)

    def _fitting(self, hits: Hits[Any], limit: int) -> Hits[Any]:
        """Return hits without those for which the answer has no room, with a warning if there are such."""
        for place, hit in enumerate(hits.hits[:limit]):
            self._left -= len(hit.record.model_dump_json())
            if self._left < 0:
                cut = HITS_CUT.at("", f"{place} of {hits.total} hits are shown: check this line alone")
                return hits.model_copy(update={"hits": hits.hits[:place], "warnings": [*hits.warnings, cut]})
        return hits

    def _written(self, found: dict[int, bytes]) -> bytes:
        return self._writer.whole([found.get(line.number) or self._without_hit(line) for line in self._batch.lines])

    def _without_hit(self, line: BatchLine) -> bytes:
        if line.error is not None:
            return self._writer.refused(line, line.error)
        return self._writer.nothing(line, self._warnings(line))

    def _warnings(self, line: BatchLine) -> list[QueryWarning]:
        return list(self._store.query_warnings(line.sent, self._store.at))
