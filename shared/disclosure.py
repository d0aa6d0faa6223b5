"""What a request disclosed: the versions of records that it showed or changed, and what it searched for.

The audit log keeps this. Knows no service, store or protocol.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final, Literal

import msgspec

from shared.bureaus import BureauCode

How = Literal[
    "search",
    "near",
    "list",
    "read",
    "change",
    "subscription",
    "delayed-inquiry",
    "duplicate",
    "screening",
    "published",
    "copied",
]

PUBLISHED: Final[How] = "published"
"""How a record is shown that the service sends to those who may see it: such a disclosure names its reader."""

COPIED: Final[How] = "copied"
"""How all records of one owner are shown that are in a field copy: the disclosure names the copy, and has the root of a
tree over them as its match. No hit is notified: a post notifies of what it finds when it hands in its searches."""

NEAR: Final[How] = "near"
"""How a record is shown that a search of numbers found only by another reading: no hit, so nobody is notified of it."""

SCREENING: Final[Literal["screening"]] = "screening"
"""How a record is shown to the bureau of the place where a partner saw what it is about."""

DELAYED: Final[Literal["delayed-inquiry"]] = "delayed-inquiry"
"""How a record is found that is entered after a search, or after a partner saw what it is about."""

FOUND_LATER: Final[tuple[How, ...]] = ("subscription", DELAYED, "duplicate")
"""How a record is found that is entered after a search, or after another record about the same thing.

The service does not notify the owner: see ADR 35.
"""


class Disclosure(msgspec.Struct, frozen=True, gc=False):
    """A version of a record that an answer holds, or that a request made."""

    kind: str
    record: str
    version: int
    owner: BureauCode
    how: How
    score: float
    match: str
    reader: BureauCode | None = None
    """Who was sent it, if it was `published`; otherwise who asked."""


class SavedSearch(msgspec.Struct, frozen=True, gc=False):
    """A search that was answered: what is entered later is matched against it."""

    kind: str
    """Of record that was sought."""

    query: bytes
    """What was sought, as the store of that kind reads it. Personal data, so never to be logged."""

    find_keys: Callable[[], tuple[int, ...]]
    """Finds `keys`: not each search is kept, and those that are not need none."""

    at: float
    """When the search began, in seconds since 1970."""

    costly: bool = False
    """Whether it takes long to compare a record with it, as with a picture."""

    @property
    def keys(self) -> tuple[int, ...]:
        """Under which it is looked up when a record comes."""
        return self.find_keys()


class Disclosing(ABC):
    """Base of answers that disclose records."""

    @abstractmethod
    def disclosed(self, how: How) -> Iterator[Disclosure]:
        """Yield the disclosures; `how` they were disclosed, unless the answer itself says so."""


class DisclosureRecorder(msgspec.Struct):
    """What a request did, taken down while it is worked on: for the audit log. Mutable, one for each request."""

    operation: str = ""
    """Empty where nothing is to be accounted for, as for a ping."""

    shown: dict[tuple[str, int], Disclosure] = {}
    """By record and version, in the order in which they were shown."""

    searches: list[SavedSearch] = []
    """What was sought, to be matched against what is entered later."""

    may_change: bool = False
    """Whether the caller was admitted to an operation that changes something."""

    pending: bool = False
    """Whether it was committed with what was changed, to be forgotten there once it is in the log."""

    is_repeated: bool = False
    """Whether the store shows that the request was carried out before, by another process or before a restart."""

    def record(self, shown: Disclosure) -> None:
        """Add a record, unless this very version is there, as when what was changed is answered.

        A hit replaces what another line of the request was only shown as near.
        """
        version = shown.record, shown.version
        if self.shown.setdefault(version, shown).how == NEAR:
            self.shown[version] = shown

    def show_nothing(self) -> None:
        """Leave out what the answer would have shown, as it does not leave: what was changed is."""
        self.shown = {key: shown for key, shown in self.shown.items() if shown.how == "change"}

    def undo(self) -> None:
        """Forget what was changed, as it was undone."""
        self.pending = False
        self.shown = {version: shown for version, shown in self.shown.items() if shown.how != "change"}


class Rule(StrEnum):
    """Why a record was shown: the rule that allowed it."""

    OWNER = "owner"
    """The bureau supplied the record itself."""

    MEMBERS = "members"
    """It is open to all members, and this one is not barred from it."""

    PARTNERS = "partners"
    """Its owner opened it to this partner, whose agreement allows it; the owner is notified of each disclosure."""

    PUBLIC = "public"
    """Its owner made it public."""

    SECRETARIAT = "secretariat"
    """The General Secretariat reviews and keeps the records (RPD article 22)."""

    DATA_SUBJECT_REQUEST = "data-subject-request"
    """The Commission examines the request of the person concerned (RPD article 18)."""
