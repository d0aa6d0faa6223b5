"""Reads the words of a text, each with its place, also where they are spaced out, cut or joined by signs."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from services.notices.screening.folding import forms_of, is_unspaced
from services.notices.screening.stop_words import STOP_WORDS

# Signs inside a word: accents, Arabic vowels, and characters that are not shown.
_HIDDEN: Final = "\u00ad\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_WORD: Final = re.compile(rf"[^\W_](?:[^\W_]|[{_HIDDEN}]|[@$!|](?=[^\W_]))*")
_CUT: Final = re.compile(rf"[{_HIDDEN}]*[-\u2010\u2011](?:\s*\n\s*)?")
_ENDS_SENTENCE: Final = re.compile(r"[.;!?。؟]\s|\n\s*\n")
# How many words apart the end of a sentence puts two words.
_SENTENCE_GAP: Final = 3
_SPACED_OUT: Final = 3


class Word(NamedTuple):
    """A word of a text, or several that a sign joins: its forms, its place among the words, and in the text."""

    forms: tuple[str, ...]
    position: int
    start: int
    end: int
    is_run: bool
    """Whether terms are looked for inside: letters that were spaced out, or a script without spaces."""

    text: int
    """Which of the texts of its passage."""


class _Token(NamedTuple):
    start: int
    end: int
    letters: str
    is_run: bool


def words_of(texts: Sequence[str]) -> list[Word]:
    """Return the words of the texts of a passage, without the ones that say nothing, such as articles."""
    words: list[Word] = []
    for number, text in enumerate(texts):
        first = words[-1].position + 1 + _SENTENCE_GAP if words else 0
        words += _words_of_text(text, number, first)
    return words


def _words_of_text(text: str, number: int, first: int) -> Iterator[Word]:
    position, last_end = first, 0
    for token, parts in _joined(text, list(_gathered(text))):
        position += _SENTENCE_GAP if _ENDS_SENTENCE.search(text, last_end, token.start + 1) else 0
        last_end = token.end
        forms = tuple(dict.fromkeys(form for part in parts for form in forms_of(part)))
        if forms[0] not in STOP_WORDS:
            yield Word(forms, position, token.start, token.end, token.is_run, number)
            position += 1


def _gathered(text: str) -> Iterator[_Token]:
    """Yield the tokens of a text; letters that stand one by one, each after the same sign, are one token."""
    found = [(match.start(), match.end(), match[0]) for match in _WORD.finditer(text)]
    at = 0
    while at < len(found):
        last = _end_of_run(text, found, at)
        start, end, letters = found[at][0], found[last][1], "".join(each[2] for each in found[at : last + 1])
        is_run = last - at + 1 >= _SPACED_OUT
        if is_run or last == at:
            yield _Token(start, end, letters, is_run or is_unspaced(letters))
        else:
            yield from (_Token(*each, is_run=False) for each in found[at : last + 1])
        at = last + 1


def _end_of_run(text: str, found: Sequence[tuple[int, int, str]], at: int) -> int:
    """Return the last of the single letters that follow one another, each after the same one sign."""
    last, sign = at, None
    while last + 1 < len(found) and len(found[last][2]) == 1 == len(found[last + 1][2]):
        between = text[found[last][1] : found[last + 1][0]]
        if len(between) != 1 or (sign is not None and between != sign):
            break
        last, sign = last + 1, between
    return last


def _joined(text: str, tokens: Sequence[_Token]) -> Iterator[tuple[_Token, tuple[str, ...]]]:
    """Yield each token with what may be read there: where a hyphen joins two or cuts one, the whole and the parts."""
    at = 0
    while at < len(tokens):
        token, parts = tokens[at], [tokens[at].letters]
        while at + 1 < len(tokens) and _CUT.fullmatch(text, tokens[at].end, tokens[at + 1].start):
            at += 1
            parts.append(tokens[at].letters)
            token = token._replace(end=tokens[at].end)
        yield token, ("".join(parts), *parts) if len(parts) > 1 else (parts[0],)
        at += 1
