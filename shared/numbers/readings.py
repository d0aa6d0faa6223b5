"""How a number that was found meets one that was asked for: exactly, as a look-alike, in part, or nearly; in words."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from shared.numbers.confusions import (
    COUNTRY_NOT_ASKED,
    LAST_SIGNS,
    LOOK_ALIKE,
    OTHER_COUNTRY,
    PATTERN,
    WITHOUT_LETTERS,
    weight_of,
)
from shared.numbers.edits import Edit, edit_between
from shared.numbers.kinds import END_SIGNS
from shared.numbers.neighbourhood import LEAST_SIGNS
from shared.numbers.patterns import NumberPattern
from shared.numbers.written import WrittenNumber, parts_of

SCORE_DIGITS: Final = 4


class Reading(NamedTuple):
    """How a number meets what was asked."""

    score: float
    """1 is exact."""

    is_near: bool
    """Whether it takes an edit, or another country: such a number is probably another one."""

    words: str
    """What was read otherwise; empty if nothing."""


EXACT: Final = Reading(1.0, is_near=False, words="")


def reading(asked: WrittenNumber | NumberPattern, found: WrittenNumber) -> Reading | None:
    """Return how a number meets what was asked, or None if it is another one."""
    if asked == found:
        return EXACT
    if isinstance(asked, NumberPattern):
        return _of_pattern(asked, found)
    is_elsewhere = asked.country not in (None, found.country)
    if asked.look == found.look:
        return _of_same(asked, found, is_elsewhere=is_elsewhere)
    if is_elsewhere:
        return None
    if asked.is_end and found.look.endswith(asked.look):
        return _of_end(asked, found)
    without = _of_letters(asked, found) if asked.kind.found_without_letters else None
    return without or _of_edit(asked, found) or (_of_near_end(asked, found) if asked.is_end else None)


def _of_pattern(asked: NumberPattern, found: WrittenNumber) -> Reading | None:
    if asked.country not in (None, found.country) or not asked.fits(found.look):
        return None
    return Reading(PATTERN, is_near=False, words=_joined([f"a part was asked for, the whole is {found.signs}"]))


def _of_same(asked: WrittenNumber, found: WrittenNumber, *, is_elsewhere: bool) -> Reading:
    differences = list(_look_alikes(asked.signs, found.signs))
    score, words = LOOK_ALIKE ** len(differences), list(differences)
    if is_elsewhere:
        score *= OTHER_COUNTRY
        words.append(f"of another country: {found.country}, asked {asked.country}")
    elif asked.country != found.country:
        score *= COUNTRY_NOT_ASKED
        words.append(f"of {found.country}, no country was asked for")
    return Reading(round(score, SCORE_DIGITS), is_near=is_elsewhere, words=_joined(words))


def _of_end(asked: WrittenNumber, found: WrittenNumber) -> Reading:
    differences = list(_look_alikes(asked.signs, found.signs[-END_SIGNS:]))
    score = round(LAST_SIGNS * LOOK_ALIKE ** len(differences), SCORE_DIGITS)
    return Reading(score, is_near=False, words=_joined([_whole(found), *differences]))


def _of_letters(asked: WrittenNumber, found: WrittenNumber) -> Reading | None:
    """Return how two numbers meet of which one leaves out letters that the other has before or after its figures."""
    one, other = asked.parts, found.parts
    differing = [side for side in ("before", "after") if getattr(one, side) != getattr(other, side)]
    for whole, part, says in ((found, one, "were not asked for"), (asked, other, "are not in the record")):
        if one.core == other.core and not any(getattr(part, side) for side in differing):
            letters, core = parts_of(whole.signs), parts_of(asked.signs)
            differences = list(_look_alikes(core.core, parts_of(found.signs).core, len(core.before)))
            words = [f"the letters {getattr(letters, side)} {side} the figures {says}" for side in differing]
            score = WITHOUT_LETTERS ** len(differing) * LOOK_ALIKE ** len(differences)
            return Reading(round(score, SCORE_DIGITS), is_near=False, words=_joined([*words, *differences]))
    return None


def _of_near_end(asked: WrittenNumber, found: WrittenNumber) -> Reading | None:
    end = found.last_signs
    near = _of_edit(asked, end) if len(end.look) == END_SIGNS else None
    return near and near._replace(
        score=round(LAST_SIGNS * near.score, SCORE_DIGITS), words=_joined([_whole(found), near.words])
    )


def _whole(found: WrittenNumber) -> str:
    return f"the last {END_SIGNS} signs were asked for, the whole is {found.signs}"


def _of_edit(asked: WrittenNumber, found: WrittenNumber) -> Reading | None:
    if asked.kind.is_whole or min(len(asked.look), len(found.look)) < LEAST_SIGNS:
        return None
    edit = edit_between(asked.look, found.look, asked.kind.alphabet)
    if edit is None:
        return None
    words, differences = _in_words(edit, asked.signs, found.signs), list(_beside(edit, asked.signs, found.signs))
    score = weight_of(edit, asked.look, found.look) * LOOK_ALIKE ** len(differences)
    if asked.country != found.country:
        score *= COUNTRY_NOT_ASKED
        differences.append(f"of {found.country}, no country was asked for")
    return Reading(round(score, SCORE_DIGITS), is_near=True, words=_joined([words, *differences]))


def _in_words(edit: Edit, asked: str, found: str) -> str:
    at = edit.at
    match edit.kind:
        case "wrong":
            return sign_words(at + 1, asked[at], found[at])
        case "swapped":
            return f"two neighbours swapped: asked {asked[at : at + 2]}, found {found[at : at + 2]}"
        case "added":
            return f"found one sign more: {found[at]} {_after(found[:at])}"
        case "dropped":
            return f"found one sign less: {asked[at]} {_after(asked[:at])}"


def _after(signs: str) -> str:
    return f"after {signs}" if signs else "at the beginning"


def _beside(edit: Edit, asked: str, found: str) -> Iterator[str]:
    """Yield what was read otherwise beside an edit, in words."""
    at = edit.at
    yield from _look_alikes(asked[:at], found[:at])
    match edit.kind:
        case "wrong":
            yield from _look_alikes(asked[at + 1 :], found[at + 1 :], at + 1)
        case "swapped":
            yield from _look_alikes(asked[at : at + 2][::-1] + asked[at + 2 :], found[at:], at)
        case "added":
            yield from _look_alikes(asked[at:], found[at + 1 :], at)
        case "dropped":
            yield from _look_alikes(asked[at + 1 :], found[at:], at + 1)


def _look_alikes(asked: str, found: str, first: int = 0) -> Iterator[str]:
    for at, (one, other) in enumerate(zip(asked, found, strict=True), first):
        if one != other:
            yield sign_words(at + 1, one, other)


def sign_words(place: int, asked: str, found: str) -> str:
    """Say that a search asked for one sign and that another was found; the first sign has the place 1.

    All registers say it so: what was asked first, what the record has after it.
    """
    return f"the {_ordinal(place)} sign: asked {asked}, found {found}"


def _ordinal(number: int) -> str:
    is_teen = number // 10 % 10 == 1
    return f"{number}{'th' if is_teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _joined(words: list[str]) -> str:
    return "; ".join(words)
