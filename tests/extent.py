"""How many cases a run covers: a part in `make test`, all in `make test-all`."""

from typing import TypeVar

from hypothesis import settings

FAST_EXAMPLES = 15
"""The number of examples for a property in `make test`."""

FAST_CASES = 1
"""The number of cases of a parametrized test in `make test`."""

T = TypeVar("T")


def by_extent(fast: T, thorough: T) -> T:
    """Return the value for this run. Not to be called while a `conftest.py` is loaded: it is not known yet."""
    return fast if settings.default.max_examples == FAST_EXAMPLES else thorough
