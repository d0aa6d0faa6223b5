"""Which words of a notice the findings of its screening rest on. No input or output.

A finding states where its words stand and the words, not the place within the text: all equal words there are marked.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

Finding = Mapping[str, Any]


class Segment(NamedTuple):
    """A part of a text, with the numbers of the findings that rest on it."""

    text: str
    findings: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    """The findings whose words end here for the first time: a link leads from here to each."""


class _Span(NamedTuple):
    start: int
    end: int
    number: int
    is_first: bool


class Marks:
    """The findings of a notice, numbered from 1, and which of them have been placed in it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._open = {number: finding for number, finding in enumerate(findings, start=1) if finding["pointer"]}
        self.placed: set[int] = set()
        """The numbers of the findings that are marked in the notice."""

    def within(self, pointer: str, text: str) -> list[Segment]:
        """Return a text of the notice in segments: findings of this text and of the member it belongs to."""
        found = [number for number, each in self._open.items() if each["words"] and each["words"] in text]
        numbers = [number for number in found if is_at(pointer, self._open[number]["pointer"])]
        spans = [span for number in numbers for span in _spans(text, self._open[number]["words"], number)]
        self._place(numbers)
        return _segments(text, spans)

    def at(self, pointer: str) -> tuple[int, ...]:
        """Return the findings about exactly this member that no words in it bear."""
        numbers = tuple(number for number, each in self._open.items() if each["pointer"] == pointer)
        self._place(numbers)
        return numbers

    def _place(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.placed.add(number)
            del self._open[number]


def is_at(pointer: str, of_finding: str) -> bool:
    """Return whether a member is that of a finding, or within it."""
    return pointer == of_finding or pointer.startswith(f"{of_finding}/")


def _spans(text: str, words: str, number: int) -> list[_Span]:
    spans: list[_Span] = []
    start = text.find(words)
    while start >= 0:
        spans.append(_Span(start, start + len(words), number, is_first=not spans))
        start = text.find(words, start + len(words))
    return spans


def _segments(text: str, spans: Sequence[_Span]) -> list[Segment]:
    edges = sorted({0, len(text), *(span.start for span in spans), *(span.end for span in spans)})
    return [_segment(text, start, end, spans) for start, end in pairwise(edges)]


def _segment(text: str, start: int, end: int, spans: Sequence[_Span]) -> Segment:
    covering = [span for span in spans if span.start <= start and end <= span.end]
    ends = tuple(span.number for span in covering if span.is_first and span.end == end)
    return Segment(text[start:end], tuple(sorted({span.number for span in covering})), ends)
