"""Enters the lines of a table through the gateway, each under the owner's reference, so that it may be sent again.

What a line changes of a record that is present is asked for by `update`, and is what the table has a column for; a line
whose `status` says so ends its record.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, Final, TypedDict

import httpx
import msgspec

from deploy.commands.line_requests import PASSING, LineRequests
from deploy.commands.line_source import LineSource, SourceLine
from deploy.commands.output import Line
from deploy.commands.progress_bar import Advance
from deploy.state.errors import CommandFailed
from deploy.state.gateway import content_of, fault_of
from shared.errors import Malformed
from shared.records.batch.reading import BatchLine, BatchReader
from shared.records.entry_limits import COUNTED_DAYS, TooManyTakenBack
from shared.records.references import ReferenceTaken
from shared.wording import counted

REFERENCE: Final = "reference"
STATUS: Final = "status"
IN_FORCE: Final = "stolen"
ENDINGS: Final[Mapping[str, str]] = {"recovered": "recovery", "withdrawn": "withdrawal"}
"""What a record may end as, and the operation that ends it so."""

WARNED: Final = frozenset({"created", "updated"})
"""What people read the warnings of: those of a record that is present were said before."""

PAGE: Final = 200
SHOWN: Final = 5
Say = Callable[[Line], None]


class _Record(TypedDict):
    id: str
    status: str


class _Listed(TypedDict):
    id: str
    reference: str | None
    updated: str


class _Page(TypedDict):
    items: list[_Listed]
    next: str | None


@dataclass(slots=True)
class Entered:
    """What became of the lines, and of records that no line has."""

    created: int = 0
    present: int = 0
    updated: int = 0
    ended: int = 0
    refused: int = 0
    warned: int = 0
    lines: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    """How often each code was the reason of a refusal."""

    references: set[str] = field(default_factory=set)
    """Of the lines."""

    @property
    def summary(self) -> str:
        """What was done, in one sentence."""
        counts = {"created": self.created, "present": self.present, "updated": self.updated, "ended": self.ended}
        said = ", ".join(
            f"{count:,} {name}" for name, count in counts.items() if count or name in ("created", "present")
        )
        warned = f"; {self.warned:,} with warnings" * bool(self.warned)
        return f"{counted(self.lines, 'line')}: {said}, {self.refused:,} refused{warned}"

    def advice(self, *, update: bool) -> list[str]:
        """Return what to do about what was refused."""
        later, said = self.codes[TooManyTakenBack.code], list[str]()
        if self.refused > later:
            said.append(f"refused: {self.refused - later:,}, correct them and repeat")
        if self.codes[ReferenceTaken.code] and not update:
            said.append("where a line differs from its record, --update changes the record")
        if later:
            said.append(
                f"not entered for now: {later:,}, as your bureau took back too many records; repeat this tomorrow, or "
                f"in {COUNTED_DAYS} days at the latest"
            )
        return said

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, int)}


class EnterRun:
    """One run over a table."""

    def __init__(self, requests: LineRequests, path: str, reader: BatchReader, say: Say, bureau: str) -> None:
        """`path` is that of the records, and ends in a slash; `bureau` is their owner."""
        self.entered = Entered()
        self._requests, self._path = requests, path
        self._reader, self._say, self._bureau = reader, say, bureau

    async def run(self, source: LineSource, lines: int, advance: Advance, *, update: bool) -> None:
        """Enter the table in parts of so many lines. Raises CommandFailed, StartRefused."""
        for part in source.parts(lines):
            for result in await self._results(part.lines, update=update):
                self.entered.lines += 1
                self.count(result)
            advance(part.end.offset)

    async def all_or_none(self, source: LineSource, at_most: int) -> None:
        """Enter all lines of a table in one request. Raises CommandFailed, StartRefused."""
        parts = list(islice(source.parts(at_most), 2))
        if len(parts) > 1:
            raise CommandFailed(f"--all-or-none is for one request, of at most {at_most:,} lines: nothing was entered")
        lines = parts[0].lines if parts else ()
        if faults := [f"line {line.number}: {fault}" for line in lines if (fault := self._fault_of(line))]:
            raise CommandFailed(f"nothing was entered: {'; '.join(faults[:SHOWN])}")
        if any(map(_ending_of, lines)):
            raise CommandFailed("nothing was entered: --all-or-none enters records, and ends none")
        for result in await self._requests.results(lines):
            self.entered.lines += 1
            self.count(result)

    async def _results(self, lines: Sequence[SourceLine], *, update: bool) -> Sequence[dict[str, Any]]:
        """Return what became of lines, in their order."""
        faulty = {line.number: _refused(line, fault) for line in lines if (fault := self._fault_of(line))}
        good = [line for line in lines if line.number not in faulty]
        results = faulty | {line.number: await self._ended(line) for line in good if _ending_of(line)}
        entering = [line for line in good if not _ending_of(line)]
        for line, result in zip(entering, await self._requests.results(entering), strict=True):
            is_other = update and (result["error"] or {}).get("code") == ReferenceTaken.code
            results[line.number] = await self._updated(line, result) if is_other else result
        return [results[line.number] for line in lines]

    def _fault_of(self, line: SourceLine) -> str:
        """Return what is wrong with a line before it is sent, or nothing; note its reference."""
        if line.cells is None:
            return line.fault
        reference, status = line.cells.get(REFERENCE), line.cells.get(STATUS, IN_FORCE)
        if reference is None:
            return "reference: each line needs one, so that the table may be sent again"
        if reference in self.entered.references:
            return f"reference: {reference} is that of an earlier line"
        self.entered.references.add(reference)
        return fault_of_status(status)

    async def _updated(self, line: SourceLine, result: Mapping[str, Any]) -> dict[str, Any]:
        """Change the record that has the reference of a line, in what the table has a column for."""
        read = self._read(line)
        if read.error is not None:
            return {**result, "error": read.error.model_dump()}
        path = f"{self._path}{result['error']['record']}"
        answer = await self._asked("GET", path)
        if not answer.is_success:
            return _changed(result, answer, "updated")
        present = content_of(answer, dict[str, Any])
        stated = read.sent.model_dump(mode="json")
        if present.get(STATUS) == IN_FORCE and self._in_columns(stated) == self._in_columns(present):
            return _changed(result, answer, "present")
        others = {name: present.get(name) for name in stated if name not in self._requests.columns}
        return _changed(result, await self._asked("PUT", path, json={**stated, **others}), "updated")

    def _read(self, line: SourceLine) -> BatchLine:
        cells = {name: cell for name, cell in (line.cells or {}).items() if name != STATUS}
        return self._reader.line_of_cells(line.number, cells)

    def _in_columns(self, record: Mapping[str, Any]) -> list[Any]:
        """Return what a record says in the columns of the table; words of a list have no order."""
        return [_unordered(record.get(name)) for name in self._requests.columns]

    def mark_of_line(self, line: SourceLine) -> int | None:
        """Return a number that is that of a record which says the same; None if the line cannot be read."""
        read = self._read(line)
        return None if read.error is not None else self.mark_of(read.sent.model_dump(mode="json"))

    def mark_of(self, record: Mapping[str, Any]) -> int:
        """Return a number that stands, in this process, for what a record says in the columns of the table."""
        return hash(msgspec.json.encode(self._in_columns(record), order="deterministic"))

    async def _ended(self, line: SourceLine) -> dict[str, Any]:
        """End the record that has the reference of a line, unless it has ended so before."""
        cells = line.cells or {}
        found = [each async for each in self.own({REFERENCE: cells[REFERENCE]})]
        result = {"line": line.number, REFERENCE: cells[REFERENCE], "result": "refused", "error": None}
        if not found:
            return _refused(line, f"reference: your bureau has no record {cells[REFERENCE]}")
        return await self.end(found[0]["id"], cells[STATUS], result)

    async def end(self, record_id: str, ending: str, result: Mapping[str, Any]) -> dict[str, Any]:
        """End a record, unless it has ended so before."""
        answer = await self._asked("POST", f"{self._path}{record_id}/{ENDINGS[ending]}")
        if not answer.is_success:
            present = await self._asked("GET", f"{self._path}{record_id}")
            if present.is_success and content_of(present, _Record)["status"] == ending:
                return {**result, "result": "present"}
        return _changed(result, answer, "ended")

    async def _asked(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Return the answer to a request about one record. Raises CommandFailed if it is one that passes."""
        answer = await self._requests.ask(method, path, **options)
        if answer.status_code in PASSING:
            raise CommandFailed(f"{fault_of(answer)}: repeat the command later, which goes on with the table")
        return answer

    async def own(self, filters: Mapping[str, Any]) -> AsyncIterator[_Listed]:
        """Yield the records of the own bureau that a list shows: another may use the same references."""
        query: dict[str, Any] = {"limit": PAGE, "owner": self._bureau, **filters}
        while True:
            answer = await self._asked("GET", self._path.rstrip("/"), params=query)
            if not answer.is_success:
                raise CommandFailed(f"the list of records was refused: {fault_of(answer)}")
            page = content_of(answer, _Page)
            for each in page["items"]:
                yield each
            if page["next"] is None:
                return
            query["after"] = page["next"]

    def count(self, result: Mapping[str, Any]) -> None:
        """Count what became of a line or a record, and say it."""
        setattr(self.entered, result["result"], getattr(self.entered, result["result"]) + 1)
        self.entered.warned += bool(result.get("warnings"))
        if result["error"]:
            self.entered.codes[result["error"]["code"]] += 1
        self._say(Line(_in_words(result), dict(result)))


