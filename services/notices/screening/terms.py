"""Finds the terms of the lexicon in words: which concepts a text mentions, and where."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from services.notices.screening.folding import fold
from services.notices.screening.lexicon import LEXICON
from services.notices.screening.stop_words import STOP_WORDS
from services.notices.screening.words import Word, Words

# Shorter words have neighbours that mean something else: protect and protest.
_LEAST_MISSPELT: Final = 8
_GREATEST_MISSPELT: Final = 14
_LEAST_INSIDE: Final = 4
_LEAST_INSIDE_UNSPACED: Final = 2
# Words of a usual length are remembered with their terms, as texts repeat them.
_REMEMBERED: Final = 8192
_LONGEST_REMEMBERED: Final = 24


class Mention(NamedTuple):
    """Where a passage mentions a concept: positions among its words, and the place in one of its texts."""

    first: int
    last: int
    start: int
    end: int
    text: int
    inside: int
    """Where it begins in a word in which terms are looked for inside; 0 in others."""


class _Part(NamedTuple):
    letters: str
    is_stem: bool

    def fits(self, form: str) -> bool:
        return form.startswith(self.letters) if self.is_stem else form == self.letters


class _Term(NamedTuple):
    concept: str
    parts: tuple[_Part, ...]


class Lexicon:
    """The terms of all concepts, found by the letters that their first word begins with."""

    def __init__(self, concepts: Mapping[str, str]) -> None:
        """Take the terms of each concept, as the module of the lexicon writes them."""
        self._exact: defaultdict[str, list[_Term]] = defaultdict(list)
        self._stems: defaultdict[str, list[_Term]] = defaultdict(list)
        for concept, terms in concepts.items():
            for term in terms.split():
                self._add(concept, term)
        self._misspelt = _misspelt(self._stems)
        self._lengths = _lengths(self._stems)
        self._exact_lengths = _lengths(self._exact)
        self._first_two = self._lengths.keys() | self._exact_lengths.keys()
        self._found_before = lru_cache(maxsize=_REMEMBERED)(self._found)

    def _add(self, concept: str, written: str) -> None:
        folded = [_Part(fold(each.rstrip("*")), each.endswith("*")) for each in written.split("_")]
        parts = tuple(part for part in folded if part.is_stem or part.letters not in STOP_WORDS)
        if not parts or not all(part.letters for part in parts):
            raise ValueError(f"the term {written!r} of {concept} has no word that counts")
        index = self._stems if parts[0].is_stem else self._exact
        index[parts[0].letters].append(_Term(concept, parts))

    def mentions(self, words: Words) -> Mapping[str, list[Mention]]:
        """Return where each concept is mentioned, first as the words stand, in order."""
        found: defaultdict[str, list[Mention]] = defaultdict(list)
        for at, word in enumerate(words.separate):
            for term, inside in self._beginning(word):
                last = _last_word(term, words.separate, at)
                if last is not None:
                    found[term.concept].append(_mention(word, words.separate[last], inside))
        for word in words.joined:
            for concept, inside in self._in_joined(word):
                found[concept].append(_mention(word, word, inside))
        return found

    def _in_joined(self, word: Word) -> Iterator[tuple[str, int]]:
        """Yield the concepts of one word that pieces begin with together, or that short pieces contain."""
        seen: set[str] = set()
        for form in word.forms:
            for start in self._starts(form, is_run=word.is_run):
                for term in (*self._at(form, start), *self._ending_within(form, start)):
                    if len(term.parts) == 1 and term.concept not in seen:
                        seen.add(term.concept)
                        yield term.concept, start

    def _starts(self, form: str, *, is_run: bool) -> Iterator[int]:
        """Yield where in a form a term may begin, by its first two letters."""
        last = len(form) - 1 if is_run else 1
        return (start for start in range(last) if form[start : start + 2] in self._first_two)

    def _ending_within(self, form: str, start: int) -> Iterator[_Term]:
        """Yield the terms without an open end, of some length, that a form has at a place."""
        for length in self._exact_lengths.get(form[start : start + 2], ()):
            if _LEAST_INSIDE < length < len(form) - start:
                yield from self._exact.get(form[start : start + length], ())

    def _beginning(self, word: Word) -> Sequence[tuple[_Term, int]]:
        """Return the terms whose first word may be this one, each once, and where in it they begin."""
        if word.is_run or len(word.forms[0]) > _LONGEST_REMEMBERED:
            return tuple(self._each_beginning(word.forms, is_run=word.is_run))
        return self._found_before(word.forms)

    def _found(self, forms: tuple[str, ...]) -> Sequence[tuple[_Term, int]]:
        return tuple(self._each_beginning(forms, is_run=False))

    def _each_beginning(self, forms: Sequence[str], *, is_run: bool) -> Iterator[tuple[_Term, int]]:
        seen: set[int] = set()
        for form in forms:
            for start in self._starts(form, is_run=is_run):
                for term in self._at(form, start):
                    if id(term) not in seen:
                        seen.add(id(term))
                        yield term, start
        if not seen and not is_run:
            yield from ((term, 0) for term in self._nearly(forms[0]))

    def _nearly(self, form: str) -> Iterator[_Term]:
        """Yield the terms of which a word is one wrong, missing or superfluous letter away, not the first."""
        if len(form) < _LEAST_MISSPELT - 1 or not form.isascii():
            return
        for length in range(_LEAST_MISSPELT - 1, min(len(form), _GREATEST_MISSPELT) + 1):
            for key in (form[:length], *_without_one(form[:length])):
                if terms := self._misspelt.get(key):
                    yield from terms
                    return

    def _at(self, form: str, start: int) -> Iterator[_Term]:
        if start >= len(form):
            return
        left = len(form) - start
        if left in self._exact_lengths.get(form[start : start + 2], ()):
            yield from self._exact.get(form[start:], ())
        least = 0 if start == 0 else _LEAST_INSIDE if form.isascii() else _LEAST_INSIDE_UNSPACED
        for length in self._lengths.get(form[start : start + 2], ()):
            if least <= length <= left:
                yield from self._stems.get(form[start : start + length], ())


def _lengths(terms: Iterable[str]) -> Mapping[str, Sequence[int]]:
    """Return the lengths of terms by their first two letters; none has only one."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for term in terms:
        found[term[:2]].add(len(term))
    return {letter: sorted(lengths) for letter, lengths in found.items()}


def _mention(first: Word, last: Word, inside: int) -> Mention:
    return Mention(first.position, last.position, first.start, last.end, first.text, inside)


def _misspelt(stems: Mapping[str, Sequence[_Term]]) -> Mapping[str, Sequence[_Term]]:
    """Return the terms of one long word by what is left of it without one letter, and whole."""
    found: defaultdict[str, list[_Term]] = defaultdict(list)
    for stem, terms in stems.items():
        if (
            stem.isascii()
            and len(stem) >= _LEAST_MISSPELT
            and (single := [one for one in terms if len(one.parts) == 1])
        ):
            for key in {stem, *_without_one(stem)}:
                found[key] += single
    return found


def _without_one(letters: str) -> Iterator[str]:
    return (letters[:at] + letters[at + 1 :] for at in range(1, len(letters)))


def _last_word(term: _Term, words: Sequence[Word], at: int) -> int | None:
    """Return the word with which a term ends that begins at one, or None if the others do not follow."""
    for part in term.parts[1:]:
        at += 1
        if at == len(words) or words[at].text != words[at - 1].text or not any(map(part.fits, words[at].forms)):
            return None
    return at


TERMS: Final = Lexicon(LEXICON)
"""All concepts of the screening."""
