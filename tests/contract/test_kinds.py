"""What participants of each kind may do, in every operation of every service, whatever scopes their officers hold."""

from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.local_services import LOCAL_SERVICES
from services import SERVICES
from shared import rights
from shared.agreements import Agreement
from shared.clock import FixedClock
from shared.identity import COMMON_SCOPES, PURPOSE_SCOPES, Purpose
from shared.service import Context, Service
from tests.conftest import NOW
from tests.contract.test_operations import DESCRIBED, GUARDED, Operation, sent
from tests.support import ServiceClient, caller

pytestmark = pytest.mark.thorough

EVERY_OPERATION = pytest.mark.parametrize("operation", GUARDED, ids=lambda it: f"{it.method} {it.path}")
ALL_SCOPES = (
    *COMMON_SCOPES,
    *(scope for service in DESCRIBED for scope in service.scopes),
    *PURPOSE_SCOPES.values(),
)
AGREED = Purpose.IDENTIFICATION
NAMES = tuple(service.name for service in SERVICES)


def agreement(**changed: object) -> Agreement:
    agreed = Agreement(
        services=NAMES,
        verbs=("read", "message"),
        purposes=(AGREED.value,),
        until=NOW.date(),
        resolution="AG-2026-RES-04",
    )
    return replace(agreed, **changed)


@cache
def client_of(service: Service) -> ServiceClient:
    """Return a client of a service without a store: a participant is checked before the store is used."""
    return ServiceClient(service, service.create_app(Context(None, FixedClock(NOW))))


async def code_of(
    operation: Operation,
    bureau: str,
    purpose: Purpose,
    agreed: Agreement | None = None,
    scopes: tuple[str, ...] = ALL_SCOPES,
) -> str:
    """Send an operation as an officer with all scopes, and return the code of the refusal that a record is missing."""
    officer = replace(caller(bureau, *scopes, purpose=purpose), agreement=agreed)
    try:
        _, refused = await sent(operation, client_of(operation.service).calling(lambda: officer))
    except (RuntimeError, AttributeError):
        # There is neither a store nor a mailbox: what got so far was allowed.
        return "allowed"
    return refused.rpartition(":")[2]


def test_the_applications_of_a_gateway_are_known_as_such() -> None:
    """The public and partners get none of them by a scope to read."""
    assert {service.name for service in LOCAL_SERVICES} == rights.LOCAL


@EVERY_OPERATION
async def test_the_public_only_reads(operation: Operation) -> None:
    """By GET, of services: it cannot write, subscribe, send messages, or read audit logs."""
    [scope] = operation.scopes
    may = scope.endswith(":read") and operation.method == "GET" and operation.service in SERVICES
    may = may and scope not in COMMON_SCOPES
    code = await code_of(operation, "PUBLIC", Purpose.WARNING)
    assert (code == "participant-not-allowed") is not may, code


@EVERY_OPERATION
async def test_the_public_has_one_purpose(operation: Operation) -> None:
    """Whatever its gateway states."""
    for purpose in Purpose:
        if purpose is not Purpose.WARNING:
            assert await code_of(operation, "PUBLIC", purpose) in {"participant-not-allowed", "purpose-not-allowed"}


@EVERY_OPERATION
async def test_units_read_and_write_messages_but_enter_no_records(operation: Operation) -> None:
    """Only the reviewing unit reviews."""
    [scope] = operation.scopes
    is_local, verb = operation.service in LOCAL_SERVICES, scope.partition(":")[2]
    may = scope == "audit:read" or (verb == "read" and not is_local) or operation.service.name in rights.OF_MESSAGES
    for unit in ("IPSG-NDTF", "RB-ABJ"):
        allowed = may or (verb == "review" and unit == "IPSG-NDTF")
        code = await code_of(operation, unit, Purpose.CRIME_ANALYSIS)
        assert (code == "participant-not-allowed") is not allowed, (unit, code)


