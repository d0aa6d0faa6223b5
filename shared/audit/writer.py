"""Appends to the audit log of a service: one leaf for each audited answer, on disk before the answer is sent.

The leaves of all processes of a service are in one order, that of their transactions. What their digests are of is
stored with its salts; where both are deleted, the leaf proves nothing about any person.
"""

import os
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.format.commitment import commit
from shared.audit.format.leaf import SALT_BYTES, Leaf, NewLog, encode, filler_secret, query_digest, record_digest
from shared.audit.format.lists import KEY_BYTES, NO_LENGTHS, bound, list_key, read_lengths, tag, write_lengths
from shared.audit.pending import PendingAudit, delete_pending
from shared.audit.rules import rule_for
from shared.audit.tables import audit_blocks, audit_leaves, audit_logs, disclosures
from shared.background import ChangeSignal
from shared.bureaus import COMMISSION, SECRETARIAT, BureauCode
from shared.crypto.merkle import CompactRange, Node, leaf_hash
from shared.disclosure import FOUND_LATER, Disclosure, Rule, SavedSearch
from shared.identity import Caller
from shared.protocol.envelope import Digest, digest_of
from shared.protocol.http import HttpRequest
from shared.storage import Database, Session, first_or_none, hot, inline_literal
from shared.storage.group_commit import GroupCommit

# Under load a transaction takes what came within this time: one costs as much as some fifteen appends.
GATHERED_SECONDS: Final = 0.010
NOT_ANSWERED: Final = 0
"""The status of a change without an answer: the process ended between them."""

_head: Final = hot(sa.select(audit_logs).order_by(audit_logs.c.log.desc()).limit(inline_literal(1)))
_begin: Final = sa.insert(audit_logs)
_set_head: Final = hot(
    sa.update(audit_logs)
    .where(audit_logs.c.log == sa.bindparam("of_log"))
    .values(
        size=sa.bindparam("new_size"),
        frontier=sa.bindparam("new_frontier"),
        lengths=sa.bindparam("new_lengths"),
    )
)
_add_blocks: Final = sa.insert(audit_blocks)
_LEAF_COLUMNS: Final = audit_leaves.c.keys()
_DISCLOSURE_COLUMNS: Final = [column.name for column in disclosures.c if column.name != "number"]
_found_before: Final = sa.select(disclosures.c.record_id, disclosures.c.bureau).where(
    disclosures.c.record_id.in_(sa.bindparam("records", expanding=True)),
    disclosures.c.bureau.in_(sa.bindparam("bureaus", expanding=True)),
    disclosures.c.how.in_([inline_literal(how) for how in FOUND_LATER]),
)


class FreshSearch(msgspec.Struct, frozen=True, gc=False):
    """A search that is to be kept, and what it is kept under: the same for the same search of the same officer."""

    digest: int
    search: SavedSearch


class LogEntry(PendingAudit, frozen=True, kw_only=True):
    """What is to be logged of one request, or of an action of the service itself."""

    at: float
    status: int = NOT_ANSWERED
    query: str | None = None
    """The salted digest of the request; None if it is not known."""

    answer: str | None = None
    """The digest of the signature over the answer; None if there was none."""

    salt: bytes = msgspec.field(default_factory=partial(os.urandom, SALT_BYTES))
    pending: bool = False
    """Whether it is in `handled_requests` until it is logged."""

    searches: Sequence[FreshSearch] = ()
    """To be kept for a while, apart from the log."""

    new_log: NewLog | msgspec.UnsetType = msgspec.UNSET
    """For the first leaf of a log that replaces another."""


class SearchLog(Protocol):
    """Keeps the searches of a request with its log entry."""

    def fresh(self, caller: Caller) -> Sequence[FreshSearch]:
        """Return the searches of a request that are to be kept."""
        ...

    def remember(self, searches: Sequence[FreshSearch], /) -> None:
        """Remember that searches were kept."""
        ...

    async def keep(self, session: Session, numbers: Sequence[int], entries: Sequence["LogEntry"]) -> None:
        """Keep the searches of entries, in the transaction that appends these under their numbers."""
        ...


