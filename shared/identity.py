"""On whose behalf and for what purpose a request is made: the caller that a service sees."""

from enum import StrEnum
from typing import Final

import msgspec

from shared.bureaus import BureauCode


class Purpose(StrEnum):
    """Why the network is used: the purposes of RPD article 10(2), and no other."""

    WANTED_PERSON = "wanted-person"
    PERSON_OF_INTEREST = "person-of-interest"
    WARNING = "warning"
    MISSING_PERSON = "missing-person"
    WITNESS_OR_VICTIM = "witness-or-victim"
    IDENTIFICATION = "identification"
    FORENSIC_ANALYSIS = "forensic-analysis"
    SECURITY_CHECK = "security-check"
    CRIME_ANALYSIS = "crime-analysis"


class Caller(msgspec.Struct, frozen=True):
    """The officer behind a request, as the bureau's signature vouches for it."""

    bureau: BureauCode
    officer: str
    scopes: frozenset[str]
    purpose: Purpose
    request_id: str


PURPOSES: Final = {purpose.value: purpose for purpose in Purpose}
