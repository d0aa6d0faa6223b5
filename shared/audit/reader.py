"""What is told of the audit log: to auditors, and to the witnesses who cosign its checkpoints.

Decides nothing about who may know what: the leaf store does, by SQL.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Row

from shared.audit.checkpoint_store import CheckpointStore
from shared.audit.format.leaf import Leaf, decode, query_salt
from shared.audit.format.lists import Lengths, list_key, read_lengths
from shared.audit.format.proof_file import AuditProof, Opened, write_opened, write_proof
from shared.audit.list_integrity import require_whole
from shared.audit.models import (
    MAX_INDEX,
    AuditedRequest,
    AuditPage,
    ComplianceFigures,
    ConsistencyProof,
    Cosignature,
    EntryFigures,
    Explanation,
    LeafProof,
    LeafQuery,
    LeafRange,
    ListedLeaf,
    ListedLeaves,
    ListQuery,
    LogLeaf,
    OwnListLength,
    ServiceLog,
    ServiceLogs,
    ShownRecord,
    SignedCheckpoint,
)
from shared.audit.opening import DisclosedRecord, Opening
from shared.audit.queries import FoundLeaf, LeafStore, LeafText
from shared.audit.rules import LogDamaged
from shared.audit.tree import Head, TreeStore, head_over, heads, logs_and_openings
from shared.audit.verify.signatures import MIN_WITNESSES, entries_for
from shared.audit.verify.wording import sentences
from shared.bureaus import SECRETARIAT, BureauCode
from shared.crypto.ed25519 import encode_base64url
from shared.crypto.merkle import ProofBroken, leaf_hash
from shared.crypto.signed_note import log_name, parse_note, participant_of
from shared.disclosure import Rule
from shared.errors import Invalid, NotFound
from shared.identity import Caller
from shared.protocol.cosigning import CheckpointUnknown, require_cosignature
from shared.protocol.envelope import Digest
from shared.rpc.participant import Participant
from shared.storage import Database, Session
from shared.web.paging import count_within_reply

CountEntries = Callable[[Session, datetime, BureauCode | None], Awaitable[list[EntryFigures]]]
"""Counts what one bureau, or each, entered and took back."""


class AuditReader:
    """Reads the log of one service."""

    def __init__(self, service: Participant, database: Database, entry_figures: CountEntries) -> None:
        self._entry_figures = entry_figures
        self._service = service
        self._database = database

    async def page(self, auditor: Caller, query: LeafQuery) -> AuditPage:
        """Return one page of what an auditor may know. Raises LogDamaged."""
        found = await self._leaves(auditor).page(query)
        await require_whole(self._database.reading, auditor.bureau)
        items = await asyncio.to_thread(
            lambda: [AuditedRequest(**_told(each, _undamaged(each))) for each in found.leaves]
        )
        return AuditPage(items=items, next=found.next)

    async def explain(self, auditor: Caller, index: int, record: str | None) -> Explanation:
        """Say why an answer showed what it did, or one record of it. Raises NotFound, LogDamaged."""
        leaves = self._leaves(auditor)
        found = await leaves.find(index, record)
        if found is None or (record is not None and not found.records):
            raise NotFound(f"no leaf {index} that your bureau may see{f' with record {record}' if record else ''}")
        return await self._explain(found)

    async def explain_request(self, auditor: Caller, request: str, answer: Digest | None = None) -> Explanation:
        """Say why the answer to a request showed what it did, the first or that of a digest.

        Raises NotFound, LogDamaged.
        """
        leaves = self._leaves(auditor)
        found = await leaves.find_request(request, answer)
        if found is None:
            raise NotFound(f"no request {request} that your bureau may see{' with this answer' if answer else ''}")
        return await self._explain(found)

    async def checkpoint(
        self, size: int | None, witnesses: int, most: int = MAX_INDEX, log: int | None = None
    ) -> SignedCheckpoint:
        """Return the checkpoint of a size, or the newest up to one that so many bureaus cosigned. Raises NotFound."""
        checkpoints = await self._checkpoints(log)
        wanted = await checkpoints.covering(0, witnesses, most) if size is None else size
        note = None if wanted is None else await checkpoints.note(wanted)
        if note is None:
            which = f"that {witnesses} bureaus cosigned" if size is None else f"of {size} leaves"
            raise NotFound(f"no checkpoint {which} is kept")
        return SignedCheckpoint(checkpoint=note, entries=list(self._entries(note)))

    async def consistency(self, old: int, new: int, log: int | None = None) -> ConsistencyProof:
        """Prove that the log of one size begins with that of another. Raises NotFound, Invalid, LogDamaged."""
        tree = self._tree(log)
        _require_grown(await tree.head(), new)
        try:
            return ConsistencyProof(proof=_encoded(await tree.consistency(old, new)))
        except ProofBroken as broken:
            raise Invalid(f"old: {broken}") from broken

    async def inclusion(self, index: int, size: int, log: int | None = None) -> LeafProof:
        """Prove that the log of a size holds a leaf as it is now. Raises NotFound, Invalid, LogDamaged."""
        tree = self._tree(log)
        head = await tree.head()
        _require_grown(head, size)
        try:
            proof = await tree.inclusion(index, size)
        except ProofBroken as broken:
            raise Invalid(f"index: {broken}") from broken
        return LeafProof(
            origin=log_name(self._service.name, head.log),
            size=size,
            index=index,
            hash=encode_base64url(await tree.leaf(index)),
            proof=_encoded(proof),
        )

    async def logs(self) -> ServiceLogs:
        """Return the logs of the service, with what each says of the one that it took the place of."""
        rows = await self._database.reading.fetch(logs_and_openings)
        return ServiceLogs(items=[_log(row, self._service.name) for row in rows])

    async def stretch(self, auditor: Caller, after: int, limit: int, log: int | None = None) -> LeafRange:
        """Return some leaves in the order of a log, with the text of those that an auditor may read."""
        found = await self._leaves(auditor).stretch(await self._tree(log).head(), after, limit + 1)
        items = await asyncio.to_thread(lambda: [_line(each) for each in found[:limit]])
        items = items[: count_within_reply(len(each.leaf or "") + len(each.opened or "") for each in items)]
        return LeafRange(items=items, next=items[-1].index + 1 if len(items) < len(found) else None)

    async def own_list(self, auditor: Caller, size: int, log: int | None = None) -> OwnListLength:
        """Prove how long the list of disclosures of a bureau is at the checkpoint of a size. Raises NotFound."""
        lengths = await (await self._checkpoints(log)).lengths(size)
        if lengths is None:
            raise NotFound(f"no checkpoint of {size} leaves is kept")
        secret = (await self._tree(log).head()).secret
        opened = Lengths(secret, read_lengths(lengths), size).opened(auditor.bureau)
        return OwnListLength(
            bureau=auditor.bureau,
            key=encode_base64url(list_key(secret, auditor.bureau)),
            length=opened.length,
            position=opened.position,
            path=_encoded(opened.path),
        )

    async def listed(self, owner: Caller, wanted: ListQuery) -> ListedLeaves:
        """Return a part of the list of disclosures of a bureau, each proven to be in the log of a size.

        Raises NotFound, LogDamaged.
        """
        tree = self._tree(wanted.log)
        head = await tree.head()
        _require_grown(head, wanted.size)
        listed = await self._leaves(owner).listed(head, wanted.since, wanted.after, wanted.limit)
        found = [(each.index - head.first, each) for each in listed if each.index - head.first < wanted.size]
        proofs = await tree.inclusions((index for index, _ in found), wanted.size)
        items = [_listed(*each, proof) for each, proof in zip(found, proofs, strict=True)]
        return ListedLeaves(items=items[: count_within_reply(len(each.leaf) + len(each.opened) for each in items)])

    async def compliance(self, auditor: Caller) -> ComplianceFigures:
        """Return what bureaus entered and took back: of the auditor's own bureau, or to the Secretariat of all."""
        of = None if auditor.bureau == SECRETARIAT else auditor.bureau
        return ComplianceFigures(items=await self._entry_figures(self._database.reading, self._service.clock.now(), of))

    async def cosign(self, witness: Caller, cosignature: Cosignature) -> None:
        """Keep the line of a witness. Raises CheckpointUnknown, CosignatureRefused."""
        checkpoints = await self._checkpoints()
        note = await checkpoints.note(cosignature.size)
        if note is None:
            raise CheckpointUnknown(f"no checkpoint of {cosignature.size} leaves is kept")
        now = self._service.clock.now()
        require_cosignature(note, cosignature.line, witness.bureau, self._service.directory, now)
        async with self._database.writing() as session:
            await CheckpointStore(session, checkpoints.log).cosign(cosignature.size, witness.bureau, cosignature.line)

    def _tree(self, log: int | None = None) -> TreeStore:
        return TreeStore(self._database.reading, log)

    async def _checkpoints(self, log: int | None = None) -> CheckpointStore:
        return CheckpointStore(self._database.reading, (await self._tree(log).head()).log)

    def _leaves(self, auditor: Caller) -> LeafStore:
        return LeafStore(self._database.reading, auditor.bureau)

    def _entries(self, note: str) -> Sequence[str]:
        return entries_for([note], self._service.name, self._service.directory)

    async def _explain(self, found: FoundLeaf) -> Explanation:
        leaf, opening, told = _undamaged(found), Opening(found.salt, found.digests), found.records
        untold = opening.size - len(told) if found.is_whole else None
        log = head_over(await heads(self._database.reading), found.index)
        size, note = await self._covering(log, found.index)
        proof = AuditProof(
            service=self._service.name,
            entries=tuple(self._entries(note)),
            checkpoint=note,
            index=found.index - log.first,
            leaf=found.raw.decode(),
            proof=tuple(_encoded(await self._tree(log.log).inclusion(found.index - log.first, size))),
            query_salt=encode_base64url(query_salt(found.salt)) if found.is_whole and leaf.query is not None else None,
            records=opening.records(told),
            complete=opening.completeness(told) if found.is_whole else None,
        )
        return Explanation(
            **_told(found, leaf),
            explanation=list(sentences(self._service.name, leaf, [each[:2] for each in told], untold=untold)),
            witnesses=self._witnesses(note),
            proof=write_proof(proof).decode(),
        )

    async def _covering(self, log: Head, index: int) -> tuple[int, str]:
        """Return the newest checkpoint that covers a leaf, one that convinces if there is one."""
        checkpoints = CheckpointStore(self._database.reading, log.log)
        for witnesses in (MIN_WITNESSES, 0):
            size = await checkpoints.covering(index - log.first + 1, witnesses)
            note = None if size is None else await checkpoints.note(size)
            if size is not None and note is not None:
                return size, note
        raise NotFound(f"no checkpoint covers leaf {index} yet: ask again in a second, unless its log is retired")

    def _witnesses(self, note: str) -> list[str]:
        names = (participant_of(each.name) for each in parse_note(note).signatures)
        return sorted({name for name in names if name != self._service.name})


