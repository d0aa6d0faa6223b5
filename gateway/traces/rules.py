"""How a firearm is traced: which step leads to what, who may take it, and when the time for it is over. Pure.

Both bureaus of a request compute its state from signed messages, so messages that come late, twice or in another order
lead to the same end: a final answer is valid whether or not `accepted` came before it, and nothing follows it. Times
are milliseconds since 1970.
"""

from typing import Final

import msgspec

from gateway.deadlines import DAY, HOUR, Deadlines, is_over
from gateway.traces.models import AnswerWord, TraceAnswerDraft, TraceSide, TraceState
from shared.bureaus import MEMBERS, BureauCode
from shared.dates import days_of
from shared.errors import IllegalStep, Invalid, Refusal
from shared.protocol.payloads import MAX_TRACE_REQUESTS, TraceAnswer, TraceLink, TraceRequest

# As between the bureaus of the European Union (EU 2023/977): part of the protocol, both bureaus compute it.
TRACE_DEADLINE: Final[Deadlines] = {"urgent": 8 * HOUR, "routine": 7 * DAY}
FINAL: Final = frozenset({TraceState.ANSWERED, TraceState.CANNOT_TRACE, TraceState.REFUSED, TraceState.FORWARDED})
# Of one bureau at another: a flood of requests is refused, and signed as such.
MAX_OPEN: Final = 200
MAX_COMMENTS: Final = 50
# In which state a bureau may say what.
_FROM: Final = {
    AnswerWord.ACCEPTED: {TraceState.SENT},
    AnswerWord.ANSWERED: {TraceState.ACCEPTED},
    AnswerWord.CANNOT_TRACE: {TraceState.ACCEPTED},
    AnswerWord.REFUSED: {TraceState.SENT, TraceState.ACCEPTED},
    AnswerWord.FORWARDED: {TraceState.SENT, TraceState.ACCEPTED},
}
# Which member goes with which answer, and with no other.
_WITH: Final = {"link": AnswerWord.ANSWERED, "reason": AnswerWord.REFUSED, "to": AnswerWord.FORWARDED}


class NotTheRequester(Refusal, status=403, code="not-the-requester", title="Only the requester continues a trace"):
    """Your bureau is asked in this trace: it answers, and the bureau that asks goes on to the next."""


class NotAsked(Refusal, status=403, code="not-asked", title="Only the bureau that is asked answers"):
    """Your bureau has begun this trace: it asks, and does not answer."""


class TraceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How far a request has come."""

    state: TraceState
    due: int
    late: bool = False
    """Whether the final answer was signed when the time was over."""


def is_missed(status: TraceStatus, now: int) -> bool:
    """Return whether the time of a request was over without a final answer, or before it came."""
    return status.late or (status.state not in FINAL and now >= status.due)


def require_side(side: TraceSide, wanted: TraceSide) -> None:
    """Require that a step is for this side to take. Raises NotTheRequester, NotAsked."""
    if side is not wanted:
        if wanted is TraceSide.REQUESTER:
            raise NotTheRequester("the bureau that began the trace continues it; yours is asked")
        raise NotAsked("the bureau that is asked answers; yours has begun the trace")


def require_country(to: BureauCode) -> None:
    """Require a bureau of a country, which has books of makers and importers. Raises Invalid."""
    if to not in MEMBERS:
        raise Invalid("must be the bureau of a country: that of manufacture, or of the last legal import", at="/to")


def require_next(status: TraceStatus, requests: int, now: int) -> None:
    """Require that a trace may go on to the next bureau. Raises IllegalStep."""
    if status.state not in FINAL and now < status.due:
        raise IllegalStep("a request is open: wait for the answer, or until its time is over")
    if requests >= MAX_TRACE_REQUESTS:
        raise IllegalStep(f"{MAX_TRACE_REQUESTS} requests were made in this trace: begin another")


def require_answer(draft: TraceAnswerDraft, by: BureauCode) -> None:
    """Require what goes with an answer, and nothing else. Raises Invalid."""
    for member, word in _WITH.items():
        is_given, is_needed = getattr(draft, member) is not None, draft.answer is word
        if is_given and not is_needed:
            raise Invalid(f"goes with the answer {word.value} alone", at=f"/{member}")
        if is_needed and not is_given:
            raise Invalid(f"the answer {word.value} needs it", at=f"/{member}")
    if draft.onward and draft.link is None:
        raise Invalid("there is no link to show: it goes with the answer answered alone", at="/onward")
    if draft.link is not None and by not in (draft.link.origin, draft.link.to):
        raise Invalid(f"your bureau answers from its own books: {by} must be one of the countries", at="/link/from")
    if draft.to is not None and draft.to == by:
        raise Invalid("names your own bureau: answer it", at="/to")
    if draft.to is not None:
        require_country(draft.to)


def answer(status: TraceStatus, said: AnswerWord, now: int) -> TraceStatus:
    """Return the status after an answer of this bureau. Raises IllegalStep."""
    if status.state in FINAL:
        raise IllegalStep(f"your bureau has answered {status.state}: write a comment")
    if status.state not in _FROM[said]:
        if said is AnswerWord.ACCEPTED:
            raise IllegalStep("your bureau has accepted the request already: now answer it")
        raise IllegalStep(f"answer accepted first, then {said.value}")
    return _answered(status, said, now)


def answer_came(status: TraceStatus, said: AnswerWord, signed: int) -> TraceStatus | None:
    """Return the status at the requester after an answer, in whatever order they come; None if it changes nothing."""
    if status.state in FINAL or (said is AnswerWord.ACCEPTED and status.state is not TraceState.SENT):
        return None
    return _answered(status, said, signed)


def fault_in_answer(form: TraceAnswer, by: BureauCode) -> str | None:
    """Return what is wrong with an answer of a bureau that no schema checks; None if nothing is."""
    if any((getattr(form, member) is not None) is not (form.answer == word) for member, word in _WITH.items()):
        return "members"
    if form.link is not None:
        return fault_in_link(form.link) or (None if by in (form.link.origin, form.link.to) else "not-its-books")
    return "bureau" if form.to is not None and (form.to == by or form.to not in MEMBERS) else None


def fault_in_request(form: TraceRequest) -> str | None:
    """Return what is wrong with a request that no schema checks; None if nothing is."""
    return None if form.received is None else fault_in_link(form.received)


def fault_in_link(link: TraceLink) -> str | None:
    """Return what is wrong with a link; None if nothing is."""
    if link.origin not in MEMBERS or link.to not in MEMBERS:
        return "bureau"
    try:
        first, last = days_of(link.on)
    except ValueError:
        return "times"
    return None if first <= last else "times"


def next_bureau(form: TraceAnswer | None) -> BureauCode | None:
    """Return the bureau to ask next, as a final answer says: where it went, or the bureau that was named instead."""
    if form is None:
        return None
    if form.to is not None:
        return BureauCode(form.to)
    return BureauCode(form.link.to) if form.link is not None and form.link.to != form.link.origin else None


def _answered(status: TraceStatus, said: AnswerWord, signed: int) -> TraceStatus:
    state = TraceState(said.value)
    late = state in FINAL and is_over(status.due, signed)
    return msgspec.structs.replace(status, state=state, late=late)
