"""How numbers are written and read otherwise than they are recorded: the classes that the search is measured by."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from shared.numbers import END_SIGNS, signs_of
from shared.numbers.written import LEAST_CORE, parts_of

Slip = Callable[[Random, str], str | None]
"""Returns a number as it may be written or read, or None where a number cannot have the slip."""

LOOK_ALIKES: Final = ("0O", "0D", "0Q", "1I", "2Z", "5S", "8B", "6G")
_SIGNS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# That look like no figure.
_LETTERS: Final = "ACEFHJKMNPRTUVWXY"
_CYRILLIC: Final = str.maketrans("ABEKMHOPCTYX", "АВЕКМНОРСТУХ")
_GREEK: Final = str.maketrans("ABEZHIKMNOPTYX", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
_GROUPS: Final = ("0ODQ", "1I", "2Z", "5S", "8B", "6G")


def exact(_: Random, number: str) -> str:
    """Return the number as it is recorded."""
    return number


def separated(random: Random, number: str) -> str:
    """Return it in small letters, with other separators."""
    signs = signs_of(number).lower()
    at = random.randrange(1, len(signs))
    return f"{signs[:at]}{random.choice(' -./·')}{signs[at:]}"


def look_alike(pair: str) -> Slip:
    """Return what takes one sign of a pair for the other."""

    def slip(random: Random, number: str) -> str | None:
        signs = signs_of(number)
        places = [at for at, sign in enumerate(signs) if sign in pair]
        if not places:
            return None
        at = random.choice(places)
        return f"{signs[:at]}{pair[1 - pair.index(signs[at])]}{signs[at + 1 :]}"

    return slip


def in_script(table: Mapping[int, int]) -> Slip:
    """Return what writes letters by those of another script that look like them."""

    def slip(_: Random, number: str) -> str | None:
        written = signs_of(number).translate(table)
        return None if written.isascii() else written

    return slip


def wrong(random: Random, number: str) -> str:
    """Return it with one sign wrong, which is no look-alike."""
    signs = signs_of(number)
    at = random.randrange(len(signs))
    alike = next((group for group in _GROUPS if signs[at] in group), signs[at])
    return f"{signs[:at]}{random.choice([each for each in _SIGNS if each not in alike])}{signs[at + 1 :]}"


def dropped(random: Random, number: str) -> str:
    """Return it without one of its signs."""
    signs = signs_of(number)
    at = random.randrange(len(signs))
    return signs[:at] + signs[at + 1 :]


def added(random: Random, number: str) -> str:
    """Return it with a sign too many."""
    signs = signs_of(number)
    at = random.randrange(len(signs) + 1)
    return f"{signs[:at]}{random.choice(_SIGNS)}{signs[at:]}"


def swapped(random: Random, number: str) -> str | None:
    """Return it with two neighbours swapped."""
    signs = signs_of(number)
    places = [at for at in range(len(signs) - 1) if signs[at] != signs[at + 1]]
    if not places:
        return None
    at = random.choice(places)
    return f"{signs[:at]}{signs[at + 1]}{signs[at]}{signs[at + 2 :]}"


def last_signs(_: Random, number: str) -> str | None:
    """Return the last eight signs."""
    signs = signs_of(number)
    return signs[-END_SIGNS:] if len(signs) > END_SIGNS else None


def beginning(_: Random, number: str) -> str | None:
    """Return it without its last two signs."""
    signs = signs_of(number)
    return f"{signs[:-2]}*" if len(signs) >= 6 else None


def end(_: Random, number: str) -> str | None:
    """Return it without its first two signs."""
    signs = signs_of(number)
    return f"*{signs[2:]}" if len(signs) >= 6 else None


def unknown_sign(random: Random, number: str) -> str:
    """Return it with one sign unknown."""
    signs = signs_of(number)
    at = random.randrange(len(signs))
    return f"{signs[:at]}?{signs[at + 1 :]}"


def without_letters(*sides: str) -> Slip:
    """Return what leaves out the letters before or after the figures, or both."""

    def slip(_: Random, number: str) -> str | None:
        parts = parts_of(signs_of(number))
        kept = [part for side, part in parts._asdict().items() if side not in sides]
        return "".join(kept) if all(getattr(parts, side) for side in sides) else None

    return slip


def with_letters(side: str) -> Slip:
    """Return what adds letters, which look like no figure, before or after the figures of a number that has none there.

    Not to one of so few figures that its letters count as a part of it.
    """

    def slip(random: Random, number: str) -> str | None:
        parts = parts_of(signs_of(number))
        has_core = len(parts.core) >= LEAST_CORE and parts.core[0].isdigit() and parts.core[-1].isdigit()
        if getattr(parts, side) or not has_core:
            return None
        letters = "".join(random.choices(_LETTERS, k=2))
        return "".join(parts._replace(**{side: letters}))

    return slip


SLIPS: Final[Mapping[str, Slip]] = {
    "exact": exact,
    "separators": separated,
    **{f"{pair[0]}/{pair[1]}": look_alike(pair) for pair in LOOK_ALIKES},
    "Cyrillic": in_script(_CYRILLIC),
    "Greek": in_script(_GREEK),
    "one wrong": wrong,
    "dropped": dropped,
    "added": added,
    "swapped": swapped,
    "beginning*": beginning,
    "*end": end,
    "one ?": unknown_sign,
}
