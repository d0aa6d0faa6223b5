"""Reads the words of a text, each with its place, also where they are spaced out, cut or joined by signs."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from services.notices.screening.folding import fold, forms_of, is_unspaced
from services.notices.screening.plain import Plain
from services.notices.screening.stop_words import STOP_WORDS

_WORD: Final = re.compile(r"[^\W_](?:[^\W_]|[@$!|](?=[^\W_]))*")
# What may cut a word: signs, or the end of a line.
_CUT: Final = re.compile(r"(?:[^\w\s]|_){1,3}|(?:[^\w\s]|_){0,3}\s{0,8}\n\s{0,8}")
_MAX_BETWEEN: Final = 20
_ENDS_SENTENCE: Final = re.compile(r"[.;!?。؟]\s|\n\s*\n")
# How many words apart the end of a sentence puts two words.
_SENTENCE_GAP: Final = 3
_SPACED_OUT: Final = 3
# Of the pieces of a word, and of its letters together.
_MAX_PIECES: Final = 12
_MAX_JOINED: Final = 24
# Pieces so short that a word is looked for in several of them, whatever stands between.
_SHORT: Final = 2
_LONGEST_STOP_WORD: Final = 8
_LEAST_SHORT: Final = 6


class Word(NamedTuple):
    """A word of a text, or pieces that may be one: its forms, its place among the words, and in the text."""

    forms: tuple[str, ...]
    position: int
    start: int
    end: int
    is_run: bool
    """Whether terms are looked for inside: letters that were spaced out, or a script without spaces."""

    text: int
    """Which of the texts of its passage."""


class Words(NamedTuple):
    """The words of a passage."""

    separate: list[Word]
    """As they stand, without the ones that say nothing, such as articles."""

    joined: list[Word]
    """What neighbours are together that a sign, the end of a line or spaces may have cut."""


class _Token(NamedTuple):
    start: int
    end: int
    letters: str
    is_run: bool


def words_of(texts: Sequence[str]) -> Words:
    """Return the words of the texts of a passage."""
    words = Words([], [])
    for number, text in enumerate(texts):
        first = words.separate[-1].position + 1 + _SENTENCE_GAP if words.separate else 0
        separate, joined = _words_of_text(text, number, first)
        words.separate.extend(separate)
        words.joined.extend(joined)
    return words


def _words_of_text(text: str, number: int, first: int) -> Words:
    letters, places = Plain.of(text)
    found = [_Token(match.start(), match.end(), match[0], is_run=False) for match in _WORD.finditer(letters)]
    tokens = list(_gathered(letters, found))
    short = list(_short_ones(found))
    positions = _positions(letters, tokens, first, _inside(short, tokens))

    def word(token: _Token, position: int) -> Word:
        return Word(forms_of(token.letters), position, places[token.start], places[token.end], token.is_run, number)

    separate = [word(*each) for each in zip(tokens, positions, strict=True) if not _says_nothing(each[0])]
    starts = [token.start for token in tokens]
    pieces = (*_joined(letters, tokens), *short)
    return Words(separate, [word(each, positions[bisect_right(starts, each.start) - 1]) for each in pieces])


def _inside(short: Sequence[_Token], tokens: Sequence[_Token]) -> set[int]:
    """Return where tokens begin that short pieces before them make a word with."""
    starts = [each.start for each in short]
    return {
        token.start for token in tokens if (at := bisect_left(starts, token.start)) and token.start < short[at - 1].end
    }


def _positions(text: str, tokens: Sequence[_Token], first: int, inside: Container[int]) -> list[int]:
    """Return the position of each token among the words; those that say nothing, or are inside one, take none."""
    positions, position, last_end = list[int](), first, 0
    for token in tokens:
        if token.start in inside:
            positions.append(max(first, position - 1))
            last_end = token.end
            continue
        position += _SENTENCE_GAP if _ENDS_SENTENCE.search(text, last_end, token.start + 1) else 0
        last_end = token.end
        positions.append(position)
        position += not _says_nothing(token)
    return positions


def _says_nothing(token: _Token) -> bool:
    return len(token.letters) <= _LONGEST_STOP_WORD and fold(token.letters) in STOP_WORDS


def _gathered(text: str, found: Sequence[_Token]) -> Iterator[_Token]:
    """Yield the tokens of a text; letters that stand one by one, each after the same sign, are one token."""
    at = 0
    while at < len(found):
        last = _end_of_run(found, at, 1, text)
        letters = "".join(each.letters for each in found[at : last + 1])
        is_run = last - at + 1 >= _SPACED_OUT
        if is_run or last == at:
            yield _Token(found[at].start, found[last].end, letters, is_run or is_unspaced(letters))
        else:
            yield from found[at : last + 1]
        at = last + 1


def _end_of_run(found: Sequence[_Token], at: int, letters: int, text: str = "") -> int:
    """Return the last of the pieces of so few letters that follow one another, with few signs between them.

    Given the text, they are each after the same one sign.
    """
    last = at
    sign = text[found[at].end : found[at].end + 1]
    while (
        last + 1 < len(found)
        and len(found[last].letters) <= letters >= len(found[last + 1].letters)
        and found[last + 1].start - found[last].end <= (1 if text else _MAX_BETWEEN)
        and (not text or text[found[last].end] == sign)
    ):
        last += 1
    return last


def _joined(text: str, tokens: Sequence[_Token]) -> Iterator[_Token]:
    """Yield what each token is together with those that follow it after a sign or the end of a line."""
    cuts = [_is_cut(text, one, other) for one, other in pairwise(tokens)]
    next_long = _next_long(tokens)
    for at, is_cut in enumerate(cuts):
        if is_cut and len(tokens[at].letters) < _MAX_JOINED and next_long[at] - at < _MAX_PIECES:
            last, letters = at, tokens[at].letters
            while last < len(cuts) and cuts[last] and last - at < _MAX_PIECES and len(letters) < _MAX_JOINED:
                last += 1
                letters += tokens[last].letters[:_MAX_JOINED]
            yield _Token(tokens[at].start, tokens[last].end, letters, is_run=False)


def _next_long(tokens: Sequence[_Token]) -> list[int]:
    """Return for each token the next that is not very short: of very short ones alone all is found in `_short_ones`."""
    places, place = [0] * len(tokens), len(tokens)
    if len(tokens) < _MAX_PIECES:
        return places
    for at in range(len(tokens) - 1, -1, -1):
        place = at if len(tokens[at].letters) > _SHORT else place
        places[at] = place
    return places


def _is_cut(text: str, one: _Token, other: _Token) -> bool:
    return other.start - one.end <= _MAX_BETWEEN and _CUT.fullmatch(text, one.end, other.start) is not None


def _short_ones(found: Sequence[_Token]) -> Iterator[_Token]:
    """Yield what several very short pieces are together, one after the other."""
    at = 0
    while at < len(found):
        last = _end_of_run(found, at, _SHORT)
        letters = "".join(each.letters for each in found[at : last + 1])
        if last - at + 1 >= _SPACED_OUT and len(letters) >= _LEAST_SHORT:
            yield _Token(found[at].start, found[last].end, letters, is_run=True)
        at = last + 1
