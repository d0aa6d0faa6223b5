"""How the numbers of searches are looked up: by one key, a range of keys, or many keys. Pure, it reads nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from shared.numbers import COUNTRY_MARK, NumberPattern, WrittenNumber, key_of
from shared.records.search.number_keys import CORE, END, Asked, NumberKeys, asks_near, near_ends, near_keys

# What follows all signs that a number can have.
_AFTER_ALL: Final = "\U0010ffff"


class LookUp(NamedTuple):
    """One key to look up, or a range of keys if `last` is another, of which a pattern of SQL may take a part."""

    column: str
    first: str
    last: str
    like: str | None = None

    @property
    def is_pattern(self) -> bool:
        """Whether it looks for more than one number."""
        return self.like is not None

    @property
    def is_sure(self) -> bool:
        """Whether all that it finds has the number that is sought, so that it need not be compared."""
        return not self.is_pattern and not self.column.endswith(CORE)

    @property
    def shape(self) -> tuple[str, bool, bool]:
        """What its statement depends on."""
        column, first, last, _ = self
        return column, first != last or self.is_pattern, self.is_pattern

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of its statement."""
        column, first, last, like = self
        if first == last and like is None:
            return {f"first_{column}": first}
        bounds = {f"first_{column}": first, f"last_{column}": last}
        return bounds if like is None else {**bounds, f"like_{column}": like}


class Probe(NamedTuple):
    """Many keys of a column to look up at once, or what they begin with."""

    column: str
    keys: Sequence[str]
    are_beginnings: bool


def plan_of(asked: Asked) -> list[LookUp | Probe]:
    """Return how a number of a search is looked up, in each of the columns that may have it."""
    return [each for column in asked.key.column_names for each in _plan_in(column, asked)]


def _plan_in(column: str, asked: Asked) -> Iterator[LookUp | Probe]:
    number = asked.number
    if isinstance(number, NumberPattern):
        yield _plan_of_pattern(column, asked, number)
        return
    yield _look_up_of(column, asked, number)
    if number.is_end:
        yield LookUp(column + END, number.end, number.end)
    if number.kind.found_without_letters:
        yield LookUp(column + CORE, number.parts.core, number.parts.core)


def _look_up_of(column: str, asked: Asked, number: WrittenNumber) -> LookUp:
    if asked.key.country and number.country is None:
        return beginning(column, number.look + COUNTRY_MARK)
    return LookUp(column, number.key, number.key)


def beginning(column: str, signs: str, like: str | None = None) -> LookUp:
    """Return the look-up of all keys with a beginning."""
    return LookUp(column, signs, signs + _AFTER_ALL, like)


def _plan_of_pattern(column: str, asked: Asked, pattern: NumberPattern) -> LookUp | Probe:
    country = COUNTRY_MARK + (pattern.country or "%") if asked.key.country else ""
    like = pattern.like() + country
    # By what is longer, as fewer records have it.
    if len(pattern.end) > len(pattern.beginning):
        return beginning(column + END, pattern.end, like)
    if pattern.beginning:
        return beginning(column, pattern.beginning, like)
    return probe_of(column, asked, [key_of(look, pattern.country) for look in pattern.numbers()])


def probe_of(column: str, asked: Asked, keys: Sequence[str]) -> Probe:
    """Return the probe of many keys of the kind that was asked, of any country if none was stated."""
    return Probe(column, keys, bool(asked.key.country) and asked.number.country is None)


class ManyKeys(NamedTuple):
    """The keys of many searches."""

    places: Mapping[tuple[str, bool], Mapping[str, Sequence[int]]]
    """By column, and whether keys begin so: the places of the searches with each key."""

    alone: Sequence[int]
    """The places of searches that other statements answer."""


def keys_of_many(numbers: NumberKeys, otherwise: Sequence[str], queries: Iterable[Any]) -> ManyKeys:
    """Return the keys of many searches that look up whole numbers, and nothing `otherwise`."""
    others = ("reference", *otherwise)
    places: dict[tuple[str, bool], dict[str, list[int]]] = {}
    alone = list[int]()
    for place, query in enumerate(queries):
        is_other = asks_near(query) or any(getattr(query, name) is not None for name in others)
        keys = None if is_other else _keys_in(numbers.asked(query))
        if keys is None:
            alone.append(place)
            continue
        for column, are_beginnings, key in keys:
            places.setdefault((column, are_beginnings), {}).setdefault(key, []).append(place)
    return ManyKeys(places, alone)


def _keys_in(numbers: Iterable[Asked]) -> Sequence[tuple[str, bool, str]] | None:
    """Return the keys of whole numbers: the column, whether stored ones begin so, and the key; None for patterns."""
    keys = list[tuple[str, bool, str]]()
    for asked in numbers:
        number = asked.number
        if isinstance(number, NumberPattern):
            return None
        is_of_any_country = bool(asked.key.country) and number.country is None
        for column in asked.key.column_names:
            keys.append((column, is_of_any_country, number.key))
            if number.is_end:
                keys.append((column + END, False, number.end))
            if number.kind.found_without_letters:
                keys.append((column + CORE, False, number.parts.core))
    return keys


def near_of(asked: Iterable[Asked]) -> Iterator[LookUp | Probe]:
    """Yield what reads all that may be near: by one edit, also in the end, and in all countries if one was stated."""
    for each in asked:
        if each.key.kind.is_whole:
            continue
        for column in each.key.column_names:
            yield probe_of(column, each, near_keys(each))
            number = each.number
            if isinstance(number, NumberPattern):
                continue
            if number.is_end:
                yield probe_of(column + END, each, near_ends(number))
            if number.country is not None:
                yield beginning(column, number.look + COUNTRY_MARK)
