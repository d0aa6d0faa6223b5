"""Orders what a search by numbers found, and explains how a record meets each number."""

from collections import Counter

from shared.numbers import NumberPattern
from shared.records.results import Comparison, Hit, R, compared
from shared.records.search.near_misses import likeness_of
from shared.records.search.number_keys import Met


def best_of(hits: list[Hit[R]], at_most: int) -> list[Hit[R]]:
    """Return the best; among equal scores the owners take turns."""
    if len(hits) < 2:
        return hits
    turns: Counter[tuple[float, str]] = Counter()

    def place(hit: Hit[R]) -> tuple[float, int]:
        group = hit.score, hit.record.owner
        turns[group] += 1
        return -hit.score, turns[group]

    hits.sort(key=lambda hit: hit.record.id)
    return sorted(hits, key=place)[:at_most]


def meets(met: Met, *, near: bool) -> bool:
    """Return whether a record meets a number of a search, which may ask for what is near."""
    return met.is_hit or (near and met.reading is not None)


def compared_with(met: Met, *, near: bool) -> Comparison:
    """Return how a record meets a number, for an explanation of why it was not found."""
    asked, held = met.asked.number, met.held
    found, is_met = held and held.written, meets(met, near=near)
    sought = met.asked.written
    if met.asked.key.country and asked.country:
        sought, found = f"{sought} of {asked.country}", held and f"{held.written} of {held.number.country}"
    look = met.asked.written if isinstance(asked, NumberPattern) else asked.key
    likeness = likeness_of(look, held.number.key) if held else 0.0
    comparison = compared(met.asked.key.asked_as, sought, found, is_met=is_met, likeness=likeness)
    if is_met or met.reading is None:
        return comparison
    return comparison._replace(says=f"{comparison.says} ({met.reading.words}): a search with near=true shows it")
