"""What posts hand in: receipts that they applied a pack, and the searches that they made offline.

Each search becomes an entry of the audit log in the name of its officer and purpose, and what it found a disclosure, of
which the owner is notified as of any hit. So a search is attributable, with the delay of the hand-in. The same hand-in
may be sent again: what is known already is compared, and left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.format.leaf import query_digest
from shared.audit.pending import PendingAudit
from shared.audit.writer import LogEntry, append, unanswered
from shared.bureaus import BureauCode
from shared.clock import time_at
from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.disclosure import NEAR, Disclosure, How
from shared.fieldpack.applied import TOLERATED_SECONDS, AppliedPack, read_applied
from shared.fieldpack.search_log import BEGINNING, FoundRecord, LogBroken, SearchEntry, encode_entry, read_search
from shared.identity import PURPOSES, is_purpose_open_to
from shared.ids import uuid7
from shared.protocol.directory import Directory
from shared.protocol.envelope import EnvelopeRefused, ReceiptHead
from shared.protocol.http import HttpRequest
from shared.protocol.verifier import parse
from shared.records.field_copies.models import AppliedEntry, HandIn, HandInOutcome
from shared.records.field_copies.rules import HandInRefused, is_in, printable
from shared.records.recalls import RecalledRecord, schedule_recheck
from shared.records.stored_kind import StoredKind
from shared.records.tables import copied_records, field_packs, post_logs
from shared.storage import first_or_none, having, insert

OPERATION: Final = "search_field_copy"

_packs, _copied = field_packs.c, copied_records.c
_of_post: Final = sa.select(field_packs).where(
    having(field_packs, bureau="of_bureau", kind="of_kind", post_key="of_key")
)
_receive: Final = (
    sa.update(field_packs)
    .where(having(field_packs, digest="of_digest"), _packs.applied.is_(None))
    .values(
        applied=sa.bindparam("at"),
        statement=sa.bindparam("stated", type_=sa.Text),
        receipt=sa.bindparam("signed", type_=sa.Text),
    )
)
_last: Final = sa.select(post_logs).where(having(post_logs, bureau="of_bureau", kind="of_kind", post_key="of_key"))
_put: Final = insert(post_logs)
_advance: Final = _put.on_conflict_do_update(
    index_elements=[post_logs.c.bureau, post_logs.c.post_key, post_logs.c.kind],
    set_={"number": _put.excluded.number, "digest": _put.excluded.digest},
)
_copied_versions: Final = sa.select(copied_records).where(
    _copied.record_id.in_(sa.bindparam("records", expanding=True)),
    having(copied_records, bureau="of_bureau", kind="of_kind"),
)
_Copied = Mapping[tuple[str, int], Sequence[Row[Any]]]
"""The rows of versions of records, each with the copies that have it."""


class HandInStore:
    """Takes what the posts of the caller's bureau hand in, in an exclusive transaction."""

    def __init__(self, records: StoredKind[Any], directory: Directory) -> None:
        self._records = records
        self._session = records.session
        self._directory = directory
        self._bureau, self._kind = records.caller.bureau, records.model.record_kind()

    async def take(self, handed: HandIn) -> HandInOutcome:
        """Keep receipts and searches that are new. Raises HandInRefused; then nothing is kept."""
        of = {"of_bureau": self._bureau, "of_kind": self._kind, "of_key": handed.post_key}
        packs = {row.digest: row for row in await self._session.fetch(_of_post, of)}
        if not packs:
            raise HandInRefused("your bureau made no pack of these records for this post", at="/post_key")
        await self._keep_receipts(handed, packs)
        last = first_or_none(await self._session.fetch(_last, of))
        number, digest = (0, BEGINNING) if last is None else (last.number, last.digest)
        new = _continued(_read(handed), number, digest)
        if new:
            await self._log(new, packs.values())
            row = {"bureau": self._bureau, "kind": self._kind, "post_key": handed.post_key}
            number = new[-1].number
            await self._session.execute(_advance, {**row, "number": number, "digest": new[-1].digest})
        applied = [row.number for row in await self._session.fetch(_of_post, of) if row.applied is not None]
        return HandInOutcome(applied=max(applied, default=None), searches=number, new=len(new))

    async def _keep_receipts(self, handed: HandIn, packs: dict[str, Row[Any]]) -> None:
        key = VerifyingKey(decode_base64url(handed.post_key))
        for place, entry in enumerate(handed.applied):
            applied = self._stated(entry, key, packs, f"/applied/{place}/statement")
            self._require_receipt(entry, packs[applied.digest], f"/applied/{place}/receipt")
            row = {"of_digest": applied.digest, "at": applied.at, "stated": applied.statement, "signed": entry.receipt}
            await self._session.execute(_receive, row)

    def _stated(self, entry: AppliedEntry, key: VerifyingKey, packs: dict[str, Row[Any]], at: str) -> AppliedPack:
        """Return what the post signed of one of its packs. Raises HandInRefused."""
        try:
            applied = read_applied(entry.statement)
        except (ValueError, RecursionError) as error:
            raise HandInRefused(f"is no statement of a post: {error}"[:200], at=at) from error
        if not applied.is_signed_by(key):
            raise HandInRefused("is not signed by the post", at=at)
        pack = packs.get(applied.digest)
        if pack is None or pack.number != applied.number:
            raise HandInRefused("is of no pack of this post", at=at)
        self._require_between(pack.made, applied.at, at)
        return applied

    def _require_between(self, made: float, signed: float, at: str) -> None:
        """Require that a pack was signed as applied after it was made, and not in the future. Raises HandInRefused."""
        if signed < made - TOLERATED_SECONDS:
            raise HandInRefused("was signed before the pack was made", at=at)
        if signed > self._records.at.timestamp() + TOLERATED_SECONDS:
            raise HandInRefused("was signed at a time that is yet to come: set the clock right", at=at)

    def _require_receipt(self, entry: AppliedEntry, pack: Row[Any], at: str) -> None:
        """Require the receipt `applied` of the bureau for a pack. Raises HandInRefused."""
        try:
            protected, head, raw = parse(ReceiptHead, entry.receipt)
            key = self._directory.key_of(self._bureau, head.kid, head.iat, self._records.at.timestamp())
        except EnvelopeRefused as refused:
            raise HandInRefused(f"is no receipt of {self._bureau}: {refused.detail}", at=at) from refused
        stated = (head.sender, head.to, head.re_digest, head.state)
        if stated != (self._bureau, self._records.service(), pack.digest, "applied"):
            raise HandInRefused("is not the receipt `applied` of your bureau for this pack", at=at)
        if not key.verifies(raw, protected.encode("ascii") + b"."):
            raise HandInRefused("has a signature that does not fit", at=at)
        self._require_between(pack.made, head.iat, at)

    async def _log(self, new: Sequence[SearchEntry], packs: Iterable[Row[Any]]) -> None:
        copies = defaultdict[int, list[Row[Any]]](list)
        for row in packs:
            copies[row.number].append(row)
        records = sorted({found.record for entry in new for found in entry.found})
        of = {"of_bureau": self._bureau, "of_kind": self._kind, "records": records}
        rows = await self._session.fetch(_copied_versions, of) if records else ()
        copied: defaultdict[tuple[str, int], list[Row[Any]]] = defaultdict(list)
        for row in rows:
            copied[row.record_id, row.version].append(row)
        entries = [self._entry(entry, copied, copies) for entry in new]
        await append(self._session, entries)
        # A bureau that saw at a post what was withdrawn meanwhile is asked to remove its notes of it, as others are.
        for row in {row.record_id: row for row in rows if row.removed is not None}.values():
            await schedule_recheck(self._session, self._recalled(row), "withdrawn")

    def _entry(self, entry: SearchEntry, copied: _Copied, copies: Mapping[int, Sequence[Row[Any]]]) -> LogEntry:
        self._require_usable(entry, copies.get(entry.copy, ()))
        purpose = PURPOSES.get(entry.purpose)
        if purpose is None:
            raise HandInRefused(f"search {entry.number} states a purpose that does not exist")
        if not is_purpose_open_to(self._bureau, purpose):
            raise HandInRefused(f"search {entry.number} states {purpose}, for which your bureau does not search")
        shown = tuple(self._shown(entry, found, copied) for found in entry.found)
        made = PendingAudit(uuid7(self._records.at), self._bureau, printable(entry.officer), purpose, OPERATION, shown)
        unlogged = msgspec.structs.replace(unanswered(made, self._records.at), pending=False)
        asked = HttpRequest("POST", f"/{OPERATION}", "application/json", encode_entry(entry))
        return msgspec.structs.replace(unlogged, query=query_digest(unlogged.salt, asked))

    def _require_usable(self, entry: SearchEntry, packs: Sequence[Row[Any]]) -> None:
        """Require that a search was made when the post could use one of the packs of its copy. Raises HandInRefused."""
        if not packs:
            raise HandInRefused(f"search {entry.number} is of field copy {entry.copy}, of which this post has no pack")
        made, expires = min(row.made for row in packs), max(row.expires for row in packs)
        if not made - TOLERATED_SECONDS <= entry.at <= min(expires, self._records.at.timestamp()) + TOLERATED_SECONDS:
            raise HandInRefused(
                f"search {entry.number} was made at {time_at(entry.at):%Y-%m-%d %H:%M:%S} UTC: before the pack of its "
                "field copy was made, after it expired, or at a time that is yet to come"
            )

    def _recalled(self, row: Row[Any]) -> RecalledRecord:
        return RecalledRecord(
            service=self._records.service(),
            kind=self._kind,
            record=row.record_id,
            owner=BureauCode(row.owner),
            version=row.version,
            purpose=self._records.caller.purpose,
            at=self._records.at,
        )

    def _shown(self, entry: SearchEntry, found: FoundRecord, copied: _Copied) -> Disclosure:
        row = next((each for each in copied[found.record, found.version] if is_in(each, entry.copy)), None)
        if row is None:
            raise HandInRefused(
                f"search {entry.number} found version {found.version} of {found.record}, which was in no field copy of "
                "your bureau"
            )
        match = f"offline at {time_at(entry.at):%Y-%m-%dT%H:%M:%SZ}, field copy {entry.copy}: {printable(found.match)}"
        owner = BureauCode(row.owner)
        how: How = NEAR if found.near else "search"
        return Disclosure(self._kind, found.record, found.version, owner, how, found.score, match)


def _read(handed: HandIn) -> list[SearchEntry]:
    """Return the searches that the post signed. Raises HandInRefused."""
    key, entries = VerifyingKey(decode_base64url(handed.post_key)), list[SearchEntry]()
    for place, each in enumerate(handed.searches):
        try:
            entries.append(read_search(each.entry, each.signature, key))
        except LogBroken as broken:
            raise HandInRefused(str(broken), at=f"/searches/{place}/entry") from broken
    return entries


def _continued(entries: Sequence[SearchEntry], number: int, digest: str) -> list[SearchEntry]:
    """Return the entries that continue a log. Raises HandInRefused if one is missing, or it was continued otherwise."""
    new = list[SearchEntry]()
    for place, entry in enumerate(entries):
        at = f"/searches/{place}/previous"
        if entry.number < number and not new:
            continue
        if entry.number == number and not new:
            if entry.digest != digest:
                raise HandInRefused(f"entry {number} of this post is another than the one that was handed in", at=at)
            continue
        if (entry.number, entry.previous) != (number + 1, digest):
            raise HandInRefused(f"the entry after {number} is missing or altered: hand in all entries", at=at)
        new.append(entry)
        number, digest = entry.number, entry.digest
    return new
