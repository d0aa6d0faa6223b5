"""Reads machine-readable zones (MRZ) of travel documents, and verifies every check digit. Corrects nothing.

What is said of the document is returned: issuer, number, kind and check digits. Of the holder see `holder`; no message
repeats anything of them. Why no library does this: ADR 108.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from shared.codes import lists
from shared.mrz.check_digits import FILLER, check_digit
from shared.mrz.layouts import (
    BIRTH,
    CODE,
    EXPIRY,
    ISSUER,
    ISSUES,
    LAYOUTS,
    NUMBER,
    Layout,
    Span,
    ZoneFormat,
    layout_of,
)

MAX_NUMBER: Final = 20
# With spaces and line breaks; a zone has 90 signs at most.
MAX_LENGTH: Final = 240
_SIGNS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")
_DATE = re.compile(r"([0-9<]{2})([0-9<]{2})([0-9<]{2})")
_UNKNOWN: Final = frozenset(("<<", "00"))
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ONE_STRING: Final = {layout.lines * layout.signs: layout for layout in LAYOUTS.values()}
_FORMS: Final = "2 lines of 44 signs (TD3, MRV-A), 2 of 36 (TD2, MRV-B) or 3 of 30 (TD1)"


class ZoneUnreadable(ValueError):
    """A zone of no known form, or a part of one that cannot be read; the message says where and what to change."""

    def __init__(self, line: int, column: int, detail: str, part: str = "") -> None:
        super().__init__(f"line {line}, column {column}: {detail}")
        self.line, self.column, self.part = line, column, part


class WrongDigit(NamedTuple):
    """A check digit that is not the one of its part."""

    part: str
    line: int
    column: int
    found: str
    expected: str


class Zone(NamedTuple):
    """What a zone says of the document."""

    format: ZoneFormat
    issuer: str
    number: str
    """As printed, without fillers at its end."""

    code: str
    """Of the kind of document, such as `P<`."""

    digit: str
    """The check digit of the number, as read."""

    wrong: tuple[WrongDigit, ...]
    lines: tuple[str, ...]
    layout: Layout


class PartlyRead(NamedTuple):
    """What could be read of a zone, and why the rest could not."""

    zone: Zone
    """Its issuer and its number are empty if they are not read, and their part is among the unread ones."""

    unread: Sequence[ZoneUnreadable]


def read_zone(text: str) -> Zone:
    """Return what a zone says, written in lines or as one string. Raises ZoneUnreadable."""
    zone, unread = read_parts(text)
    for each in unread:
        raise each
    return zone


def read_parts(text: str) -> PartlyRead:
    """Return what can be read of a zone, each part for itself. Raises ZoneUnreadable if it is of no known form."""
    written, layout = _laid_out(text)
    foreign = tuple(_foreign_signs(written))
    lines = tuple("".join(sign if sign in _SIGNS else FILLER for sign in line) for line in written)
    number = _number_in(layout, lines)
    found = (
        *(_unread_sign(at, written, layout) for at in foreign),
        *_impossible_dates(layout, lines),
        *_faults_of_number(layout, number),
        *_unknown_issuer(lines),
    )
    # Of each part the first fault.
    unread = {each.part or f"{each.line}/{each.column}": each for each in reversed(found)}
    wrong = (each for each in _digits(layout, lines, number, foreign) if each.found != each.expected)
    zone = Zone(
        layout.format,
        "" if ISSUES in unread else ISSUER.of(lines).rstrip(FILLER),
        "" if NUMBER in unread else number.signs.rstrip(FILLER),
        CODE.of(lines),
        number.digit,
        tuple(wrong),
        lines,
        layout,
    )
    return PartlyRead(zone, tuple(each for each in found if each in unread.values()))


def _laid_out(text: str) -> tuple[tuple[str, ...], Layout]:
    written = unicodedata.normalize("NFKC", "\n".join(text.splitlines())).upper()
    lines = tuple(filter(None, map(_without_spaces, written.split("\n"))))
    if len(lines) == 1 and len(lines[0]) in _ONE_STRING:
        signs = _ONE_STRING[len(lines[0])].signs
        lines = tuple(lines[0][start : start + signs] for start in range(0, len(lines[0]), signs))
    if not lines:
        raise ZoneUnreadable(1, 1, f"has no sign: send {_FORMS}")
    layout = layout_of(len(lines), len(lines[0]), lines[0][0])
    if layout is None or any(len(line) != layout.signs for line in lines):
        raise _of_no_form(lines)
    return lines, layout


def _without_spaces(line: str) -> str:
    """Return a line without spaces and without what is not seen, such as a byte order mark."""
    return "".join(sign for sign in line if not sign.isspace() and unicodedata.category(sign) != "Cf")


def _of_no_form(lines: Sequence[str]) -> ZoneUnreadable:
    if len(lines) not in {2, 3}:
        have = "one line" if len(lines) == 1 else f"{len(lines)} lines"
        return ZoneUnreadable(
            min(len(lines), 3), 1, f"has {have} of {len(lines[-1])} signs at the end, and a zone has {_FORMS}"
        )
    lengths = {layout.signs for layout in LAYOUTS.values() if layout.lines == len(lines)}
    wanted = min(lengths, key=lambda signs: sum(abs(len(line) - signs) for line in lines))
    at, line = next((at, line) for at, line in enumerate(lines, start=1) if len(line) != wanted)
    column = min(len(line), wanted) + 1
    return ZoneUnreadable(
        at, column, f"the line has {len(line)} signs and must have {wanted}: read it again; a zone has {_FORMS}"
    )


def _foreign_signs(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the line and the column of each sign that no zone has."""
    for at, line in enumerate(lines, start=1):
        yield from ((at, column) for column, sign in enumerate(line, start=1) if sign not in _SIGNS)


