"""What the API says in English, in the language of an officer: each sentence as it is, or by the pattern it is made of.

The catalogues have both with the context `rule`: `i247 openapi` reads them from the code of the services. A value in a
sentence is a number, another sentence, or words of the API; what is none of these stays as it is.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from babel.lists import format_list
from markupsafe import Markup, escape

from gateway.console.references import NAMED_IN_MESSAGES
from gateway.console.texts import Texts

CONTEXT: Final = "rule"
PLACE: Final = re.compile(r"\{\d\}")
# A longer one has a text of a bureau in it, and matching patterns takes time: so many texts and parts of one are tried.
_LONGEST: Final = 600
_TRIED_AT_MOST: Final = 30
_END: Final = re.compile(r"(?<=\.) (?=[A-Z])")
_NUMBER: Final = re.compile(r"\d[\d,]{0,14}")
_MONTHS: Final = re.compile(r"(\d{1,6}) months?")
# A part of the rules, such as 83(2)(a), the number of a notice or the id of a record; and what has it.
_IDENTIFIER: Final = re.compile(r"[\w/().-]*\d[\w/().-]*")
_IDENTIFIED: Final = re.compile(rf"(\D+) ({_IDENTIFIER.pattern})")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?: UTC)?")
# The code of a participant, or the name of a format.
_IN_CAPITALS: Final = re.compile(r"[A-Z]{2,8}(?:-[A-Z]{2,12})?")
# A field, by its place in what was sent, and what is wrong with it.
_PLACED: Final = re.compile(r"([a-z][a-z_]*(?:/[a-z0-9_]+){0,9}): (.+)")
_BETWEEN: Final = re.compile(r", | and | or ")
# A pattern of fewer words fits sentences of other meanings: its values have to be known.
_TELLING: Final = 3


def sentences_in(text: str) -> list[str]:
    """Return the sentences of a text of the API."""
    return _END.split(text)


class _Pattern(NamedTuple):
    parts: tuple[str, ...]
    """What stands before, between and after its values."""

    translation: Markup
    words: int

    def values_in(self, text: str) -> list[str] | None:
        """Return the values that a text has in their places, each as short as it can be; None if it does not fit.

        It looks at each letter once: an expression would try all ways of parting a text.
        """
        first, *between, last = self.parts
        if not text.startswith(first) or not text.endswith(last):
            return None
        begin, end, values = len(first), len(text) - len(last), list[str]()
        for before, each in pairwise((first, *between)):
            found = text.find(each, begin + _least(before), end)
            if found < 0:
                return None
            values.append(text[begin:found])
            begin = found + len(each)
        return [*values, text[begin:end]] if begin + _least(self.parts[-2]) <= end else None


class Sentences:
    """The sentences of the API in one language."""

    def __init__(self, texts: Texts, isolate: Callable[[object], Markup]) -> None:
        known = dict(texts.of_context(CONTEXT))
        self._texts = texts
        self._isolate = isolate
        self._whole = {english: escape(said) for english, said in known.items() if not PLACE.search(english)}
        made = (_pattern(english, said) for english, said in known.items() if PLACE.search(english))
        # What says more is the better fit.
        self._patterns = sorted(made, key=lambda each: sum(map(len, each.parts)), reverse=True)

    def translated(self, text: str) -> Markup | None:
        """Return a text of the API; None if one of its sentences is not known."""
        if len(text) > _LONGEST:
            return None
        reading = _Reading(self._texts, self._isolate, self._whole, self._patterns)
        found = [reading.sentence(each) for each in sentences_in(text)]
        said = [each for each in found if each is not None]
        return Markup(" ").join(said) if len(said) == len(found) else reading.placed(text)


class _Reading:
    """The reading of one text, whose values may have sentences in them: it gives up after some trials."""

    def __init__(
        self,
        texts: Texts,
        isolate: Callable[[object], Markup],
        whole: Mapping[str, Markup],
        patterns: Sequence[_Pattern],
    ) -> None:
        self._texts = texts
        self._isolate = isolate
        self._whole = whole
        self._patterns = patterns
        self._tried = 0

    def sentence(self, text: str) -> Markup | None:
        """Return a sentence; None if it is not known."""
        return self._whole.get(text) or self._by_pattern(text) or self._cited(text) or self._joined(text)

    def placed(self, text: str) -> Markup | None:
        """Return what is wrong with one or more fields, each named before it; None if one is not known."""
        lines = [_PLACED.fullmatch(each) for each in text.split("; ")]
        found = [(self._place(line[1]), self.sentence(line[2])) for line in lines if line]
        if len(found) < len(lines) or None in {part for pair in found for part in pair}:
            return None
        colon = "\N{NO-BREAK SPACE}:" if self._texts.language == "fr" else ":"
        return Markup(" – ").join(Markup("{}{} {}").format(place, colon, said) for place, said in found)

    def _place(self, path: str) -> Markup | None:
        steps = [escape(int(each) + 1) if each.isdecimal() else self._field(each) for each in path.split("/")]
        known = [each for each in steps if each is not None]
        return Markup(" › ").join(known) if len(known) == len(steps) else None

    def _by_pattern(self, text: str) -> Markup | None:
        if self._tried >= _TRIED_AT_MOST:
            return None
        self._tried += 1
        for pattern in self._patterns:
            if values := pattern.values_in(text):
                known = [self._known(each) for each in values]
                if pattern.words >= _TELLING or None not in known:
                    shown = zip(known, values, strict=True)
                    return pattern.translation.format(*(said or self._isolate(value) for said, value in shown))
        return None

    def _cited(self, text: str) -> Markup | None:
        """Return a sentence that is followed by its article, or by the code of a reason, in brackets."""
        said, _, article = text.removesuffix(")").rpartition(" (")
        known = (self._whole.get(said) or self._by_pattern(said), self._known(article)) if said else (None, None)
        return Markup("{} ({})").format(*known) if None not in known else None

    def _joined(self, text: str) -> Markup | None:
        """Return a sentence that is followed by what it means here."""
        first, _joint, second = text.partition("; ")
        said = self._whole.get(first)
        advice = None if said is None else self.sentence(second)
        return None if said is None or advice is None else Markup(" – ").join((said, advice))

    def _known(self, value: str) -> Markup | None:
        """Return a value of a sentence, if it is of the API."""
        if _NUMBER.fullmatch(value):
            return escape(self._texts.number(int(value.replace(",", ""))))
        if months := _MONTHS.fullmatch(value):
            return escape(self._texts.quantity(int(months[1]), "months"))
        if _DAY.fullmatch(value):
            return escape(self._texts.day(value))
        if moment := _MOMENT.fullmatch(value):
            return self._moment(moment[1]) or self._isolate(value)
        if not value or _IDENTIFIER.fullmatch(value) or _IN_CAPITALS.fullmatch(value):
            return self._isolate(value)
        return self.sentence(value) or self._listed(value) or self._identified(value)

    def _moment(self, value: str) -> Markup | None:
        try:
            return escape(self._texts.moment(f"{value}+00:00"))
        except ValueError:
            # A bureau may have written it.
            return None

    def _identified(self, value: str) -> Markup | None:
        """Return what is named with its number, such as a notice."""
        match = _IDENTIFIED.fullmatch(value)
        kind = (self._kind(match[1]) or self._part(match[1])) if match else None
        return None if match is None or kind is None else Markup("{} {}").format(kind, self._isolate(match[2]))

    def _listed(self, value: str) -> Markup | None:
        """Return words of the API: several are of one kind, one may be of any."""
        words = _BETWEEN.split(value)
        for find in (self._field, self._code, self._part):
            found = [find(each) for each in words] if len(words) > 1 or find == self._part else [None]
            if None not in found:
                places = [f"{{{at}}}" for at in range(len(found))]
                style: Literal["or", "standard"] = "or" if " or " in value else "standard"
                return escape(format_list(places, style, self._texts.locale)).format(*found)
        return None

    def _field(self, word: str) -> Markup | None:
        name = self._texts.known_field(word)
        return None if name is None else escape(name)

    def _kind(self, word: str) -> Markup | None:
        name = NAMED_IN_MESSAGES.get(word)
        said = "" if name is None else self._texts.gettext(name)
        # Within a sentence.
        return escape(said[0].lower() + said[1:]) if said else None

    def _code(self, word: str) -> Markup | None:
        name = self._texts.known_code(word)
        return None if name is None else escape(name)

    def _part(self, word: str) -> Markup | None:
        return self._code(word) or self._field(word) or self._whole.get(word) or self._by_pattern(word)


def _least(before: str) -> int:
    """Return how many letters a value has at least: it may be missing where no space stands before it."""
    return 0 if before.rstrip() == before != "" else 1


def _pattern(english: str, translation: str) -> _Pattern:
    return _Pattern(tuple(PLACE.split(english)), escape(translation), len(PLACE.sub("", english).split()))
