"""On whose behalf and for what purpose a request is made: the caller that a service sees."""

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Final, Literal

import msgspec

from shared.bureaus import SECRETARIAT, BureauCode


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
    """What a person may know of himself; for the Commission for the Control of Files (CCF) alone."""


How = Literal["search", "list", "read", "change", "subscription", "delayed-inquiry"]
FOUND_LATER: Final[tuple[How, ...]] = ("subscription", "delayed-inquiry")
"""How a search finds a record that is entered after it. The owner is not told by the service: see ADR 35."""


class Shown(msgspec.Struct, frozen=True, gc=False):
    """A version of a record that an answer holds, or that a request made."""

    kind: str
    record: str
    version: int
    owner: BureauCode
    how: How
    score: float
    match: str


class Inquiry(msgspec.Struct, frozen=True, gc=False):
    """A search that was answered: what is entered later is matched against it."""

    kind: str
    """Of record that was sought."""

    query: bytes
    """What was sought, as the store of that kind reads it. Personal data, so never to be logged."""

    find_keys: Callable[[], tuple[int, ...]]
    """Finds `keys`: not each search is kept, and those that are not need none."""

    at: float
    """When the search began, in seconds since 1970."""

    @property
    def keys(self) -> tuple[int, ...]:
        """Under which it is looked up when a record comes."""
        return self.find_keys()


class Account(msgspec.Struct):
    """What a request did, taken down while it is worked on: for the audit log. Mutable, one for each request."""

    operation: str = ""
    """Empty where nothing is to be accounted for, as for a ping."""

    shown: dict[tuple[str, int], Shown] = {}
    """By record and version, in the order in which they were shown."""

    inquiries: list[Inquiry] = []
    """What was sought, to be matched against what is entered later."""

    owed: bool = False
    """Whether it was committed with what was changed, to be forgotten there once it is in the log."""

    def take_down(self, shown: Shown) -> None:
        """Add a record, unless this very version is there, as when what was changed is answered."""
        self.shown.setdefault((shown.record, shown.version), shown)

    def show_nothing(self) -> None:
        """Leave out what the answer would have shown, as it does not leave: what was changed is."""
        self.shown = {key: shown for key, shown in self.shown.items() if shown.how == "change"}

    def undo(self) -> None:
        """Forget what was changed, as it was undone."""
        self.owed = False
        self.shown = {version: shown for version, shown in self.shown.items() if shown.how != "change"}


class Caller(msgspec.Struct, frozen=True):
    """The officer behind a request, as the bureau's signature vouches for it."""

    bureau: BureauCode
    officer: str
    scopes: frozenset[str]
    purpose: Purpose
    request_id: str
    account: Account = msgspec.field(default_factory=Account)


PURPOSES: Final = {purpose.value: purpose for purpose in Purpose}
PURPOSE_PREFIX: Final = "purpose:"
# What an officer may use the network for is a scope, and a request is signed with that of its own purpose alone.
PURPOSE_SCOPES: Final = {purpose: f"{PURPOSE_PREFIX}{purpose.value}" for purpose in Purpose}
# What is shown for these is told to no owner, so that no bureau may state them. The Commission sits in the Secretariat.
OF_THE_COMMISSION: Final = frozenset({Purpose.DATA_SUBJECT_REQUEST})
ORDINARY_PURPOSES: Final = tuple(purpose for purpose in Purpose if purpose not in OF_THE_COMMISSION)

AUDIT_READ: Final = "audit:read"
AUDIT_WITNESS: Final = "audit:witness"
COMMON_SCOPES: Final = {
    AUDIT_READ: "audit: read what was asked and shown",
    AUDIT_WITNESS: "audit: cosign checkpoints; for gateways, no officer holds it",
}
"""The scopes that are of no service but of all, each in words."""


def purposes_allowed(bureau: BureauCode, scopes: Collection[str]) -> tuple[Purpose, ...]:
    """Return for what an officer of a bureau may use the network, by the scopes that he was given.

    Where these name no purpose, as those of an outside provider may, all but the Commission's are allowed.
    """
    if any(scope.startswith(PURPOSE_PREFIX) for scope in scopes):
        named = tuple(purpose for purpose, scope in PURPOSE_SCOPES.items() if scope in scopes)
    else:
        named = ORDINARY_PURPOSES
    return tuple(purpose for purpose in named if may_state(bureau, purpose))


def may_state(bureau: BureauCode, purpose: Purpose) -> bool:
    """Tell whether a bureau may use the network for a purpose, whatever its officers were given."""
    return purpose not in OF_THE_COMMISSION or bureau == SECRETARIAT
