"""The rules that hold for every record of every service: owner, handling, visibility, retention.

A restricted bureau must not learn that a record exists (RPD article 58), so visibility is part of the SQL of every
read and nothing is filtered afterwards: totals, pages and errors do not reveal more than the rows do.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from functools import cache
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from shared.bureaus import REVIEWERS, Bureau, BureauCode, Member
from shared.disclosure import Disclosing, Disclosure, How
from shared.errors import NotTheOwner
from shared.identity import Caller, Purpose, examines
from shared.ids import RecordId
from shared.storage.dialects import inline_literal

# Five years, unless a kind of record says otherwise (RPD article 49).
DEFAULT_RETENTION: Final = timedelta(days=5 * 365)
# So long before its expiry the owner of a record is asked whether it is still needed (RPD article 50).
REVIEWED_BEFORE: Final = timedelta(days=183)
# How long a service keeps a search, and counts a record as taken back after its last change.
SEARCHES_KEPT_HOURS: Final = 72
# Of records without a purpose, and of those that are deleted.
DEFAULT_PURPOSE: Final = Purpose.CRIME_ANALYSIS


class Handling(StrEnum):
    """How a record is to be handled by those who receive it (RPD article 112)."""

    OFFICIAL_USE = "OFFICIAL_USE"
    RESTRICTED = "RESTRICTED"
    CONFIDENTIAL = "CONFIDENTIAL"


class Condition(StrEnum):
    """What else binds those who receive a record, after Europol's handling codes.

    `H0` for police use alone; `H1` not in court without the owner's permission; `H2` not to be passed on without it;
    `H3` as `other_condition` says.
    """

    H0 = "H0"
    H1 = "H1"
    H2 = "H2"
    H3 = "H3"


HANDLING_HEADER: Final = "I247-Handling"


class Audience(IntEnum):
    """Who besides the owner may see a record in its present state; a wider audience has a lower number."""

    ALL = 0
    SECRETARIAT = 1
    OWNER = 2


class Terms(BaseModel):
    """On which terms a record is shared."""

    handling: Handling = Field(Handling.OFFICIAL_USE, description="How those who receive it must handle it.")
    conditions: tuple[Condition, ...] = Field(
        (), max_length=len(Condition), description="What else binds those who receive it.", examples=[["H1"]]
    )
    other_condition: str | None = Field(
        None, min_length=1, max_length=500, description="What `H3` stands for.", examples=["Inform us before any act."]
    )

    @property
    def terms(self) -> str:
        """The value of the header `I247-Handling`, for an answer that is not a record; text as in RFC 8187."""
        listed = " ".join((self.handling, *self.conditions))
        other = self.other_condition
        return listed if other is None else f"{listed}; other_condition*=UTF-8''{quote(other, safe='')}"

    @model_validator(mode="after")
    def _says_what_else(self) -> Self:
        if (Condition.H3 in self.conditions) != (self.other_condition is not None):
            raise ValueError("the condition H3 and other_condition go together")
        return self


class RecordInput(Terms):
    """What the owner enters with every record."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    restricted: tuple[Member, ...] = Field(
        (), max_length=196, description="Bureaus that must not learn that the record exists.", examples=[["KE"]]
    )


@dataclass(frozen=True, slots=True)
class Revision:
    """The id of a new record, and the time of its first version."""

    id: str
    at: datetime


