"""What a participant may do at all by its kind, whatever scopes its officers hold. No input or output.

What is not allowed here is refused. Each service requires it of every request, as the gateway of a participant may be
hostile; a gateway requires it of its own officers. That a purpose is open to a participant is in `identity`.
"""

from datetime import date
from typing import Final

from shared.agreements import MESSAGE
from shared.bureaus import REVIEWING_UNIT, TRAINING_UNIT, kind_of
from shared.errors import Refusal
from shared.identity import AUDIT_READ, Caller

MESSAGES: Final = "messages"
# What gateways do themselves, by messages between participants.
OF_MESSAGES: Final = frozenset({MESSAGES, "hits"})
SUBJECT_REQUESTS: Final = "subject-requests"
LOCAL: Final = OF_MESSAGES | {SUBJECT_REQUESTS, "audit"}
"""What is no service of the network, but done by gateways."""

READING: Final = frozenset({"GET", "HEAD"})


class NotForParticipant(
    Refusal, status=403, code="participant-not-allowed", title="A participant of this kind may not do this"
):
    """Bureaus alone enter records; the public only reads what is public; the detail says what is allowed."""


class AgreementExceeded(Refusal, status=403, code="agreement-exceeded", title="The agreement does not allow this"):
    """A partner may do what its agreement says until it ends; the detail says what that is."""


def require_right(caller: Caller, scope: str, method: str, today: date) -> None:
    """Require that a participant may use a scope in a request. Raises NotForParticipant, AgreementExceeded."""
    kind, (service, _, verb) = kind_of(caller.bureau), scope.partition(":")
    if kind == "bureau":
        return
    if kind == "partner":
        _require_agreed(caller, service, verb, today)
    elif kind == "public":
        if service in LOCAL or verb != "read" or method not in READING:
            raise NotForParticipant("the public reads and searches what is public, by GET, and nothing else")
    elif kind == "commission":
        if scope != AUDIT_READ and service not in (MESSAGES, SUBJECT_REQUESTS) and verb not in ("read", "decide"):
            raise NotForParticipant("the Commission reads, decides on data subject requests and writes messages")
    elif kind == "service":
        raise NotForParticipant("a service answers requests, and makes none")
    elif not _is_of_unit(caller, scope, service, verb):
        raise NotForParticipant(f"{caller.bureau} reads and writes messages; it enters no records")


def _is_of_unit(caller: Caller, scope: str, service: str, verb: str) -> bool:
    if verb == "review":
        return caller.bureau == REVIEWING_UNIT
    if scope == AUDIT_READ or service in OF_MESSAGES:
        return True
    return verb == "read" and service not in LOCAL and caller.bureau != TRAINING_UNIT


def _require_agreed(caller: Caller, service: str, verb: str, today: date) -> None:
    agreement, wanted = caller.agreement, MESSAGE if service in OF_MESSAGES else verb
    if agreement is None:
        raise AgreementExceeded(f"{caller.bureau} has no agreement: the General Secretariat has to enter one")
    if faults := agreement.faults(wanted, service, caller.purpose, today):
        raise AgreementExceeded(f"the agreement does not cover {', nor '.join(faults)}: {agreement}")
