"""Takes a name apart into the words that are compared, each with what it is worth.

A word is known by its token, the form in which the index keeps it: everything else about it follows from that.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache, partial
from itertools import islice
from typing import Final

from shared.names.known import known_as
from shared.names.lists import (
    LEGAL_FORMS,
    OWN_TITLES,
    PARTICLES,
    SHORT_FORMS,
    SHORT_LEGAL_FORMS,
    SURNAMES_OF_TWO,
    TITLES,
    VIETNAMESE_SURNAMES,
    legal_phrases,
)
from shared.names.scripts import HAN, SYLLABLES, is_own, latin, own_letters, readings
from shared.names.spelling import Sound, sounds_of, spelling_key

# Further words of a name are ignored.
MAX_PARTS: Final = 12
# A longer name that is written in syllables is one of another script, as they pronounce it.
LONGEST_SYLLABIC: Final = 5

_INSIDE: Final = re.compile(r"['\"`\u200c\u200d\u2018\u2019\u201c\u201d\u02bb\u02bc\u02be\u02bf\u05f3\u05f4\u060c]")
_DOTTED: Final = re.compile(r"\b(?:[^\W\d_]\.\s?){2,8}[^\W\d_]?(?![^\W_])")
_WORD: Final = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0f84\u0e31-\u0e4e])+")
# Compounds with a name of God, such as Abdurrahman, Abdel Aziz and Abdullah.
_SERVANT: Final = re.compile(r"^abd(?:[aeiou]{1,2}(?:l(?=[a-z]{2})|([rsnztd])(?=\1|\1h))|[aeiou]{0,2}$)")
_SERVANT_OWN: Final = "عبد"
_NEVER_NAMES: Final = frozenset(
    ("al", "el", "ul", "ur", "abd", "of", "the", "and", "for", "und", "in", "y", "bin", "ibn")
)
_GOD: Final = frozenset(("lah", "la", "llah", "lahi", "ah", "allah", "ulah"))
# Compounds with `the religion`, such as Nureddin, Nour Eddine and Nur al-Din.
_RELIGION: Final = re.compile(r"(?<=[a-z]{2})[aeiou]dd?(?:ee|i)ne?$|^[aeiou]?dd?(?:ee|i)ne?$")
# Short legal forms that are usually written with dots.
_DOTTED_FORMS: Final = frozenset(("sa", "nv", "bv", "as", "ag", "kg", "se", "sl", "pt"))
# As `own_letters` writes them.
_OWN_PARTICLES: Final = frozenset(("بن", "ابن", "بنت", "عبد", "ال", "בן", "בת", "בר", "אל"))
_OWN_TITLES: Final = frozenset(map(own_letters, OWN_TITLES))


class Worth(Enum):
    """How much a word says about who is named."""

    FULL = "full"
    INITIAL = "initial"
    MINOR = "minor"


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One word of a name."""

    token: str
    """As the index keeps it: Latin letters, or those of its own script."""

    text: str
    """In Latin letters."""

    key: str
    """What its spellings have in common."""

    own: bool
    """Whether it is kept in a script that Latin letters do not show fully."""

    syllable: bool
    """Whether it is one character of a name that is written in syllables."""

    @property
    def sounds(self) -> tuple[Sound, ...]:
        """How it sounds, once for each reading; not kept, as few words are compared by it."""
        return readings(self.token) if self.own else sounds_of(self.token)


@dataclass(frozen=True, slots=True)
class Name:
    """The words of a name in order, with what each is worth and how it was written."""

    words: tuple[Word, ...]
    worths: tuple[Worth, ...]
    written: tuple[str, ...]

    @property
    def is_syllabic(self) -> bool:
        """Return whether it is written in syllables, so that none may be missing."""
        return any(word.syllable for word in self.words)


def may_be_joined(word: Word) -> bool:
    """Return whether a word may be joined of several: one in Latin, or a surname of two Han characters."""
    return not word.own or is_of_two_characters(word)


def is_of_two_characters(word: Word) -> bool:
    """Return whether a word is a surname of two Han characters."""
    return len(word.token) == 2 and HAN.fullmatch(word.token) is not None


@lru_cache(maxsize=1 << 16)
def word_of(token: str) -> Word:
    """Return the word that the index keeps as a token."""
    if not is_own(token):
        return Word(token, token, spelling_key(token), own=False, syllable=False)
    text = latin(token)
    syllable = len(token) == 1 and SYLLABLES.match(token) is not None
    return Word(token, text, spelling_key(text), own=True, syllable=syllable)


@lru_cache(maxsize=1 << 13)
def name_of(text: str) -> Name:
    """Return the words of a name, at most MAX_PARTS; one that is repeated counts once, a syllable each time.

    A name of one word that is repeated has two words, as Olivier Olivier.
    """
    tokens_found = list(_tokens(unicodedata.normalize("NFKC", text)))
    found = list(islice(_distinct(tokens_found), MAX_PARTS))
    if len(found) == 1 and len(tokens_found) > 1:
        found *= 2
    tokens = [token for token, _ in found]
    words, written = tuple(word_of(token) for token in tokens), tuple(each for _, each in found)
    return Name(words, tuple(_worths(words, tokens, written)), written)