class Record(Terms, Disclosing):
    """What all records have."""

    model_config = ConfigDict(frozen=True)

    id: RecordId
    owner: Bureau = Field(description="The bureau that supplied the record and alone may change it.")
    restricted: tuple[Member, ...] = Field((), description="Bureaus barred from the record; shown to its owner alone.")
    purpose: Purpose | None = Field(None, description="For what it was entered; null if that was not asked yet.")
    created: AwareDatetime = Field(description="When it was entered.", examples=["2026-06-01T12:00:00Z"])
    updated: AwareDatetime = Field(description="When it was changed last.", examples=["2026-06-01T12:00:00Z"])
    expires: AwareDatetime = Field(
        description="From then on the record is no longer answered.", examples=["2031-05-31T12:00:00Z"]
    )
    version: int = Field(ge=1, description="Counts the changes, from 1.", examples=[1])

    @property
    def known_purpose(self) -> Purpose:
        """The purpose of notifications about the record."""
        return self.purpose or DEFAULT_PURPOSE

    @classmethod
    def record_kind(cls) -> str:
        """Return the kind of record, such as `missing-person`."""
        return _kind_of(cls.__name__)

    def disclosure(self, how: How, score: float = 1.0, match: str = "") -> Disclosure:
        """Return the disclosure of this version."""
        return Disclosure(self.record_kind(), self.id, self.version, self.owner, how, score, match)

    def disclosed(self, how: How) -> Iterator[Disclosure]:
        """Yield the disclosure of the record."""
        yield self.disclosure(how)

    def next_version(self, at: datetime, **changes: Any) -> Self:
        """Return the next version of the record."""
        return self.model_copy(update={**changes, "updated": at, "version": self.version + 1})

    def shown_to(self, caller: Caller) -> Self:
        """Return the record as the caller's bureau may see it."""
        if not self.restricted or caller.bureau == self.owner or examines(caller.bureau, caller.purpose):
            return self
        return self.model_copy(update={"restricted": ()})


@cache
def _kind_of(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


K = TypeVar("K", bound=Record)


def create_record(
    kind: type[K],
    sent: RecordInput,
    *,
    by: Caller,
    revision: Revision,
    kept_for: timedelta = DEFAULT_RETENTION,
    **more: Any,
) -> K:
    """Return the first version of a record that a bureau enters; `more` are further fields of its kind."""
    return kind(
        **input_fields(sent),
        id=revision.id,
        owner=by.bureau,
        purpose=by.purpose,
        created=revision.at,
        updated=revision.at,
        expires=revision.at + kept_for,
        version=1,
        **more,
    )


def input_fields(entry: RecordInput) -> dict[str, Any]:
    """Return the fields of an entry by name, to make a version of a record of it."""
    return {name: getattr(entry, name) for name in type(entry).model_fields}


def require_owner(record: Record, caller: Caller) -> None:
    """Require the owner. Raises NotTheOwner."""
    if record.owner != caller.bureau:
        raise NotTheOwner(f"record {record.id} belongs to {record.owner}: only that bureau may change it")


def visible(table: sa.Table) -> sa.ColumnElement[bool]:
    """Return the condition that the caller in `visibility(...)` may see a row, and that it has not expired."""
    restricted = table.c.restricted
    unrestricted = sa.or_(restricted == inline_literal(""), restricted.not_like(sa.bindparam("visible_barred")))
    others = sa.and_(table.c.audience <= sa.bindparam("visible_reach"), unrestricted)
    is_shown = sa.or_(table.c.owner == sa.bindparam("visible_to"), others)
    return sa.and_(table.c.expires > sa.bindparam("visible_at"), is_shown)


def visibility(caller: Caller, at: datetime) -> dict[str, Any]:
    """Return the parameters of `visible`."""
    reach, barred = _reach(caller.bureau), f"%,{caller.bureau},%"
    if examines(caller.bureau, caller.purpose):
        # Restrictions bind bureaus and the Secretariat, not the Commission. An empty pattern matches no list of
        # barred bureaus but the empty one.
        reach, barred = Audience.OWNER, ""
    return {
        "visible_at": int(at.timestamp()),
        "visible_to": caller.bureau,
        "visible_reach": int(reach),
        "visible_barred": barred,
    }


def may_see(bureau: BureauCode, record: Record, audience: Audience) -> bool:
    """Return whether a bureau may see a record. Does NOT check whether it has expired: see `may_find`."""
    return bureau == record.owner or (audience <= _reach(bureau) and bureau not in record.restricted)


def _reach(bureau: BureauCode) -> Audience:
    return Audience.SECRETARIAT if bureau in REVIEWERS else Audience.ALL


def may_find(bureau: BureauCode, record: Record, audience: Audience, at: datetime) -> bool:
    """Return whether a search of a bureau may find a record: what `visible` requires of rows, for one record."""
    return int(record.expires.timestamp()) > int(at.timestamp()) and may_see(bureau, record, audience)
