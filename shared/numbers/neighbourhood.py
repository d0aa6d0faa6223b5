"""All numbers one edit away from a number, in their look-alike form, the likeliest first."""

from functools import lru_cache
from typing import Final

from shared.numbers.confusions import weight_of
from shared.numbers.edits import neighbours_of
from shared.numbers.kinds import MAX_SIGNS, NumberKind

# Of a shorter number nearly each of its neighbours exists.
LEAST_SIGNS: Final = 4


# Of a search and what it finds; each is some 70 kB.
@lru_cache(maxsize=16)
def neighbourhood(look: str, kind: NumberKind) -> tuple[str, ...]:
    """Return the look-alike forms one edit away, each once: about 1,000 for a VIN, 400 for a plate.

    Of a number of fewer than four signs there are none, nor of a kind that is compared whole alone.
    """
    if len(look) < LEAST_SIGNS or kind.is_whole:
        return ()
    weights = dict[str, float]()
    for signs, edit in neighbours_of(look, kind.alphabet):
        weight = weight_of(edit, look, signs)
        if weight > weights.get(signs, 0.0) and LEAST_SIGNS <= len(signs) <= MAX_SIGNS:
            weights[signs] = weight
    return tuple(sorted(weights, key=lambda signs: -weights[signs]))
