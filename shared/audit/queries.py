"""Queries the leaves of the log for auditors. What a bureau may not see is excluded in SQL, never afterwards.

No index finds leaves by officer, purpose or operation: a page scans a part of the log for them. The parts are the same
for all, so that the end of one reveals nothing of leaves that the reader may not see.

An auditor of a bureau sees what that bureau asked; and of what others asked, the records in the list of disclosures of
that bureau. What an earlier search found (ADR 35) is in the list of the Secretariat, whose auditors see all but what
the Commission asked: that is in the Commission's own list, and for its own auditors alone. Every auditor may read the
first leaf of a log.

The match is erased when its record is deleted. A bureau that was asked to remove its copies does not see it either, or
it would learn that the record still exists and that the bureau is barred from it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.archive import NO_ARCHIVE, Archive, ArchivedLeaf
from shared.audit.format.leaf import bureau_of, disclosure_in, matches_leaf
from shared.audit.format.lists import bound, list_key, tag
from shared.audit.found_leaves import FoundLeaf, FoundLeaves, LeafText
from shared.audit.models import LeafQuery
from shared.audit.opening import DisclosedRecord
from shared.audit.query_conditions import (
    Condition,
    has_answer,
    leaf_conditions,
    of_leaves,
    of_records,
    place_columns,
    record_conditions,
)
from shared.audit.rules import LogDamaged
from shared.audit.tables import REMOVED, audit_leaves, audit_logs, disclosures, withdrawals
from shared.audit.tree import Head, TreeStore, head_over, heads
from shared.bureaus import COMMISSION, SECRETARIAT, BureauCode
from shared.protocol.envelope import Digest
from shared.storage import Rows, Session, first_or_none, page_of

# More of one answer are not listed; each can be explained on its own.
LISTED_RECORDS: Final = 50
EXPLAINED_RECORDS: Final = 1_000
# A part of the log: to scan it takes a few hundredths of a second.
PART: Final = 50_000
# No clock of a service is wrong by as much, so that times narrow down the numbers of leaves.
CLOCK_ERROR_SECONDS: Final = 3_600.0
_leaves: Final = audit_leaves.c
_shown: Final = disclosures.c
# What the Commission asks is confidential, also from the Secretariat.
_is_no_examination: Final = _leaves.bureau != COMMISSION
_withdrawn: Final = withdrawals.c
_present: Final = sa.select(_leaves.number).where(_leaves.number == sa.bindparam("of_number"))
_first_since: Final = (
    sa.select(_leaves.number).where(_leaves.at >= sa.bindparam("since")).order_by(_leaves.at, _leaves.number).limit(1)
)
_last_until: Final = (
    sa.select(_leaves.number)
    .where(_leaves.at < sa.bindparam("until"))
    .order_by(_leaves.at.desc(), _leaves.number.desc())
    .limit(1)
)

# Of a record, or of the next one if it was never shown.
_first_shown: Final = (
    sa.select(_shown.record_id, _shown.owner)
    .where(_shown.record_id >= sa.bindparam("of_record"))
    .order_by(_shown.record_id)
    .limit(1)
)
_of_leaves: Final = (
    sa.select(_shown.leaf, _shown.digest, _shown.listed_for, _shown.nth)
    .where(_shown.leaf.in_(sa.bindparam("leaves", expanding=True)))
    .order_by(_shown.number)
)


class LeafStore:
    """What the auditors of one bureau may see of the logs of one service, in one session."""

    def __init__(self, session: Session, bureau: BureauCode, archive: Archive = NO_ARCHIVE) -> None:
        self._session = session
        self._archive = archive
        self._bureau = bureau
        self._sees_all = bureau == SECRETARIAT
        self._is_owned: Condition = _shown.listed_for == bureau

    async def page(self, query: LeafQuery, records: Sequence[str] | None = None) -> FoundLeaves:
        """Return as many matching leaves as are wanted, or as there are in one part of the log.

        With `records` they are about one of these.
        """
        queries = [query] if records is None else [_about(query, each) for each in records]
        if not queries:
            return FoundLeaves((), None)
        first, end = await self._span(query)
        start = first if self._is_found_by_index(queries[0]) else max(first, (end - 1) // PART * PART)
        limit = query.limit + 1
        found_by = [source for each in queries for source in await self._found_by(each, start, end)]
        sources = [source.order_by(sa.desc("number")).limit(limit).subquery() for source in found_by]
        numbers = sa.union(*(sa.select(source.c.number) for source in sources))
        statement = sa.select(audit_leaves).where(_leaves.number.in_(numbers.scalar_subquery()))
        rows = await self._session.fetch(statement.order_by(_leaves.number.desc()).limit(limit), in_thread=True)
        on_page, last = page_of(rows, query.limit)
        rest = start if last is None else last.number
        return FoundLeaves(await self._with_records(on_page, LISTED_RECORDS), rest if rest > first else None)

    async def _found_by(self, query: LeafQuery, start: int, end: int) -> list[sa.Select[Any]]:
        owned = query.record is None or await self._owns(query.record)
        return list(self._sources(query, start, end, owned=owned))

    async def find(self, number: int, record: str | None = None) -> FoundLeaf | None:
        """Return a leaf, with only one of its records if it is named. Raises ArchiveAbsent, LogDamaged."""
        found = await self._one(_leaves.number == number, record)
        return found if found or record else await self._archived(number)

    async def _archived(self, number: int) -> FoundLeaf | None:
        log = head_over(await heads(self._session), number)
        index, present = number - log.first, await self._session.fetch(_present, {"of_number": number})
        archived = [] if present else await self._archive.missing(self._session, log.log, index, index + 1, ())
        return next((found for each in archived if (found := self._found_archived(log, each))), None)

    def _found_archived(self, log: Head, archived: ArchivedLeaf) -> FoundLeaf | None:
        """Return an archived leaf, which showed no record, if the auditor may read it. Raises LogDamaged."""
        bureau = bureau_of(archived.raw)
        is_read = bureau != COMMISSION if self._sees_all else bureau == self._bureau
        return FoundLeaf(log.first + archived.place, archived.raw, archived.salt, (), (), 0, True) if is_read else None

    async def find_request(self, request: str, answer: Digest | None = None) -> FoundLeaf | None:
        """Return the leaf of a request: the first, unless an answer is named."""
        wanted = _leaves.request == request
        return await self._one(wanted if answer is None else sa.and_(wanted, has_answer(answer)))

    async def in_order(self, log: Head, after: int, limit: int) -> list[LeafText]:
        """Return leaves of a log in its order, without the first `after`."""
        readable = (_is_no_examination if self._sees_all else self._is_seen).label("readable")
        in_log = _leaves.number >= log.first + after, _leaves.number < log.first + log.size
        statement = sa.select(audit_leaves, readable).where(*in_log)
        rows = await self._session.fetch(statement.order_by(_leaves.number).limit(limit), in_thread=True)
        found = await self._with_records([row for row in rows if row.readable], EXPLAINED_RECORDS)
        by_number = {each.number: each for each in found}
        stored = [LeafText(row.number - log.first, row.leaf, by_number.get(row.number)) for row in rows]
        end = min(after + limit, log.size)
        there = {each.index for each in stored if each.index < end}
        archived = await self._archive.missing(self._session, log.log, after, end, there)
        texts = (LeafText(each.place, each.raw, self._found_archived(log, each)) for each in archived)
        return sorted((*stored, *texts), key=lambda each: each.index)[:limit] if archived else stored

    async def listed(self, log: Head, since: int, after: int, limit: int) -> list[FoundLeaf]:
        """Return a part of the bureau's list of disclosures in a log, from a leaf on and after a number of the list.

        Raises LogDamaged where a leaf is missing, or contradicts the rows of its disclosures.
        """
        in_log = _shown.leaf >= log.first + since, _shown.leaf < log.first + log.size
        wanted = sa.select(disclosures).where(self._is_owned, *in_log, _shown.nth > after)
        statement = wanted.order_by(_shown.leaf, _shown.nth).limit(limit)
        rows = _by_leaf(await self._session.fetch(statement, in_thread=True))
        of_rows = sa.select(audit_leaves).where(_leaves.number.in_(list(rows))).order_by(_leaves.number)
        leaves = await self._session.fetch(of_rows, in_thread=True)
        if len(leaves) < len(rows):
            raise LogDamaged("leaves are missing of disclosures in a list")
        if not all(matches_leaf(leaf.leaf, row) for leaf in leaves for row in rows[leaf.number]):
            raise LogDamaged("the leaves have others than the store as those who were shown records")
        return await self._found(leaves, rows, lambda _: False)

    async def _span(self, query: LeafQuery) -> tuple[int, int]:
        """Return between which numbers all leaves are that may match."""
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
        # An index finds those of a bureau, or of an owner, among all leaves, but not among those that a bureau may see.
        named = [each for each in (query.bureau, query.owner) if each is not None]
        is_named = (query.officer, query.purpose, query.operation) != (None, None, None)
        return not is_named and len(named) <= (1 if self._sees_all else 0)

    async def _owns(self, record: str) -> bool:
        """Return whether a record that was shown is the bureau's own, in constant time whether it was shown or not."""
        first = first_or_none(await self._session.fetch(_first_shown, {"of_record": record}))
        return first is not None and (first.record_id, first.owner) == (record, self._bureau)

    def _sources(self, query: LeafQuery, start: int, end: int, *, owned: bool) -> Iterator[sa.Select[Any]]:
        """Yield statements that each find some of the leaves between two numbers, by an index of their own."""
        leaves, records = list(leaf_conditions(query)), list(record_conditions(query))
        by_leaves = partial(of_leaves, _leaves.number >= start, _leaves.number < end, *leaves)
        leaf, listed_for = place_columns(query)
        by_records = partial(of_records, leaf >= start, leaf < end, *leaves, *records)
        if self._sees_all:
            yield by_records(_is_no_examination) if records else by_leaves(_is_no_examination)
            return
        own = _leaves.bureau == self._bureau
        # With the bureau of the record, so that the time does not grow with how often others were shown it.
        yield by_records(own, _shown.bureau == self._bureau) if records else by_leaves(own)
        if owned:
            yield by_records(listed_for == self._bureau, _leaves.bureau != self._bureau)

    @property
    def _is_seen(self) -> Condition:
        owned = sa.select(sa.literal(1)).where(_shown.leaf == _leaves.number, self._is_owned)
        openings = sa.select(audit_logs.c.first).where(audit_logs.c.log > 0)
        return sa.or_(_leaves.bureau == self._bureau, _leaves.number.in_(openings), owned.exists())

    async def _one(self, wanted: Condition, record: str | None = None) -> FoundLeaf | None:
        visible = _is_no_examination if self._sees_all else self._is_seen
        statement = sa.select(audit_leaves).where(wanted, visible).order_by(_leaves.number).limit(1)
        row = first_or_none(await self._session.fetch(statement, in_thread=True))
        return None if row is None else (await self._with_records([row], EXPLAINED_RECORDS, record))[0]

    async def _with_records(self, rows: Sequence[Row[Any]], most: int, record: str | None = None) -> list[FoundLeaf]:
        rows_of = _by_leaf(await self._disclosed((row.number for row in rows), most, record))
        return await self._found(rows, rows_of, lambda leaf: self._sees_all or leaf.bureau == self._bureau)

    async def _found(
        self, leaves: Rows, visible: Mapping[int, Sequence[Row[Any]]], is_whole: Callable[[Row[Any]], bool]
    ) -> list[FoundLeaf]:
        """Return leaves with their visible records, and the digests of all their records."""
        logs, numbers = await heads(self._session), [leaf.number for leaf in leaves]
        of_all = _by_leaf(await self._session.fetch(_of_leaves, {"leaves": numbers}, in_thread=True))

        def found(leaf: Row[Any]) -> FoundLeaf:
            rows, every, secret = visible.get(leaf.number, ()), of_all[leaf.number], head_over(logs, leaf.number).secret
            omitted = sum(row.listed_for == self._bureau for row in every)
            omitted -= sum(row.listed_for == self._bureau for row in rows)
            records = [_disclosed_record(row, secret) for row in rows]
            digests = [bound(_tag_of(row, secret), row.digest) for row in every]
            return FoundLeaf(leaf.number, leaf.leaf, leaf.salt, records, digests, omitted, is_whole(leaf))

        # They may have thousands of records.
        return await asyncio.to_thread(lambda: [found(leaf) for leaf in leaves])

    async def _disclosed(self, leaves: Iterable[int], most: int, record: str | None) -> Rows:
        conditions: list[Condition] = [_shown.leaf.in_(list(leaves))]
        if record is not None:
            conditions.append(_shown.record_id == record)
        if not self._sees_all:
            conditions.append(sa.or_(_shown.bureau == self._bureau, self._is_owned))
        shown = sa.select(disclosures) if self._sees_all else self._without_removed()
        place = sa.func.row_number().over(partition_by=_shown.leaf, order_by=_shown.number).label("place")
        placed = shown.add_columns(place).where(*conditions).subquery()
        return await self._session.fetch(
            sa.select(placed).where(placed.c.place <= most).order_by(placed.c.number), in_thread=True
        )

    def _without_removed(self) -> sa.Select[Any]:
        """Return disclosures, without the match where the bureau was asked later to remove its copies."""
        removed = sa.exists().where(
            _withdrawn.record_id == _shown.record_id,
            _withdrawn.bureau == _shown.bureau,
            _withdrawn.bureau == self._bureau,
            _withdrawn.act.in_(REMOVED),
            _withdrawn.at >= _shown.at,
        )
        match = sa.case((removed, ""), else_=_shown.match).label("match")
        salt = sa.case((removed, sa.null()), else_=_shown.salt).label("salt")
        others = (column for column in _shown if column is not _shown.match and column is not _shown.salt)
        return sa.select(*others, match, salt)


def _about(query: LeafQuery, record: str) -> LeafQuery:
    return query.model_copy(update={"record": record})


def _by_leaf(rows: Rows) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.leaf].append(row)
    return found


def _disclosed_record(row: Row[Any], secret: bytes) -> DisclosedRecord:
    return DisclosedRecord(disclosure_in(row), row.rule, row.salt, row.digest, _tag_of(row, secret))


def _tag_of(row: Row[Any], secret: bytes) -> bytes:
    return tag(list_key(secret, row.listed_for), row.nth)
