"""What every record of every service shares: its owner, its handling, who may know of it, how long it is kept.

A restricted bureau must not learn that a record exists (RPD article 58), so visibility is part of the SQL of every
read and nothing is ever filtered afterwards: totals, pages and errors cannot tell more than the rows do.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar, cast

import sqlalchemy as sa
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.bureaus import SECRETARIAT, Bureau, BureauCode, Member
from shared.errors import AlreadyHandled, Conflict, NotFound, NotTheOwner
from shared.identity import Caller
from shared.storage import Session

RecordId = Annotated[
    str,
    Field(
        pattern="^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
        description="Identifies the record in its service: a UUIDv7 in lower case.",
        examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"],
    ),
]


class Handling(StrEnum):
    """How a record is to be handled by those who receive it (RPD article 112)."""

    OFFICIAL_USE = "official-use"
    RESTRICTED = "restricted"
    CONFIDENTIAL = "confidential"


class Audience(IntEnum):
    """Who beside its owner may know of a record in its present state; a wider reach has the lower figure."""

    ALL = 0
    SECRETARIAT = 1
    OWNER = 2


class Entry(BaseModel):
    """What the owner states with every record, whatever it is about."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    handling: Handling = Field(Handling.OFFICIAL_USE, description="How those who receive it must handle it.")
    restricted: tuple[Member, ...] = Field(
        (), max_length=196, description="Bureaus that must not learn that the record exists.", examples=[["KE"]]
    )


class Record(BaseModel):
    """What the network knows of a record, whatever it is about."""

    model_config = ConfigDict(frozen=True)

    id: RecordId
    owner: Bureau = Field(description="The bureau that supplied the record and alone may change it.")
    handling: Handling
    restricted: tuple[Member, ...] = Field((), description="Bureaus barred from the record; shown to its owner alone.")
    created: AwareDatetime = Field(description="When it was entered.", examples=["2026-06-01T12:00:00Z"])
    updated: AwareDatetime = Field(description="When it was changed last.", examples=["2026-06-01T12:00:00Z"])
    expires: AwareDatetime = Field(
        description="From then on the record is no longer answered.", examples=["2031-05-31T12:00:00Z"]
    )
    version: int = Field(ge=1, description="Counts the changes, from 1.", examples=[1])

    def changed(self, at: datetime, **changes: Any) -> Self:
        """Return the next version of the record."""
        return self.model_copy(update={**changes, "updated": at, "version": self.version + 1})

    def shown_to(self, caller: Caller) -> Self:
        """Return the record as the caller's bureau may see it."""
        if not self.restricted or caller.bureau == self.owner:
            return self
        return self.model_copy(update={"restricted": ()})


R = TypeVar("R", bound=Record)


