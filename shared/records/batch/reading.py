"""Reads the lines of a request, strictly and one by one: one that is unreadable is answered, and loses no other.

It checks what `shared.web.strict_json` checks of other bodies as well: no member twice, no U+0000, of each line by
itself, and of JSON in a cell. What is no JSON at all is refused whole, as nobody can say where its lines end. Before a
line is validated its bytes and values are bounded, as that cannot be interrupted; so is the time of all lines. Works in
any thread.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from time import monotonic
from types import UnionType
from typing import Any, Final, NamedTuple, Union, get_args, get_origin

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from shared.compat.raw_body_routes import SentBody
from shared.errors import Invalid, Malformed, Refusal, TooLarge, UnsupportedMediaType
from shared.records.batch.models import (
    CSV,
    JSON,
    MAX_BYTES,
    MAX_LINE_BYTES,
    MAX_SECONDS_READ,
    MAX_VALUES,
    MAX_VALUES_OF_LINE,
    Format,
    columns_of,
)
from shared.records.batch.table import HeaderRefused, LineUnreadable, Table, raw_lines
from shared.records.search.batch_lines import LineError, first_error
from shared.strict_types import validate_strictly
from shared.validation import invalid
from shared.web.known_names import names_of
from shared.web.strict_json import check_json

_NUL_ESCAPED: Final = b"\\u0000"
_THE_LINE: Final = "the line"

_TOO_LARGE: Final = LineError(
    code=TooLarge.code,
    pointer="",
    detail=f"{_THE_LINE} may have at most {MAX_LINE_BYTES:,} bytes, and {MAX_VALUES_OF_LINE} values: send less of it",
)

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_raws: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_flag: Final = msgspec.json.Decoder(bool).decode


class BatchLine(NamedTuple):
    """A line with its number, and what it says or what is wrong with it."""

    number: int
    sent: Any
    error: LineError | None = None
    name: str | None = None
    """What its sender calls a line that is wrong, if that can be read."""


class Batch(NamedTuple):
    """The lines of a request, the form of its answer, and what else its body states."""

    lines: Sequence[BatchLine]
    answer: Format
    options: Mapping[str, Any]


class BatchReader:
    """Reads requests with many lines of one model."""

    def __init__(
        self,
        line: type[BaseModel],
        body: type[BaseModel],
        member: str,
        name: str,
        *,
        max_lines: int,
        left_out: LineError,
    ) -> None:
        """`body` is the documented model of a JSON body, whose `member` has the lines; late ones are `left_out`.

        `name` is the member of a line that says what its sender calls it.
        """
        self._line, self._member, self._max_lines, self._left_out = line, member, max_lines, left_out
        self._flags = [name for name in body.model_fields if name != member]
        # Without the rules of the lines, to say what is wrong around them.
        around: dict[str, Any] = dict.fromkeys(self._flags, (bool, False))
        around[member] = (list[Any], Field(min_length=1, max_length=max_lines))
        self._around = create_model(body.__name__, __config__=ConfigDict(extra="forbid"), **around)
        self._validate = line.__pydantic_validator__.validate_json
        self._validate_cells = line.__pydantic_validator__.validate_python
        self.columns = columns_of(line)
        self._lists = {
            each: field.annotation for each, field in line.model_fields.items() if _is_list(field.annotation)
        }
        self._name = name
        field = line.model_fields[name]
        named: Any = (field.annotation, field)
        self._named = create_model("Named", **{name: named})

    def read(self, body: SentBody, answer: Format | None) -> Batch:
        """Return the lines of a body. Raises Malformed, Invalid, TooLarge, UnsupportedMediaType."""
        if len(body.content) > MAX_BYTES:
            raise TooLarge(f"the lines may have at most {MAX_BYTES:,} bytes: send them in parts")
        if body.media_type == CSV:
            return Batch([*self._of_table(body.content)], answer or "csv", {})
        if body.media_type in {JSON, ""} or body.media_type.endswith("+json"):
            lines, options = self._of_json(body.content)
            return Batch(lines, answer or "json", options)
        raise UnsupportedMediaType(f"send the lines as {JSON} or {CSV}, with that Content-Type")

    def _of_table(self, content: bytes) -> Iterator[BatchLine]:
        numbered = raw_lines(content)
        _, header = next(numbered, (1, b""))
        try:
            table = Table.of_header(header, self.columns)
        except HeaderRefused as refused:
            raise Invalid(str(refused)) from refused
        count = 0
        for count, line in enumerate(self._in_time(partial(self.line_of_table, table), numbered), start=1):
            if count > self._max_lines:
                raise Invalid(f"a table may have at most {self._max_lines:,} lines after its header: send it in parts")
            yield line
        if not count:
            raise Invalid("the table has no line after its header: send at least one")

    def line_of_table(self, table: Table, number: int, raw: bytes) -> BatchLine:
        """Return one line of a table."""
        try:
            return self.line_of_cells(number, table.row(raw))
        except LineUnreadable as unreadable:
            return _refused(number, Malformed(f"{_THE_LINE} {unreadable}"))

    def line_of_cells(self, number: int, row: Mapping[str, str]) -> BatchLine:
        """Return the line that some cells make, by their columns."""
        cells: dict[str, Any] = dict(row)
        for name in self._lists.keys() & row.keys():
            try:
                cells[name] = _parts_of(row[name], self._lists[name])
            except (Malformed, TooLarge) as refusal:
                return _refused(number, refusal, f"/{name}", self._name_of(row))
        try:
            return BatchLine(number, self._validate_cells(cells))
        except ValidationError as error:
            return self._wrong(number, error, cells)

    def _of_json(self, content: bytes) -> tuple[Sequence[BatchLine], Mapping[str, bool]]:
        if _values_in(content) > MAX_VALUES:
            raise TooLarge(f"the lines may have at most {MAX_VALUES:,} values together: send them in parts")
        raws: Sequence[bytes] = ()
        options: Mapping[str, bool] = {}
        try:
            members = _members(content)
            if len(members) > MAX_VALUES_OF_LINE:
                raise TooLarge(f"the body has {len(members):,} members: leave out what is not known here")
            options = {name: _flag(value) for name, value in members.items() if name in self._flags}
            raws = [bytes(each) for each in _raws(members[self._member])]
        except (msgspec.MsgspecError, KeyError, RecursionError):
            # The slow way says what is wrong.
            raws = ()
        # Each member has a colon: with more around the lines, one is there twice, or is not known.
        around = content.count(b":") - sum(raw.count(b":") for raw in raws)
        if not 1 <= len(raws) <= self._max_lines or around != 1 + len(options):
            raws, options = self._around_lines(content)
        return [*self._in_time(self._line_of_json, enumerate(raws, start=1))], options

    def _in_time(
        self, read: Callable[[int, bytes], BatchLine], numbered: Iterable[tuple[int, bytes]]
    ) -> Iterator[BatchLine]:
        """Yield lines, and those for which there is no time as left out."""
        until = monotonic() + MAX_SECONDS_READ
        for number, raw in numbered:
            yield read(number, raw) if monotonic() < until else BatchLine(number, None, self._left_out)

    def _line_of_json(self, number: int, raw: bytes) -> BatchLine:
        if len(raw) > MAX_VALUES_OF_LINE and (len(raw) > MAX_LINE_BYTES or _values_in(raw) > MAX_VALUES_OF_LINE):
            return BatchLine(number, None, _TOO_LARGE)
        try:
            sent = self._validate(raw, strict=True)
            # With as many colons as members, none is there twice, of which one would be ignored.
            if raw.count(b":") != len(sent.model_fields_set) or _NUL_ESCAPED in raw:
                check_json(raw, what=_THE_LINE)
        except ValidationError:
            return self._less_simple(number, raw)
        except Malformed as malformed:
            return _refused(number, malformed)
        return BatchLine(number, sent)

    def _less_simple(self, number: int, raw: bytes) -> BatchLine:
        """Return a line that is wrong, or right only as JSON Schema has it, to which 5.0 is an integer."""
        value = None
        try:
            check_json(raw, what=_THE_LINE)
            value = json.loads(raw)
            return BatchLine(number, validate_strictly(self._validate, value))
        except ValidationError as error:
            return self._wrong(number, error, value)
        except Malformed as malformed:
            return _refused(number, malformed)

    def _wrong(self, number: int, error: ValidationError, value: Any) -> BatchLine:
        return BatchLine(number, None, first_error(error, value, self._line), self._name_of(value))

    def _name_of(self, value: Any) -> str | None:
        try:
            name: str | None = getattr(self._named.model_validate(value), self._name)
        except ValidationError:
            return None
        return name

    def _around_lines(self, content: bytes) -> tuple[Sequence[bytes], Mapping[str, Any]]:
        """Return the lines and options of a body that is not as usual. Raises Malformed, TooLarge, Invalid."""
        check_json(content, MAX_VALUES)
        value = json.loads(content)
        try:
            body = validate_strictly(self._around.model_validate_json, value)
        except ValidationError as error:
            raise invalid(error.errors(), value, place="body", known=names_of(self._around, value)) from error
        options = body.model_dump(exclude={self._member})
        return [json.dumps(each).encode() for each in getattr(body, self._member)], options


def _refused(number: int, refusal: Refusal, pointer: str = "", name: str | None = None) -> BatchLine:
    return BatchLine(number, None, LineError(code=refusal.code, pointer=pointer, detail=refusal.detail), name)


def _values_in(content: bytes) -> int:
    """Return at least how many values are in a text in JSON: each has a comma or an opening bracket before it."""
    return content.count(b",") + content.count(b"[") + content.count(b"{")


def _parts_of(cell: str, annotation: Any) -> Any:
    """Return the parts of a list: words, or JSON where they have members of their own. Raises Malformed, TooLarge."""
    if cell.startswith("["):
        check_json(cell.encode(), MAX_VALUES_OF_LINE, "the cell")
        return json.loads(cell)
    if members := _members_of_parts(annotation):
        raise Malformed(f'write the list in JSON, such as [{{"{members[0]}": "..."}}], and the cell in quotation marks')
    parts = cell.split(maxsplit=MAX_VALUES_OF_LINE)
    if len(parts) > MAX_VALUES_OF_LINE:
        raise TooLarge(f"the cell has more than {MAX_VALUES_OF_LINE} parts: send fewer")
    return parts


def _members_of_parts(annotation: Any) -> Sequence[str]:
    """Return the members that each part of a list has; none of words."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return tuple(annotation.model_fields)
    return next(filter(None, map(_members_of_parts, get_args(annotation))), ())


def _is_list(annotation: Any) -> bool:
    """Return whether a member is a list in JSON, the parts of which a cell has with spaces between them."""
    if get_origin(annotation) in {Union, UnionType}:
        return any(map(_is_list, get_args(annotation)))
    return get_origin(annotation) in {list, tuple}
