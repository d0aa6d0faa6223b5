"""Checks the lines of a batch: all keys in a few statements, and one search for each line that may find something.

What a line leaves: the digest of the whole request in one leaf of the audit log, and a disclosure of each record shown.
Only with `remember` it leaves a saved search too.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import Any, Final

from shared.errors import Invalid
from shared.records.batch.answers import AnswerWriter, CsvWriter, JsonWriter
from shared.records.batch.models import (
    MAX_HITS,
    MAX_HITS_BYTES,
    MAX_LINES,
    MAX_NEAR,
    MAX_REMEMBERED,
    MAX_SECONDS_READ,
    NOT_SEARCHED,
    CheckOptions,
    check_line,
    checks_of,
)
from shared.records.batch.reading import Batch, BatchLine, BatchReader
from shared.records.results import QueryWarning
from shared.records.search.batch_lines import LineError, LineResult
from shared.records.search.query_warnings import HITS_CUT
from shared.records.search.searchable_store import SearchableStore
from shared.storage.sqlite import run_in_thread

MEMBER: Final = "checks"
OWN: Final = "own_reference"
# So that the answer arrives before the gateway gives up.
MAX_SECONDS: Final = 3.0
LEFT_OUT: Final = LineError(
    code=NOT_SEARCHED,
    pointer="",
    detail=f"the lines before it took {MAX_SECONDS_READ:g} seconds to read or {MAX_SECONDS:g} to search, filled the "
    f"answer with {MAX_HITS:,} hits or {MAX_HITS_BYTES // 2**20} MiB of them, or were {MAX_NEAR} with near or "
    "wildcards: send this one again",
)
Store = SearchableStore[Any, Any]


def reader_of(store: type[Store]) -> BatchReader:
    """Return what reads the checks of a kind of record."""
    return BatchReader(
        check_line(store.query), checks_of(store.query), MEMBER, OWN, max_lines=MAX_LINES, left_out=LEFT_OUT
    )


def options_of(batch: Batch, stated: CheckOptions) -> CheckOptions:
    """Return the options of a batch, of its body or of its query. Raises Invalid if it has too many lines for them."""
    options = stated.model_copy(update={name: True for name, is_set in batch.options.items() if is_set})
    for name, at_most in (("near", MAX_NEAR), ("remember", MAX_REMEMBERED)):
        if getattr(options, name) and len(batch.lines) > at_most:
            raise Invalid(f"with {name} a request may have at most {at_most} lines: send it in parts", at=f"/{name}")
    return options


class BatchCheck:
    """One batch, checked by a store for its caller."""

    def __init__(
        self, store: Store, batch: Batch, options: CheckOptions, monotonic: Callable[[], float] = monotonic
    ) -> None:
        lines = [*map(_near, batch.lines)] if options.near else batch.lines
        self._store, self._batch, self._options = store, batch._replace(lines=lines), options
        self._result = store.line_model
        self._writer: AnswerWriter = (CsvWriter if batch.answer == "csv" else JsonWriter)(self._result)
        self._hits_left, self._bytes_left = MAX_HITS, MAX_HITS_BYTES
        self._alone = 0
        self._not_searched = set[int]()
        self._monotonic = monotonic

    @property
    def media_type(self) -> str:
        """The media type of the answer."""
        return self._writer.media_type

    async def answer(self) -> bytes:
        """Return the answers to all lines; record what they disclose, and save the searches if that is asked for."""
        searched = [line for line in self._batch.lines if line.error is None]
        places = await self._store.which_may_find([line.sent for line in searched])
        found = await self._found([searched[place] for place in sorted(places)])
        if self._options.remember:
            for line in searched:
                if line.number not in self._not_searched:
                    self._store.save_search(line.sent)
        return await run_in_thread(partial(self._written, found))

    async def _found(self, lines: Sequence[BatchLine]) -> dict[int, bytes]:
        """Return the answers to the lines that may find something, by their numbers."""
        limit, until = max(1, MAX_HITS // max(len(lines), 1)), self._monotonic() + MAX_SECONDS
        answers = dict[int, bytes]()
        for line in lines:
            if self._hits_left <= 0 or self._bytes_left <= 0 or self._monotonic() > until or self._is_too_many(line):
                self._not_searched.add(line.number)
                answers[line.number] = self._writer.refused(line, LEFT_OUT)
                continue
            result = self._result.of(await self._store.look_up(line.sent), limit, **_place(line))
            if result.hits or result.near or result.warnings:
                answers[line.number] = self._writer.found(line, self._shown(result))
            # Others are served between two searches.
            await asyncio.sleep(0)
        return answers

    def _is_too_many(self, line: BatchLine) -> bool:
        """Return whether a line takes statements of its own, and too many do."""
        self._alone += self._store.is_searched_alone(line.sent)
        return self._alone > MAX_NEAR

    def _shown(self, result: LineResult[Any]) -> LineResult[Any]:
        """Return an answer with as much as there is room for, and record what it discloses."""
        for place, hit in enumerate(every := (*(result.hits or ()), *result.near)):
            self._bytes_left -= len(hit.record.model_dump_json())
            self._hits_left -= 1
            if self._bytes_left < 0 or self._hits_left < 0:
                result = _cut(result, place, len(every))
                break
        for shown in result.disclosed("search"):
            self._store.caller.recorder.record(shown)
        return result

    def _written(self, found: dict[int, bytes]) -> bytes:
        return self._writer.whole([found.get(line.number) or self._without_hit(line) for line in self._batch.lines])

    def _without_hit(self, line: BatchLine) -> bytes:
        if line.error is not None:
            return self._writer.refused(line, line.error)
        return self._writer.nothing(line, self._warnings(line), self._store.said_of_nothing(line.sent))

    def _warnings(self, line: BatchLine) -> list[QueryWarning]:
        return list(self._store.query_warnings(line.sent, self._store.at))


def _place(line: BatchLine) -> dict[str, Any]:
    return {"line": line.number, "own_reference": line.sent.own_reference}


def _cut(result: LineResult[Any], left: int, total: int) -> LineResult[Any]:
    """Return an answer with the first of its hits and of what is near, and a warning."""
    hits = list(result.hits or ())[:left]
    cut = HITS_CUT.at("", f"{left} of {total} records are shown: check this line alone")
    near = result.near[: left - len(hits)]
    return result.model_copy(update={"hits": hits, "near": near, "warnings": [*result.warnings, cut]})


def _near(line: BatchLine) -> BatchLine:
    return line if line.sent is None else line._replace(sent=line.sent.model_copy(update={"near": True}))