class AuditLog:
    """Appends to the log that grows."""

    def __init__(self, database: Database, searches: SearchLog | None = None) -> None:
        """Without `searches` none is kept."""
        self.changes = ChangeSignal()
        """Notified of each disclosure that this process logs."""

        self._searches = searches
        self._commits = GroupCommit[LogEntry, int](database, self._append, gathered_seconds=GATHERED_SECONDS)

    async def append_request(
        self, caller: Caller, request: HttpRequest, *, status: int, signature: str, at: datetime
    ) -> None:
        """Log a request and its answer: on disk when this returns. Raises what the store raises."""
        salt, shown = os.urandom(SALT_BYTES), tuple(caller.recorder.shown.values())
        searches = self._searches.fresh(caller) if self._searches else ()
        await self.add(
            LogEntry(
                at=at.timestamp(),
                request=caller.request_id,
                bureau=caller.bureau,
                officer=caller.officer,
                purpose=caller.purpose,
                operation=caller.recorder.operation,
                status=status,
                query=query_digest(salt, request),
                answer=digest_of(signature),
                salt=salt,
                shown=shown,
                pending=caller.recorder.pending,
                searches=searches,
            )
        )
        if self._searches and searches:
            self._searches.remember(searches)

    async def add(self, entry: LogEntry) -> int:
        """Append an entry and return the number of its leaf, from 0."""
        number = await self._commits.write(entry)
        if entry.shown:
            self.changes.notify()
        return number

    async def close(self) -> None:
        """Wait for appends that are under way."""
        await self._commits.close()

    async def _append(self, session: Session, entries: Sequence[LogEntry]) -> Sequence[int]:
        numbers = await append(session, entries)
        if self._searches:
            await self._searches.keep(session, numbers, entries)
        return numbers


def unanswered(pending: PendingAudit, at: datetime) -> LogEntry:
    """Return the entry of a change that was never answered."""
    return LogEntry(**msgspec.structs.asdict(pending), at=at.timestamp(), pending=True)


async def append(session: Session, entries: Sequence[LogEntry]) -> Sequence[int]:
    """Append entries in an exclusive transaction, and return the numbers of their leaves."""
    head = first_or_none(await session.fetch(_head)) or await open_log(session, 0, 0)
    tree = CompactRange.from_bytes(head.frontier)
    lists = _Lists(head.secret, read_lengths(head.lengths), await _found_later(session, entries))
    numbers = range(head.first + tree.size, head.first + tree.size + len(entries))
    leaves, blocks, rows = list[bytes](), list[tuple[Node, bytes]](), list[tuple[Any, ...]]()
    for number, entry in zip(numbers, entries, strict=True):
        listed = [lists.append(number, entry, shown) for shown in entry.shown]
        rows += (row for _, row in listed)
        leaves.append(encode(_leaf(entry, [digest for digest, _ in listed])))
        blocks += tree.append(leaf_hash(leaves[-1]))
    of_leaves = [_leaf_row(*each) for each in zip(numbers, entries, leaves, strict=True)]
    await session.insert(audit_leaves, _LEAF_COLUMNS, of_leaves)
    if blocks:
        full = [{"log": head.log, "level": node.level, "number": node.number, "hash": each} for node, each in blocks]
        await session.execute(_add_blocks, full)
    if rows:
        await session.insert(disclosures, _DISCLOSURE_COLUMNS, rows)
    if pending := [entry.request for entry in entries if entry.pending]:
        await delete_pending(session, pending)
    grown = {"new_size": tree.size, "new_frontier": tree.to_bytes(), "new_lengths": write_lengths(lists.lengths)}
    await session.execute(_set_head, {"of_log": head.log, **grown})
    return numbers


