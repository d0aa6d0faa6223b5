"""What a request disclosed, for the audit log: the versions of records that it showed or changed, and its searches."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final, Literal

import msgspec

from shared.bureaus import BureauCode

How = Literal["search", "list", "read", "change", "subscription", "delayed-inquiry"]


FOUND_LATER: Final[tuple[How, ...]] = ("subscription", "delayed-inquiry")
"""How a search finds a record that is entered later. The service does not notify the owner: see ADR 35."""


class Disclosure(msgspec.Struct, frozen=True, gc=False):
    """A version of a record that a response contains, or that a request created."""

    kind: str
    record: str
    version: int
    owner: BureauCode
    how: How
    score: float
    match: str


class SavedSearch(msgspec.Struct, frozen=True, gc=False):
    """A completed search: later records are matched with it."""

    kind: str
    """The kind of record."""

    query: bytes
    """The query, encoded for the store of that kind. Personal data: NEVER log it."""

    find_keys: Callable[[], tuple[int, ...]]
    """Computes `keys`, which only a search that is kept needs."""

    at: float
    """When the search began, in seconds since 1970."""

    @property
    def keys(self) -> tuple[int, ...]:
        """The index keys under which a new record finds it."""
        return self.find_keys()


class Disclosing:
    """Base of response models that disclose records."""

    def disclosed(self, how: How) -> Iterator[Disclosure]:
        """Yield the disclosures; `how` applies unless the model itself says otherwise."""
        raise NotImplementedError


class DisclosureRecorder(msgspec.Struct):
    """Collects what one request disclosed, for the audit log. Mutable."""

    operation: str = ""
    """Empty where nothing is audited, as for a ping."""

    shown: dict[tuple[str, int], Disclosure] = {}
    """By record and version, in order."""

    searches: list[SavedSearch] = []

    pending_audit: bool = False
    """Whether it was committed with the changes, to be removed there once it is in the audit log."""

    def record(self, shown: Disclosure) -> None:
        """Add a version of a record, unless it is recorded already."""
        self.shown.setdefault((shown.record, shown.version), shown)

    def show_nothing(self) -> None:
        """Remove all but changes, as the response is not sent."""
        self.shown = {key: shown for key, shown in self.shown.items() if shown.how == "change"}

    def undo(self) -> None:
        """Remove changes, as they were rolled back."""
        self.pending_audit = False
        self.shown = {version: shown for version, shown in self.shown.items() if shown.how != "change"}


class Rule(StrEnum):
    """The rule that allowed the disclosure of a record."""

    OWNER = "owner"
    """The bureau owns the record."""

    MEMBERS = "members"
    """The record is open to all members, and not restricted for this one."""

    SECRETARIAT = "secretariat"
    """The General Secretariat reviews and keeps the records (RPD article 22)."""

    DATA_SUBJECT_REQUEST = "data-subject-request"
    """The Commission examines the request of the person concerned (RPD article 18)."""