def _unread_sign(at: tuple[int, int], lines: tuple[str, ...], layout: Layout) -> ZoneUnreadable:
    line, column = at
    code = f"U+{ord(lines[line - 1][column - 1]):04X}"
    part = layout.part_at(line, column)
    if layout.continued is not None and layout.continued.has(line, column) and _is_continued(layout, lines):
        part = NUMBER
    return ZoneUnreadable(line, column, f"the sign {code} is none of A to Z, 0 to 9 and <: read it again", part)


def _impossible_dates(layout: Layout, lines: tuple[str, ...]) -> Iterator[ZoneUnreadable]:
    for name, span in ((BIRTH, layout.birth), (EXPIRY, layout.expiry)):
        yield from _impossible_date(span, lines, name)


def _impossible_date(span: Span, lines: tuple[str, ...], name: str) -> Iterator[ZoneUnreadable]:
    """Yield why a date cannot be: its parts may be unknown, and one with a letter is misread, as its digit says."""
    text, words = span.of(lines), name.removeprefix("the ")
    if (found := _DATE.fullmatch(text)) is None or text == FILLER * len(text):
        return
    _, month, day = found.groups()
    if month not in _UNKNOWN and (not month.isdecimal() or not 1 <= int(month) <= len(_DAYS)):
        yield ZoneUnreadable(span.line, span.first + 2, f"no {words} has the month {month}: read it again", name)
        return
    days = _DAYS[int(month) - 1] if month not in _UNKNOWN else max(_DAYS)
    if day not in _UNKNOWN and (not day.isdecimal() or not 1 <= int(day) <= days):
        detail = f"no {words} has the day {day} of that month: read it again"
        yield ZoneUnreadable(span.line, span.first + 4, detail, name)


def _unknown_issuer(lines: tuple[str, ...]) -> Iterator[ZoneUnreadable]:
    try:
        lists.PRINTED_ISSUER.checked(ISSUER.of(lines).rstrip(FILLER))
    except ValueError as unknown:
        yield ZoneUnreadable(ISSUER.line, ISSUER.first, f"no issuer of documents, {unknown}", ISSUES)


class _Number(NamedTuple):
    signs: str
    digit: str
    digit_at: Span


def _number_in(layout: Layout, lines: tuple[str, ...]) -> _Number:
    digit_at, signs = layout.checked[0].digit, layout.number.of(lines)
    digit, more = digit_at.of(lines), _continuation(layout, lines)
    if more is None or layout.continued is None:
        return _Number(signs, digit, digit_at)
    last = layout.continued.first + len(more) - 1
    return _Number(signs + more[:-1], more[-1], Span(layout.continued.line, last, last))


def _faults_of_number(layout: Layout, number: _Number) -> Iterator[ZoneUnreadable]:
    span, signs = layout.number, number.signs.rstrip(FILLER)
    if not signs.strip(FILLER):
        yield ZoneUnreadable(span.line, span.first, "the number of the document is empty: read it again", NUMBER)
    if len(signs) > MAX_NUMBER:
        detail = f"the number has {len(signs)} signs, and may have {MAX_NUMBER}"
        yield ZoneUnreadable(span.line, span.first, detail, NUMBER)


def _continuation(layout: Layout, lines: tuple[str, ...]) -> str | None:
    """Return what follows nine signs of a longer number, with its check digit at the end, or None."""
    if layout.continued is None or not _is_continued(layout, lines):
        return None
    more = layout.continued.of(lines).split(FILLER)[0]
    return more if len(more) > 1 else None


def _is_continued(layout: Layout, lines: tuple[str, ...]) -> bool:
    return layout.checked[0].digit.of(lines) == FILLER and not layout.number.of(lines).endswith(FILLER)


def _digits(
    layout: Layout, lines: tuple[str, ...], number: _Number, foreign: Sequence[tuple[int, int]]
) -> Iterator[WrongDigit]:
    """Yield the check digits of all parts that could be read whole, right or wrong."""
    for part in layout.checked:
        if any(span.has(*at) for span in (*part.spans, part.digit) for at in foreign):
            continue
        if part.name == NUMBER:
            at = number.digit_at
            yield WrongDigit(part.name, at.line, at.first, number.digit, check_digit(number.signs))
            continue
        signs = "".join(span.of(lines) for span in part.spans)
        found, expected = part.digit.of(lines), check_digit(signs)
        is_empty = part.may_be_empty and found == FILLER and not signs.strip(FILLER)
        yield WrongDigit(part.name, part.digit.line, part.digit.first, expected if is_empty else found, expected)