async def open_log(session: Session, log: int, first: int) -> Row[Any]:
    """Open an empty log, which is the one that grows; `first` is the number of its first leaf."""
    head = {"log": log, "first": first, "size": 0, "frontier": CompactRange().to_bytes(), "lengths": NO_LENGTHS}
    await session.execute(_begin, {**head, "secret": os.urandom(KEY_BYTES)})
    return (await session.fetch(_head))[0]


class _Lists:
    """The lists of disclosures, which grow in one transaction."""

    def __init__(self, secret: bytes, lengths: dict[str, int], found_later: set[tuple[str, str]]) -> None:
        """`found_later` are the records, each with its reader, that an earlier search of the reader found."""
        self.lengths = lengths
        self._secret = secret
        self._found_later = found_later

    def append(self, leaf: int, entry: LogEntry, shown: Disclosure) -> tuple[Digest, tuple[Any, ...]]:
        """Append to the list of the owner, or of another if no owner may know; return the digest and the row.

        The digest is the one that the leaf commits to, of the disclosure and its place in the list.
        """
        bureau = shown.reader or entry.bureau
        rule, salt = rule_for(shown.owner, bureau, entry.purpose), os.urandom(SALT_BYTES)
        listed_for = self._listed_for(rule, shown, bureau)
        digest, nth = record_digest(salt, shown, rule), self.lengths.get(listed_for, 0) + 1
        self.lengths[listed_for] = nth
        record = (shown.kind, shown.record, shown.version, shown.owner)
        reader = (bureau, entry.officer, entry.purpose.value)
        why = (rule.value, shown.how, shown.score, shown.match)
        row = (leaf, entry.at, entry.request, *record, *reader, *why, listed_for, nth, digest, salt)
        return bound(tag(list_key(self._secret, listed_for), nth), digest), row

    def _listed_for(self, rule: Rule, shown: Disclosure, bureau: str) -> BureauCode:
        """Return in whose list a disclosure is: that the Commission examined a record is for the Commission alone."""
        if rule is Rule.DATA_SUBJECT_REQUEST:
            return COMMISSION
        return SECRETARIAT if self._is_found_later(shown, bureau) else shown.owner

    def _is_found_later(self, shown: Disclosure, bureau: str) -> bool:
        """Return whether an earlier search found the record, or the bureau that it was for looks at it now (ADR 35)."""
        if shown.how in FOUND_LATER:
            self._found_later.add((shown.record, bureau))
            return True
        return shown.how == "read" and (shown.record, bureau) in self._found_later


async def _found_later(session: Session, entries: Sequence[LogEntry]) -> set[tuple[str, str]]:
    """Return which records that are read an earlier search found, and for which bureau."""
    read = [
        (shown.record, entry.bureau)
        for entry in entries
        for shown in entry.shown
        if shown.how == "read" and shown.owner != entry.bureau
    ]
    if not read:
        return set()
    records, bureaus = map(set, zip(*read, strict=True))
    wanted = {"records": list(records), "bureaus": list(bureaus)}
    return {(row.record_id, row.bureau) for row in await session.fetch(_found_before, wanted)}


def _leaf(entry: LogEntry, digests: Sequence[Digest]) -> Leaf:
    return Leaf(
        at=entry.at,
        request=entry.request,
        bureau=entry.bureau,
        officer=entry.officer,
        purpose=entry.purpose,
        operation=entry.operation,
        status=entry.status,
        query=entry.query,
        records=commit(filler_secret(entry.salt), digests) if digests else None,
        answer=entry.answer,
        new_log=entry.new_log,
    )


def _leaf_row(number: int, entry: LogEntry, leaf: bytes) -> tuple[Any, ...]:
    asked = (entry.at, entry.bureau, entry.officer, entry.purpose.value, entry.operation, entry.request)
    return (number, *asked, entry.salt, leaf)
