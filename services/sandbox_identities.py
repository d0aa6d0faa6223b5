"""Test identities: made-up records with a known outcome each, which every sandbox holds from its start.

They are for sandboxes what test card numbers are for payments. Each service that has some lists them in its
`identities.py`. Nothing here may be taken from a person, a document or a vehicle that exists.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any, Final

from services.synthetic_records import revision_at
from shared.bureaus import BureauCode
from shared.records import service_kit as kit

OWNER: Final = BureauCode("DE")
SECOND_OWNER: Final = BureauCode("IT")
BARRED: Final = BureauCode("FR")
"""The bureau that may not know of a restricted record: the one that the documents act as."""

MANY: Final = 51
SLOW_MILLISECONDS: Final = 3_000
_ENTERED_BEFORE: Final = timedelta(days=30)
# A notice is kept from its publication, some days after it was drafted.
_EXPIRED_SINCE: Final = timedelta(days=10)


class Outcome(StrEnum):
    """What a search for an identity shows to an officer of FR."""

    EXACT = "exact"
    TRANSLITERATED = "transliterated"
    MISREAD = "misread"
    NEAR = "near"
    TWIN = "twin"
    EXPIRED = "expired"
    RESTRICTED = "restricted"
    TWO_OWNERS = "two-owners"
    MANY = "many"
    CONFIRMED = "confirmed"
    DENIED = "denied"
    UNANSWERED = "unanswered"
    WITHDRAWN = "withdrawn"
    SLOW = "slow"
    NOT_AUDITED = "not-audited"


MEANINGS: Final[Mapping[Outcome, str]] = {
    Outcome.EXACT: "one hit, and all that was asked fits",
    Outcome.TRANSLITERATED: "one hit, although the record has the name in another script alone",
    Outcome.MISREAD: "one hit, although signs were read as others that look like them",
    Outcome.NEAR: "no hit, and one record in `near`, as one sign was read wrongly",
    Outcome.TWIN: "no hit: the record that resembles it is another's",
    Outcome.EXPIRED: "no hit: the record has expired",
    Outcome.RESTRICTED: f"no hit for {BARRED}, from which the owner keeps the record; one hit for other bureaus",
    Outcome.TWO_OWNERS: f"two hits, of {OWNER} and of {SECOND_OWNER}",
    Outcome.MANY: f"{MANY} in `total`, and fewer in `hits`",
    Outcome.CONFIRMED: "one hit, which the owner confirms at once when asked to",
    Outcome.DENIED: "one hit, to which the owner answers `not-confirmed` at once",
    Outcome.UNANSWERED: "one hit; the owner never answers a request to confirm it",
    Outcome.WITHDRAWN: "one hit; then the owner withdraws the record, and a later search finds none",
    Outcome.SLOW: f"one hit, after {SLOW_MILLISECONDS / 1000:.0f} seconds",
    Outcome.NOT_AUDITED: "status 503, `not-audited`: the audit log is unavailable, so there is no answer",
}
_NOT_ONE: Final[Mapping[Outcome, int | None]] = {
    Outcome.NEAR: 0,
    Outcome.TWIN: 0,
    Outcome.EXPIRED: 0,
    Outcome.RESTRICTED: 0,
    Outcome.TWO_OWNERS: 2,
    Outcome.MANY: MANY,
    Outcome.NOT_AUDITED: None,
}


@dataclass(frozen=True, slots=True)
class Identity:
    """One test identity of a service, and the search for it."""

    outcome: Outcome
    query: Mapping[str, str] = field(default_factory=dict)
    """The parameters of the search."""

    file: str | None = None
    """The name of the file that is its body, in the folder of the sandbox."""

    search: str | None = None
    """The path of the search, if it is of another kind of record than most of its service."""

    @property
    def total(self) -> int | None:
        """The total that the search answers with; None if it is not answered."""
        return _NOT_ONE.get(self.outcome, 1)


@dataclass(frozen=True, slots=True)
class Identities:
    """The test identities of a service: the constant `OF_SERVICE` of its module `identities`."""

    search: str
    """The path of the search for most of them."""

    listed: Sequence[Identity]
    draw: Callable[[Random, datetime], Any]
    """Returns the records of all, as of a time, in the form that the service adds."""

    records: Callable[[Any], Sequence[kit.Record]]
    """Returns the records in what was drawn, in the order of the identities and of the owners of each."""

    files: Callable[[], Mapping[str, bytes]] = dict
    """Makes the files of all, by name."""

    def search_of(self, identity: Identity) -> str:
        """Return the path of the search for one of them."""
        return identity.search or self.search


def entered(random: Random, at: datetime, outcome: Outcome, kept_for: timedelta) -> kit.Revision:
    """Return when a record of an identity was entered, of a kind that is kept so long, so that its outcome holds."""
    before = kept_for + _EXPIRED_SINCE if outcome is Outcome.EXPIRED else _ENTERED_BEFORE
    return revision_at(random, at - before)


def owners_of(outcome: Outcome) -> tuple[BureauCode, ...]:
    """Return the owner of each record of an identity."""
    if outcome is Outcome.TWO_OWNERS:
        return (OWNER, SECOND_OWNER)
    return (OWNER,) * (MANY if outcome is Outcome.MANY else 1)


def barred_by(outcome: Outcome) -> tuple[BureauCode, ...]:
    """Return the bureaus from which the owner keeps a record of an identity."""
    return (BARRED,) if outcome is Outcome.RESTRICTED else ()
