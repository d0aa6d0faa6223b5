"""What partners saw: kept as saved searches are, with where it was, so that a record entered later is compared as well.

The place is no person's; what was seen is personal data, and is deleted with its search.
"""

from collections.abc import Mapping
from datetime import datetime
from math import ceil
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from shared.errors import Refusal
from shared.identity import Caller
from shared.records.row_expiry import keep_rows_for
from shared.records.search.saved_searches import (
    KEPT_FOR,
    delete_searches,
    digest_of,
    save_searches,
    saved_search_row,
)
from shared.records.search.searchable_store import SearchableStore
from shared.records.tables import repeats_table, saved_searches
from shared.storage import Database, Number, Session, having, insert

SCREENED: Final = "screened"
"""In the metadata of a service: the kind that is screened for, with its tables, as `Screened`."""

MAX_SCREENED: Final = 600
"""That one partner may send within `PER_SECONDS`: so many wait to be compared."""

PER_SECONDS: Final = 60

MAX_KEPT: Final = 100_000
"""Of one partner, for 72 hours: the oldest give way."""

BATCH_SIZE: Final = 500


class Screened(msgspec.Struct, frozen=True):
    """A kind of record that partners screen for."""

    store: type[SearchableStore[Any, Any]]
    waiting: sa.Table
    repeats: sa.Table


class Seen(msgspec.Struct, frozen=True):
    """Where a partner saw something, and the records of which was alerted for it."""

    country: str
    place: str
    alerted: tuple[str, ...] = ()


class TooManyScreened(Refusal, status=429, code="too-many-screened", title="Too much was sent to be screened"):
    """Your organization sent as much within a minute as it may: try again after `Retry-After` seconds.

    It depends on how much was sent alone, and on nothing that it matches.
    """


read_seen: Final = msgspec.json.Decoder(Seen).decode
"""Return where a saved search was seen."""

_encode: Final = msgspec.json.Encoder().encode
_of_partner: Final = sa.and_(saved_searches.c.sighting.is_not(None), having(saved_searches, bureau="of_partner"))
_nth_last: Final = (
    sa.select(saved_searches.c.at)
    .where(_of_partner)
    .order_by(saved_searches.c.at.desc())
    .offset(sa.bindparam("nth"))
    .limit(1)
)


_next_partner: Final = sa.select(sa.func.min(saved_searches.c.bureau).label("bureau")).where(
    saved_searches.c.sighting.is_not(None), saved_searches.c.bureau > sa.bindparam("after")
)
_up_to: Final = (
    sa.select(*saved_searches.c["digest", "packed_keys"])
    .where(_of_partner, saved_searches.c.at <= sa.bindparam("last"))
    .order_by(saved_searches.c.at)
    .limit(BATCH_SIZE)
)


def written(seen: Seen) -> str:
    """Return where something was seen as it is stored."""
    return _encode(seen).decode()


def screening_tables(metadata: sa.MetaData, store: type[SearchableStore[Any, Any]]) -> Screened:
    """Declare that a kind is screened for, and the table of what waits to be compared with its records."""
    waiting = sa.Table(
        "screenings",
        metadata,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        # The saved search, which has all else.
        sa.Column("search", Number, nullable=False),
    )
    # Of a search that has expired nothing is left to compare.
    keep_rows_for(waiting, KEPT_FOR)
    screened = Screened(store, waiting, repeats_table("screening_repeats", metadata))
    metadata.info[SCREENED] = screened
    return screened


class Sightings:
    """What partners sent, in the transaction of a request."""

    def __init__(self, screened: Screened, session: Session, caller: Caller, at: datetime) -> None:
        self._screened = screened
        self._session = session
        self._caller = caller
        self._at = at

    async def require_few(self) -> None:
        """Require that the partner sent less within a minute than it may. Raises TooManyScreened."""
        rows = await self._session.fetch(_nth_last, {"of_partner": self._caller.bureau, "nth": MAX_SCREENED - 1})
        wait = ceil(rows[0].at + PER_SECONDS - self._at.timestamp()) if rows else 0
        if wait > 0:
            detail = f"{MAX_SCREENED} were sent within {PER_SECONDS} seconds: send this one again in {wait} seconds"
            raise TooManyScreened(detail, retry_after_seconds=wait)

    async def add(self, sighting_id: str, query: Any, seen: Seen) -> None:
        """Keep what was seen as a saved search, which waits to be compared."""
        saved = self._screened.store(self._session, self._caller, self._at).saved_search(query)
        digest = digest_of(sighting_id.encode())
        asked_by = {
            "bureau": self._caller.bureau,
            "officer": self._caller.officer,
            "purpose": self._caller.purpose.value,
            "request": self._caller.request_id,
            "leaf": None,
            "sighting": written(seen),
        }
        await save_searches(self._session, [saved_search_row(saved, asked_by, digest=digest)])
        row = {"id": sighting_id, "at": int(self._at.timestamp()), "search": digest}
        await self._session.execute(insert(self._screened.waiting), row)


class SightingBound:
    """The job of one service that deletes the oldest of what a partner sent, where it sent more than is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run_once(self) -> None:
        """Delete what is above the bound, of each partner."""
        partner = ""
        while partner := (await self._database.reading.fetch(_next_partner, {"after": partner}))[0].bureau or "":
            of_partner = {"of_partner": partner}
            for first_over in await self._database.reading.fetch(_nth_last, {**of_partner, "nth": MAX_KEPT}):
                await self._delete({**of_partner, "last": first_over.at})

    async def _delete(self, over: Mapping[str, Any]) -> None:
        while rows := await self._database.reading.fetch(_up_to, over):
            async with self._database.writing() as session:
                await delete_searches(session, rows)
