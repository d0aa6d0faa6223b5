"""How the state of a trace is shown, and which step an officer may take now. No input or output.

Only offers: whether a step is taken is for the API to say.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from gateway.traces.models import AnswerWord, TraceSide, TraceState
from shared.protocol.payloads import MAX_TRACE_REQUESTS

Trace = Mapping[str, Any]


def _(text: str) -> str:
    return text


REQUESTER: Final = TraceSide.REQUESTER.value
ASKED: Final = TraceSide.ASKED.value
OVERSIGHT: Final = TraceSide.SECRETARIAT.value
SIDES: Final = {
    ASKED: _("Your bureau is asked"),
    REQUESTER: _("Your bureau asks"),
    OVERSIGHT: _("Not answered in time"),
}
OPEN: Final = ("sent", "accepted", "overdue")
"""The states in which somebody waits for an answer."""


class State(NamedTuple):
    """How a state is shown."""

    text: str
    shape: str


STATES: Final = {
    TraceState.SENT.value: State(_("waits for an answer"), "wait"),
    TraceState.ACCEPTED.value: State(_("accepted: is being traced"), "wait"),
    TraceState.ANSWERED.value: State(_("answered"), "good"),
    TraceState.CANNOT_TRACE.value: State(_("cannot be traced"), "bad"),
    TraceState.REFUSED.value: State(_("refused"), "bad"),
    TraceState.FORWARDED.value: State(_("named another bureau"), "note"),
    TraceState.OVERDUE.value: State(_("overdue"), "bad"),
}


class Answer(NamedTuple):
    """An answer of the bureau that is asked."""

    title: str
    button: str
    means: str
    takes: tuple[str, ...]
    """What goes with it, as the API calls it; the first is required."""


_REMARK: Final = "remark"
ANSWERS: Final = {
    AnswerWord.ANSWERED.value: Answer(
        _("Answer with what your books say"),
        _("Sign and send the answer"),
        _("State one link: how the firearm came to your country, or left it. The answer is final."),
        ("link", "onward", _REMARK),
    ),
    AnswerWord.CANNOT_TRACE.value: Answer(
        _("Say that it cannot be traced"),
        _("It cannot be traced"),
        _("Your books do not have this firearm, or no longer. The answer is final."),
        (_REMARK,),
    ),
    AnswerWord.FORWARDED.value: Answer(
        _("Name another bureau"),
        _("Name this bureau"),
        _("The requester asks that bureau itself. The answer is final."),
        ("to", _REMARK),
    ),
    AnswerWord.REFUSED.value: Answer(
        _("Refuse"),
        _("Refuse the request"),
        _("The requester sees your reason. The answer is final."),
        ("reason", _REMARK),
    ),
}
"""The answers that have a form, in the order in which they are offered. To accept a request needs none."""

_FROM: Final = {
    "sent": (AnswerWord.FORWARDED.value, AnswerWord.REFUSED.value),
    "accepted": tuple(ANSWERS),
}
NOW: Final = {
    (ASKED, "sent"): _("Accept the request, so that the requester knows that you look into your books."),
    (ASKED, "accepted"): _("Look into the books of your makers, dealers and importers, and answer."),
    (REQUESTER, "sent"): _("The bureau has not accepted your request yet."),
    (REQUESTER, "accepted"): _("The bureau looks into its books."),
    (REQUESTER, "answered"): _("Ask the bureau where the chain goes on, unless it has come to its end."),
    (REQUESTER, "cannot-trace"): _("You may ask another bureau."),
    (REQUESTER, "refused"): _("You may ask another bureau."),
    (REQUESTER, "forwarded"): _("Ask the bureau that was named instead."),
}
"""What a side may do now, by the state of the latest request."""


def possible_answers(trace: Trace) -> Sequence[str]:
    """Return the answers with a form that an officer may give now."""
    return _FROM.get(trace["state"], ()) if trace["side"] == ASKED else ()


def may_accept(trace: Trace) -> bool:
    """Return whether the officer's bureau may accept the request."""
    return bool(trace["side"] == ASKED and trace["state"] == "sent")


def may_go_on(trace: Trace) -> bool:
    """Return whether the requester may ask the next bureau: nobody is asked in time any more."""
    is_free = trace["state"] not in OPEN or trace["missed"]
    return bool(trace["side"] == REQUESTER and is_free and trace["requests"] < MAX_TRACE_REQUESTS)


def other_bureau(trace: Trace) -> str:
    """Return the bureau with which the officer's bureau deals."""
    return str(trace["requester"] if trace["side"] == ASKED else trace["asked"])


def firearm_in_words(firearm: Mapping[str, Any]) -> str:
    """Return what tells a firearm from others, in a line."""
    names = (firearm.get("make_marked") or firearm["make"], firearm.get("model"), firearm["serial_number"])
    return " ".join(filter(None, names))


def most_urgent_first(traces: Iterable[Trace]) -> list[Trace]:
    """Return traces in the order in which they need somebody: whose time is over, what is due soonest, the newest."""
    newest = sorted(traces, key=lambda trace: str(trace["stored"]), reverse=True)
    return sorted(newest, key=lambda trace: (not trace["missed"], trace["due"] is None, str(trace["due"] or "")))
