"""Finds leaves of the log for auditors. What a bureau may not know of is left out by SQL, never afterwards.

By officer, purpose or operation no index finds anything, as each would be kept up with every answer: a page looks for
them through a part of the log, and the next one goes on from there. The parts are the same for all, so that where one
ends tells nobody of leaves that he may not see.

A bureau's auditor sees what his own bureau asked; and of what others asked, what is in the list of disclosures of his
bureau, with these records alone. What is shown to the Commission, and what a search found that came before the record
(ADR 35), is in the list of the Secretariat, whose auditors see all. Every auditor may read the leaf that opens a log.

What met what in a record is forgotten when it is deleted. Whoever was told to remove his copies is told it no more
either, or he would learn that the record is still there and that he is barred from it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.format.leaf import is_said_in
from shared.audit.format.lists import bound, list_key, tag
from shared.audit.models import LeafQuery
from shared.audit.opening import DisclosedRecord
from shared.audit.query_conditions import (
    Condition,
    columns_beside,
    ends_with,
    leaf_conditions,
    of_leaves,
    of_records,
    record_conditions,
)
from shared.audit.rules import LogDamaged
from shared.audit.tables import audit_leaves, audit_logs, disclosures, withdrawals
from shared.audit.tree import Head, TreeStore, head_over, heads
from shared.bureaus import SECRETARIAT, BureauCode
from shared.disclosure import Disclosure
from shared.protocol.envelope import Digest
from shared.storage import Session, first_or_none

# More of one answer are not listed; each is explained, when it is asked for by itself.
LISTED_RECORDS: Final = 50
EXPLAINED_RECORDS: Final = 1_000

# So many leaves are a part of the log: to look through them takes a few hundredths of a second.
PART: Final = 50_000
# No clock by which a service answers bureaus is wrong by as much, so that times tell about where in the log they are.
CLOCK_ERROR_SECONDS: Final = 3_600.0

_leaves: Final = audit_leaves.c
_shown: Final = disclosures.c
_told: Final = withdrawals.c
_first_since: Final = (
    sa.select(_leaves.number).where(_leaves.at >= sa.bindparam("since")).order_by(_leaves.at, _leaves.number).limit(1)
)
_last_until: Final = (
    sa.select(_leaves.number)
    .where(_leaves.at < sa.bindparam("until"))
    .order_by(_leaves.at.desc(), _leaves.number.desc())
    .limit(1)
)

# Of a record, or of the next one where it was never shown.
_FIRST_SHOWN: Final = (
    sa.select(_shown.record_id, _shown.owner)
    .where(_shown.record_id >= sa.bindparam("of_record"))
    .order_by(_shown.record_id)
    .limit(1)
)


_HELD: Final = (
    sa.select(_shown.leaf, _shown.digest, _shown.listed_for, _shown.nth)
    .where(_shown.leaf.in_(sa.bindparam("leaves", expanding=True)))
    .order_by(_shown.number)
)


class FoundLeaf(msgspec.Struct, frozen=True):
    """A leaf, and what an auditor may know of what stands behind its digests."""

    index: int
    """Its number among the leaves of all logs of the service."""

    raw: bytes
    salt: bytes
    records: Sequence[DisclosedRecord]
    digests: Sequence[Digest]
    """Of all records, whoever may know of them: to be told to nobody but as a tree."""

    omitted: int
    """How many more of the bureau's own list the leaf holds than so many."""

    is_whole: bool
    """Whether he may know of all that the answer showed."""


class FoundLeaves(msgspec.Struct, frozen=True):
    """Some of the leaves that fit, newest first."""

    leaves: Sequence[FoundLeaf]
    next: int | None
    """Those before this one were not looked at; None if there are none."""


class LeafText(msgspec.Struct, frozen=True):
    """A leaf as it stands in the log, and what an auditor may know of it if he may read it."""

    index: int
    raw: bytes
    found: FoundLeaf | None


