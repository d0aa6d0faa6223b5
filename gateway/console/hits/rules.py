"""Which hits come first, and what an officer may do with one now. No input or output.

Only orders and offers: whether a step is taken is for the API to say.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from shared.protocol.payloads import MAX_REQUESTS

Hit = Mapping[str, Any]


def _(text: str) -> str:
    return text


OWNER: Final = "owner"
FINDER: Final = "finder"
OVERSIGHT: Final = "secretariat"
"""The side of the Secretariat, which is informed of deadlines that have passed."""

OPEN: Final = "open"
ALL: Final = "all"


class State(NamedTuple):
    """How a state is shown."""

    text: str
    shape: str


STATES: Final = {
    "expired": State(_("not answered in time"), "bad"),
    "overdue": State(_("overdue"), "bad"),
    "requested": State(_("confirmation requested"), "wait"),
    "later": State(_("answer promised"), "wait"),
    "unconfirmed": State(_("not confirmed yet"), "note"),
    "confirmed": State(_("confirmed"), "good"),
    "not-confirmed": State(_("not confirmed"), "bad"),
}
ORDINALS: Final = (_("1st request"), _("2nd request"), _("3rd request"))
SIDES: Final = {
    OWNER: _("Records of your bureau, found by others"),
    FINDER: _("Records of others, found by your bureau"),
    OVERSIGHT: _("Requests that were not answered in time"),
}
OPEN_STATES: Final = {
    OWNER: ("expired", "requested", "later"),
    FINDER: ("expired", "requested", "later", "unconfirmed"),
    OVERSIGHT: ("overdue", "expired", "later"),
}
"""On each side the states of hits that somebody has to do something about."""

WAITING: Final = {OWNER: ("expired", "requested"), OVERSIGHT: ("overdue",)}
"""Of these an officer is reminded on every page: others wait for their bureau."""

HOURS: Final = (1, 2, 4, 8, 24, 48, 72)
"""In how many hours an owner may promise an answer."""

_PASSED: Final = frozenset({"expired", "overdue"})
_ANSWERED_BY_OWNER: Final = frozenset({"requested", "later", "expired"})
_ASKED_BY_FINDER: Final = frozenset({"unconfirmed", "expired"})


def most_urgent_first(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits in the order in which they need somebody: whose time has passed, what is due soonest, the newest."""
    newest = sorted(hits, key=lambda hit: str(hit["stored"]), reverse=True)
    return sorted(newest, key=lambda hit: (hit["state"] not in _PASSED, hit["due"] is None, str(hit["due"] or "")))


def may_answer(hit: Hit) -> bool:
    """Return whether the owner may answer now."""
    return hit["side"] == OWNER and hit["state"] in _ANSWERED_BY_OWNER


def may_defer(hit: Hit) -> bool:
    """Return whether the owner may promise an answer to the latest request: once."""
    answers = hit["confirmations"][-1]["answers"] if hit["confirmations"] else ()
    return may_answer(hit) and all(each["answer"] != "later" for each in answers)


def may_request(hit: Hit) -> bool:
    """Return whether the finder may ask for confirmation now."""
    return hit["side"] == FINDER and hit["state"] in _ASKED_BY_FINDER and hit["requests"] < MAX_REQUESTS


def other_bureau(hit: Hit) -> str:
    """Return the bureau with which the officer's bureau deals about a hit."""
    return str(hit["finder"] if hit["side"] == OWNER else hit["owner"])
