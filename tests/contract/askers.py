"""Who asks in the worlds of a service: for each kind of participant, what is open to it and what hides from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from shared.bureaus import PUBLIC, BureauCode, kind_of
from shared.clock import FixedClock
from shared.identity import COMMON_SCOPES, PURPOSE_SCOPES, Caller, Purpose, is_purpose_open_to
from shared.ids import uuid7
from shared.records.policy import Audience
from shared.records.results import PagePosition
from shared.service import Service
from tests.conftest import NOW
from tests.contract.operations import Operation
from tests.support import reading_of

OWNER: Final = BureauCode("FR")
BYSTANDER: Final = BureauCode("DE")
BARRED: Final = BureauCode("PL")
PARTNER: Final = BureauCode("PARTNER-ICC")
OTHER_PARTNER: Final = "PARTNER-WCO"
# Of a record that is hidden from an asker because no one could make it open to them.
NEVER: Final = "kind"

Content = Mapping[str, Any]
NOTHING: Final[Content] = MappingProxyType({})


class Hiding(NamedTuple):
    """What alone hides a record that is open: other content, or who sees it in its state."""

    content: Content = NOTHING
    audience: Audience | None = None


@dataclass(frozen=True, eq=False)
class Asker:
    """A participant from which records are hidden."""

    code: BureauCode
    open_content: Content
    """What its owner states with a record that the participant may see."""

    open_audience: Audience
    """Who sees such a record in its state."""

    ways: Mapping[str, Hiding]
    """Each way in which such a record can be hidden from it."""

    closed_content: Content
    """What its owner states, to hide a record that the participant saw."""

    may_use: Callable[[Operation], bool]
    """Whether its kind allows an operation: any other operation refuses it."""

    asks_by: Callable[[Service, Operation], frozenset[str]] | None = None
    """By which parameters it may ask, if not by all."""

    notified_of: frozenset[str] = frozenset()
    """The ways that are states of a record: of a similar one that is entered in another state, it is notified."""

    def __str__(self) -> str:
        return self.code

    def wordings(self, operation: Operation, service: Service) -> list[Operation]:
        """Return an operation as it is, and with only the parameters by which the participant may ask."""
        if self.asks_by is None:
            return [operation]
        allowed = self.asks_by(service, operation)
        stated = operation.stated.get("parameters", [])
        kept = [each for each in stated if each["in"] != "query" or each["name"] in allowed]
        narrowed = replace(operation, stated={**operation.stated, "parameters": kept})
        return [operation] if kept == stated else [operation, narrowed]


def _is_read(operation: Operation) -> bool:
    return operation.scope.endswith(":read") and operation.scope != "audit:read"


def _public_filters(service: Service, operation: Operation) -> frozenset[str]:
    kinds = [store.model for store in service.metadata.info["stores"] if store.answer.__name__ in operation.shows]
    return frozenset(PagePosition.model_fields).union(*(kind.public_filters for kind in kinds))


_STATES: Final = {
    "expired": Hiding({"expires": NOW.isoformat()}),
    "secretariat": Hiding(audience=Audience.SECRETARIAT),
    "owner": Hiding(audience=Audience.OWNER),
}
_ADDRESSED: Final = {"addressed": [BYSTANDER, "KE"]}

BUREAU: Final = Asker(
    code=BARRED,
    open_content=NOTHING,
    open_audience=Audience.ALL,
    ways={
        "restricted": Hiding({"restricted": ["KE", BARRED]}),
        **_STATES,
        "addressed": Hiding(_ADDRESSED),
    },
    closed_content={"restricted": ["KE", BARRED]},
    # No bureau reads what the reviewers alone do.
    may_use=lambda operation: operation.method != "GET" or not operation.scope.endswith(":review"),
    notified_of=frozenset(_STATES),
)
"""A member, which sees what is neither addressed to others nor restricted from it."""

AGREED: Final = Asker(
    code=PARTNER,
    open_content={"partners": "all"},
    open_audience=Audience.ALL,
    ways={
        "not for partners": Hiding({"partners": []}),
        "for another partner": Hiding({"partners": [OTHER_PARTNER]}),
        "restricted": Hiding({"restricted": ["KE", PARTNER]}),
        **_STATES,
        "addressed": Hiding({**_ADDRESSED, "partners": []}),
        "addressed, and for another partner": Hiding({**_ADDRESSED, "partners": [OTHER_PARTNER]}),
    },
    closed_content={"restricted": ["KE", PARTNER]},
    may_use=_is_read,
)
"""A partner with an agreement to read every service, which sees what is open to partners."""

EVERYBODY: Final = Asker(
    code=PUBLIC,
    open_content={"public": True, "handling": "OFFICIAL_USE", "conditions": [], "other_condition": None},
    open_audience=Audience.PUBLIC,
    ways={
        "not public": Hiding({"public": False}, Audience.ALL),
        "confidential": Hiding({"handling": "CONFIDENTIAL"}),
        "restricted handling": Hiding({"handling": "RESTRICTED"}),
        "condition": Hiding({"conditions": ["H1"]}),
        **_STATES,
        "addressed": Hiding(_ADDRESSED),
    },
    closed_content={"public": False},
    may_use=lambda operation: operation.method == "GET" and _is_read(operation),
    asks_by=_public_filters,
)
"""The public, which sees extracts."""

ASKERS: Final = (BUREAU, AGREED, EVERYBODY)


def officer_of(bureau: str, service: Service, clock: FixedClock, purpose: Purpose | None = None) -> Caller:
    """Return an officer with all scopes of a service, with a request id of its own; a partner may read the service."""
    code = BureauCode(bureau)
    purpose = purpose or next(each for each in (Purpose.BORDER_MANAGEMENT, *Purpose) if is_purpose_open_to(code, each))
    scopes = frozenset((*service.scopes, *COMMON_SCOPES, PURPOSE_SCOPES[purpose]))
    agreement = reading_of([service.name]) if kind_of(code) == "partner" else None
    return Caller(code, f"{bureau.lower()}.officer", scopes, purpose, uuid7(clock.now()), agreement=agreement)
