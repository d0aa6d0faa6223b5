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
from shared.mrz.layouts import CODE, ISSUER, LAYOUTS, Layout, Span, ZoneFormat, layout_of

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
    """A zone of no known form; the message says where and what to change."""

    def __init__(self, line: int, column: int, detail: str) -> None:
        super().__init__(f"line {line}, column {column}: {detail}")
        self.line, self.column = line, column


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


def read_zone(text: str) -> Zone:
    """Return what a zone says, written in lines or as one string. Raises ZoneUnreadable."""
    lines, layout = _laid_out(text)
    _require_signs(lines)
    _require_date(layout.birth, lines, "date of birth")
    _require_date(layout.expiry, lines, "date of expiry")
    number, digit, digits = _number_in(layout, lines)
    wrong = (each for each in digits if each.found != each.expected)
    return Zone(layout.format, _issuer_in(lines), number, CODE.of(lines), digit, tuple(wrong), lines, layout)


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


def _require_signs(lines: Sequence[str]) -> None:
    for at, line in enumerate(lines, start=1):
        for column, sign in enumerate(line, start=1):
            if sign not in _SIGNS:
                code = f"U+{ord(sign):04X}"
                raise ZoneUnreadable(at, column, f"the sign {code} is none of A to Z, 0 to 9 and <: read it again")


def _require_date(span: Span, lines: tuple[str, ...], name: str) -> None:
    """Require a date that can be: its parts may be unknown, and one with a letter is misread, as its digit says."""
    text = span.of(lines)
    if (found := _DATE.fullmatch(text)) is None or text == FILLER * len(text):
        return
    _, month, day = found.groups()
    if month not in _UNKNOWN and (not month.isdecimal() or not 1 <= int(month) <= len(_DAYS)):
        raise ZoneUnreadable(span.line, span.first + 2, f"no {name} has the month {month}: read it again")
    days = _DAYS[int(month) - 1] if month not in _UNKNOWN else max(_DAYS)
    if day not in _UNKNOWN and (not day.isdecimal() or not 1 <= int(day) <= days):
        raise ZoneUnreadable(span.line, span.first + 4, f"no {name} has the day {day} of that month: read it again")


def _issuer_in(lines: tuple[str, ...]) -> str:
    code = ISSUER.of(lines).rstrip(FILLER)
    try:
        return lists.PRINTED_ISSUER.checked(code)
    except ValueError as unknown:
        raise ZoneUnreadable(ISSUER.line, ISSUER.first, f"no issuer of documents, {unknown}") from unknown


def _number_in(layout: Layout, lines: tuple[str, ...]) -> tuple[str, str, Sequence[WrongDigit]]:
    """Return the number, its check digit, and the check digits of all parts, right or wrong."""
    of_number = layout.checked[0]
    span, signs = layout.number, layout.number.of(lines)
    digit_at, digit = of_number.digit, of_number.digit.of(lines)
    more = _continuation(layout, lines, signs, digit)
    if more is not None and layout.continued is not None:
        signs, digit = signs + more[:-1], more[-1]
        digit_at = Span(layout.continued.line, layout.continued.first + len(more) - 1, 0)
    number = signs.rstrip(FILLER)
    if not number.strip(FILLER):
        raise ZoneUnreadable(span.line, span.first, "the number of the document is empty: read it again")
    if len(number) > MAX_NUMBER:
        raise ZoneUnreadable(span.line, span.first, f"the number has {len(number)} signs, and may have {MAX_NUMBER}")
    first = WrongDigit(of_number.name, digit_at.line, digit_at.first, digit, check_digit(signs))
    return number, digit, [first, *_digits_of(layout, lines)]


def _continuation(layout: Layout, lines: tuple[str, ...], signs: str, digit: str) -> str | None:
    """Return what follows nine signs of a longer number, with its check digit at the end, or None."""
    if layout.continued is None or digit != FILLER or signs.endswith(FILLER):
        return None
    more = layout.continued.of(lines).split(FILLER)[0]
    return more if len(more) > 1 else None


def _digits_of(layout: Layout, lines: tuple[str, ...]) -> Iterator[WrongDigit]:
    for part in layout.checked[1:]:
        signs = "".join(span.of(lines) for span in part.spans)
        found, expected = part.digit.of(lines), check_digit(signs)
        is_empty = part.may_be_empty and found == FILLER and not signs.strip(FILLER)
        yield WrongDigit(part.name, part.digit.line, part.digit.first, expected if is_empty else found, expected)
