"""Draws the names of people from the tables of the languages."""

from dataclasses import dataclass
from functools import cache
from math import gcd, prod
from random import Random
from typing import Final, NamedTuple

from anyascii import anyascii

from services.synthetic_names.eastern import EASTERN
from services.synthetic_names.languages import Columns, Language
from services.synthetic_names.pacific import PACIFIC
from services.synthetic_names.southern import SOUTHERN
from services.synthetic_names.western import WESTERN

LANGUAGES: Final = {language.code: language for language in (*WESTERN, *EASTERN, *SOUTHERN, *PACIFIC)}
_LANGUAGE_OF: Final = {country: code for code, one in LANGUAGES.items() for country in one.countries.split()}
_COMPOSED_SHARE: Final = 0.6
_PARTICLE_SHARE: Final = 0.15
# Greek is the first script after Latin with all its accents.
_FIRST_OF_OTHERS: Final = 0x370


class Written(NamedTuple):
    """A name in Latin letters, and in the script of its language if that is another."""

    latin: str
    script: str = ""


@dataclass(frozen=True, slots=True)
class SyntheticName:
    """What somebody who does not exist is called."""

    forename: Written
    name: Written
    """The surname."""

    father: Written
    """A forename of the father."""

    language: Language

    @property
    def in_script(self) -> str | None:
        """Forename and surname in the script of the language, in its order; None if that is Latin."""
        if not self.name.script:
            return None
        both = (self.forename.script, self.name.script)
        return self.language.joint.join(reversed(both) if self.language.surname_first else both)

    @property
    def respelled(self) -> Written:
        """Forename and surname as another transliteration or keyboard writes them."""
        return Written(_respelled(self.forename.latin, self.language), _respelled(self.name.latin, self.language))


def language_of(country: str) -> Language:
    """Return the language by which the people of a country are named."""
    return LANGUAGES[_LANGUAGE_OF.get(country, "ENG")]


def draw_name(random: Random, language: Language, *, of_woman: bool) -> SyntheticName:
    """Return the name of somebody, as `random` draws it."""
    return SyntheticName(
        forename=_forenames(random, language, of_woman=of_woman),
        name=_surnames(random, language, of_woman=of_woman),
        father=_forename(random, language, of_woman=False),
        language=language,
    )


def draw_epithet(random: Random, language: Language) -> Written:
    """Return a nickname, such as `el Chato`."""
    return _one(random, language.epithets)


def draw_town(random: Random, language: Language) -> str:
    """Return the name of a place that does not exist, in Latin letters."""
    stem, ending = _one(random, language.surnames[0]).latin, random.choice(language.towns.split())
    return _capital(stem) + ending


def surname(language: Language, rank: int, *, of_woman: bool = False) -> Written:
    """Return the surname of a language that is the `rank`th most frequent, from 0; each rank has another."""
    columns = _columns(language.surnames, of_woman=of_woman)
    size = surnames_in(language)
    place = rank * _stride(size) % size
    chosen = []
    for column in columns:
        place, at = divmod(place, len(column))
        chosen.append(column[at])
    return _joined(chosen)


@cache
def surnames_in(language: Language) -> int:
    """Return how many surnames a language has."""
    return prod(len(column) for column in _columns(language.surnames, of_woman=False))


def _surnames(random: Random, language: Language, *, of_woman: bool) -> Written:
    drawn = _drawn_surname(random, language, of_woman=of_woman)
    if language.particles and random.random() < _PARTICLE_SHARE:
        return _beside(_one(random, language.particles), drawn)
    if random.random() < language.double_share:
        return _beside(drawn, _drawn_surname(random, language, of_woman=of_woman))
    return drawn


def _drawn_surname(random: Random, language: Language, *, of_woman: bool) -> Written:
    return surname(language, _rank(random, surnames_in(language)), of_woman=of_woman)


def _forenames(random: Random, language: Language, *, of_woman: bool) -> Written:
    drawn = _forename(random, language, of_woman=of_woman)
    if language.patronymics:
        return _beside(drawn, _joined([random.choice(_pieces(language.patronymics, of_woman=of_woman))]))
    if random.random() < language.two_forenames_share:
        return _beside(drawn, _forename(random, language, of_woman=of_woman))
    return drawn


def _forename(random: Random, language: Language, *, of_woman: bool) -> Written:
    common = _pieces(language.women if of_woman else language.men)
    if language.forenames and (not common or random.random() < _COMPOSED_SHARE):
        return _joined([random.choice(column) for column in _columns(language.forenames, of_woman=of_woman)])
    return _joined([common[_rank(random, len(common))]])


def _rank(random: Random, size: int) -> int:
    """Return a rank of a Zipf distribution (of Mandelbrot): the first of many has two thirds of a per cent."""
    head = 20 if size > 1000 else 4
    return int(head * ((size + head) / head) ** random.random()) - head


@cache
def _stride(size: int) -> int:
    """Return a number by whose multiples ranks next to each other get names that are not alike, each its own."""
    stride = int(size * 0.618)
    while gcd(stride, size) != 1:
        stride += 1
    return stride


@cache
def _columns(columns: Columns, *, of_woman: bool) -> tuple[tuple[Written, ...], ...]:
    return tuple(_pieces(column, of_woman=of_woman) for column in columns)


@cache
def _pieces(words: str, *, of_woman: bool = False) -> tuple[Written, ...]:
    chosen = (word.partition("|") for word in words.split())
    return tuple(_piece((woman or man) if of_woman else man) for man, _, woman in chosen)


def _piece(text: str) -> Written:
    latin, _, script = text.replace("_", "").replace("+", " ").partition("/")
    if script or not latin or ord(latin[0]) < _FIRST_OF_OTHERS:
        return Written(latin, script)
    return Written(anyascii(latin).replace("'", "").replace(" ", "").lower(), latin)


def _one(random: Random, words: str) -> Written:
    return random.choice(_pieces(words))


def _joined(pieces: list[Written]) -> Written:
    """Return a name of pieces, with a capital at the beginning of each word."""
    latin = "".join(piece.latin for piece in pieces)
    # A piece without letters is a gap, in both scripts.
    script = "".join(piece.script or piece.latin * piece.latin.isspace() for piece in pieces).strip()
    return Written(" ".join(map(_capital, latin.split())), script)


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:].lower()


def _beside(first: Written, second: Written) -> Written:
    gap = "" if first.latin[-1:] in "'-" else " "
    script = f"{first.script}{gap}{second.script}" if first.script and second.script else second.script
    return Written(f"{first.latin}{gap}{second.latin}", script)


def _respelled(latin: str, language: Language) -> str:
    spelled = latin.lower()
    for rule in language.respellings.split():
        written, other = rule.split(">")
        spelled = spelled.replace(written, other)
    return " ".join(map(_capital, spelled.split(" ")))
