"""Checks the proof of one leaf against the root's public key, offline, and says in words what fits.

It shows that a log holds the leaf, and what is behind the digests in it: who was shown which version of which record,
when, for what purpose, by which rule and what match. What a proof CANNOT show:

* what the log became after its checkpoint, and whether others were shown another log. Compare its checkpoint with
  theirs: each is signed, and two that contradict each other convict the log;
* what the answer said beside the records, unless the answer is at hand;
* what was asked, unless that is at hand, and the file was given to who may know of all;
* whether the answer showed other records than those that are told, unless the file was given to who may know of all:
  the bureau that asked, or the Secretariat. Only such a file has with what this is checked.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from shared.audit.format.leaf import SALT_BYTES, Leaf, decode, opened_query_digest
from shared.audit.format.proof_file import AuditProof, CheckpointFile, OpenedRecord, Proof, read_proof, write_proof
from shared.audit.verify.disclosed import record_faults, says_of_records, untold
from shared.audit.verify.signatures import Attested, Witness, attest, keys_of, witnessed
from shared.audit.verify.split_view import compare, read_others
from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.crypto.merkle import leaf_hash, root_from_inclusion
from shared.protocol.check_report import Faults, Finding, VouchedKeys, decoded, finding, key_faults, moment, short
from shared.protocol.envelope import SKEW_SECONDS, EnvelopeRefused, ReplyHead, digest_of
from shared.protocol.http import HttpRequest
from shared.protocol.verifier import parse
from shared.protocol.witnesses import ANY_BUREAU, Trust

MAX_FAULT: Final = 200


class Answer(msgspec.Struct, frozen=True):
    """An answer at hand: its header `I247-Signature`, and its body."""

    signature: str
    body: bytes


class Explained(msgspec.Struct, frozen=True):
    """What a proof explains: one answer, and why each record was shown in it."""

    service: str
    leaf: Leaf
    records: tuple[OpenedRecord, ...]
    untold: int | None
    """How many other records it showed; None where the file does not tell."""

    index: int
    size: int
    witnesses: tuple[Witness, ...]


class Findings(msgspec.Struct, frozen=True):
    """All that was checked, and what is explained, unless something is wrong or there is nothing to explain."""

    found: tuple[Finding, ...]
    explained: Explained | None = None

    @property
    def ok(self) -> bool:
        """Whether all fits."""
        return all(each.ok for each in self.found)


def verify_proof(
    raw: bytes,
    root: VerifyingKey,
    *,
    asked: HttpRequest | None = None,
    answer: Answer | None = None,
    others: Iterable[CheckpointFile] = (),
    trust: Trust = ANY_BUREAU,
) -> Findings:
    """Check the file of a proof. Never raises.

    `asked` and `answer` must be what the leaf is about; `others` are checkpoints that others were shown of the log;
    `trust` says whose cosignatures count.
    """
    try:
        proof = read_proof(raw)
    except ValueError as error:
        return unreadable(error)
    if not isinstance(proof, AuditProof):
        return unreadable(ValueError("it is one of consistency"))
    examination = _Examination(proof, root, asked, answer, trust)
    found = (well_formed(raw, proof), *examination.findings(others))
    return Findings(found, None if any(each.is_wrong for each in found) else examination.explained())


def unreadable(error: ValueError) -> Findings:
    """Return what is found in a file that is no proof."""
    return Findings((Finding("form", False, f"this is no such proof of an audit log: {error}"[:MAX_FAULT]),))


def well_formed(raw: bytes, proof: Proof) -> Finding:
    """Tell whether a file is spelled as it was made."""
    says = "the file has the members of a proof, and no others, in their one spelling"
    otherwise = "it is spelled or ordered otherwise than it was made: something was changed, if only white space"
    fits = raw == write_proof(proof)
    return Finding("form", fits, says if fits else otherwise)


class _Examination:
    """Looks at one proof from end to end."""

    def __init__(
        self, proof: AuditProof, root: VerifyingKey, asked: HttpRequest | None, answer: Answer | None, trust: Trust
    ) -> None:
        self._proof = proof
        self._root = root
        self._asked = asked
        self._answer = answer
        self._trust = trust
        self._keys = keys_of(proof.service, proof.entries, root)
        self._attested: Attested | None = None
        self._leaf: Leaf | None = None

    def findings(self, others: Iterable[CheckpointFile]) -> Iterator[Finding]:
        """Check one thing after the other: the later ones need what the earlier found."""
        proof = self._proof
        self._attested, found = attest(proof.checkpoint, proof.service, self._keys, self._trust)
        yield found
        if self._attested is not None:
            yield witnessed(self._attested)
            yield finding("inclusion", f"the log holds the leaf at {proof.index}", self._inclusion(self._attested))
        yield finding("leaf", "it says who was answered, when and for what purpose", self._read(self._attested))
        if self._leaf is not None:
            yield finding("records", says_of_records(self._leaf, proof), record_faults(self._leaf, proof))
            if self._asked is not None:
                yield finding("query", "it is what was asked", self._is_asked(self._leaf, self._asked))
            if self._answer is not None:
                says = "it is the one that the leaf is about, and the service signed it"
                yield finding("answer", says, self._is_answer(self._leaf, self._answer))
        if self._attested is not None:
            yield from compare(
                [self._attested], read_others(others, proof.service, proof.entries, self._root, self._trust)
            )
        yield finding("directory entries", "the root signed each of them, and each is needed", self._keys.faults())

    def explained(self) -> Explained | None:
        """Return what the proof explains. It is worth nothing if anything is wrong."""
        proof, leaf, attested = self._proof, self._leaf, self._attested
        if leaf is None or attested is None:
            return None
        size = attested.checkpoint.size
        return Explained(
            service=proof.service,
            leaf=leaf,
            records=proof.records,
            untold=untold(leaf, proof),
            index=proof.index,
            size=size,
            witnesses=attested.witnesses,
        )

    def _inclusion(self, attested: Attested) -> Faults:
        proof, checkpoint = self._proof, attested.checkpoint
        try:
            hashes = [decode_base64url(each) for each in proof.proof]
            root = root_from_inclusion(proof.index, checkpoint.size, leaf_hash(proof.leaf.encode()), hashes)
        except ValueError as broken:
            yield str(broken)
            return
        if root != checkpoint.root:
            yield f"the log does not hold this leaf at {proof.index}"

    def _read(self, attested: Attested | None) -> Faults:
        try:
            self._leaf = leaf = decode(self._proof.leaf.encode())
        except ValueError as error:
            yield f"the leaf cannot be read: {error}"[:MAX_FAULT]
            return
        seen_at = attested.seen_at if attested else None
        if seen_at is not None and leaf.at > seen_at + SKEW_SECONDS:
            yield f"it says {moment(leaf.at)}, when a bureau had seen it already"

    def _is_asked(self, leaf: Leaf, asked: HttpRequest) -> Faults:
        if leaf.query is None:
            yield "the log did not know any more what was asked"
        elif self._proof.query_salt is None:
            yield "the file does not tell: only the bureau that asked and the Secretariat are given what opens it"
        else:
            salt = decoded(self._proof.query_salt)
            if salt is None or len(salt) != SALT_BYTES or opened_query_digest(salt, asked) != leaf.query:
                yield "something else was asked: each byte counts, of method, path and query, content type and body"

    def _is_answer(self, leaf: Leaf, answer: Answer) -> Faults:
        head, faults = read_answer(answer, self._proof.service, self._keys)
        if head is not None and leaf.answer != digest_of(answer.signature):
            yield "the leaf is about another answer"
        yield from faults
        if head is not None and (head.re, head.to, head.status) != (leaf.request, leaf.bureau, leaf.status):
            yield "it answers another request than the leaf says"


def read_answer(answer: Answer, service: str, keys: VouchedKeys) -> tuple[ReplyHead | None, tuple[str, ...]]:
    """Return the head of an answer, and why it is not known that a service signed it, if it is not."""
    try:
        protected, head, signature = parse(ReplyHead, answer.signature)
    except EnvelopeRefused as refused:
        return None, (f"the signature header is not that of an answer: {refused.detail}",)
    entry = keys.use(head.kid)
    if entry is None or entry.participant != service or head.sender != entry.participant:
        return head, (f"the root says nowhere in the file that the key {short(head.kid)} is of {short(service)}",)
    if not entry.verifying_key().verifies(signature, protected.encode() + b"." + answer.body):
        return head, ("signature and body do not belong together",)
    return head, tuple(key_faults(entry, head.iat))
