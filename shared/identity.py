"""The caller of a request, and the purposes for which the network may be used."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from shared.agreements import Agreement
from shared.bureaus import COMMISSION, PUBLIC, BureauCode
from shared.disclosure import DisclosureRecorder
from shared.standing import MEMBER, BureauStanding


class Purpose(StrEnum):
    """The purposes of RPD article 10(2), as amended in 2023, and that of the Commission (article 18)."""

    WANTED_PERSON = "wanted-person"
    """To search for a wanted person, with a view to detention, arrest or a restriction of movement."""
    LOCATE = "locate"
    """To locate a person or an object of interest to the police."""
    CRIMINAL_INVESTIGATION = "criminal-investigation"
    """To obtain information for a criminal investigation, or on the criminal history and activities of a person."""
    WARNING = "warning"
    """To warn of a person, an event, an object or a modus operandi."""
    IDENTIFICATION = "identification"
    """To identify a person or a body."""
    FORENSIC_ANALYSIS = "forensic-analysis"
    """To carry out forensic analyses."""
    SECURITY_CHECK = "security-check"
    """To carry out security checks."""
    CRIME_ANALYSIS = "crime-analysis"
    """To identify threats, crime trends and criminal networks."""
    BORDER_MANAGEMENT = "border-management"
    """To manage borders."""
    DATA_SUBJECT_REQUEST = "data-subject-request"
    """To examine a request of a data subject; only for the Commission for the Control of Files (CCF)."""


class Caller(msgspec.Struct, frozen=True):
    """The officer behind a request, as authenticated by the signature of the bureau."""

    bureau: BureauCode
    officer: str
    scopes: frozenset[str]
    purpose: Purpose
    request_id: str
    recorder: DisclosureRecorder = msgspec.field(default_factory=DisclosureRecorder)
    standing: BureauStanding = MEMBER
    """The standing of the bureau as this service applies it."""

    agreement: Agreement | None = None
    """What a partner may do; none for others."""


PURPOSES: Final = {purpose.value: purpose for purpose in Purpose}
PURPOSE_PREFIX: Final = "purpose:"
# A purpose is a scope of an officer; a signed request only has the one of its own purpose.
PURPOSE_SCOPES: Final = {purpose: f"{PURPOSE_PREFIX}{purpose.value}" for purpose in Purpose}
# For the Commission alone, which has no others: no owner is notified of what is shown for these.
COMMISSION_PURPOSES: Final = frozenset({Purpose.DATA_SUBJECT_REQUEST})
ORDINARY_PURPOSES: Final = tuple(purpose for purpose in Purpose if purpose not in COMMISSION_PURPOSES)
_INVESTIGATION: Final = "criminal-investigation crime-analysis warning identification"
_UNIT_PURPOSES: Final = {
    "ART": "locate criminal-investigation",
    "CT": _INVESTIGATION,
    "CYBER": _INVESTIGATION,
    "DRUGS": _INVESTIGATION,
    "DVI": "identification forensic-analysis",
    "FIRE": _INVESTIGATION,
    "THB": _INVESTIGATION,
    # For its messages.
    "TRAIN": "crime-analysis",
}
# The reviewing unit and regional bureaus use the network as members do.
_UNITS: Final = {
    BureauCode(f"IPSG-{unit}"): frozenset(purpose for purpose in Purpose if purpose in named.split())
    for unit, named in _UNIT_PURPOSES.items()
} | {BureauCode("IPSG-CCC"): frozenset(ORDINARY_PURPOSES) - {Purpose.FORENSIC_ANALYSIS}}
PURPOSES_OF: Final[Mapping[BureauCode, frozenset[Purpose]]] = {
    COMMISSION: COMMISSION_PURPOSES,
    # What is public warns of a person or asks for help: its readers search for nobody else.
    PUBLIC: frozenset({Purpose.WARNING}),
    **_UNITS,
}
"""The purposes of participants that may not use the network for all ordinary ones."""

_ORDINARY: Final = frozenset(ORDINARY_PURPOSES)

AUDIT_READ: Final = "audit:read"
AUDIT_WITNESS: Final = "audit:witness"
HANDLING_CONFIDENTIAL: Final = "handling:confidential"
COMMON_SCOPES: Final = {
    AUDIT_READ: "audit: read what was asked and shown",
    AUDIT_WITNESS: "audit: cosign checkpoints; for gateways, no officer holds it",
    HANDLING_CONFIDENTIAL: "handling: read, enter and change records that are CONFIDENTIAL, in any service",
}
"""The scopes that all services share, each with a description."""

GATEWAY_SCOPES: Final = frozenset({AUDIT_WITNESS})
"""The scopes with which gateways sign requests of their own: no officer holds one."""


def purposes_allowed(bureau: BureauCode, scopes: Collection[str]) -> tuple[Purpose, ...]:
    """Return the purposes that are allowed for an officer of a bureau with these scopes.

    Without a purpose in the scopes, as from an external provider, all but those of the Commission are allowed.
    """
    if any(scope.startswith(PURPOSE_PREFIX) for scope in scopes):
        named = tuple(purpose for purpose, scope in PURPOSE_SCOPES.items() if scope in scopes)
    else:
        named = ORDINARY_PURPOSES
    return tuple(purpose for purpose in named if is_purpose_open_to(bureau, purpose))


def is_purpose_open_to(bureau: BureauCode, purpose: Purpose) -> bool:
    """Return whether a purpose is allowed for a participant, whatever the scopes."""
    return purpose in PURPOSES_OF.get(bureau, _ORDINARY)


def examines(bureau: BureauCode, purpose: Purpose) -> bool:
    """Return whether the Commission examines a data subject's request: nothing is hidden, nobody is notified."""
    return purpose is Purpose.DATA_SUBJECT_REQUEST and bureau == COMMISSION
