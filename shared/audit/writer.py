"""The audit log of a service: one leaf for each answer, written before it leaves, in an append-only Merkle tree.

Leaves of all processes of a service stand in one order, which the transaction decides. Beside each leaf stands what its
digests are of, with their salts; where both are deleted, the leaf proves nothing of any person.
"""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.format.commitment import commit
from shared.audit.format.leaf import SALT_BYTES, Leaf, NewLog, encode, filler_secret, query_digest, record_digest
from shared.audit.format.lists import KEY_BYTES, NO_LENGTHS, bound, list_key, read_lengths, tag, write_lengths
from shared.audit.pending import PendingAudit, settle
from shared.audit.rules import rule_for
from shared.audit.tables import audit_blocks, audit_leaves, audit_logs, disclosures
from shared.background import ChangeSignal
from shared.bureaus import SECRETARIAT, BureauCode
from shared.crypto.merkle import CompactRange, Node, leaf_hash
from shared.disclosure import FOUND_LATER, Disclosure, Rule, SavedSearch
from shared.identity import Caller, Purpose
from shared.protocol.envelope import Digest, digest_of
from shared.protocol.http import HttpRequest
from shared.storage import Database, Session, first_or_none, inline_literal
from shared.storage.group_commit import GroupCommit

# Under load a transaction holds what came within this time: each costs as much as some fifteen appends.
GATHERED_SECONDS: Final = 0.010
NOT_ANSWERED: Final = 0
"""The status of what was done, but not answered: the process ended between."""

_head: Final = sa.select(audit_logs).order_by(audit_logs.c.log.desc()).limit(1)
_begin: Final = sa.insert(audit_logs)
_set_head: Final = (
    sa.update(audit_logs)
    .where(audit_logs.c.log == sa.bindparam("of_log"))
    .values(
        size=sa.bindparam("new_size"),
        frontier=sa.bindparam("new_frontier"),
        lengths=sa.bindparam("new_lengths"),
    )
)
_LEAF_COLUMNS: Final = ("number", "at", "bureau", "officer", "purpose", "operation", "request", "salt", "leaf")
_add_blocks: Final = sa.insert(audit_blocks)
_DISCLOSURE_COLUMNS: Final = (
    "leaf",
    "at",
    "request",
    "kind",
    "record_id",
    "version",
    "owner",
    "bureau",
    "officer",
    "purpose",
    "rule",
    "how",
    "score",
    "match",
    "listed_for",
    "nth",
    "digest",
    "salt",
)


_told_later: Final = sa.select(disclosures.c.record_id, disclosures.c.bureau).where(
    disclosures.c.record_id.in_(sa.bindparam("records", expanding=True)),
    disclosures.c.bureau.in_(sa.bindparam("bureaus", expanding=True)),
    disclosures.c.how.in_([inline_literal(how) for how in FOUND_LATER]),
)


class _Disclosure(NamedTuple):
    """What was shown, by which rule, the digest of both under a salt, and the place of it in whose list."""

    shown: Disclosure
    rule: Rule
    salt: bytes
    digest: Digest
    listed_for: str
    nth: int
    bound: Digest
    """The digest of all that, which the leaf commits to."""


