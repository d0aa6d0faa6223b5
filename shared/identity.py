"""The caller of a request, and the purposes for which the network may be used."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from shared.agreements import Agreement
from shared.bureaus import COMMISSION, PUBLIC, BureauCode
from shared.disclosure import DisclosureRecorder


class Purpose(StrEnum):
    """The purposes of RPD article 10(2), and that of article 18."""

    WANTED_PERSON = "wanted-person"
    PERSON_OF_INTEREST = "person-of-interest"
    WARNING = "warning"
    MISSING_PERSON = "missing-person"
    WITNESS_OR_VICTIM = "witness-or-victim"
    IDENTIFICATION = "identification"
    FORENSIC_ANALYSIS = "forensic-analysis"
    SECURITY_CHECK = "security-check"
    CRIME_ANALYSIS = "crime-analysis"
    DATA_SUBJECT_REQUEST = "data-subject-request"
    """A request of a data subject; only for the Commission for the Control of Files (CCF)."""


class Caller(msgspec.Struct, frozen=True):
    """The officer behind a request, as authenticated by the signature of the bureau."""

    bureau: BureauCode
    officer: str
    scopes: frozenset[str]
    purpose: Purpose
    request_id: str
    recorder: DisclosureRecorder = msgspec.field(default_factory=DisclosureRecorder)
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
COMMON_SCOPES: Final = {
    AUDIT_READ: "audit: read what was asked and shown",
    AUDIT_WITNESS: "audit: cosign checkpoints; for gateways, no officer holds it",
}
"""The scopes that all services share, each with a description."""


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
