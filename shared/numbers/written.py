"""A number as it was written, and what it is found by: its key, its end backwards, its core without letters."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from shared.numbers.kinds import END_SIGNS, MAX_SIGNS, NumberKind
from shared.numbers.writing import signs_of

# Between the signs of a key and its country: no sign of a number.
COUNTRY_MARK: Final = ":"
# Of a shorter core too many numbers are alike.
LEAST_CORE: Final = 4
_PARTS: Final = re.compile(r"([^0-9]*)(.*?)([^0-9]*)", re.DOTALL)


class Parts(NamedTuple):
    """A number in three: letters, what begins and ends with a figure, and letters."""

    before: str
    core: str
    after: str


class WrittenNumber(NamedTuple):
    """A number in normal form, with its country if its kind has one and it is known."""

    kind: NumberKind
    signs: str
    look: str
    country: str | None = None

    @property
    def key(self) -> str:
        """What it is stored and looked up by: its look-alike form, with its country."""
        return key_of(self.look, self.country)

    @property
    def end(self) -> str:
        """Its last eight signs in their look-alike form, the last one first, so that shorter ends are prefixes."""
        return end_of(self.look)

    @property
    def last_signs(self) -> "WrittenNumber":
        """The number that its last eight signs are."""
        return self._replace(signs=self.signs[-END_SIGNS:], look=self.look[-END_SIGNS:])

    @property
    def parts(self) -> Parts:
        """Its look-alike form in three; the letters are those that were written."""
        return Parts(*map(self.kind.look_of, parts_of(self.signs)))

    @property
    def is_end(self) -> bool:
        """Whether it may be the end of a longer number."""
        return self.kind.found_by_end and len(self.look) == END_SIGNS


@lru_cache(maxsize=1 << 11)
def number_of(text: str, kind: NumberKind, country: str | None = None) -> WrittenNumber:
    """Return a number that was written in any script, with any separators; of very long ones the beginning."""
    signs = signs_of(text)[:MAX_SIGNS]
    return WrittenNumber(kind, signs, kind.look_of(signs), country)


@lru_cache(maxsize=1 << 11)
def parts_of(signs: str) -> Parts:
    """Return the signs of a number in three: all are the core if without the letters fewer than four are left."""
    found = _PARTS.fullmatch(signs)
    parts = Parts(*found.groups()) if found else Parts("", signs, "")
    return parts if len(parts.core) >= LEAST_CORE else Parts("", signs, "")


def key_of(look: str, country: str | None) -> str:
    """Return the key of a look-alike form."""
    return look if country is None else f"{look}{COUNTRY_MARK}{country}"


def end_of(look: str) -> str:
    """Return the end of a look-alike form, backwards."""
    return look[: -END_SIGNS - 1 : -1]
