"""Save searches for some days, so that a searcher is notified when a matching record is entered.

A search is personal data: it is stored here, while the audit log has only a salted digest, and deleted when it expires.
The keys under which a search is looked up are digests, eight bytes each.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from hashlib import blake2b
from math import inf
from struct import pack, unpack
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from shared.audit.tables import disclosures
from shared.audit.writer import FreshSearch, LogEntry
from shared.disclosure import NEAR, SavedSearch
from shared.identity import Caller
from shared.records.policy import SEARCHES_KEPT_HOURS
from shared.records.tables import COSTLY_SEARCH, saved_search_keys, saved_searches
from shared.storage import Database, Rows, Session, having, hot, inline_literal, insert, is_one_of

KEPT_FOR: Final = timedelta(hours=SEARCHES_KEPT_HOURS)
# The `response_description` of a search.
FOUND: Final = (
    f"What was found. A match that is entered within {SEARCHES_KEPT_HOURS} hours is reported to you as a hit."
)
# Searches of one bureau that are compared with a record, and as many of its subscriptions.
MAX_COMPARED: Final = 1_000
# Of all bureaus, so that no record delays the next one for long.
MAX_COMPARED_TOTAL: Final = 5_000
# Processes on several machines do not agree on the time to the second.
SKEW_SECONDS: Final = 30.0
# Searches that take long to compare, such as by a picture: of one bureau, as many of its subscriptions, and of all.
MAX_COSTLY: Final = 50
MAX_COSTLY_TOTAL: Final = 500
# Of one bureau and kind; the oldest give way. Each has some 1,800 keys, and takes 77 KB.
MAX_COSTLY_KEPT: Final = 1_000
EXPIRY_BATCH_SIZE: Final = 500
# Of the searches that are deleted in one transaction, which no other writer interrupts.
EXPIRY_BATCH_KEYS: Final = 5_000
# More are written in a thread.
FEW_KEYS: Final = 200
MAX_FORGOTTEN: Final = 10_000
RECENT_SECONDS: Final = 60.0
MAX_RECENT: Final = 20_000

_KEPT_SECONDS: Final = KEPT_FOR.total_seconds()

_new: Final = insert(saved_searches)
_keep: Final = hot(
    _new.on_conflict_do_update(
        index_elements=[saved_searches.c.digest],
        set_={"at": _new.excluded.at, "until": _new.excluded.until, "request": _new.excluded.request},
    )
)
_keep_keys: Final = hot(insert(saved_search_keys).on_conflict_do_nothing())

# A record that was only near may have become a hit.
_of_record: Final = sa.and_(having(disclosures, record_id="of_record"), disclosures.c.how != inline_literal(NEAR))
_same_request: Final = (disclosures.c[name] == saved_searches.c[name] for name in ("bureau", "request"))
_known: Final = sa.exists().where(_of_record, *_same_request)
_sharing: Final = (
    sa.select(saved_search_keys.c.search, sa.func.count().label("shared"))
    .where(is_one_of(saved_search_keys.c.key, "keys"))
    .group_by(saved_search_keys.c.search)
    .subquery("sharing")
)
# Of those that take long those before that share most keys, as a search chooses what it compares.
_likeliest: Final = sa.case((saved_searches.c.costly, _sharing.c.shared), else_=0)
_place: Final = sa.func.row_number().over(
    partition_by=(saved_searches.c.bureau, saved_searches.c.subscription.is_(None), saved_searches.c.costly),
    order_by=(_likeliest.desc(), saved_searches.c.at.desc()),
)
_looked_up: Final = (
    sa.select(*saved_searches.c["digest", "costly"], _place.label("place"), sa.func.count().over().label("looked_up"))
    .join(_sharing, _sharing.c.search == saved_searches.c.digest)
    .where(
        saved_searches.c.until > sa.bindparam("at"),
        saved_searches.c.bureau != sa.bindparam("owner"),
        sa.not_(_known),
    )
)
_columns: Final = [column for column in saved_searches.c if column is not saved_searches.c.packed_keys]


def _compared(looked_up: sa.Select[Any]) -> sa.Select[Any]:
    ranked = looked_up.subquery()
    turn = sa.func.row_number().over(partition_by=ranked.c.costly, order_by=(ranked.c.place, ranked.c.digest))
    of_bureau = sa.case((ranked.c.costly, MAX_COSTLY), else_=MAX_COMPARED)
    placed = sa.select(ranked, turn.label("turn")).where(ranked.c.place <= of_bureau).subquery()
    of_all = sa.case((placed.c.costly, MAX_COSTLY_TOTAL), else_=sa.bindparam("at_most", type_=sa.Integer))
    compared = sa.select(placed).where(placed.c.turn <= of_all).subquery()
    return (
        sa.select(*_columns, compared.c.looked_up)
        .join(compared, compared.c.digest == saved_searches.c.digest)
        .order_by(saved_searches.c.at, saved_searches.c.leaf)
    )


_candidates: Final = _compared(_looked_up)
_late_candidates: Final = _compared(
    _looked_up.where(saved_searches.c.leaf > sa.bindparam("leaf"), saved_searches.c.at <= sa.bindparam("begun_before"))
)
_asked: Final = disclosures.c.request.in_(sa.bindparam("asked", expanding=True))
_known_requests: Final = sa.select(*disclosures.c["bureau", "request"]).where(_of_record, _asked)
_in_order: Final = (saved_searches.c.until, saved_searches.c.digest)
_all_expired: Final = (
    sa.select(*_in_order, sa.func.length(saved_searches.c.packed_keys).label("bytes"))
    .where(saved_searches.c.until <= sa.bindparam("at"))
    .order_by(*_in_order)
    .limit(sa.bindparam("at_most"))
    .subquery("expired")
)
_before: Final = sa.func.sum(_all_expired.c.bytes).over(
    order_by=(_all_expired.c.until, _all_expired.c.digest), rows=(None, -1)
)
_placed: Final = sa.select(_all_expired.c.digest, sa.func.coalesce(_before, 0).label("before")).subquery("placed")
_expired: Final = (
    sa.select(*saved_searches.c["digest", "packed_keys"])
    .join(_placed, _placed.c.digest == saved_searches.c.digest)
    .where(_placed.c.before < sa.bindparam("bytes_at_most", type_=sa.Integer))
)
_any_expired: Final = sa.select(saved_searches.c.digest).where(saved_searches.c.until <= sa.bindparam("at")).limit(1)
_delete: Final = sa.delete(saved_searches).where(having(saved_searches, digest="of_digest"))
_delete_key: Final = sa.delete(saved_search_keys).where(having(saved_search_keys, key="of_key", search="of_search"))
_now: Final[sa.BindParameter[int]] = sa.bindparam("now", type_=sa.BigInteger)
_too_many: Final = (
    sa.select(saved_searches.c.digest)
    .where(sa.text(COSTLY_SEARCH), having(saved_searches, bureau="of_bureau", kind="of_kind"))
    .where(saved_searches.c.until > _now)
    .order_by(saved_searches.c.until.desc(), saved_searches.c.digest)
    .offset(sa.bindparam("kept", type_=sa.Integer))
)
# They expire now: changes before that are still matched, and their keys are deleted when nobody waits.
_give_way: Final = sa.update(saved_searches).where(saved_searches.c.digest.in_(_too_many)).values(until=_now)


def digest_of(content: bytes) -> int:
    """Return a digest of eight bytes as a signed integer."""
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "big", signed=True)


def keys_of(kind: str, words: Iterable[str]) -> tuple[int, ...]:
    """Return the keys of search terms for a kind of record."""
    return tuple([digest_of(f"{kind} {word}".encode()) for word in words])


def saved_search_digest(search: SavedSearch, bureau: str, officer: str, purpose: str) -> int:
    """Return the id of a saved search: the same for the same search of the same officer for the same purpose."""
    return digest_of(f"{search.kind}\0{bureau}\0{officer}\0{purpose}\0".encode() + search.query)


def saved_search_row(
    search: SavedSearch, asked_by: Mapping[str, Any], *, digest: int | None = None, until: int | None = None
) -> dict[str, Any]:
    """Return the row of a search with `bureau`, `officer`, `purpose`, `request` and `leaf` of its request.

    A subscription has a digest and an expiry of its own, and its id in `asked_by`; so has what a partner saw, with the
    place.
    """
    keys = search.keys
    if digest is None:
        digest = saved_search_digest(search, asked_by["bureau"], asked_by["officer"], asked_by["purpose"])
    return {
        "subscription": None,
        "sighting": None,
        **asked_by,
        "digest": digest,
        "kind": search.kind,
        "at": search.at,
        "until": int(search.at + _KEPT_SECONDS) if until is None else until,
        "query": search.query,
        "packed_keys": pack(f">{len(keys)}q", *keys),
        "costly": search.costly,
    }


class RecentSearches:
    """Remembers what this process saved in the last minute: repetitions, as by a camera, are not saved again."""

    def __init__(self) -> None:
        self._kept: dict[int, float] = {}

    def fresh(self, caller: Caller) -> list[FreshSearch]:
        """Return the searches of a request that are to be saved."""
        digested = [FreshSearch(_digest(each, caller), each) for each in caller.recorder.searches]
        return [each for each in digested if not self._is_recent(each)]

    def _is_recent(self, fresh: FreshSearch) -> bool:
        # A time in the future was remembered before the clock was set back.
        return 0 <= fresh.search.at - self._kept.get(fresh.digest, -inf) < RECENT_SECONDS

    def remember(self, searches: Iterable[FreshSearch]) -> None:
        """Remember that searches were saved."""
        for each in searches:
            if len(self._kept) >= MAX_RECENT:
                del self._kept[next(iter(self._kept))]
            self._kept.pop(each.digest, None)
            self._kept[each.digest] = each.search.at

    async def keep(self, session: Session, numbers: Sequence[int], entries: Sequence[LogEntry]) -> None:
        """Save the searches of log entries, in the transaction that appends these under their numbers."""
        rows = []
        for number, entry in zip(numbers, entries, strict=True):
            asked = {"officer": entry.officer, "purpose": entry.purpose.value, "request": entry.request}
            asked_by = {"bureau": entry.bureau, **asked, "leaf": number}
            rows += [saved_search_row(each.search, asked_by, digest=each.digest) for each in entry.searches]
        if rows:
            await save_searches(session, rows)


def _digest(search: SavedSearch, caller: Caller) -> int:
    return saved_search_digest(search, caller.bureau, caller.officer, caller.purpose)


async def save_searches(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store searches; of one that is stored already, its new time. The oldest of those that take long give way."""
    await session.execute(_keep, rows)
    # In the order of their table, which is faster.
    pairs = [{"key": key, "search": row["digest"]} for row in rows for key in sorted(_unpacked(row["packed_keys"]))]
    if pairs:
        await session.execute(_keep_keys, pairs, in_thread=len(pairs) > FEW_KEYS)
    latest = {(row["bureau"], row["kind"]): int(row["at"]) for row in rows if row["costly"]}
    for (bureau, kind), now in latest.items():
        which = {"of_bureau": bureau, "of_kind": kind, "kept": MAX_COSTLY_KEPT}
        await session.execute(_give_way, {"now": now, **which})