class PageQuery(BaseModel):
    """Which page of a list; a service adds its filters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: RecordId | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=200, description="How many at the most.", examples=[50])


class Page(BaseModel, Generic[R]):
    """One page of a list, newest first."""

    items: list[R] = Field(description="The records, newest first.")
    next: str | None = Field(
        description="Pass as `after` to get the next page; null on the last one.",
        examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"],
    )


class Hit(BaseModel, Generic[R]):
    """A record that a search found. A hit is not proof: ask the owner to confirm it before acting on it."""

    score: float = Field(ge=0, le=1, description="How well the record fits the search: 1 is exact.", examples=[1.0])
    match: str = Field(
        description="Which part of the search met which part of the record.", examples=["name: Dupond ~ Dupont"]
    )
    record: R


class Hits(BaseModel, Generic[R]):
    """What a search found, best first."""

    hits: list[Hit[R]] = Field(description="The best, each with its score.")
    total: int = Field(ge=0, description="How many records fit, also beyond those shown.", examples=[1])


def require_owner(record: Record, caller: Caller) -> None:
    """Let only the owner pass. Raises NotTheOwner."""
    if record.owner != caller.bureau:
        raise NotTheOwner(f"record {record.id} belongs to {record.owner}: only that bureau may change it")


def record_table(name: str, metadata: sa.MetaData, *keys: sa.Column[Any]) -> sa.Table:
    """Declare the table of a kind of record: what all share, the keys it is found by, and its content.

    `content` is the whole record as its owner stated it, as JSON; the columns are what SQL has to know.
    """
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("owner", sa.String(4), nullable=False, index=True),
        sa.Column("restricted", sa.Text, nullable=False),
        sa.Column("audience", sa.SmallInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        *keys,
        sa.Column("content", sa.Text, nullable=False),
    )


def visible(table: sa.Table) -> sa.ColumnElement[bool]:
    """Return the condition that the bureau in `visibility(...)` may know of a row, and that it has not expired."""
    unrestricted = sa.or_(table.c.restricted == "", table.c.restricted.not_like(sa.bindparam("visible_barred")))
    return sa.and_(
        table.c.expires > sa.bindparam("visible_at"),
        sa.or_(
            table.c.owner == sa.bindparam("visible_to"),
            sa.and_(table.c.audience <= sa.bindparam("visible_reach"), unrestricted),
        ),
    )


def visibility(bureau: BureauCode, at: datetime) -> dict[str, Any]:
    """Return the parameters of `visible`."""
    reach = Audience.SECRETARIAT if bureau == SECRETARIAT else Audience.ALL
    return {
        "visible_at": int(at.timestamp()),
        "visible_to": bureau,
        "visible_reach": int(reach),
        "visible_barred": f"%,{bureau},%",
    }


class RecordStore(ABC, Generic[R]):
    """Remembers one kind of record. A service's store names its table and model, and adds its own searches.

    Reads answer only what the caller may know; a store never commits.
    """

    table: ClassVar[sa.Table]
    model: ClassVar[type[Record]]

    def __init__(self, session: Session, caller: Caller, at: datetime) -> None:
        self.session = session
        self.caller = caller
        self.visibility = visibility(caller.bureau, at)

    def __init_subclass__(cls) -> None:
        """Make the statements of every store once."""
        super().__init_subclass__()
        table = cls.table
        cls._get = sa.select(table.c.content).where(table.c.id == sa.bindparam("record_id"), visible(table))
        cls._insert = sa.insert(table)
        cls._update = sa.update(table).where(
            table.c.id == sa.bindparam("record_id"), table.c.version == sa.bindparam("version_before")
        )

    _get: ClassVar[sa.Select[Any]]
    _insert: ClassVar[sa.Insert]
    _update: ClassVar[sa.Update]

    @abstractmethod
    def keys(self, record: R) -> Mapping[str, Any]:
        """Return the values of the columns that a record is found by."""

    @abstractmethod
    def audience(self, record: R) -> Audience:
        """Return who beside its owner may know of a record in its present state."""

    def parse(self, content: str) -> R:
        """Return the record behind a stored content, as the caller may see it."""
        return cast("R", self.model.model_validate_json(content).shown_to(self.caller))

    async def get(self, record_id: str) -> R:
        """Return a record. Raises NotFound, also where the caller may not know that it exists."""
        return (await self.get_whole(record_id)).shown_to(self.caller)

    async def get_whole(self, record_id: str) -> R:
        """Return a record with all that its owner alone is shown, for others than the owner to change. Raises NotFound.

        What is put back must be whole, or the change would drop it; `replace` returns what the caller may see.
        """
        found = await self.session.look_up(self._get, {"record_id": record_id, **self.visibility})
        if not found:
            raise NotFound(f"no record {record_id} that your bureau may see")
        return cast("R", self.model.model_validate_json(found[0].content))

    async def add(self, record: R) -> R:
        """Remember a new record."""
        await self.session.change(self._insert, {"id": record.id, **self._columns(record)})
        return record

    async def add_many(self, records: Sequence[R]) -> None:
        """Remember many new records at once."""
        await self.session.change(self._insert, [{"id": record.id, **self._columns(record)} for record in records])

    async def replace(self, record: R) -> R:
        """Remember the next version of a record. Raises Conflict if it is not the next one any more."""
        columns = {"record_id": record.id, "version_before": record.version - 1, **self._columns(record)}
        if not await self.session.change(self._update, columns):
            raise Conflict(f"record {record.id} was changed by another request: read it and decide again")
        return record.shown_to(self.caller)

    async def page(self, query: PageQuery, **equal: Any) -> Page[R]:
        """Return one page, newest first, of the records whose columns equal the values that are not None."""
        table = self.table
        conditions = [table.c[name] == value for name, value in equal.items() if value is not None]
        if query.after is not None:
            conditions.append(table.c.id < query.after)
        statement = sa.select(table.c.id, table.c.content).where(visible(table), *conditions)
        newest_first = statement.order_by(table.c.id.desc()).limit(query.limit + 1)
        rows = await self.session.scan(newest_first, self.visibility)
        shown = rows[: query.limit]
        return Page(
            items=[self.parse(row.content) for row in shown],
            next=shown[-1].id if len(rows) > len(shown) else None,
        )

    def _columns(self, record: R) -> dict[str, Any]:
        return {
            "owner": record.owner,
            "restricted": "".join(f",{bureau}," for bureau in record.restricted),
            "audience": int(self.audience(record)),
            "expires": int(record.expires.timestamp()),
            "version": record.version,
            "content": record.model_dump_json(),
            **self.keys(record),
        }


HANDLED_FOR = timedelta(minutes=10)

_handled = sa.Table(
    "handled_requests",
    sa.MetaData(),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
)
_forget_handled = sa.delete(_handled).where(_handled.c.at < sa.bindparam("before"))
_insert_handled = sa.insert(_handled)


def service_metadata() -> sa.MetaData:
    """Return the metadata for the tables of a service, with the table that every service has."""
    metadata = sa.MetaData()
    _handled.to_metadata(metadata)
    return metadata


async def handle_once(session: Session, caller: Caller, at: datetime) -> None:
    """Note in the transaction of a write that its request is carried out. Raises AlreadyHandled.

    The replay guard of one process forgets when it restarts and knows nothing of its replicas; this does neither.
    """
    seconds = int(at.timestamp())
    await session.change(_forget_handled, {"before": seconds - int(HANDLED_FOR.total_seconds())})
    try:
        await session.change(_insert_handled, {"id": caller.request_id, "at": seconds})
    except sa.exc.IntegrityError as error:
        raise AlreadyHandled(f"request {caller.request_id} was carried out before") from error