class _Lists:
    """The lists of disclosures, which grow in one transaction."""

    def __init__(self, secret: bytes, lengths: dict[str, int], found_later: set[tuple[str, str]]) -> None:
        """Take what records bureaus were told of by a search from before them."""
        self.lengths = lengths
        self._secret = secret
        self._found_later = found_later

    def append(self, shown: Disclosure, entry: "Entry") -> _Disclosure:
        """Put what was shown into the list of the owner, or of the Secretariat if no owner is to know of it."""
        rule, salt = rule_for(shown.owner, entry.bureau, entry.purpose), os.urandom(SALT_BYTES)
        is_kept_back = rule is Rule.DATA_SUBJECT_REQUEST or self._is_found_later(shown, entry.bureau)
        listed_for = SECRETARIAT if is_kept_back else shown.owner
        digest, nth = record_digest(salt, shown, rule), self.lengths.get(listed_for, 0) + 1
        self.lengths[listed_for] = nth
        tagged = tag(list_key(self._secret, listed_for), nth)
        return _Disclosure(shown, rule, salt, digest, listed_for, nth, bound(tagged, digest))

    def _is_found_later(self, shown: Disclosure, bureau: str) -> bool:
        """Tell whether a search from before the record found it, or who was told of it so looks at it next (ADR 35)."""
        if shown.how in FOUND_LATER:
            self._found_later.add((shown.record, bureau))
            return True
        return shown.how == "read" and (shown.record, bureau) in self._found_later


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written down of one request, or of what the service did by itself."""

    at: float
    request: str
    bureau: BureauCode
    officer: str
    purpose: Purpose
    operation: str
    status: int
    query: str | None
    """The salted digest of what was asked; None where it is not known any more."""

    answer: str | None
    """The digest of the signature over the answer; None where there was none."""

    salt: bytes
    shown: Sequence[Disclosure]
    pending: bool
    """Whether `handled_requests` holds the account of it."""

    inquiries: Sequence[SavedSearch] = ()
    """What was sought, to be kept for a while beside the log."""

    new_log: NewLog | msgspec.UnsetType = msgspec.UNSET
    """What the first leaf of a log says that is opened in the place of another."""


class SearchLog(Protocol):
    """Keeps the searches of a request with its log entry."""

    def fresh(self, caller: Caller) -> Sequence[SavedSearch]:
        """Return the searches of a request that are to be kept."""
        ...

    def note(self, inquiries: Sequence[SavedSearch], caller: Caller) -> None:
        """Take in that searches were kept."""
        ...

    async def keep(self, session: Session, numbers: Sequence[int], entries: Sequence["Entry"]) -> None:
        """Keep the searches of entries, in the transaction that appends these under their numbers."""
        ...


class AuditLog:
    """Writes into the log."""

    def __init__(self, database: Database, searches: SearchLog | None = None) -> None:
        """Without `searches` none is kept."""
        self.changes = ChangeSignal()
        """Tells of disclosures that were written down in this process."""

        self._searches = searches
        self._commits: GroupCommit[Entry, int] = GroupCommit(database, self._append, gathered_seconds=GATHERED_SECONDS)

    async def append_request(
        self, caller: Caller, request: HttpRequest, *, status: int, signature: str, at: datetime
    ) -> None:
        """Write down what was asked and answered: on disk when this returns. Raises what the store raises."""
        salt, shown = os.urandom(SALT_BYTES), tuple(caller.recorder.shown.values())
        inquiries = self._searches.fresh(caller) if self._searches else ()
        await self.add(
            Entry(
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
                inquiries=inquiries,
            )
        )
        if self._searches and inquiries:
            self._searches.note(inquiries, caller)

    async def add(self, entry: Entry) -> int:
        """Write an entry down and return the number of its leaf, from 0."""
        number = await self._commits.write(entry)
        if entry.shown:
            self.changes.notify()
        return number

    async def close(self) -> None:
        """Wait for what is under way."""
        await self._commits.close()

    async def _append(self, session: Session, entries: Sequence[Entry]) -> Sequence[int]:
        numbers = await append(session, entries)
        if self._searches:
            await self._searches.keep(session, numbers, entries)
        return numbers


def unanswered(owed: PendingAudit, at: datetime) -> Entry:
    """Return the entry of what was done and never answered."""
    return Entry(
        at=at.timestamp(),
        request=owed.request,
        bureau=owed.bureau,
        officer=owed.officer,
        purpose=owed.purpose,
        operation=owed.operation,
        status=NOT_ANSWERED,
        query=None,
        answer=None,
        salt=os.urandom(SALT_BYTES),
        shown=owed.shown,
        pending=True,
    )


async def append(session: Session, entries: Sequence[Entry]) -> Sequence[int]:
    """Append entries in one transaction that nobody shares, and return the numbers of their leaves."""
    head = first_or_none(await session.fetch(_head)) or await open_log(session, 0, 0)
    frontier = CompactRange.from_bytes(head.frontier)
    lists = _Lists(head.secret, read_lengths(head.lengths), await _found_later(session, entries))
    numbers = range(head.first + frontier.size, head.first + frontier.size + len(entries))
    accounts = [[lists.append(shown, entry) for shown in entry.shown] for entry in entries]
    leaves = [encode(_leaf(*each)) for each in zip(entries, accounts, strict=True)]
    blocks = [block for leaf in leaves for block in frontier.append(leaf_hash(leaf))]
    rows = [_leaf_row(*each) for each in zip(numbers, entries, leaves, strict=True)]
    await session.insert(audit_leaves, _LEAF_COLUMNS, rows)
    if blocks:
        await session.execute(_add_blocks, [_block_row(head.log, *block) for block in blocks])
    of_each = zip(numbers, entries, accounts, strict=True)
    if rows := [_disclosure_row(number, entry, each) for number, entry, account in of_each for each in account]:
        await session.insert(disclosures, _DISCLOSURE_COLUMNS, rows)
    if owed := [entry.request for entry in entries if entry.pending]:
        await settle(session, owed)
    grown = {"size": frontier.size, "frontier": frontier.to_bytes(), "lengths": write_lengths(lists.lengths)}
    await session.execute(_set_head, {"of_log": head.log, **{f"new_{name}": value for name, value in grown.items()}})
    return numbers


async def open_log(session: Session, log: int, first: int) -> Row[Any]:
    """Open an empty log, which grows from now on, by its number and that of its first leaf among those of all logs."""
    head = {"log": log, "first": first, "size": 0, "frontier": CompactRange().to_bytes(), "lengths": NO_LENGTHS}
    await session.execute(_begin, {**head, "secret": os.urandom(KEY_BYTES)})
    return (await session.fetch(_head))[0]


async def _found_later(session: Session, entries: Sequence[Entry]) -> set[tuple[str, str]]:
    """Return which of the records that are read a search from before them found, and for which bureau."""
    read = {
        (shown.record, entry.bureau)
        for entry in entries
        for shown in entry.shown
        if shown.how == "read" and shown.owner != entry.bureau
    }
    if not read:
        return set()
    records, bureaus = ({each[place] for each in read} for place in (0, 1))
    wanted = {"records": list(records), "bureaus": list(bureaus)}
    return {(row.record_id, row.bureau) for row in await session.fetch(_told_later, wanted)}


def _leaf(entry: Entry, account: Sequence[_Disclosure]) -> Leaf:
    return Leaf(
        at=entry.at,
        request=entry.request,
        bureau=entry.bureau,
        officer=entry.officer,
        purpose=entry.purpose,
        operation=entry.operation,
        status=entry.status,
        query=entry.query,
        records=commit(filler_secret(entry.salt), [each.bound for each in account]) if account else None,
        answer=entry.answer,
        new_log=entry.new_log,
    )


def _leaf_row(number: int, entry: Entry, leaf: bytes) -> tuple[Any, ...]:
    return (
        number,
        entry.at,
        entry.bureau,
        entry.officer,
        entry.purpose.value,
        entry.operation,
        entry.request,
        entry.salt,
        leaf,
    )


def _block_row(log: int, node: Node, hashed: bytes) -> dict[str, Any]:
    return {"log": log, "level": node.level, "number": node.number, "hash": hashed}


def _disclosure_row(number: int, entry: Entry, disclosure: _Disclosure) -> tuple[Any, ...]:
    shown = disclosure.shown
    return (
        number,
        entry.at,
        entry.request,
        shown.kind,
        shown.record,
        shown.version,
        shown.owner,
        entry.bureau,
        entry.officer,
        entry.purpose.value,
        disclosure.rule.value,
        shown.how,
        shown.score,
        shown.match,
        disclosure.listed_for,
        disclosure.nth,
        disclosure.digest,
        disclosure.salt,
    )
