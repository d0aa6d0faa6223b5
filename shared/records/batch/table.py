"""Tables as spreadsheets write them (CSV, RFC 4180), read a line at a time: one that is unreadable spoils no other.

A line ends in a line feed. A cell has no line break, so that a missing quotation mark does not swallow the lines that
follow, and no carriage return, at which another reader would begin a new line.
"""

import codecs
import csv
import re
from collections.abc import Collection, Iterator, Sequence
from io import BytesIO
from typing import Final, NamedTuple, Self

from shared.records.batch.models import MAX_LINE_BYTES
from shared.suggestions import did_you_mean
from shared.wording import counted

_NAMES: Final = {",": "a comma", ";": "a semicolon", "\t": "a tab"}
DELIMITERS: Final = "".join(_NAMES)
MAX_COLUMNS: Final = 200
SHOWN_OF_A_NAME: Final = 40
SHOWN_OF_A_HEADER: Final = 200

_OTHER_ENCODINGS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_AS_UTF8: Final = "save the file as UTF-8 (in a spreadsheet: CSV UTF-8)"
_NO_LETTER: Final = re.compile("[^a-z0-9]+")
_QUOTED: Final = re.compile('"[^"]*"')
_NUL: Final = "\0"
_RETURN: Final = "\r"


class HeaderRefused(Exception):
    """The first line names no table that can be read. The message says what to change."""


class LineUnreadable(Exception):
    """A line is no line of the table. The message says what to change."""


class Table(NamedTuple):
    """The form of a table, by its header."""

    delimiter: str
    columns: Sequence[str | None]
    """The names of its columns as they are known here, in their order; None for one that is left out."""

    @classmethod
    def of_header(cls, raw: bytes, known: Collection[str], left_out: Collection[str] = ()) -> Self:
        """Return the table that begins with a line, whose columns have known names or are left out.

        Case, spaces, dashes and underscores of names do not count. Raises HeaderRefused.
        """
        text = _header_text(raw)
        delimiter = max(DELIMITERS, key=_QUOTED.sub("", text).count)
        try:
            names = [each.strip() for each in _cells(text, delimiter)]
        except LineUnreadable as error:
            raise HeaderRefused(f"the header {error}") from error
        if len(names) > MAX_COLUMNS:
            raise HeaderRefused(f"the header has {len(names)} columns, and may have {MAX_COLUMNS}")
        _require_known(left_out, names)
        columns = [_column(name, known, left_out) for name in names]
        _require_once([each for each in columns if each is not None])
        return cls(delimiter, columns)

    def row(self, raw: bytes) -> dict[str, str]:
        """Return the cells of a line that are not empty, by their columns. Raises LineUnreadable."""
        if len(raw) > MAX_LINE_BYTES:
            raise LineUnreadable(f"has more than {MAX_LINE_BYTES:,} bytes")
        try:
            text = _without_end(raw.decode())
        except UnicodeDecodeError as error:
            found = f"byte {error.start + 1} of the line is 0x{raw[error.start]:02x}"
            raise LineUnreadable(f"is not UTF-8: {found}; {_AS_UTF8}") from error
        is_plain = '"' not in text and _NUL not in text and _RETURN not in text
        cells: Sequence[str] = text.split(self.delimiter) if is_plain else _cells(text, self.delimiter)
        if len(cells) != len(self.columns):
            cells = self._fitted(cells, text)
        return {name: value for name, cell in zip(self.columns, cells, strict=True) if name and (value := cell.strip())}

    def _fitted(self, cells: Sequence[str], text: str) -> Sequence[str]:
        """Return cells without empty ones beyond the last column. Raises LineUnreadable."""
        wanted = len(self.columns)
        if len(cells) > wanted and not any(map(str.strip, cells[wanted:])):
            return cells[:wanted]
        named = _NAMES[self.delimiter]
        change = f"put a cell that has {named} in quotation marks"
        if len(cells) < wanted and any(text.count(each) == wanted - 1 for each in DELIMITERS):
            change = f"separate its cells by {named}, as the header does"
        raise LineUnreadable(f"has {counted(len(cells), 'cell')}, and the header {counted(wanted, 'column')}: {change}")


def raw_lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a table that are not blank, with their numbers: the first line of the file is 1."""
    return ((number, raw) for number, raw in enumerate(BytesIO(body), start=1) if raw.strip())


def _without_end(line: str) -> str:
    return line.removesuffix("\n").removesuffix(_RETURN)


def _header_text(raw: bytes) -> str:
    if raw.startswith(_OTHER_ENCODINGS):
        raise HeaderRefused(f"the table is UTF-16: {_AS_UTF8}")
    if len(raw) > MAX_LINE_BYTES:
        raise HeaderRefused(f"the header has more than {MAX_LINE_BYTES:,} bytes")
    try:
        return _without_end(raw.removeprefix(codecs.BOM_UTF8).decode())
    except UnicodeDecodeError as error:
        raise HeaderRefused(f"the header is not UTF-8: {_AS_UTF8}") from error


def _cells(text: str, delimiter: str) -> list[str]:
    """Return the cells of any line. Raises LineUnreadable."""
    if _NUL in text:
        raise LineUnreadable("contains the character U+0000")
    if _RETURN in text:
        raise LineUnreadable("contains a carriage return: end each line with a line feed, and leave none in a cell")
    if text.count('"') % 2:
        raise LineUnreadable(
            "has a quotation mark that is not closed: a cell has no line break, and a mark in it twice"
        )
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise LineUnreadable("has text outside of quotation marks: quote the whole cell, a mark in it twice") from error
    except StopIteration:
        return [""]


def _column(name: str, known: Collection[str], left_out: Collection[str]) -> str | None:
    if _key(name) in {_key(each) for each in left_out}:
        return None
    by_key = {_key(each): each for each in known}
    if found := by_key.get(_key(name)):
        return found
    if not name.strip():
        raise HeaderRefused("a column has no name: name it in the first line, or remove the column from the table")
    shown = name[:SHOWN_OF_A_NAME]
    raise HeaderRefused(
        f"no column is called {shown!r}:{did_you_mean(name, known)} the first line must name the columns, and those "
        f"known here are {', '.join(known)}"
    )


def _require_known(left_out: Collection[str], names: Sequence[str]) -> None:
    """Require that each column that is left out is there: of a misspelt one the content would be read."""
    keys = {_key(name) for name in names}
    for each in left_out:
        if _key(each) not in keys:
            raise HeaderRefused(
                f"no column of the table is called {each[:SHOWN_OF_A_NAME]!r}, which is to be left out:"
                f"{did_you_mean(each, names)} the header has {', '.join(names)[:SHOWN_OF_A_HEADER]}"
            )


def _key(name: str) -> str:
    return _NO_LETTER.sub("", name.lower())


def _require_once(names: Sequence[str]) -> None:
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise HeaderRefused(f"two columns are called {twice}: leave one out")
    if not names:
        raise HeaderRefused("the header names no column: the first line must name the columns")