def _decoded(found: FoundLeaf) -> Leaf:
    try:
        return decode(found.raw)
    except ValueError as error:
        raise LogDamaged(f"leaf {found.index} is not what a log writes") from error


def _undamaged(found: FoundLeaf) -> Leaf:
    """Return what a leaf says, if what stands behind it is what it says. Raises LogDamaged."""
    leaf = _decoded(found)
    if Opening(found.salt, found.digests).root != leaf.records:
        raise LogDamaged(f"what stands behind leaf {found.index} is not what it says")
    return leaf


def _line(text: LeafText) -> LogLeaf:
    hashed = encode_base64url(leaf_hash(text.raw))
    if text.found is None:
        return LogLeaf(index=text.index, hash=hashed, leaf=None, opened=None)
    opened = write_opened(_opened(text.found)).decode() if text.found.digests else None
    return LogLeaf(index=text.index, hash=hashed, leaf=text.raw.decode(), opened=opened)


def _log(row: Row[Any], service: str) -> ServiceLog:
    opening = row.leaf.decode() if row.log and row.leaf else None
    return ServiceLog(log=row.log, name=log_name(service, row.log), leaves=row.size, opening=opening)


def _require_grown(log: Head, size: int) -> None:
    if size > log.size:
        raise NotFound(f"the log has {log.size} leaves, and not yet {size}")


