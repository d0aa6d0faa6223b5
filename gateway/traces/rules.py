"""How a firearm is traced: which step leads to what, who may take it, and when the time for it is over. Pure.

Both bureaus of a request compute its state from signed messages, so messages that come late, twice or in another order
lead to the same end: a final answer is valid whether or not `accepted` came before it, and nothing follows it. Times
are milliseconds since 1970.
"""

from typing import Final

import msgspec

from gateway.deadlines import DAY, HOUR, Deadlines, is_as_agreed, is_over, is_time
from gateway.traces.models import AnswerWord, TraceAnswerDraft, TraceSide, TraceState
from shared.bureaus import MEMBERS, BureauCode
from shared.dates import FUTURE_ALLOWED, certainly_before, days_of, last_day
from shared.errors import IllegalStep, Invalid, Refusal
from shared.mailbox.rules import VALID_FOR
from shared.mailbox.times import milliseconds, moment
from shared.protocol.payloads import MAX_TRACE_REQUESTS, TraceAnswer, TracedFirearm, TraceLink, TraceRequest

# As between the bureaus of the European Union (EU 2023/977): part of the protocol, both bureaus compute it.
TRACE_DEADLINE: Final[Deadlines] = {"urgent": 8 * HOUR, "routine": 7 * DAY}
FINAL: Final = frozenset({TraceState.ANSWERED, TraceState.CANNOT_TRACE, TraceState.REFUSED, TraceState.FORWARDED})
# Of one bureau at another: a flood of requests is refused, and signed as such.
MAX_OPEN: Final = 200
MAX_COMMENTS: Final = 50
# Of one requester at the Secretariat, without an answer.
MAX_OVERDUE: Final = 1_000
# A request may come as long as its message is valid: then its time begins.
ESCALATED_WITHIN: Final = round(VALID_FOR.total_seconds() * 1000) + max(TRACE_DEADLINE.values())
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
    late: bool | None = False
    """Whether the final answer came when the time was over; None, at the Secretariat, if neither is proven."""


def is_missed(status: TraceStatus, now: int) -> bool:
    """Return whether the time of a request was over without a final answer, or before it came."""
    return bool(status.late) or (status.state not in FINAL and now >= status.due)


def require_side(side: TraceSide, wanted: TraceSide) -> None:
    """Require that a step is for this side to take. Raises NotTheRequester, NotAsked."""
    if side is not wanted:
        if wanted is TraceSide.REQUESTER:
            raise NotTheRequester("the bureau that began the trace continues it; yours has not begun it")
        raise NotAsked("the bureau that is asked answers; yours is not asked")


def require_party(side: TraceSide) -> None:
    """Require one of the two bureaus of a request. Raises IllegalStep."""
    if side is TraceSide.SECRETARIAT:
        raise IllegalStep("your bureau is informed of the trace: write a message to the bureaus in its thread")


def require_requester(code: BureauCode) -> None:
    """Require that a bureau may begin a trace: one that may be asked as well. Raises NotTheRequester."""
    if code not in MEMBERS:
        raise NotTheRequester("bureaus of countries trace firearms: let the bureau that has it begin")


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


def require_possible(firearm: TracedFirearm, now: int) -> None:
    """Require a firearm that is made by now. Raises Invalid."""
    if firearm.year is not None and firearm.year > moment(now).year:
        raise Invalid(f"must be at most {moment(now).year}: it is a year of manufacture", at="/firearm/year")


def require_dated(on: str, firearm: TracedFirearm, received: TraceLink | None, now: int) -> None:
    """Require a date that a link can have, by all that the request states. Raises Invalid."""
    if (fault := fault_in_date(on, firearm.year, now)) is not None:
        raise Invalid(fault, at="/link/on")
    if received is not None and certainly_before(on, received.on):
        raise Invalid(
            f"lies before {received.on}, when it came to your country by the link that you were told: state what "
            "became of it then",
            at="/link/on",
        )


def fault_in_date(on: str, year: int | None, at: int) -> str | None:
    """Return in words why a link cannot have a date, as of a time; None if it can. Raises ValueError for no date."""
    if certainly_before(moment(at).date() + FUTURE_ALLOWED, on):
        return f"{on} is in the future: state a day up to today"
    if year is not None and last_day(on).year < year:
        return (
            f"lies before {year}, the year of manufacture by the request: if your books have another year, answer "
            "cannot-trace and state it in the remark"
        )
    return None


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


def answer_shown(status: TraceStatus, said: AnswerWord, *, late: bool | None) -> TraceStatus | None:
    """Return the status at the Secretariat after a final answer that is proven; None if it changes nothing.

    A further proof of the same answer may show that it was in time.
    """
    state = TraceState(said.value)
    is_further = (status.state, status.late, late) == (state, None, False)
    if status.state is TraceState.OVERDUE or is_further:
        return msgspec.structs.replace(status, state=state, late=late)
    return None


def is_late(status: TraceStatus, said: AnswerWord, signed: int) -> bool | None:
    """Return whether the time of a request was over when it was answered: of a final answer as its status has it."""
    return is_over(status.due, signed) if said is AnswerWord.ACCEPTED else status.late


def fault_in_answer(form: TraceAnswer, by: BureauCode, firearm: TracedFirearm, signed: int) -> str | None:
    """Return what is wrong with an answer of a bureau that no schema checks; None if nothing is."""
    if any((getattr(form, member) is not None) is not (form.answer == word) for member, word in _WITH.items()):
        return "members"
    if form.link is not None:
        fault = fault_in_link(form.link, firearm, signed)
        return fault or (None if by in (form.link.origin, form.link.to) else "not-its-books")
    return "bureau" if form.to is not None and (form.to == by or form.to not in MEMBERS) else None


def is_due_as_agreed(form: TraceRequest, signed: int) -> bool:
    """Return whether a request leaves the bureau that is asked the agreed time."""
    return is_time(form.due) and is_as_agreed(TRACE_DEADLINE, form.urgency, signed, milliseconds(form.due))


def fault_in_request(form: TraceRequest, signed: int) -> str | None:
    """Return what is wrong with a request that no schema checks; None if nothing is."""
    return None if form.received is None else fault_in_link(form.received, form.firearm, signed)


def fault_in_link(link: TraceLink, firearm: TracedFirearm, signed: int) -> str | None:
    """Return what is wrong with a link that was signed at a time; None if nothing is."""
    if link.origin not in MEMBERS or link.to not in MEMBERS:
        return "bureau"
    try:
        days_of(link.on)
    except ValueError:
        return "times"
    return None if fault_in_date(link.on, firearm.year, signed) is None else "times"


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