def _unpacked(packed: bytes) -> Sequence[int]:
    return unpack(f">{len(packed) // 8}q", packed)


class RecordTerms(NamedTuple):
    """What finds the searches that a record may match."""

    of_record: str
    owner: str
    keys: Sequence[int]
    at: float
    at_most: int


async def candidates(session: Session, record: RecordTerms) -> Rows:
    """Return the searches of other bureaus that a record may match, unless it was shown or notified for them before.

    Also what partners saw. Of each bureau the newest 1,000 at most, and as many of its subscriptions; `at_most` in
    total, the newest of each bureau before the second newest of any. Of those that take long 50, which share most keys
    with the record, and as many subscriptions; 500 in total. Each row has the number that were `looked_up`.
    """
    return await session.fetch(_candidates, record._asdict(), in_thread=True)


async def late_candidates(session: Session, record: RecordTerms, leaf: int) -> Rows:
    """Return those of them that were logged after a leaf, though they may have begun before it."""
    late = {"leaf": leaf, "begun_before": record.at + SKEW_SECONDS}
    return await session.fetch(_late_candidates, record._asdict() | late, in_thread=True)


async def known_requests(session: Session, record_id: str, requests: Sequence[str]) -> set[tuple[str, str]]:
    """Return which of these requests a record was shown or notified for already, each with its bureau."""
    rows = await session.fetch(_known_requests, {"of_record": record_id, "asked": requests}, in_thread=True)
    return {(row.bureau, row.request) for row in rows}


async def delete_expired(database: Database, at: float) -> None:
    """Delete expired searches, ten thousand at most."""
    of_a_key = len(pack(">q", 0))
    over = {"at": int(at), "at_most": EXPIRY_BATCH_SIZE, "bytes_at_most": EXPIRY_BATCH_KEYS * of_a_key}
    for _ in range(MAX_FORGOTTEN // EXPIRY_BATCH_SIZE):
        if not await database.reading.fetch(_any_expired, {"at": int(at)}):
            return
        # Alone, as a search that is repeated at this moment stays.
        async with database.writing(exclusive=True) as session:
            await delete_searches(session, await session.fetch(_expired, over, in_thread=True))


async def delete_searches(session: Session, rows: Rows) -> None:
    """Delete searches, each given as its digest and packed keys."""
    pairs = [{"of_key": key, "of_search": row.digest} for row in rows for key in sorted(_unpacked(row.packed_keys))]
    if pairs:
        await session.execute(_delete_key, pairs, in_thread=len(pairs) > FEW_KEYS)
    if rows:
        await session.execute(_delete, [{"of_digest": row.digest} for row in rows], in_thread=len(rows) > FEW_KEYS)
