"""Checks a table of any length, a part at a time, and writes the answers in the order of its lines."""

import asyncio
import csv
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from io import StringIO
from time import monotonic
from typing import Any, Final, Protocol

import msgspec

from deploy.commands.check_output import Progress
from deploy.commands.line_requests import LineRequests
from deploy.commands.line_source import LineSource, Part, Position, SourceLine
from deploy.commands.progress_bar import Advance
from deploy.state.printable import printable, printable_json
from shared.errors import Malformed
from shared.records.batch.answers import HEADER, outcome_of, table_row
from shared.wording import counted

# One is worked on while another is sent or written.
AT_ONCE: Final = 2


class Output(Protocol):
    """Where answers are written."""

    def write(self, content: bytes) -> None:
        """Write the answers of a part."""

    def commit(self, end: Position, counts: Mapping[str, int]) -> None:
        """Remember that the answers up to a place are written."""


@dataclass(slots=True)
class Counts:
    """How many lines were answered, and how."""

    checked: int = 0
    hit: int = 0
    near: int = 0
    none: int = 0
    unreadable: int = 0
    refused: int = 0

    def take(self, results: Sequence[Mapping[str, Any]]) -> None:
        """Count the answers to some lines."""
        self.checked += len(results)
        for result in results:
            outcome = outcome_of(result)
            setattr(self, outcome, getattr(self, outcome) + 1)

    def in_words(self, seconds: float, checked: int) -> str:
        """Return what was done in one sentence; `checked` are the lines of these seconds."""
        others = ((self.near, "near"), (self.unreadable, "unreadable"), (self.refused, "refused"))
        besides = "".join(f", {count:,} {outcome}" for count, outcome in others if count)
        rest = f", {checked:,} of them now," * (checked < self.checked)
        rate = f"{rest} in {seconds:.1f} s, {checked / max(seconds, 0.001):,.0f} a second" if checked else ""
        return f"{counted(self.checked, 'line')} checked{rate}: {self.hit:,} with hits{besides}"


class CheckRun:
    """One run over a table."""

    def __init__(self, source: LineSource, requests: LineRequests, output: Output, *, as_json: bool) -> None:
        self.counts = Counts()
        self._source, self._requests, self._output, self._as_json = source, requests, output, as_json
        self._began, self._before = monotonic(), 0

    @property
    def summary(self) -> str:
        """What was done, in one sentence."""
        return self.counts.in_words(monotonic() - self._began, self.counts.checked - self._before)

    def begin(self) -> None:
        """Write what is before the first line."""
        if not self._as_json:
            self._output.write(_csv([HEADER]))
        self._output.commit(self._source.position(), {})

    def go_on(self, before: Progress) -> None:
        """Go on where an earlier run ended. Raises WrongUsage if the source has changed."""
        self._source.skip_to(before.place)
        self.counts = Counts(**before.counts)
        self._before = self.counts.checked

    async def run(self, lines: int, advance: Advance) -> None:
        """Check the table in parts of so many lines. Raises CommandFailed, StartRefused."""
        under_way = deque[tuple[Part, asyncio.Task[list[dict[str, Any]]]]]()
        try:
            for part in self._source.parts(lines):
                under_way.append((part, asyncio.create_task(self._answers(part.lines))))
                if len(under_way) >= AT_ONCE:
                    self._finish(*await _first(under_way), advance)
            while under_way:
                self._finish(*await _first(under_way), advance)
        finally:
            for _, task in under_way:
                task.cancel()

    async def _answers(self, lines: Sequence[SourceLine]) -> list[dict[str, Any]]:
        """Return the answers to lines in their order."""
        answers = {line.number: _unreadable(line) for line in lines if line.cells is None}
        for result in await self._requests.results([line for line in lines if line.cells is not None]):
            answers[result["line"]] = result
        return [answers[line.number] for line in lines]

    def _finish(self, part: Part, answers: Sequence[Mapping[str, Any]], advance: Advance) -> None:
        self.counts.take(answers)
        self._output.write(b"".join(map(_json, answers)) if self._as_json else _csv(map(table_row, answers)))
        self._output.commit(part.end, asdict(self.counts))
        advance(part.end.offset)


async def _first(
    under_way: deque[tuple[Part, asyncio.Task[list[dict[str, Any]]]]],
) -> tuple[Part, list[dict[str, Any]]]:
    part, task = under_way[0]
    answers = await task
    under_way.popleft()
    return part, answers


def _unreadable(line: SourceLine) -> dict[str, Any]:
    error = {"code": Malformed.code, "pointer": "", "detail": line.fault}
    nothing: dict[str, Any] = {"hits": None, "total": None, "near": [], "warnings": []}
    return {**nothing, "error": error, "line": line.number, "own_reference": None}


def _json(answer: Mapping[str, Any]) -> bytes:
    return printable_json(msgspec.json.encode(answer).decode()).encode() + b"\n"


def _csv(rows: Iterator[Sequence[Any]] | Sequence[Sequence[Any]]) -> bytes:
    written = StringIO()
    csv.writer(written).writerows([printable(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return written.getvalue().encode()
