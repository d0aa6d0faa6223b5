"""Which hits come first, and what an officer may do with one now. No input or output.

Only orders and offers: whether a step is taken is for the API to say.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
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
ANSWERED: Final = "answered"
NOT_ASKED: Final = "unconfirmed"
ALL: Final = "all"
VIEWS: Final = {
    OPEN: _("still open"),
    NOT_ASKED: _("found, not asked"),
    ANSWERED: _("answered"),
    ALL: _("all"),
}
"""Which hits a list has; besides, it can have those in one state."""


class State(NamedTuple):
    """How a state is shown."""

    text: str
    shape: str


STATES: Final = {
    "expired": State(_("not answered in time"), "bad"),
    "overdue": State(_("overdue"), "bad"),
    "requested": State(_("confirmation requested"), "wait"),
    "later": State(_("answer promised"), "wait"),
    "unconfirmed": State(_("not asked to confirm"), "note"),
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
    FINDER: ("expired", "requested", "later"),
    OVERSIGHT: ("overdue", "expired", "later"),
}
"""On each side the states of hits that somebody waits for. What nobody was asked to confirm is not among them."""

WAITING: Final = {OWNER: ("expired", "requested"), OVERSIGHT: ("overdue",)}
"""Of these an officer is reminded on every page: others wait for their bureau."""

HOURS: Final = (1, 2, 4, 8, 24, 48, 72)
"""In how many hours an owner may promise an answer."""

HOW: Final = {
    "search": _("An officer searched, and this record was in the answer."),
    "near": _("An officer also asked for numbers that are one sign away, and this record was among them."),
    "list": _("An officer was shown a list of records, with this one in it."),
    "read": _("An officer opened the record."),
    "subscription": _("The record was entered or changed, and fits a subscription of the finder."),
    "delayed-inquiry": _(
        "The finder searched earlier. The record was entered or changed afterwards, and fits that search."
    ),
    "duplicate": _("The finder entered a record of the same thing: both have a number that only one thing has."),
    "screening": _("A partner of the network saw what the record is about. The partner was told nothing."),
    "published": _("The record was sent to the finder when it was published."),
}
"""What led to a hit, in a sentence."""

WHOLE_SCORE: Final = 0.9995
NOW: Final = {
    (OWNER, "unconfirmed"): (
        _("The finder has not asked you to confirm it: nothing is asked of you."),
        _("If the record is wrong, correct or withdraw it."),
    ),
    (OWNER, "requested"): (_("Say whether your record is right and still in force: nobody may act before you do."),),
    (OWNER, "later"): (
        _("You promised an answer."),
        _("Say whether your record is right and still in force: nobody may act before you do."),
    ),
    (OWNER, "expired"): (_("You have not answered in time. Answer now: nobody may act before you do."),),
    (OWNER, "confirmed"): (
        _("You confirmed it: the finder may act on it."),
        _("If the record is no longer right or in force, correct or withdraw it at once."),
    ),
    (OWNER, "not-confirmed"): (
        _("You did not confirm it: the finder may not act on it."),
        _("If the record is wrong or has ended, correct or withdraw it, so that nobody else finds it."),
    ),
    (FINDER, "unconfirmed"): (_("A hit is not proof: have it confirmed before anyone acts on it."),),
    (FINDER, "requested"): (_("The owner has been asked. Do not act on the hit before the answer."),),
    (FINDER, "later"): (_("The owner has promised an answer. Do not act on the hit before it comes."),),
    (FINDER, "expired"): (_("The owner has not answered in time. Silence confirms nothing: do not act on the hit."),),
    (FINDER, "confirmed"): (
        _("The owner says that the record is right and in force."),
        _("You may do what the record asks for, as far as your law and its handling terms allow."),
        _("Keep the proof of the answer in your file."),
    ),
    (FINDER, "not-confirmed"): (
        _("The owner does not stand by the record for this hit."),
        _("Take no measure because of it, and end those that rest on it alone."),
    ),
}
"""What a side may do now, in sentences, by the state of a hit."""

SAME_SEARCH: Final = timedelta(seconds=5)
"""A search asks several registers, which show what they have one after the other within this time."""

FIRST_OF_SEARCH: Final = 3
"""Of the hits of one search a list shows so many, until more are asked for."""

_PASSED: Final = frozenset({"expired", "overdue"})
_ANSWERED_BY_OWNER: Final = frozenset({"requested", "later", "expired"})
_ASKED_BY_FINDER: Final = frozenset({"unconfirmed", "expired"})


def most_urgent_first(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits in the order in which they need somebody: whose time has passed, what is due soonest, the newest."""
    newest = sorted(hits, key=lambda hit: str(hit["stored"]), reverse=True)
    return sorted(newest, key=lambda hit: (hit["state"] not in _PASSED, hit["due"] is None, str(hit["due"] or "")))


class Search(NamedTuple):
    """Hits that the same officer was shown at the same time for the same purpose."""

    hits: Sequence[Hit]
    is_whole: bool
    """Whether all of them are to be shown."""

    @property
    def first(self) -> Hit:
        """The hit that stands for what all have in common."""
        return self.hits[0]

    @property
    def shown(self) -> Sequence[Hit]:
        """The hits that a list shows."""
        is_few = len(self.hits) <= FIRST_OF_SEARCH + 1
        return self.hits if self.is_whole or is_few else self.hits[:FIRST_OF_SEARCH]


def searches(hits: Iterable[Hit], whole: str = "") -> list[Search]:
    """Return hits by the search that found them, the newest search first.

    In each come first those whose owner was asked, then those that fit best. Of the search with the hit `whole` all are
    to be shown.
    """
    of_same: dict[tuple[Any, ...], list[list[Hit]]] = {}
    groups: list[list[Hit]] = []
    for hit in hits:
        before = of_same.setdefault(tuple(hit[name] for name in ("finder", "officer", "purpose", "how")), [])
        group = next((each for each in before if _is_same_search(each[0], hit)), None)
        if group is None:
            group = []
            groups.append(group)
            before.append(group)
        group.append(hit)
    newest = sorted(groups, key=lambda group: str(group[0]["first"]), reverse=True)
    ordered = [sorted(group, key=lambda hit: (hit["state"] == NOT_ASKED, -hit["score"])) for group in newest]
    return [Search(group, is_whole=any(hit["id"] == whole for hit in group)) for group in ordered]


def _is_same_search(one: Hit, other: Hit) -> bool:
    between = datetime.fromisoformat(str(one["first"])) - datetime.fromisoformat(str(other["first"]))
    return bool(one["request"] == other["request"]) or abs(between) <= SAME_SEARCH


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