class LeafStore:
    """What one bureau's auditors may know of the logs of one service, in one session."""

    def __init__(self, session: Session, bureau: BureauCode) -> None:
        self._session = session
        self._bureau = bureau
        self._sees_all = bureau == SECRETARIAT

    async def page(self, query: LeafQuery) -> FoundLeaves:
        """Return as many of the leaves that fit as are wanted, or as there are in one part of the log."""
        first, end = await self._span(query)
        start = first if self._is_found_by_index(query) else max(first, (end - 1) // PART * PART)
        most = query.limit + 1
        owned = query.record is None or await self._owns(query.record)
        found_by = self._sources(query, start, end, owned=owned)
        sources = [source.order_by(sa.desc("number")).limit(most).subquery() for source in found_by]
        numbers = sa.union(*(sa.select(source.c.number) for source in sources))
        statement = sa.select(audit_leaves).where(_leaves.number.in_(numbers.scalar_subquery()))
        rows = await self._session.fetch(statement.order_by(_leaves.number.desc()).limit(most), in_thread=True)
        on_page = rows[: query.limit]
        rest = on_page[-1].number if len(rows) > len(on_page) else start
        return FoundLeaves(await self._with_records(on_page, LISTED_RECORDS), rest if rest > first else None)

    async def find(self, index: int, record: str | None = None) -> FoundLeaf | None:
        """Return a leaf, with one of its records alone if it is named."""
        return await self._one(_leaves.number == index, record)

    async def find_request(self, request: str, answer: Digest | None = None) -> FoundLeaf | None:
        """Return the leaf of a request: of the first answer, and not of what followed from it, unless one is named."""
        wanted = _leaves.request == request
        return await self._one(wanted if answer is None else sa.and_(wanted, ends_with(answer)))

    async def stretch(self, log: Head, after: int, limit: int) -> list[LeafText]:
        """Return leaves of a log in its order, from the one that has so many before it."""
        readable = (sa.true() if self._sees_all else self._is_seen).label("readable")
        in_log = _leaves.number >= log.first + after, _leaves.number < log.first + log.size
        statement = sa.select(audit_leaves, readable).where(*in_log)
        rows = await self._session.fetch(statement.order_by(_leaves.number).limit(limit), in_thread=True)
        found = await self._with_records([row for row in rows if row.readable], EXPLAINED_RECORDS)
        by_index = {each.index: each for each in found}
        return [LeafText(row.number - log.first, row.leaf, by_index.get(row.number)) for row in rows]

    async def listed(self, log: Head, since: int, after: int, limit: int) -> list[FoundLeaf]:
        """Return so many of the bureau's list of disclosures in a log, from a leaf on and after a number.

        Raises LogDamaged where a leaf is missing, or tells of others than are kept beside it.
        """
        in_log = _shown.leaf >= log.first + since, _shown.leaf < log.first + log.size
        wanted = (_shown.listed_for == self._bureau, *in_log, _shown.nth > after)
        statement = sa.select(disclosures).where(*wanted).order_by(_shown.leaf, _shown.nth).limit(limit)
        of_leaf: dict[int, list[Row[Any]]] = defaultdict(list)
        for row in await self._session.fetch(statement, in_thread=True):
            of_leaf[row.leaf].append(row)
        leaves = await self._session.fetch(
            sa.select(audit_leaves).where(_leaves.number.in_(list(of_leaf))), in_thread=True
        )
        if len(leaves) < len(of_leaf):
            raise LogDamaged("leaves are missing of what is in a list of disclosures")
        if not all(is_said_in(leaf.leaf, row) for leaf in leaves for row in of_leaf[leaf.number]):
            raise LogDamaged("others are kept as those who were shown records than the leaves tell of")
        return await self._found(sorted(leaves, key=lambda row: int(row.number)), of_leaf, lambda _: False)

    async def _span(self, query: LeafQuery) -> tuple[int, int]:
        """Return between which numbers all leaves are that may fit."""
        last = await TreeStore(self._session).head()
        first, end = 0, last.first + last.size
        if query.after is not None:
            end = min(end, query.after)
        if query.since is not None:
            at = query.since.timestamp() - CLOCK_ERROR_SECONDS
            row = first_or_none(await self._session.fetch(_first_since, {"since": at}))
            first = end if row is None else row.number
        if query.until is not None:
            at = query.until.timestamp() + CLOCK_ERROR_SECONDS
            row = first_or_none(await self._session.fetch(_last_until, {"until": at}))
            end = 0 if row is None else min(end, row.number + 1)
        return first, end

    def _is_found_by_index(self, query: LeafQuery) -> bool:
        if query.request is not None or query.record is not None:
            return True
        # Of all leaves those of a bureau, or of an owner, are found by one; of those that a bureau may see neither.
        at_most = 1 if self._sees_all else 0
        named = [each for each in (query.bureau, query.owner) if each is not None]
        return (query.officer, query.purpose, query.operation) == (None, None, None) and len(named) <= at_most

    async def _owns(self, record: str) -> bool:
        """Tell whether a record that was shown is the bureau's own, in the same time whether it was shown or not."""
        first = first_or_none(await self._session.fetch(_FIRST_SHOWN, {"of_record": record}))
        return first is not None and (first.record_id, first.owner) == (record, self._bureau)

    def _sources(self, query: LeafQuery, start: int, end: int, *, owned: bool) -> Iterator[sa.Select[Any]]:
        """Yield the statements each of which finds some of the leaves between two numbers, by an index of its own."""
        leaves, records = list(leaf_conditions(query)), list(record_conditions(query))
        by_leaves = partial(of_leaves, _leaves.number >= start, _leaves.number < end, *leaves)
        leaf, listed_for = columns_beside(query)
        by_records = partial(of_records, leaf >= start, leaf < end, *leaves, *records)
        if self._sees_all:
            yield by_records() if records else by_leaves()
            return
        own = _leaves.bureau == self._bureau
        # A record is looked up with its bureau, so that it takes no longer the more often others were shown it.
        yield by_records(own, _shown.bureau == self._bureau) if records else by_leaves(own)
        if owned:
            yield by_records(listed_for == self._bureau, _leaves.bureau != self._bureau)

    @property
    def _is_owned(self) -> Condition:
        return _shown.listed_for == self._bureau

    @property
    def _is_seen(self) -> Condition:
        owned = sa.select(sa.literal(1)).where(_shown.leaf == _leaves.number, self._is_owned)
        openings = sa.select(audit_logs.c.first).where(audit_logs.c.log > 0)
        return sa.or_(_leaves.bureau == self._bureau, _leaves.number.in_(openings), owned.exists())

    async def _one(self, wanted: Condition, record: str | None = None) -> FoundLeaf | None:
        visible = [] if self._sees_all else [self._is_seen]
        statement = sa.select(audit_leaves).where(wanted, *visible).order_by(_leaves.number).limit(1)
        row = first_or_none(await self._session.fetch(statement, in_thread=True))
        return None if row is None else (await self._with_records([row], EXPLAINED_RECORDS, record))[0]

    async def _with_records(self, rows: Sequence[Row[Any]], most: int, record: str | None = None) -> list[FoundLeaf]:
        of_leaf: dict[int, list[Row[Any]]] = defaultdict(list)
        for row in await self._disclosed((row.number for row in rows), most, record):
            of_leaf[row.leaf].append(row)
        return await self._found(rows, of_leaf, self._is_whole)

    async def _found(
        self,
        leaves: Sequence[Row[Any]],
        told: Mapping[int, Sequence[Row[Any]]],
        is_whole: Callable[[Row[Any]], bool],
    ) -> list[FoundLeaf]:
        """Return leaves with what is told of each, and the digests of all that each holds."""
        logs, numbers = await heads(self._session), [leaf.number for leaf in leaves]
        held: dict[int, list[Row[Any]]] = defaultdict(list)
        for row in await self._session.fetch(_HELD, {"leaves": numbers}, in_thread=True):
            held[row.leaf].append(row)

        def found(leaf: Row[Any]) -> FoundLeaf:
            rows, of_all, secret = told.get(leaf.number, ()), held[leaf.number], head_over(logs, leaf.number).secret
            own = sum(row.listed_for == self._bureau for row in of_all)
            return FoundLeaf(
                leaf.number,
                leaf.leaf,
                leaf.salt,
                [_told_by(row, secret) for row in rows],
                [bound(_tag_of(row, secret), row.digest) for row in of_all],
                own - sum(row.listed_for == self._bureau for row in rows),
                is_whole(leaf),
            )

        # They may hold thousands of records.
        return await asyncio.to_thread(lambda: [found(leaf) for leaf in leaves])

    def _is_whole(self, leaf: Row[Any]) -> bool:
        return self._sees_all or leaf.bureau == self._bureau

    async def _disclosed(self, leaves: Iterable[int], most: int, record: str | None) -> Sequence[Row[Any]]:
        conditions: list[Condition] = [_shown.leaf.in_(list(leaves))]
        if record is not None:
            conditions.append(_shown.record_id == record)
        if not self._sees_all:
            conditions.append(sa.or_(_shown.bureau == self._bureau, self._is_owned))
        shown = sa.select(disclosures) if self._sees_all else self._what_he_may_keep()
        place = sa.func.row_number().over(partition_by=_shown.leaf, order_by=_shown.number).label("place")
        placed = shown.add_columns(place).where(*conditions).subquery()
        return await self._session.fetch(
            sa.select(placed).where(placed.c.place <= most).order_by(placed.c.number), in_thread=True
        )

    def _what_he_may_keep(self) -> sa.Select[Any]:
        """Return what was shown, without what met what where the bureau was told since to remove its copies."""
        removed = sa.exists().where(
            _told.record_id == _shown.record_id,
            _told.bureau == _shown.bureau,
            _told.bureau == self._bureau,
            _told.act == "withdrawn",
            _told.at >= _shown.at,
        )
        match = sa.case((removed, ""), else_=_shown.match).label("match")
        salt = sa.case((removed, sa.null()), else_=_shown.salt).label("salt")
        others = (column for column in _shown if column is not _shown.match and column is not _shown.salt)
        return sa.select(*others, match, salt)


def _told_by(row: Row[Any], secret: bytes) -> DisclosedRecord:
    owner = BureauCode(row.owner)
    shown = Disclosure(row.kind, row.record_id, row.version, owner, row.how, row.score, row.match)
    return DisclosedRecord(shown, row.rule, row.salt, row.digest, _tag_of(row, secret))


def _tag_of(row: Row[Any], secret: bytes) -> bytes:
    return tag(list_key(secret, row.listed_for), row.nth)
