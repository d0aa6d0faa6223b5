"""Numbers of which only a part is known: `?` stands for one sign, `*` for any number of them."""

import re
from collections.abc import Collection, Iterator
from functools import cached_property
from itertools import combinations, islice, product
from typing import Final

from shared.numbers.kinds import END_SIGNS, NumberKind
from shared.numbers.neighbourhood import LEAST_SIGNS
from shared.numbers.writing import signs_of
from shared.validation import wrong

ONE: Final = "?"
ANY: Final = "*"
MAX_UNKNOWN: Final = 2
# Of a number: where two signs are unknown, three of them are known at least.
PARTS: Final = 5
_WILDCARD: Final = re.compile(r"([?*])")
# As stars are stamped before and after a VIN or engine number, to show that no sign is missing.
_IN_STARS: Final = re.compile(r"\s*\*[^?*]+\*\s*")
# More would take long to compare.
MAX_GAPS: Final = 2
NOT_ENOUGH: Final = (
    f"state at least {LEAST_SIGNS} signs in a row at the beginning or at the end, as in AB12*, or all signs but "
    f"{MAX_UNKNOWN}, as in AB?23?D; ? is one sign and * any number of them"
)


def has_wildcards(text: str) -> bool:
    """Return whether a part of a number is unknown."""
    return (ONE in text or ANY in text) and not is_in_stars(text)


def is_in_stars(text: str) -> bool:
    """Return whether a number is written with the stars that are stamped around it, which are no wildcards."""
    return ANY in text and _IN_STARS.fullmatch(text) is not None


def require_searchable(text: str) -> str:
    """Return a number or pattern that a search can look up. Raises PydanticCustomError: state more of it."""
    if text.count(ANY) > MAX_GAPS:
        raise wrong("", f"has more than {MAX_GAPS} {ANY}: state more signs")
    if has_wildcards(text) and not NumberPattern(text).is_searchable:
        raise wrong("", f"has too few known signs: {NOT_ENOUGH}")
    return text


class NumberPattern:
    """A number of which a part is unknown, as it is compared."""

    def __init__(self, text: str, kind: NumberKind | None = None, country: str | None = None) -> None:
        parts = [part if part in (ONE, ANY) else signs_of(part) for part in _WILDCARD.split(text)]
        look = kind.look_of if kind else str
        self.parts = tuple(look(part) for part in parts if part)
        self.country = country
        self._alphabet = kind.alphabet if kind else ""

    @property
    def beginning(self) -> str:
        """The known signs before the first wildcard, if they suffice to look it up."""
        return _enough("" if self.parts[0] in (ONE, ANY) else self.parts[0])

    @property
    def end(self) -> str:
        """The known signs after the last wildcard, backwards, at most as many as are stored, if they suffice."""
        last = self.parts[-1]
        return _enough("" if last in (ONE, ANY) else last[::-1][:END_SIGNS])

    @property
    def mask(self) -> str:
        """All signs with a mark for each unknown one, if these are few; empty otherwise."""
        return "".join(self.parts) if ANY not in self.parts and self.parts.count(ONE) <= MAX_UNKNOWN else ""

    @property
    def coarse_mask(self) -> str:
        """The mask with as many parts unknown as it may have: all numbers that fit have it among their `masks_of`."""
        unknown = {_part_of(at, len(self.mask)) for at, sign in enumerate(self.mask) if sign == ONE}
        others = (part for part in range(PARTS) if part not in unknown)
        return _masked(self.mask, {*unknown, *islice(others, MAX_UNKNOWN - len(unknown))})

    @property
    def is_searchable(self) -> bool:
        """Whether enough of it is known."""
        return bool(self.beginning or self.end or self.mask)

    @cached_property
    def _form(self) -> re.Pattern[str]:
        # As a search can only look up the numbers of a mask that it can enumerate.
        one = "." if self.beginning or self.end else f"[{self._alphabet}]"
        forms = {ONE: one, ANY: ".*"}
        return re.compile("".join(forms.get(part, re.escape(part)) for part in self.parts))

    def fits(self, look: str) -> bool:
        """Return whether a number in its look-alike form is one of the pattern."""
        return self._form.fullmatch(look) is not None

    def like(self) -> str:
        """Return it as a pattern of SQL."""
        return "".join({ONE: "_", ANY: "%"}.get(part, part) for part in self.parts)

    def numbers(self) -> Iterator[str]:
        """Yield all look-alike forms of a pattern with a mask, letters of other scripts left out.

        Raises ValueError for another pattern: of six unknown signs there would be 600 million.
        """
        if not self.mask:
            raise ValueError("only a pattern with few unknown signs has so few numbers: require_searchable before")
        for signs in product(self._alphabet, repeat=self.parts.count(ONE)):
            known = iter(signs)
            yield "".join(next(known) if part == ONE else part for part in self.parts)


def masks_of(look: str) -> set[str]:
    """Return the coarse masks of all patterns with few unknown signs that a number fits: ten, however long it is."""
    return {_masked(look, unknown) for unknown in combinations(range(PARTS), MAX_UNKNOWN)}


def _masked(signs: str, unknown: Collection[int]) -> str:
    return "".join(ONE if _part_of(at, len(signs)) in unknown else sign for at, sign in enumerate(signs))


def _part_of(at: int, length: int) -> int:
    return at * PARTS // length


def _enough(signs: str) -> str:
    return signs if len(signs) >= LEAST_SIGNS else ""
