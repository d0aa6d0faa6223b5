"""Firearms as their search is measured: `i247 evaluate firearms`."""

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any, Final

from deploy.evaluation.filled_store import AT
from deploy.evaluation.numbers import Searched
from deploy.evaluation.slips import SLIPS, exact, look_alike, with_letters, without_letters
from services.firearms import SERVICE
from services.firearms.store import FirearmStore, firearms
from services.firearms.synthetic import drawn_entry
from shared.ids import uuid7

NO_MAKE: Final = "no make"
# As synthetic firearms are entered.
_YEARS: Final = timedelta(days=4 * 365)
SLIPS_OF: Final = {
    "serial_number": {
        **SLIPS,
        "1/L": look_alike("1L"),
        "no prefix": without_letters("before"),
        "no suffix": without_letters("after"),
        "no letters": without_letters("before", "after"),
        "prefix more": with_letters("before"),
        "suffix more": with_letters("after"),
        NO_MAKE: exact,
    }
}


def _place(random: Random) -> str:
    """Return the id of a record that is entered at a random time."""
    return uuid7(AT - random.random() * _YEARS, random.randbytes)


def _query(key: str, name: str, number: str, known: Mapping[str, Any]) -> dict[str, Any]:
    return {key: number} if name == NO_MAKE else {key: number, "make": known["make"]}


FIREARMS: Final = Searched(
    service=SERVICE,
    store=FirearmStore,
    slips=SLIPS_OF,
    sampled_by=firearms.c.id,
    place=_place,
    drawn=drawn_entry,
    query=_query,
)
