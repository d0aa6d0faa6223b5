"""What is told of the audit log: to auditors, and to the witnesses who cosign its checkpoints.

Decides nothing about who may know what: the leaf store does, by SQL.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Row

from shared.audit.attested import MIN_WITNESSES, entries_for
from shared.audit.bundle import AuditProof, write_proof
from shared.audit.checkpoint_store import CheckpointStore
from shared.audit.cosigning import CheckpointUnknown, require_cosignature
from shared.audit.leaf import Leaf, decode, query_salt
from shared.audit.leaf_store import FoundLeaf, LeafStore, ShownBy
from shared.audit.merkle import ProofBroken, leaf_hash
from shared.audit.models import (
    MAX_INDEX,
    AuditedRequest,
    AuditPage,
    ComplianceFigures,
    Cosignature,
    EntryFigures,
    Explanation,
    GrowthProof,
    LeafQuery,
    LogLeaf,
    LogStretch,
    RestartLeaf,
    Restarts,
    ShownRecord,
    SignedCheckpoint,
)
from shared.audit.note import parse_note, participant_of
from shared.audit.opening import Opening, Told
from shared.audit.restart import RestartStore
from shared.audit.tree import LogDamaged, TreeStore
from shared.audit.words import sentences
from shared.bureaus import SECRETARIAT
from shared.envelope import Digest
from shared.errors import Invalid, NotFound
from shared.identity import Caller
from shared.participant import Participant
from shared.records.answers import fitting
from shared.records.taken_back import counts, is_too_many
from shared.signing import encode_base64url
from shared.storage import Database


class AuditDesk:
    """Reads the log of one service."""

    def __init__(self, service: Participant, database: Database) -> None:
        self._service = service
        self._database = database
        self._tree = TreeStore(database.reading)
        self._checkpoints = CheckpointStore(database.reading)

    async def page(self, auditor: Caller, query: LeafQuery) -> AuditPage:
        """Return one page of what an auditor may know. Raises LogDamaged."""
        found = await self._leaves(auditor).page(query)
        items = [AuditedRequest(**_told(each, _decoded(each))) for each in found.leaves]
        return AuditPage(items=items, next=found.next)

    async def explain(self, auditor: Caller, index: int, record: str | None) -> Explanation:
        """Say why an answer showed what it did, or one record of it. Raises NotFound, LogDamaged."""
        leaves = self._leaves(auditor)
        found = await leaves.find(index, record)
        if found is None or (record is not None and not found.records):
            raise NotFound(f"no leaf {index} that your bureau may see{f' with record {record}' if record else ''}")
        return await self._explain(leaves, found)

    async def explain_request(self, auditor: Caller, request: str, answer: Digest | None = None) -> Explanation:
        """Say why the answer to a request showed what it did, the first or that of a digest.

        Raises NotFound, LogDamaged.
        """
        leaves = self._leaves(auditor)
        found = await leaves.find_request(request, answer)
        if found is None:
            raise NotFound(f"no request {request} that your bureau may see{' with this answer' if answer else ''}")
        return await self._explain(leaves, found)

    async def checkpoint(self, size: int | None, witnesses: int, most: int = MAX_INDEX) -> SignedCheckpoint:
        """Return the checkpoint of a size, or the newest up to one that so many bureaus cosigned. Raises NotFound."""
        wanted = await self._checkpoints.covering(0, witnesses, most) if size is None else size
        note = None if wanted is None else await self._checkpoints.note(wanted)
        if note is None:
            which = f"that {witnesses} bureaus cosigned" if size is None else f"of {size} leaves"
            raise NotFound(f"no checkpoint {which} is kept")
        return SignedCheckpoint(checkpoint=note, entries=list(self._entries(note)))

    async def consistency(self, old: int, new: int) -> GrowthProof:
        """Prove that the log of one size begins with that of another. Raises NotFound, Invalid, LogDamaged."""
        size = await self._tree.size()
        if new > size:
            raise NotFound(f"the log has {size} leaves, and not yet {new}")
        try:
            return GrowthProof(proof=_encoded(await self._tree.consistency(old, new)))
        except ProofBroken as broken:
            raise Invalid(f"old: {broken}") from broken

    async def restarts(self, size: int) -> Restarts:
        """Return the leaves by which the log was restarted, proven to be among so many. Raises NotFound, LogDamaged."""
        present = await self._tree.size()
        if size > present:
            raise NotFound(f"the log has {present} leaves, and not yet {size}")
        items = [
            RestartLeaf(
                index=row.number, leaf=row.leaf.decode(), proof=_encoded(await self._tree.inclusion(row.number, size))
            )
            for row in await RestartStore(self._database.reading).last()
            if row.number < size
        ]
        return Restarts(items=items)

    async def stretch(self, auditor: Caller, after: int, limit: int) -> LogStretch:
        """Return some leaves in the order of the log, with the text of those that an auditor may read."""
        found = await self._leaves(auditor).stretch(after, limit + 1)
        told = found[: fitting(len(each.raw) if each.readable else 0 for each in found[:limit])]
        items = [
            LogLeaf(
                index=each.index,
                hash=encode_base64url(leaf_hash(each.raw)),
                leaf=each.raw.decode() if each.readable else None,
            )
            for each in told
        ]
        return LogStretch(items=items, next=items[-1].index + 1 if len(items) < len(found) else None)

    async def compliance(self, auditor: Caller) -> ComplianceFigures:
        """Return what bureaus entered and took back: of the auditor's own bureau, or to the Secretariat of all."""
        of = None if auditor.bureau == SECRETARIAT else auditor.bureau
        rows = await counts(self._database.reading, self._service.clock.now(), of)
        return ComplianceFigures(items=[_figures(row) for row in rows])

    async def cosign(self, witness: Caller, cosignature: Cosignature) -> None:
        """Keep the line of a witness. Raises CheckpointUnknown, CosignatureRefused."""
        note = await self._checkpoints.note(cosignature.size)
        if note is None:
            raise CheckpointUnknown(f"no checkpoint of {cosignature.size} leaves is kept")
        now = self._service.clock.now()
        require_cosignature(note, cosignature.line, witness.bureau, self._service.directory, now)
        async with self._database.writing() as session:
            await CheckpointStore(session).cosign(cosignature.size, witness.bureau, cosignature.line)

    def _leaves(self, auditor: Caller) -> LeafStore:
        return LeafStore(self._database.reading, auditor.bureau)

    def _entries(self, note: str) -> Sequence[str]:
        return entries_for([note], self._service.name, self._service.directory)

    async def _explain(self, leaves: LeafStore, found: FoundLeaf) -> Explanation:
        leaf, opening = _decoded(found), Opening(found.salt, await leaves.digests(found.index))
        if opening.root != leaf.records:
            raise LogDamaged(f"what stands behind leaf {found.index} is not what it says")
        told = [Told(each.shown, each.rule.value, each.salt) for each in found.records]
        untold = opening.size - len(told) if found.is_whole else None
        size, note = await self._covering(found.index)
        proof = AuditProof(
            service=self._service.name,
            entries=tuple(self._entries(note)),
            checkpoint=note,
            index=found.index,
            leaf=found.raw.decode(),
            proof=tuple(_encoded(await self._tree.inclusion(found.index, size))),
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

    async def _covering(self, index: int) -> tuple[int, str]:
        """Return the newest checkpoint that covers a leaf, one that convinces if there is one."""
        for witnesses in (MIN_WITNESSES, 0):
            size = await self._checkpoints.covering(index + 1, witnesses)
            note = None if size is None else await self._checkpoints.note(size)
            if size is not None and note is not None:
                return size, note
        raise NotFound(f"no checkpoint covers leaf {index} yet: ask again in a second")

    def _witnesses(self, note: str) -> list[str]:
        names = (participant_of(each.name) for each in parse_note(note).signatures)
        return sorted({name for name in names if name != self._service.name})


def _decoded(found: FoundLeaf) -> Leaf:
    try:
        return decode(found.raw)
    except ValueError as error:
        raise LogDamaged(f"leaf {found.index} is not what a log writes") from error


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


def _record(each: ShownBy) -> ShownRecord:
    shown = each.shown
    return ShownRecord(
        kind=shown.kind,
        id=shown.record,
        version=shown.version,
        owner=shown.owner,
        how=shown.how,
        rule=each.rule,
        score=shown.score,
        match=shown.match,
    )


def _figures(row: Row[Any]) -> EntryFigures:
    return EntryFigures(
        bureau=row.owner,
        entered=row.entered,
        taken_back=row.taken_back,
        entered_lately=row.entered_lately,
        taken_back_lately=row.taken_back_lately,
        limited=is_too_many(row.entered_lately, row.taken_back_lately),
    )


def _encoded(hashes: Sequence[bytes]) -> list[str]:
    return [encode_base64url(each) for each in hashes]