def fault_of_status(status: str) -> str:
    """Return what is wrong with the status of a line, or nothing."""
    return "" if status in {IN_FORCE, *ENDINGS} else f"status: must be one of {IN_FORCE}, {', '.join(ENDINGS)}"


def _ending_of(line: SourceLine) -> str | None:
    status = (line.cells or {}).get(STATUS)
    return status if status in ENDINGS else None


def _refused(line: SourceLine, fault: str) -> dict[str, Any]:
    error = {"code": Malformed.code, "pointer": "", "detail": fault}
    reference = (line.cells or {}).get(REFERENCE)
    return {"line": line.number, REFERENCE: reference, "result": "refused", "error": error}


def _changed(result: Mapping[str, Any], answer: httpx.Response, done: str) -> dict[str, Any]:
    if answer.is_success:
        record: Mapping[str, Any] = content_of(answer, _Record)
        return {**result, "result": done, "id": record["id"], "error": None, "warnings": record.get("warnings", [])}
    return {**result, "result": "refused", "error": {"code": "refused", "pointer": "", "detail": fault_of(answer)}}


def _in_words(result: Mapping[str, Any]) -> str:
    """Return why a line was refused, or what it was changed with a warning of; nothing else, which nobody need read."""
    which = f"line {result['line']}" if result["line"] else result[REFERENCE]
    if error := result["error"]:
        name = error["pointer"].removeprefix("/")
        where = f"{name}: " if name and name not in error["detail"] else ""
        return f"{which}: {where}{error['detail']}"
    if result["result"] not in WARNED or not result.get("warnings"):
        return ""
    warnings = [f"{each['pointer'].removeprefix('/')} {each['detail']}" for each in result["warnings"]]
    return f"{which}: {result['result']}, but {'; '.join(warnings)}"


def _unordered(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) and all(isinstance(each, str) for each in value) else value
