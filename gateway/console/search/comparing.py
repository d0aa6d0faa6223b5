"""Sets what was asked beside what was found: how well each field fits, and which signs were read as others. Pure."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from shared.names.scripts import latin
from shared.numbers import signs_of

EXACT: Final = "exact"
NEAR: Final = "near"
DIFFERS: Final = "differs"
# Below it a field was not met, but did not exclude the record.
LEAST_NEAR: Final = 0.5


class Piece(NamedTuple):
    """A part of a text, and whether it differs from what it is compared with."""

    text: str
    differs: bool = False


class FieldFit(NamedTuple):
    """How one field of a question fits a record."""

    field: str
    asked: Sequence[Piece]
    found: Sequence[Piece] | None
    """None if the record has nothing there."""

    fit: str
    score: float
    read_as: Sequence[tuple[str, str]]
    """Which sign was asked for, and which was found, where numbers of one length differ."""

    words: str | None
    """What the register says of it, in English."""


def fits_of(why: Sequence[Mapping[str, Any]]) -> list[FieldFit]:
    """Return how each field of a search fits, as a register says it."""
    return [_fit_of(each) for each in why]


def _fit_of(why: Mapping[str, Any]) -> FieldFit:
    asked, found = str(why["asked"]), None if why["found"] is None else str(why["found"])
    score, words = float(why["score"]), why.get("reading")
    pairs = _differing(asked, found) if words and found is not None else ()
    return FieldFit(
        str(why["field"]),
        _pieces(asked, {at for at, *_ in pairs}),
        None if found is None else _pieces(found, {at for at, *_ in pairs}),
        _fit(score, found, words),
        score,
        [(one, other) for _, one, other in pairs],
        None if words is None else str(words),
    )


def _fit(score: float, found: str | None, words: object) -> str:
    if found is not None and score >= 1 and not words:
        return EXACT
    return NEAR if found is not None and score >= LEAST_NEAR else DIFFERS


def _differing(asked: str, found: str) -> tuple[tuple[int, str, str], ...]:
    """Return the places at which two numbers of as many signs differ, with both signs."""
    one, other = signs_of(asked), signs_of(found)
    if len(one) != len(other):
        return ()
    return tuple((at, a, b) for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)


def _pieces(text: str, places: set[int]) -> list[Piece]:
    """Return a text in pieces, so that its signs at some places stand out; separators count for nothing."""
    pieces: list[Piece] = []
    for sign, at in _placed(text):
        differs = at in places
        if pieces and pieces[-1].differs is differs:
            pieces[-1] = Piece(pieces[-1].text + sign, differs)
        else:
            pieces.append(Piece(sign, differs))
    return pieces


def _placed(text: str) -> Iterator[tuple[str, int | None]]:
    """Yield each character of a text with its place among the signs; None if it is no sign."""
    at = 0
    for each in text:
        signs = len(signs_of(each))
        yield each, at if signs else None
        at += signs


_SCRIPTS: Final = {
    "CYRILLIC": "Cyrl",
    "ARABIC": "Arab",
    "HEBREW": "Hebr",
    "GREEK": "Grek",
    "CJK": "Hani",
    "HIRAGANA": "Jpan",
    "KATAKANA": "Jpan",
    "HANGUL": "Kore",
    "DEVANAGARI": "Deva",
    "BENGALI": "Beng",
    "THAI": "Thai",
    "GEORGIAN": "Geor",
    "ARMENIAN": "Armn",
}


class WrittenName(NamedTuple):
    """A name as it is written, and in Latin letters if it is written in others."""

    text: str
    lang: str | None
    """Its script as a tag of languages (BCP 47); None in Latin letters."""

    latin: str | None


def written(name: str) -> WrittenName:
    """Return a name with its script and, if that is another, in Latin letters."""
    script = next((found for each in name if (found := _script_of(each))), None)
    if script is None:
        return WrittenName(name, None, None)
    spelled = " ".join(latin(word).capitalize() for word in name.split() if latin(word))
    return WrittenName(name, f"und-{script}", spelled or None)


def _script_of(character: str) -> str | None:
    if character.isascii() or not character.isalpha():
        return None
    return _SCRIPTS.get(unicodedata.name(character, "").partition(" ")[0])
