"""Stores which records may not be passed on, and to which bureaus their owners released them. Never commits."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from shared.bureaus import kind_of
from shared.mailbox.quote_models import ReleasedRecord, ReleasePage, ReleaseQuery
from shared.mailbox.tables import bound_records, releases
from shared.mailbox.times import moment
from shared.protocol.payloads import Release
from shared.protocol.quotes import QuotedRecord
from shared.storage import Session, having, insert, page_of

BATCH_SIZE: Final = 500
# Of one bureau in a release, with its index.
_ROW_BYTES: Final = 256

_bind: Final = insert(bound_records).on_conflict_do_nothing()
_bound: Final = (
    sa.select(*bound_records.c["sender", "quote"])
    .where(bound_records.c.record.in_(sa.bindparam("ids", expanding=True)))
    .order_by(bound_records.c.record, bound_records.c.sender)
)
_same: Final = having(releases, record="of_record", service="of_service", owner="of_owner", bureau="of_bureau")
_replace: Final = sa.delete(releases).where(_same, releases.c.signed <= sa.bindparam("of_signed"))
_release: Final = insert(releases).on_conflict_do_nothing()
_in_force: Final = sa.or_(releases.c.until.is_(None), releases.c.until > sa.bindparam("now"))
_released: Final = sa.select(*releases.c["owner", "service", "record", "bureau"]).where(
    releases.c.record.in_(sa.bindparam("ids", expanding=True)), _in_force
)
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(QuotedRecord).decode

Released = tuple[str, str, str, str]
"""The owner, the service, the id of the record, and the bureau to which it may go."""


class Stated(NamedTuple):
    """A record, with its terms as its service states them, or a bureau that says that it owns the record."""

    quote: QuotedRecord
    sender: str

    @property
    def is_claim(self) -> bool:
        """Whether its service has not stated it."""
        return self.sender != self.quote.service

    @property
    def is_kept(self) -> bool:
        """Whether it is kept: not what a bureau says of the records of others, as it may be false and hinder them."""
        by_owner = self.sender == self.quote.owner and kind_of(self.sender) == "bureau"
        return self.quote.is_bound and (by_owner or self.sender == self.quote.service)


class QuoteStore:
    """The quotes and releases, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def bind(self, stated: Iterable[Stated]) -> None:
        """Store those of some records that may not be passed on, each once for each sender."""
        rows = [
            {"record": quote.record, "sender": sender, "quote": _encode(quote).decode()}
            for quote, sender in (each for each in stated if each.is_kept)
        ]
        if rows:
            await self._session.execute(_bind, rows)

    async def bound(self, records: Iterable[str]) -> list[Stated]:
        """Return what is stated of records with some ids that may not be passed on, in the order of the ids."""
        return [
            Stated(_decode(row.quote), row.sender)
            for batch in _batches(records)
            for row in await self._session.fetch(_bound, {"ids": batch})
        ]

    async def release(self, release: Release, by: str, *, signed: int, until: int | None, message: str) -> None:
        """Store a release by a bureau, in place of those that it signed before for the same record and bureaus."""
        same = {"record": release.record, "service": release.service, "owner": by}
        which = [{**same, "bureau": bureau, "signed": signed} for bureau in dict.fromkeys(release.to)]
        await self._session.execute(_replace, [{f"of_{name}": value for name, value in row.items()} for row in which])
        more = {"kind": release.kind, "until": until, "message": message}
        await self._session.execute(_release, [{**row, **more} for row in which])

    async def released(self, records: Iterable[str], now: int) -> set[Released]:
        """Return the releases of records with some ids that are in force."""
        rows = [
            row
            for batch in _batches(records)
            for row in await self._session.fetch(_released, {"ids": batch, "now": now})
        ]
        return {(row.owner, row.service, row.record, row.bureau) for row in rows}

    async def page(self, query: ReleaseQuery, now: int) -> ReleasePage:
        """Return one page of the releases in force."""
        conditions: list[sa.ColumnElement[bool]] = [_in_force]
        if query.record is not None:
            conditions.append(releases.c.record == query.record)
        if query.after is not None:
            conditions.append(releases.c.number < query.after)
        wanted = sa.select(releases).where(*conditions).order_by(releases.c.number.desc()).limit(query.limit + 1)
        rows = await self._session.fetch(wanted, {"now": now}, in_thread=True)
        shown, last = page_of(rows, query.limit)
        return ReleasePage(items=list(map(_shown, shown)), next=last and last.number)


def bytes_of(release: Release) -> int:
    """Return how much a release takes besides its message, for the quota of its sender."""
    return _ROW_BYTES * len(release.to)


def _batches(records: Iterable[str]) -> Iterable[Sequence[str]]:
    ids = sorted(set(records))
    return (ids[start : start + BATCH_SIZE] for start in range(0, len(ids), BATCH_SIZE))


def _shown(row: Any) -> ReleasedRecord:
    return ReleasedRecord(
        service=row.service,
        kind=row.kind,
        record=row.record,
        owner=row.owner,
        to=row.bureau,
        until=None if row.until is None else moment(row.until),
        message=row.message,
    )
