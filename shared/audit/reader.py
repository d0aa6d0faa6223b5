"""Answers questions about the audit log: of auditors, and of the witnesses that cosign its checkpoints.

Decides nothing about who may see what: `queries` does, in SQL.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from shared.audit import models
from shared.audit.archive import NO_ARCHIVE, Archive, archived_leaves
from shared.audit.checkpoint_store import CheckpointStore
from shared.audit.format.commitment import commit
from shared.audit.format.leaf import Leaf, decode, filler_secret, query_salt
from shared.audit.format.lists import PARTICIPANTS, Lengths, list_key, read_lengths
from shared.audit.format.proof_file import AuditProof, write_opened, write_proof
from shared.audit.found_leaves import FoundLeaf, LeafText
from shared.audit.list_integrity import require_whole
from shared.audit.queries import LeafStore
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

CountEntries = Callable[[Session, datetime, BureauCode | None], Awaitable[list[models.EntryFigures]]]
"""Count what one bureau, or each, entered and took back."""

FindNamed = Callable[[Session, Caller, datetime, str], Awaitable[list[str]]]
"""Find the ids of the records with a number or reference that a bureau may see."""


async def find_none(_session: Session, _caller: Caller, _at: datetime, _name: str) -> list[str]:
    """Find no record: where there are none."""
    return []


class AuditReader:
    """Reads the logs of one service."""

    def __init__(
        self,
        service: Participant,
        database: Database,
        entry_figures: CountEntries,
        archive: Archive = NO_ARCHIVE,
        find_named: FindNamed = find_none,
    ) -> None:
        self._entry_figures = entry_figures
        self._find_named = find_named
        self._archive = archive
        self._service = service
        self._database = database

    async def page(self, auditor: Caller, query: models.LeafQuery) -> models.AuditPage:
        """Return one page of what an auditor may see. Raises LogDamaged."""
        records = await self._records(auditor, query)
        found = await self._leaves(auditor).page(query, records)
        await require_whole(self._database.reading, auditor.bureau)
        items = await asyncio.to_thread(
            lambda: [models.AuditedRequest(**_request(each, _undamaged(each))) for each in found.leaves]
        )
        shown = {record.id for item in items for record in item.records}
        named = [each for each in records or () if each in shown]
        archived = await self._archived_below()
        return models.AuditPage(items=items, next=found.next, named=named, archived_below=archived)

    async def _records(self, auditor: Caller, query: models.LeafQuery) -> list[str] | None:
        """Return the records that a query names by their number or reference; None if it does not."""
        if query.reference is None:
            return None
        now = self._service.clock.now()
        found = await self._find_named(self._database.reading, auditor, now, query.reference)
        return [each for each in found if query.record in {None, each}]

    async def _archived_below(self) -> int:
        """Return the number of the first leaf of all logs that no archive has, of those after the last archived."""
        reading = self._database.reading
        archived, logs = await archived_leaves(reading), {each.log: each.first for each in await heads(reading)}
        return max((logs[log] + leaves for log, leaves in archived.items()), default=0)

    async def explain(self, auditor: Caller, number: int, record: str | None) -> models.Explanation:
        """Explain an answer, or one record of it. Raises NotFound, LogDamaged."""
        found = await self._leaves(auditor).find(number, record)
        if found is None or (record is not None and not found.records):
            raise NotFound(f"no leaf {number} that your bureau may see{f' with record {record}' if record else ''}")
        return await self._explain(found)

    async def explain_request(self, auditor: Caller, request: str, answer: Digest | None = None) -> models.Explanation:
        """Explain the answer to a request, the first or that of a digest. Raises NotFound, LogDamaged."""
        found = await self._leaves(auditor).find_request(request, answer)
        if found is None:
            raise NotFound(f"no request {request} that your bureau may see{' with this answer' if answer else ''}")
        return await self._explain(found)

    async def prove_answer(self, caller: Caller, request: str, operation: str) -> models.AnswerProof:
        """Return the proof of the answer that the caller's bureau got to a request. Raises NotFound, LogDamaged."""
        found = await self._leaves(caller).find_request(request)
        leaf = None if found is None else _undamaged(found)
        if found is None or leaf is None or (leaf.bureau, leaf.operation) != (caller.bureau, operation):
            raise NotFound(f"no answer to a request {request} is in the log")
        explained = await self._explain(found)
        return models.AnswerProof(witnesses=explained.witnesses, proof=explained.proof)

    async def checkpoint(
        self, size: int | None, witnesses: int, most: int = models.MAX_INDEX, log: int | None = None
    ) -> models.SignedCheckpoint:
        """Return the checkpoint of a size, or the newest up to a size with so many cosignatures. Raises NotFound."""
        checkpoints = await self._checkpoints(log)
        wanted = await checkpoints.newest_size(max_size=most, cosignatures=witnesses) if size is None else size
        note = None if wanted is None else await checkpoints.signed_note(wanted)
        if note is None:
            which = f"that {witnesses} bureaus cosigned" if size is None else f"of {size} leaves"
            raise NotFound(f"no checkpoint {which} is kept")
        return models.SignedCheckpoint(checkpoint=note, entries=list(self._entries(note)))

    async def consistency(self, old: int, new: int, log: int | None = None) -> models.ConsistencyProof:
        """Return the consistency proof of two sizes of a log. Raises NotFound, Invalid, LogDamaged."""
        tree = self._tree(log)
        _require_grown(await tree.head(), new)
        try:
            return models.ConsistencyProof(proof=_encoded(await tree.consistency(old, new)))
        except ProofBroken as broken:
            raise Invalid(str(broken), at="/old", place="query") from broken

    async def inclusion(self, index: int, size: int, log: int | None = None) -> models.LeafProof:
        """Return the inclusion proof of a leaf as it is now. Raises NotFound, Invalid, LogDamaged."""
        tree = self._tree(log)
        head = await tree.head()
        _require_grown(head, size)
        try:
            proof = await tree.inclusion(index, size)
        except ProofBroken as broken:
            raise Invalid(str(broken), at="/index", place="path") from broken
        origin, hashed = log_name(self._service.name, head.log), encode_base64url(await tree.leaf(index))
        return models.LeafProof(origin=origin, size=size, index=index, hash=hashed, proof=_encoded(proof))

    async def logs(self) -> models.ServiceLogs:
        """Return the logs of the service, with the first leaf of each that replaced another."""
        rows, service = await self._database.reading.fetch(logs_and_openings), self._service.name
        archived = await archived_leaves(self._database.reading)
        items = [
            models.ServiceLog(
                log=row.log,
                name=log_name(service, row.log),
                leaves=row.size,
                archived=archived.get(row.log, 0),
                archive=f"{service}/{row.log}" if row.log in archived else None,
                opening=row.leaf.decode() if row.log and row.leaf else None,
            )
            for row in rows
        ]
        return models.ServiceLogs(items=items)

    async def leaves(self, auditor: Caller, after: int, limit: int, log: int | None = None) -> models.LeafRange:
        """Return leaves in the order of a log, with the text of those that an auditor may read."""
        found = await self._leaves(auditor).in_order(await self._tree(log).head(), after, limit + 1)
        items = await asyncio.to_thread(lambda: [_line(each) for each in found[:limit]])
        items = items[: count_within_reply(len(each.leaf or "") + len(each.opened or "") for each in items)]
        return models.LeafRange(items=items, next=items[-1].index + 1 if len(items) < len(found) else None)

    async def own_list(self, auditor: Caller, size: int, log: int | None = None) -> models.OwnListLength:
        """Prove the length of a bureau's list of disclosures at the checkpoint of a size. Raises NotFound."""
        lengths = await (await self._checkpoints(log)).lengths(size)
        if lengths is None:
            raise NotFound(f"no checkpoint of {size} leaves is kept")
        if auditor.bureau not in PARTICIPANTS:
            raise NotFound(f"{auditor.bureau} owns no records, and has no list of disclosures")
        secret = (await self._tree(log).head()).secret
        opened = Lengths(secret, read_lengths(lengths), size).opened(auditor.bureau)
        return models.OwnListLength(
            bureau=auditor.bureau,
            key=encode_base64url(list_key(secret, auditor.bureau)),
            length=opened.length,
            position=opened.position,
            path=_encoded(opened.path),
        )

    async def listed(self, owner: Caller, wanted: models.ListQuery) -> models.ListedLeaves:
        """Return a part of a bureau's list of disclosures, with inclusion proofs. Raises NotFound, LogDamaged."""
        tree = self._tree(wanted.log)
        head = await tree.head()
        _require_grown(head, wanted.size)
        leaves = await self._leaves(owner).listed(head, wanted.since, wanted.after, wanted.limit)
        leaves = [each for each in leaves if each.number - head.first < wanted.size]
        proofs = await tree.inclusions((each.number - head.first for each in leaves), wanted.size)
        items = [
            models.ListedLeaf(
                index=each.number - head.first,
                leaf=each.raw.decode(),
                proof=_encoded(proof),
                opened=write_opened(each.opened),
            )
            for each, proof in zip(leaves, proofs, strict=True)
        ]
        return models.ListedLeaves(
            items=items[: count_within_reply(len(each.leaf) + len(each.opened) for each in items)]
        )

    async def compliance(self, auditor: Caller) -> models.ComplianceFigures:
        """Count what the auditor's bureau entered and took back, or for the Secretariat each bureau."""
        of = None if auditor.bureau == SECRETARIAT else auditor.bureau
        return models.ComplianceFigures(
            items=await self._entry_figures(self._database.reading, self._service.clock.now(), of)
        )

    async def cosign(self, witness: Caller, cosignature: models.Cosignature) -> None:
        """Keep the cosignature of a witness. Raises CheckpointUnknown, CosignatureRefused."""
        checkpoints = await self._checkpoints()
        note = await checkpoints.signed_note(cosignature.size)
        if note is None:
            raise CheckpointUnknown(f"no checkpoint of {cosignature.size} leaves is kept")
        now = self._service.clock.now()
        require_cosignature(note, cosignature.line, witness.bureau, self._service.directory, now)
        async with self._database.writing() as session:
            await CheckpointStore(session, checkpoints.log).cosign(cosignature.size, witness.bureau, cosignature.line)

    def _tree(self, log: int | None = None) -> TreeStore:
        return TreeStore(self._database.reading, log, self._archive)

    async def _checkpoints(self, log: int | None = None) -> CheckpointStore:
        return CheckpointStore(self._database.reading, (await self._tree(log).head()).log)

    def _leaves(self, auditor: Caller) -> LeafStore:
        return LeafStore(self._database.reading, auditor.bureau, self._archive)

    def _entries(self, note: str) -> Sequence[str]:
        return entries_for([note], self._service.name, self._service.directory)

    async def _explain(self, found: FoundLeaf) -> models.Explanation:
        leaf, opened, service = _undamaged(found), found.opened, self._service.name
        log = head_over(await heads(self._database.reading), found.number)
        index = found.number - log.first
        size, note = await self._newest_including(log, index)
        proof = AuditProof(
            service=service,
            entries=tuple(self._entries(note)),
            checkpoint=note,
            index=index,
            leaf=found.raw.decode(),
            proof=tuple(_encoded(await self._tree(log.log).inclusion(index, size))),
            query_salt=encode_base64url(query_salt(found.salt)) if found.is_whole and leaf.query is not None else None,
            records=opened.records,
            complete=opened.complete,
        )
        others = len(found.digests) - len(found.records) if found.is_whole else None
        signers = {participant_of(each.name) for each in parse_note(note).signatures}
        return models.Explanation(
            **_request(found, leaf),
            explanation=list(sentences(service, leaf, [each[:2] for each in found.records], others=others)),
            witnesses=sorted(signers - {service}),
            proof=write_proof(proof).decode(),
        )

    async def _newest_including(self, log: Head, index: int) -> tuple[int, str]:
        """Return the newest checkpoint that includes a leaf, if possible one that enough witnesses cosigned."""
        checkpoints = CheckpointStore(self._database.reading, log.log)
        for witnesses in (MIN_WITNESSES, 0):
            size = await checkpoints.newest_size(min_size=index + 1, cosignatures=witnesses)
            note = None if size is None else await checkpoints.signed_note(size)
            if size is not None and note is not None:
                return size, note
        raise NotFound(
            f"no checkpoint covers leaf {log.first + index} yet: ask again in a second, unless its log is retired"
        )