def is_cut(text: str) -> bool:
    """Return whether a name has more words than are compared."""
    found = _distinct(_tokens(unicodedata.normalize("NFKC", text)))
    return len(list(islice(found, MAX_PARTS + 1))) > MAX_PARTS


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    plain = _INSIDE.sub("", text)
    of_person = _is_one_known(_DOTTED.sub(" ", plain)) if _DOTTED.search(plain) else False
    joined = _DOTTED.sub(partial(_join_abbreviation, of_person=of_person), plain)
    pieces = [found[0] for found in _WORD.finditer(joined)]
    syllables = sum(len(piece) for piece in pieces if SYLLABLES.fullmatch(piece))
    for piece in pieces:
        if SYLLABLES.fullmatch(piece) and syllables <= LONGEST_SYLLABIC:
            yield from ((each, each) for each in _syllables(piece))
        else:
            tokens = _own_tokens(piece.casefold()) if is_own(piece) else _latin_tokens(latin(piece))
            yield from ((token, piece) for token in tokens)


def _syllables(piece: str) -> Iterable[str]:
    """Return the syllables of a name, a surname of two characters in one."""
    family = SURNAMES_OF_TWO.get(piece[:2])
    return (family, *piece[2:]) if family else piece


def _is_one_known(text: str) -> bool:
    """Return whether a text is one word that is known as a name, so that letters next to it are initials."""
    words = _WORD.findall(text)
    return len(words) == 1 and known_as(spelling_key(latin(words[0]))) is not None


def _distinct(tokens: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    seen = set[str]()
    for token, written in tokens:
        if token not in seen or SYLLABLES.fullmatch(token):
            seen.add(token)
            yield token, written


def _join_abbreviation(found: re.Match[str], *, of_person: bool) -> str:
    letters = re.sub(r"[.\s]", "", found[0])
    known = latin(letters) in (LEGAL_FORMS if of_person else LEGAL_FORMS | _DOTTED_FORMS)
    return f"{letters} " if known else " ".join(letters) + " "


@cache
def _ever_minor() -> frozenset[str]:
    phrases = (word for each in legal_phrases().values() for phrase in each for word in phrase)
    return _MINOR.union(SHORT_LEGAL_FORMS, phrases)


def is_ever_less(token: str) -> bool:
    """Return whether a word may count less than others of its name: an initial, or one that tells little."""
    return (len(token) == 1 and token.isascii()) or token in _ever_minor()


def _own_tokens(piece: str) -> Iterator[str]:
    letters = own_letters(piece)
    if letters.startswith(_SERVANT_OWN) and len(letters) > len(_SERVANT_OWN) + 2:
        yield _SERVANT_OWN
        letters = own_letters(letters[len(_SERVANT_OWN) :])
    if letters:
        yield letters


def _latin_tokens(word: str) -> Iterator[str]:
    word = SHORT_FORMS.get(word, word)
    if servant := _SERVANT.match(word):
        yield "abd"
        word = word[servant.end() :]
        word = "allah" if word in _GOD else word
    if found := _RELIGION.search(word):
        yield from (each for each in (word[: found.start()], "din") if each)
    elif word:
        yield word


def _worths(words: Sequence[Word], tokens: Sequence[str], written: Sequence[str]) -> list[Worth]:
    minor = _minor_places(tokens) - _initial_places(tokens, written)
    worths = [_worth(word, is_minor=place in minor) for place, word in enumerate(words)]
    if worths.count(Worth.FULL) < min(2, len(words)):
        # Too little would be left: particles count as well, as in Le Duc.
        spared = _particle_places(tokens)
        worths = [Worth.FULL if place in spared else worth for place, worth in enumerate(worths)]
    if words and Worth.FULL not in worths:
        worths = [Worth.FULL] * len(words)
    return worths


def _worth(word: Word, *, is_minor: bool) -> Worth:
    if is_minor:
        return Worth.MINOR
    return Worth.INITIAL if len(word.text) == 1 and not word.own else Worth.FULL


def _particle_places(tokens: Sequence[str]) -> set[int]:
    places = {place for place, token in enumerate(tokens) if token in PARTICLES and len(token) > 1}
    return {place for place in places if tokens[place] not in _NEVER_NAMES}


def _initial_places(tokens: Sequence[str], written: Sequence[str]) -> set[int]:
    """Return the places of letters that are initials and no particles: at an end, side by side, or capital alone."""
    letters = [len(token) == 1 for token in tokens]
    mixed = any(not each.isupper() for each in written)
    return {
        place
        for place, (is_letter, each) in enumerate(zip(letters, written, strict=True))
        if is_letter
        and (place in {0, len(tokens) - 1} or letters[place - 1] or letters[place + 1] or (mixed and each.isupper()))
    }


def _minor_places(tokens: Sequence[str]) -> set[int]:
    ends = {0, len(tokens) - 1}
    places = {
        place for place, token in enumerate(tokens) if token in _MINOR or (token in SHORT_LEGAL_FORMS and place in ends)
    }
    if tokens and tokens[0] in VIETNAMESE_SURNAMES:
        # As in Nguyen Van Lan, who is no Nguyen Thi Lan.
        places -= {place for place, each in enumerate(tokens) if each == "van"}
    for place, token in enumerate(tokens):
        phrase = next((each for each in legal_phrases().get(token, ()) if _stands(tokens, place, each)), ())
        places.update(range(place, place + len(phrase)))
    return places


def _stands(tokens: Sequence[str], place: int, phrase: tuple[str, ...]) -> bool:
    return tuple(tokens[place : place + len(phrase)]) == phrase


_MINOR: Final = PARTICLES | TITLES | LEGAL_FORMS | _OWN_PARTICLES | _OWN_TITLES
