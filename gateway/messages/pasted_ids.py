"""Finds the ids of records in a text, however they are written there. No input or output."""

import re
from collections.abc import Mapping
from functools import cache
from html import unescape
from typing import Final
from unicodedata import decimal, decomposition, normalize
from urllib.parse import unquote

from shared.errors import Invalid
from shared.protocol.messages import MAX_BODY

MAX_IDS: Final = MAX_BODY // 16
"""Twice as many as stand in a body one after another: only a text made for it has more."""

# No character above has ASCII in its compatibility form.
_LAST: Final = 0x1FFFF
_OTHER: Final = re.compile(r"[^0-9a-z]+")
# The digits of a UUIDv7, from every position: what stands before may end in such digits too.
_ID: Final = re.compile(r"(?=([0-9a-f]{8})([0-9a-f]{4})(7[0-9a-f]{3})([89ab][0-9a-f]{3})([0-9a-f]{12}))")


def ids_in(*texts: str) -> set[str]:
    """Return the ids that stand in some texts, which follow each other. Raises Invalid if they are too many.

    Letters beside an id, and separators in it, do not hide it. Long digits of another meaning may be returned as well.
    """
    found: set[str] = set()
    for match in _ID.finditer(_digits_of("".join(texts))):
        found.add("-".join(match.groups()))
        if len(found) > MAX_IDS:
            raise Invalid(f"more than {MAX_IDS} ids of records", at="/body")
    return found


def _digits_of(text: str) -> str:
    """Return the letters and figures of a text in their simplest form: 36 different ones."""
    written = unescape(unquote(text))
    plain = written if written.isascii() else written.translate(_simplest())
    return _OTHER.sub("", plain.lower())


@cache
def _simplest() -> Mapping[int, str]:
    """Return the ASCII in the compatibility form (NFKC) of each character that has some, and of figures their value.

    Not of the text as a whole: that would join a letter with the accent after it, and can take minutes for one
    with many accents.
    """
    characters = [chr(code) for code in range(0x80, _LAST + 1)]
    forms = {
        ord(each): normalize("NFKC", each).encode("ascii", "ignore").decode()
        for each in characters
        if decomposition(each)
    }
    figures = {ord(each): str(decimal(each)) for each in characters if decimal(each, None) is not None}
    return {code: form for code, form in forms.items() if form} | figures
