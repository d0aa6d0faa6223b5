"""Writes the answers to the lines of a batch of checks, in JSON or CSV: most find nothing, and cost next to nothing."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any, Final, Protocol

import msgspec

from shared.records.batch.models import CSV, JSON, EntryError, EntryResult, EntryResults
from shared.records.batch.reading import BatchLine
from shared.records.results import QueryWarning
from shared.records.search.batch_lines import LineError, LineResult

_encode: Final = msgspec.json.Encoder(enc_hook=lambda model: model.model_dump()).encode
HEADER: Final = (
    *("line", "own_reference", "result", "verdict", "total", "near"),
    *("record", "owner", "score", "match", "handling", "conditions", "other_condition"),
    *("warnings", "code", "pointer", "detail"),
)
"""The columns of an answer to checks in CSV; a line has the best of its hits, or else of what is near.

The verdict is empty of a kind whose searches have none.
"""

ENTRY_HEADER: Final = ("line", "reference", "result", "id", "warnings", "code", "pointer", "detail", "record")
"""The columns of an answer to entries in CSV."""

UNREADABLE: Final = "unreadable"
"""The verdict on a number that was misread, so that another one was probably meant."""


class AnswerWriter(Protocol):
    """Writes one line of an answer each, and then the whole."""

    media_type: str

    def nothing(self, line: BatchLine, warnings: Sequence[QueryWarning], said: Mapping[str, str]) -> bytes:
        """Return the answer to a line that found nothing; `said` are the members that the kind adds."""

    def refused(self, line: BatchLine, error: LineError) -> bytes:
        """Return the answer to a line that was not searched."""

    def found(self, line: BatchLine, result: LineResult[Any]) -> bytes:
        """Return the answer to a line that found something."""

    def whole(self, lines: Sequence[bytes]) -> bytes:
        """Return the answer to all lines."""


class JsonWriter:
    """Writes an object with a list of results."""

    media_type = JSON

    def __init__(self, result: type[LineResult[Any]]) -> None:
        self._result = result

    def nothing(self, line: BatchLine, warnings: Sequence[QueryWarning], said: Mapping[str, str]) -> bytes:
        """Return the answer to a line that found nothing; `said` are the members that the kind adds."""
        own = line.sent.own_reference
        more = b"".join(b',"%b":"%b"' % (name.encode(), value.encode()) for name, value in said.items())
        if not warnings and own is None:
            return b'{"hits":[],"total":0,"near":[],"warnings":[],"error":null,"line":%d,"own_reference":null%b}' % (
                line.number,
                more,
            )
        written = _encode(warnings), line.number, _encode(own), more
        return b'{"hits":[],"total":0,"near":[],"warnings":%b,"error":null,"line":%d,"own_reference":%b%b}' % written

    def refused(self, line: BatchLine, error: LineError) -> bytes:
        """Return the answer to a line that was not searched."""
        own = line.name if line.sent is None else line.sent.own_reference
        return self._result(error=error, line=line.number, own_reference=own).model_dump_json().encode()

    def found(self, line: BatchLine, result: LineResult[Any]) -> bytes:  # noqa: ARG002 - the result has its place
        """Return the answer to a line that found something."""
        return result.model_dump_json().encode()

    def whole(self, lines: Sequence[bytes]) -> bytes:
        """Return the answer to all lines."""
        return b'{"results":[%b]}' % b",".join(lines)


class CsvWriter:
    """Writes a table with a line for each line, which shows the best of its hits."""

    media_type = CSV

    def __init__(self, result: type[LineResult[Any]]) -> None:
        self._result = result

    def nothing(self, line: BatchLine, warnings: Sequence[QueryWarning], said: Mapping[str, str]) -> bytes:
        """Return the answer to a line that found nothing; `said` are the members that the kind adds."""
        own = line.sent.own_reference
        if not warnings and own is None and not said:
            return b"%d,,none,,0,0,,,,,,,,,,,\r\n" % line.number
        return self.found(
            line, self._result(hits=[], total=0, warnings=warnings, line=line.number, own_reference=own, **said)
        )

    def refused(self, line: BatchLine, error: LineError) -> bytes:
        """Return the answer to a line that was not searched."""
        own = line.name if line.sent is None else line.sent.own_reference
        return self.found(line, self._result(error=error, line=line.number, own_reference=own))

    def found(self, line: BatchLine, result: LineResult[Any]) -> bytes:  # noqa: ARG002 - the result has its place
        """Return the answer to a line that found something."""
        return _csv(table_row(result.model_dump(mode="json")))

    def whole(self, lines: Sequence[bytes]) -> bytes:
        """Return the answer to all lines."""
        return b"".join((_csv(HEADER), *lines))


def outcome_of(result: Mapping[str, Any]) -> str:
    """Return what became of a line of checks: `hit`, `near`, `none`, `unreadable`, or `refused` if it was not searched.

    An `unreadable` number is none that nothing was found of.
    """
    if result["error"]:
        return "refused"
    if result["total"] or result["near"]:
        return "hit" if result["total"] else "near"
    return UNREADABLE if result.get("verdict") == UNREADABLE else "none"


def table_row(result: Mapping[str, Any]) -> Sequence[Any]:
    """Return the cells of the answer to a line of checks, which JSON has whole."""
    best = next(iter(result["hits"] or result["near"]), None)
    shown = _shown(best, best["record"]) if best else ("",) * 7
    error = result["error"] or {}
    why = [error.get(name, "") for name in ("code", "pointer", "detail")]
    counts = ("", "") if error else (result["total"], len(result["near"]))
    return (
        result["line"],
        result["own_reference"],
        outcome_of(result),
        result.get("verdict"),
        *counts,
        *shown,
        _codes(result["warnings"]),
        *why,
    )


def _shown(hit: Mapping[str, Any], record: Mapping[str, Any]) -> Sequence[Any]:
    """Return the cells of a hit: its record, and on which terms that is shared."""
    terms = record["handling"], " ".join(record["conditions"]), record["other_condition"]
    return (record["id"], record["owner"], hit["score"], hit["match"], *terms)


def _codes(warnings: Sequence[Mapping[str, Any]]) -> str:
    return " ".join(each["code"] for each in warnings)


def entries_table(results: EntryResults) -> bytes:
    """Return what became of each line as a table."""
    return b"".join((_csv(ENTRY_HEADER), *(_csv(_entry_row(each)) for each in results.results)))


def _entry_row(result: EntryResult) -> Sequence[Any]:
    warnings = _codes([each.model_dump() for each in result.warnings])
    return (result.line, result.reference, result.result, result.id, warnings, *_why(result.error))


def _why(error: EntryError | None) -> Sequence[str | None]:
    return ("",) * 4 if error is None else (error.code, error.pointer, error.detail, error.record)


def _csv(cells: Sequence[Any]) -> bytes:
    written = StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue().encode()