@EVERY_OPERATION
async def test_a_unit_reads_for_its_purposes_alone(operation: Operation) -> None:
    """Each service requires it, and not only the gateway of the unit; the training unit reads no records."""
    [scope] = operation.scopes
    if operation.service in SERVICES and scope == f"{operation.service.name}:read":
        for unit, purpose, refused in (
            ("IPSG-DVI", Purpose.CRIME_ANALYSIS, "purpose-not-allowed"),
            ("IPSG-CT", Purpose.FORENSIC_ANALYSIS, "purpose-not-allowed"),
            ("IPSG-CCC", Purpose.FORENSIC_ANALYSIS, "purpose-not-allowed"),
            ("IPSG-TRAIN", Purpose.CRIME_ANALYSIS, "participant-not-allowed"),
        ):
            assert await code_of(operation, unit, purpose) == refused
        for unit, purpose in (("IPSG-DVI", Purpose.FORENSIC_ANALYSIS), ("RB-YAO", Purpose.SECURITY_CHECK)):
            assert not (await code_of(operation, unit, purpose)).endswith("-not-allowed")


@EVERY_OPERATION
async def test_a_service_makes_no_requests(operation: Operation) -> None:
    """Its name is the code of no other participant, and it has no officers, whatever scopes it states."""
    for name in NAMES:
        assert await code_of(operation, name, Purpose.CRIME_ANALYSIS) == "participant-not-allowed"


@EVERY_OPERATION
async def test_the_commission_reads_and_decides_but_enters_no_records(operation: Operation) -> None:
    [scope] = operation.scopes
    service, _, verb = scope.partition(":")
    may = scope == "audit:read" or verb in {"read", "decide"} or service in {"messages", "subject-requests"}
    code = await code_of(operation, "CCF", Purpose.DATA_SUBJECT_REQUEST)
    assert (code == "participant-not-allowed") is not may, code


@EVERY_OPERATION
async def test_a_partner_does_what_its_agreement_says_and_nothing_beyond(operation: Operation) -> None:
    """Reading services that it names, and messages; neither audit logs nor any change."""
    [scope] = operation.scopes
    is_read = operation.service in SERVICES and scope == f"{operation.service.name}:read"
    may = is_read or operation.service.name in rights.OF_MESSAGES
    code = await code_of(operation, "PARTNER-ICC", AGREED, agreement())
    assert (code == "agreement-exceeded") is not may, code


@EVERY_OPERATION
async def test_a_partner_enters_records_where_its_agreement_and_the_service_let_it(operation: Operation) -> None:
    """Of no other service, although the agreement names all of them."""
    [scope] = operation.scopes
    agreed = agreement(verbs=("read", "message", "write"))
    if operation.service in SERVICES and scope == f"{operation.service.name}:write":
        code = await code_of(operation, "PARTNER-UNESCO", AGREED, agreed)
        # One that subscribes to pictures is refused as well, before a picture is decoded.
        # A kind that partners do not enter is refused although another of the service is entered by them.
        may = operation.service.partners_enter and not {"similar", "valuables"} & {*operation.path.split("/")}
        assert (code == "participant-not-allowed") is not may, code
        without_messages = replace(agreed, verbs=("read", "write"))
        assert await code_of(operation, "PARTNER-UNESCO", AGREED, without_messages) == "agreement-exceeded"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"services": ("another-service",)}, ["the service notices"]),
        ({"verbs": ("message",)}, ["the verb read"]),
        ({"purposes": ("warning",)}, [f"the purpose {AGREED}"]),
        ({"until": (NOW - timedelta(days=1)).date()}, [f"{NOW.date()}, after its end"]),
        ({"verbs": (), "purposes": ()}, ["the verb read", f"the purpose {AGREED}"]),
    ],
)
def test_a_refusal_names_what_the_agreement_does_not_cover(changes: dict[str, Any], named: list[str]) -> None:
    """The service, the verb, the purpose or the day: all that is wrong, and nothing else."""
    assert agreement(**changes).faults("read", "notices", AGREED, NOW.date()) == named
    assert agreement().faults("read", "notices", AGREED, NOW.date()) == []


BEYOND = {
    "none": None,
    "another service": agreement(services=("another-service",), verbs=("read",)),
    "no verb": agreement(verbs=()),
    "another purpose": agreement(purposes=("warning",)),
    "ended": agreement(until=(NOW - timedelta(days=1)).date()),
}


@EVERY_OPERATION
async def test_a_partner_beyond_its_agreement_is_refused(operation: Operation) -> None:
    """In each service, before anything else is checked: it holds no other scope and no purpose."""
    for name, agreed in BEYOND.items():
        assert await code_of(operation, "PARTNER-ICC", AGREED, agreed, ()) == "agreement-exceeded", name
