"""Sets what was asked beside what was found: how well each field fits, and which signs were read as others. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import groupby
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

    lacks_country: bool = False
    """Whether a plate is the same, and fits less only because no country was asked for."""

    places: "Sequence[FoundAt]" = ()
    """Of a person: each name or date that was found, with where in the record it stands."""


class FoundAt(NamedTuple):
    """A name or a date of a person, and where in their record it stands."""

    text: str
    place: str
    """One of `PLACES`."""

    is_met: bool
    """Whether it is what was asked for."""


MAIN: Final = "main"
OTHER_IDENTITY: Final = "other-identity"
BIRTH_NAME: Final = "birth-name"
ALIAS: Final = "alias"
OTHER_SCRIPT: Final = "other-script"
PLACES: Final = (MAIN, OTHER_IDENTITY, BIRTH_NAME, ALIAS, OTHER_SCRIPT)


def fits_of(why: Sequence[Mapping[str, Any]], record: Mapping[str, Any] | None = None) -> list[FieldFit]:
    """Return how each field of a search fits a record, as a register says it."""
    person = person_of(record or {})
    return [_fit_of(each)._replace(places=_places(each, person)) for each in why]


def _fit_of(why: Mapping[str, Any]) -> FieldFit:
    asked, found = str(why["asked"]), None if why["found"] is None else str(why["found"])
    score, words = float(why["score"]), why.get("reading")
    if why["field"] == "name" and found is not None and score < 1:
        return _fit_of_name(asked, found, score, words)
    if why["field"] == "plate" and found is not None and score < 1 and signs_of(asked) == signs_of(found):
        same = [Piece(asked)], [Piece(found)]
        return FieldFit("plate", *same, EXACT, score, (), None if words is None else str(words), lacks_country=True)
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


# --- names


_LEAST_ALIKE: Final = 0.5
"""Below it two words are not set beside each other: the letters of one say nothing of those of the other."""


def _fit_of_name(asked: str, found: str, score: float, words: object) -> FieldFit:
    """Return how a name fits another, with the letters that differ in the words that are most alike."""
    theirs = [*_words(found)]
    asked_at: set[int] = set()
    found_at: set[int] = set()
    pairs = []
    for mine in _words(asked):
        closest = max(theirs, key=lambda each: _alike(mine, each).ratio(), default=None)
        if closest is None or _alike(mine, closest).ratio() < _LEAST_ALIKE:
            continue
        theirs.remove(closest)
        differing = [each for each in _alike(mine, closest).get_opcodes() if each[0] != "equal"]
        asked_at |= {mine.start + at for _, first, last, *_ in differing for at in range(first, last)}
        found_at |= {closest.start + at for *_, first, last in differing for at in range(first, last)}
        pairs += [(mine.text, closest.text)] if differing else []
    fit = _fit(score, found, words)
    said = None if words is None else str(words)
    return FieldFit("name", _marked(asked, asked_at), _marked(found, found_at), fit, score, pairs, said)


class _Word(NamedTuple):
    text: str
    start: int

    @property
    def letters(self) -> list[str]:
        """Its letters without accents: what differs in these alone is the same."""
        return [unicodedata.normalize("NFKD", each)[:1].casefold() for each in self.text]


def _words(name: str) -> Iterator[_Word]:
    return (_Word(each[0], each.start()) for each in re.finditer(r"[^\s,]+", name))


def _alike(one: _Word, other: _Word) -> SequenceMatcher[str]:
    return SequenceMatcher(None, one.letters, other.letters, autojunk=False)


def _marked(text: str, places: set[int]) -> list[Piece]:
    return [
        Piece("".join(sign for _, sign in of), is_in)
        for is_in, of in groupby(enumerate(text), lambda each: each[0] in places)
    ]


def person_of(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the person of a record: its subject, or the record itself."""
    subject = record.get("subject")
    return subject if isinstance(subject, Mapping) else record


def _places(why: Mapping[str, Any], person: Mapping[str, Any]) -> list[FoundAt]:
    """Return where in a record of a person what was found stands; nothing where it cannot be told."""
    found, asked = str(why["found"] or ""), str(why["asked"])
    if why["field"] == "date_of_birth":
        return [FoundAt(each, _place_of_birth(each, person), each == asked) for each in found.split(", ") if each]
    place = _place_of_name(found, person) if why["field"] == "name" else None
    return [] if place is None else [FoundAt(found, place, is_met=True)]


def _place_of_birth(date: str, person: Mapping[str, Any]) -> str:
    return MAIN if date == person.get("date_of_birth") else OTHER_IDENTITY


def _place_of_name(found: str, person: Mapping[str, Any]) -> str | None:
    """Return where a name stands, in whatever order its parts are written."""
    same = frozenset(each.text for each in _words(found))
    known = (
        (MAIN, _whole(person, "family_name"), _whole(person, "name")),
        (BIRTH_NAME, _whole(person, "birth_name")),
        (OTHER_IDENTITY, *(_whole(each, "name") for each in mappings(person.get("identities")))),
        (ALIAS, *map(str, person.get("aliases") or ())),
        (OTHER_SCRIPT, *map(str, person.get("names_in_other_scripts") or ())),
    )
    return next(
        (place for place, *names in known if same and same in [frozenset(w.text for w in _words(n)) for n in names]),
        None,
    )


def _whole(person: Mapping[str, Any], family: str) -> str:
    return " ".join(str(person[each]) for each in ("forename", family, "single_name") if person.get(each))


def mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """Return the mappings of a list in a record, such as the documents of a person."""
    return (each for each in value or () if isinstance(each, Mapping))


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
