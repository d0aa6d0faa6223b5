"""Knows which given names are short for which others: of the library `nicknames`, and of languages that it lacks.

Read when the first name is compared, as most processes compare none.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from shared.names.lists import inverted, short_forms
from shared.names.spelling import spelling_key

# Of families, before a silent e: `Brown`, `Thorn`, `Green`.
SILENT_ENDINGS: Final = ("vn", "rn", "ren")
FAMILY_ENDINGS: Final = ("ov", "ev", "in", "sk", "ski")


@cache
def _canonicals() -> Mapping[str, frozenset[str]]:
    from nicknames import NickNamer

    found: dict[str, set[str]] = {}
    for full, shorts in (*NickNamer().nickname_lookup.items(), *short_forms()):
        for short in shorts:
            found.setdefault(spelling_key(short), set()).add(spelling_key(full))
    return {short: frozenset(fulls - {short}) for short, fulls in found.items()}


@cache
def _short_forms() -> Mapping[str, frozenset[str]]:
    return inverted(_canonicals().items())


def full_names_of(key: str) -> frozenset[str]:
    """Return the keys of the given names that a word is short for, given by its key."""
    return _canonicals().get(key, frozenset())


def nicknames_among(one: str, others: Mapping[str, str]) -> Iterator[str]:
    """Yield those of many words, given with their keys, that are short for one or that it is short for."""
    alike = full_names_of(one) | _short_forms().get(one, frozenset())
    return (other for other, key in others.items() if key in alike) if alike else iter(())


def are_nicknames(one: str, other: str) -> bool:
    """Return whether one of two words, given by their keys, is short for the other."""
    return one in full_names_of(other) or other in full_names_of(one)


@cache
def _given_names() -> frozenset[str]:
    return frozenset(_canonicals()).union(*_canonicals().values())


def are_two_names(one: str, other: str) -> bool:
    """Return whether two words, given by their keys, are two given names: no typing error, as John and Joan."""
    return {one, other} <= _given_names() or are_of_both_sexes(one, other)


def are_of_both_sexes(one: str, other: str) -> bool:
    """Return whether an ending makes another name, as of Paul and Paula, Emil and Emilia, Simon and Simone.

    Not of families, as of Ivanov and Ivanova.
    """
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) == len(longer):
        return shorter[:-1] == longer[:-1] and {shorter[-1], longer[-1]} == {"a", "o"}
    if not longer.startswith(shorter) or shorter.endswith(FAMILY_ENDINGS):
        return False
    is_feminine = shorter[-1] in "ln" and not shorter.endswith(SILENT_ENDINGS)
    return longer[len(shorter) :] in {"a", "ia"} or (longer[len(shorter) :] == "e" and is_feminine)
