"""On whose behalf and for what purpose a request is made: the caller that a service sees."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

import msgspec

from shared.bureaus import SECRETARIAT, BureauCode
from shared.disclosure import DisclosureRecorder


class Purpose(StrEnum):
    """Why the network is used: the purposes of RPD article 10(2), that of article 18, and no other."""

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
    """What a person may know of themselves; for the Commission for the Control of Files (CCF) alone."""


class Caller(msgspec.Struct, frozen=True):
    """The officer behind a request, as the bureau's signature vouches for it."""

    bureau: BureauCode
    officer: str
    scopes: frozenset[str]
    purpose: Purpose
    request_id: str
    recorder: DisclosureRecorder = msgspec.field(default_factory=DisclosureRecorder)


PURPOSES: Final = {purpose.value: purpose for purpose in Purpose}
PURPOSE_PREFIX: Final = "purpose:"
# What an officer may use the network for is a scope, and a request is signed with that of its own purpose alone.
PURPOSE_SCOPES: Final = {purpose: f"{PURPOSE_PREFIX}{purpose.value}" for purpose in Purpose}
# What is shown for these is told to no owner, so that no bureau may state them. The Commission sits in the Secretariat.
COMMISSION_PURPOSES: Final = frozenset({Purpose.DATA_SUBJECT_REQUEST})
ORDINARY_PURPOSES: Final = tuple(purpose for purpose in Purpose if purpose not in COMMISSION_PURPOSES)

AUDIT_READ: Final = "audit:read"
AUDIT_WITNESS: Final = "audit:witness"
COMMON_SCOPES: Final = {
    AUDIT_READ: "audit: read what was asked and shown",
    AUDIT_WITNESS: "audit: cosign checkpoints; for gateways, no officer holds it",
}
"""The scopes that are of no service but of all, each in words."""


def purposes_allowed(bureau: BureauCode, scopes: Collection[str]) -> tuple[Purpose, ...]:
    """Return the purposes that are allowed for an officer of a bureau, by the scopes that they hold.

    Where these name no purpose, as those of an outside provider may, all but the Commission's are allowed.
    """
    if any(scope.startswith(PURPOSE_PREFIX) for scope in scopes):
        named = tuple(purpose for purpose, scope in PURPOSE_SCOPES.items() if scope in scopes)
    else:
        named = ORDINARY_PURPOSES
    return tuple(purpose for purpose in named if is_purpose_open_to(bureau, purpose))


def is_purpose_open_to(bureau: BureauCode, purpose: Purpose) -> bool:
    """Return whether a purpose is allowed for a bureau, whatever scopes its officers hold."""
    return purpose not in COMMISSION_PURPOSES or bureau == SECRETARIAT


def examines(bureau: BureauCode, purpose: Purpose) -> bool:
    """Return whether this is the Commission examining a data subject's request: nothing is hidden, nobody notified."""
    return purpose is Purpose.DATA_SUBJECT_REQUEST and bureau == SECRETARIAT
