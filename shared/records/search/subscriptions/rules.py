"""Who may subscribe, and how often. Pure: no input or output, no FastAPI, no SQLAlchemy."""

from typing import Final

from pydantic import BaseModel

from shared.bureaus import kind_of
from shared.errors import Invalid, PurposeNotAllowed, Refusal, ScopeMissing
from shared.identity import Caller, examines
from shared.records.results import reference_in
from shared.records.search.matched_store import SEARCHERS
from shared.rights import NotForParticipant

MAX_SUBSCRIPTIONS: Final = 1_000


class TooManySubscriptions(Refusal, status=409, code="too-many-subscriptions", title="Too many subscriptions"):
    """Your bureau has as many subscriptions to this kind of record as it may: end some."""


def require_may_subscribe(caller: Caller, scope_to_read: str) -> None:
    """Require the right to read what will be found, and to be one of those who are notified of it.

    Raises ScopeMissing, PurposeNotAllowed, NotForParticipant.
    """
    if scope_to_read not in caller.scopes:
        raise ScopeMissing(f"this needs the scope {scope_to_read} as well, which the officer does not hold")
    if examines(caller.bureau, caller.purpose):
        raise PurposeNotAllowed(f"purpose {caller.purpose} does not allow a subscription: search again later")
    if kind_of(caller.bureau) not in SEARCHERS:
        raise NotForParticipant(f"{caller.bureau} is notified of nothing that is entered later: search again later")


def require_others_records(search: BaseModel) -> None:
    """Require a search that records of others can match: a reference is of the searcher's own. Raises Invalid."""
    if reference_in(search) is not None:
        raise Invalid("a reference finds records of your own bureau: leave it out", at="/search/reference")


def require_room(present: int) -> None:
    """Require that a bureau has fewer subscriptions than it may. Raises TooManySubscriptions."""
    if present >= MAX_SUBSCRIPTIONS:
        raise TooManySubscriptions(f"your bureau has {present} subscriptions already: end some that are not needed")
