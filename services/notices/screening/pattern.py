"""A pattern of the screening: what is looked for in the words of a notice, the reason, and what would cancel it.

A pattern is met where a text has a term of each of its concepts near to one another, in any order; `a|b` is either.
An ordinary crime predominates (RPD article 34(3)): violence in the same passage turns a stop on article 3 into a
question, and violence, forgery or organised crime cancel what would be private or administrative (RPD 83(1)(a)(i)).
"""

from dataclasses import dataclass
from typing import Final, TypedDict, Unpack

from services.notices.review_models import NoticeRefusalReason, Weight

CONCRETE_OFFENCE: Final = "concrete-offence"
"""Stands for a concept in each text of a notice whose offence is of a concrete category (see `acts`)."""
SERIOUS: Final = ("violence", "organised-or-forged", "ordinary-crime")
GAIN: Final = ("crime-for-gain", "ordinary-crime")
ORDINARY: Final = ("violence", *GAIN)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is looked for, why it matters, and what makes it a question or cancels it."""

    code: str
    reason: NoticeRefusalReason
    concepts: tuple[str, ...]
    why: str
    within: int = 8
    """How many words may lie between the first and the last."""

    unless: tuple[str, ...] = ()
    """Concepts that turn a stop into a question, wherever the passage mentions them: to mention another crime does not
    make it none."""

    unless_near: tuple[str, ...] = ()
    """Concepts that cancel it where they are at most two words away."""

    weight: Weight = Weight.STOPS
    softened_by: tuple[str, ...] = ()
    """Concepts that turn a stop into a question."""


class _Options(TypedDict, total=False):
    """The fields of a pattern that have a default."""

    within: int
    unless: tuple[str, ...]
    unless_near: tuple[str, ...]
    weight: Weight


def article_3(code: str, why: str, *concepts: str, **options: Unpack[_Options]) -> Pattern:
    """Return a pattern on article 3 of the constitution: violence in the passage makes it a question."""
    return Pattern(code, NoticeRefusalReason.ARTICLE_3, concepts, why, softened_by=("violence",), **options)


def article_2(code: str, why: str, *concepts: str, **options: Unpack[_Options]) -> Pattern:
    """Return a pattern on article 2 of the constitution."""
    return Pattern(code, NoticeRefusalReason.ARTICLE_2, concepts, why, **options)


def private(code: str, why: str, *concepts: str, within: int = 8, unless: tuple[str, ...] = SERIOUS) -> Pattern:
    """Return a pattern on RPD article 83(1)(a)(i): a serious crime in the passage makes it a question."""
    return Pattern(code, NoticeRefusalReason.OTHER, concepts, why, within, unless=unless)
