"""What a participant may do at all by its kind, whatever scopes its officers hold. No input or output.

What is not allowed here is refused. Each service requires it of every request, as the gateway of a participant may be
hostile; so does what a gateway does itself. That a purpose is open to a participant is in `identity`.
"""

from datetime import date
from typing import Final

from shared.agreements import MESSAGE, READ, WRITE, Agreement
from shared.bureaus import REVIEWING_UNIT, TRAINING_UNIT, BureauCode, ParticipantKind, kind_of
from shared.clock import Clock
from shared.errors import Refusal
from shared.identity import AUDIT_READ, Caller, Purpose

MESSAGES: Final = "messages"
# What gateways do themselves, by messages between participants.
OF_MESSAGES: Final = frozenset({MESSAGES, "hits"})
SUBJECT_REQUESTS: Final = "subject-requests"
LOCAL: Final = OF_MESSAGES | {SUBJECT_REQUESTS, "audit", "checks", "traces"}
"""What is no service of the network, but done by gateways."""

READING: Final = frozenset({"GET", "HEAD"})


class NotForParticipant(
    Refusal, status=403, code="participant-not-allowed", title="A participant of this kind may not do this"
):
    """Bureaus enter records, partners those of some kinds; the public reads; the detail says what may be done."""


class AgreementExceeded(Refusal, status=403, code="agreement-exceeded", title="The agreement does not allow this"):
    """A partner may do what its agreement says until it ends; the detail says what that is."""


_WHAT_IT_MAY: Final[dict[ParticipantKind, str]] = {
    "public": "the public reads and searches what is public, by GET, and nothing else",
    "commission": "the Commission reads, decides on data subject requests and writes messages",
    "unit": "a unit of the Secretariat reads and writes messages; it enters no records",
    "service": "a service answers requests, and makes none",
}


def require_right(caller: Caller, scope: str, method: str, clock: Clock, *, partners_enter: bool = False) -> None:
    """Require that a participant may use a scope in a request. Raises NotForParticipant, AgreementExceeded.

    With `partners_enter` partners enter records of this kind, if their agreement lets them.
    """
    kind = kind_of(caller.bureau)
    if kind == "partner":
        _require_agreed(caller, scope, clock.now().date())
        if scope.rpartition(":")[2] == WRITE and not partners_enter:
            raise NotForParticipant("bureaus alone enter records of this kind, whatever an agreement says")
    elif kind != "bureau" and not _is_open_to(kind, caller.bureau, scope, method):
        raise NotForParticipant(_WHAT_IT_MAY[kind])


def may_receive(
    participant: BureauCode, service: str, purpose: Purpose, agreement: Agreement | None, day: date
) -> bool:
    """Return whether a participant may be sent records of a service for a purpose: if it reads them, and has a mailbox.

    The Commission reads records to examine requests of data subjects alone.
    """
    match kind_of(participant):
        case "bureau":
            return True
        case "unit":
            return _is_open_to("unit", participant, f"{service}:{READ}", "GET")
        case "partner":
            return agreement is not None and not any(
                agreement.faults(verb, service, purpose, day) for verb in (READ, MESSAGE)
            )
        case _:
            return False


def _is_open_to(kind: ParticipantKind, code: BureauCode, scope: str, method: str) -> bool:
    service, _, verb = scope.partition(":")
    match kind:
        case "public":
            return service not in LOCAL and verb == "read" and method in READING
        case "commission":
            return scope == AUDIT_READ or service in (MESSAGES, SUBJECT_REQUESTS) or verb in ("read", "decide")
        case "unit" if verb == "review":
            return code == REVIEWING_UNIT
        case "unit" if scope == AUDIT_READ or service in OF_MESSAGES:
            return True
        case "unit":
            return verb == "read" and service not in LOCAL and code != TRAINING_UNIT
        case _:
            return False


def _require_agreed(caller: Caller, scope: str, today: date) -> None:
    service, _, verb = scope.partition(":")
    agreement, wanted = caller.agreement, MESSAGE if service in OF_MESSAGES else verb
    if agreement is None:
        raise AgreementExceeded(f"{caller.bureau} has no agreement: the General Secretariat has to enter one")
    if faults := agreement.faults(wanted, service, caller.purpose, today):
        raise AgreementExceeded(f"the agreement does not cover {', nor '.join(faults)}: {agreement}")
