"""One edit between two numbers: a sign that is wrong, added or dropped, or two neighbours that are swapped.

It is the relation of the near search, and symmetric: what `neighbours_of` yields for one number has that number among
its own neighbours. Signs outside the alphabet of the kind, such as Arabic letters, are swapped alone, never guessed.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

EditKind = Literal["wrong", "added", "dropped", "swapped"]


class Edit(NamedTuple):
    """How what was found differs from what was asked."""

    kind: EditKind
    """`added`: what was found has a sign more; `dropped`: it has one less."""

    at: int
    """The place of the sign, from 0: of what was found if it was added, otherwise of what was asked."""


class Neighbour(NamedTuple):
    """A number one edit away."""

    signs: str
    edit: Edit


def neighbours_of(signs: str, alphabet: str) -> Iterator[Neighbour]:
    """Yield all numbers one edit away, some of them more than once; the number itself is not among them."""
    for at, sign in enumerate(signs):
        before, after = signs[:at], signs[at + 1 :]
        if sign in alphabet:
            yield Neighbour(before + after, Edit("dropped", at))
            yield from (Neighbour(f"{before}{each}{after}", Edit("wrong", at)) for each in alphabet if each != sign)
        if after and after[0] != sign:
            yield Neighbour(f"{before}{after[0]}{sign}{after[1:]}", Edit("swapped", at))
    for at in range(len(signs) + 1):
        # In a run of equal signs only the last place is taken.
        others = (each for each in alphabet if signs[at : at + 1] != each)
        yield from (Neighbour(f"{signs[:at]}{each}{signs[at:]}", Edit("added", at)) for each in others)


def shortened(signs: str) -> set[str]:
    """Return a number and what is left of it without any one sign: two numbers one edit apart share one of these.

    So may some that are two edits apart: they are compared. There are few, as of a VIN 18 instead of 1,000 neighbours.
    """
    return {signs, *(signs[:at] + signs[at + 1 :] for at in range(len(signs)))}


def edit_between(asked: str, found: str, alphabet: str) -> Edit | None:
    """Return the one edit between two numbers, or None if they are equal or further apart."""
    pairs = enumerate(zip(asked, found, strict=False))
    at = next((at for at, (one, other) in pairs if one != other), min(len(asked), len(found)))
    match len(found) - len(asked):
        case 1 if asked[at:] == found[at + 1 :] and found[at] in alphabet:
            return Edit("added", at)
        case -1 if asked[at + 1 :] == found[at:] and asked[at] in alphabet:
            return Edit("dropped", at)
        case 0 if asked != found:
            return _of_one_length(asked, found, at, alphabet)
    return None


def _of_one_length(asked: str, found: str, at: int, alphabet: str) -> Edit | None:
    if asked[at + 1 :] == found[at + 1 :]:
        return Edit("wrong", at) if asked[at] in alphabet and found[at] in alphabet else None
    swapped = asked[at : at + 2][::-1] == found[at : at + 2]
    return Edit("swapped", at) if swapped and asked[at + 2 :] == found[at + 2 :] else None