def _undamaged(found: FoundLeaf) -> Leaf:
    """Return a leaf that its stored records do not contradict. Raises LogDamaged."""
    try:
        leaf = decode(found.raw)
    except ValueError as error:
        raise LogDamaged(f"leaf {found.number} is not what a log writes") from error
    if commit(filler_secret(found.salt), found.digests) != leaf.records:
        raise LogDamaged(f"the stored records of leaf {found.number} are not those that it commits to")
    return leaf


def _line(text: LeafText) -> models.LogLeaf:
    hashed, found = encode_base64url(leaf_hash(text.raw)), text.found
    if found is None:
        return models.LogLeaf(index=text.index, hash=hashed, leaf=None, opened=None)
    opened = write_opened(found.opened) if found.digests else None
    return models.LogLeaf(index=text.index, hash=hashed, leaf=text.raw.decode(), opened=opened)


def _require_grown(log: Head, size: int) -> None:
    if size > log.size:
        raise NotFound(f"the log has {log.size} leaves, and not yet {size}")


def _request(found: FoundLeaf, leaf: Leaf) -> dict[str, Any]:
    """Return the members of an AuditedRequest."""
    records = [
        models.ShownRecord(id=each.shown.record, rule=Rule(each.rule), **msgspec.structs.asdict(each.shown))
        for each in found.records
    ]
    at = datetime.fromtimestamp(leaf.at, UTC)
    return {**msgspec.structs.asdict(leaf), "index": found.number, "at": at, "records": records}


def _encoded(hashes: Iterable[bytes]) -> list[str]:
    return [encode_base64url(each) for each in hashes]