def _listed(index: int, found: FoundLeaf, proof: Sequence[bytes]) -> ListedLeaf:
    opened = write_opened(_opened(found)).decode()
    return ListedLeaf(index=index, leaf=found.raw.decode(), proof=_encoded(proof), opened=opened)


def _opened(found: FoundLeaf) -> Opened:
    """Open what a reader may know of, also where it is not what the leaf says: whoever checks it finds that."""
    opening, told = Opening(found.salt, found.digests), found.records
    return Opened(
        records=opening.records(told),
        forgotten=opening.forgotten(told),
        complete=opening.completeness(told) if found.is_whole else None,
        omitted=found.omitted,
    )


def _told(found: FoundLeaf, leaf: Leaf) -> dict[str, object]:
    return {
        "index": found.index,
        "at": datetime.fromtimestamp(leaf.at, UTC),
        "request": leaf.request,
        "bureau": leaf.bureau,
        "officer": leaf.officer,
        "purpose": leaf.purpose,
        "operation": leaf.operation,
        "status": leaf.status,
        "records": [_record(each) for each in found.records],
    }


def _record(each: DisclosedRecord) -> ShownRecord:
    shown = each.shown
    return ShownRecord(
        kind=shown.kind,
        id=shown.record,
        version=shown.version,
        owner=shown.owner,
        how=shown.how,
        rule=Rule(each.rule),
        score=shown.score,
        match=shown.match,
    )


def _encoded(hashes: Sequence[bytes]) -> list[str]:
    return [encode_base64url(each) for each in hashes]
