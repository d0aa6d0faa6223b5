"""Verifies the proof of one leaf, or of a contradiction about one, with the root's public key. Offline.

A leaf proof shows that a log has the leaf, and opens its digests: who was shown which version of which record, when,
for what purpose, by which rule and why it matched. What it CANNOT show:

* what the log became after its checkpoint, and whether others were shown another log. Compare its checkpoint with
  theirs: two signed checkpoints that contradict each other prove a split view;
* what the answer contained apart from the records, without the answer;
* what was asked, without the request and a file made for a reader who may see all;
* whether the answer showed other records, unless the file was made for a reader who may see all: the bureau that
  asked, or the Secretariat.

A contradiction is an answer about a leaf and a checkpoint, both signed by the service, that cannot both be true:
a service that rewrites a leaf under a checkpoint cannot return a true answer about it, as another root follows.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from shared.audit.format.leaf import SALT_BYTES, Leaf, decode, opened_query_digest
from shared.audit.format.proof_file import AuditProof, CheckpointFile, Contradiction
from shared.audit.verify.checkpoints import MAX_FAULT, Findings, compare, entries_needed, read_form, read_others
from shared.audit.verify.disclosures import other_records, record_faults
from shared.audit.verify.signatures import Attested, attest, keys_of, witnessed
from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.crypto.merkle import ProofBroken, leaf_hash, root_from_inclusion
from shared.crypto.signed_note import Checkpoint
from shared.protocol.check_report import Faults, VouchedKeys, decoded, finding, key_faults, moment, short
from shared.protocol.envelope import SKEW_SECONDS, Digest, EnvelopeRefused, ReplyHead, digest_of
from shared.protocol.http import HttpRequest
from shared.protocol.verifier import parse
from shared.protocol.witnesses import ANY_BUREAU, Trust

JSON: Final = "application/json"


class Answer(msgspec.Struct, frozen=True):
    """An answer: its header `I247-Signature`, and its body."""

    signature: str
    body: bytes


class Explained(msgspec.Struct, frozen=True):
    """What a proof explains: one answer, and why each record was shown in it."""

    proof: AuditProof
    leaf: Leaf
    attested: Attested

    @property
    def others(self) -> int | None:
        """How many other records it showed; None if the file does not prove it."""
        return other_records(self.leaf, self.proof)


class SignedLeaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer of a service about a leaf of its log."""

    origin: str
    size: int
    index: int
    hash: Digest
    proof: tuple[Digest, ...]

    def contradicts(self, checkpoint: Checkpoint) -> bool:
        """Return whether it and a checkpoint cannot both be true. Raises ValueError if they are of different trees."""
        if (self.origin, self.size) != (checkpoint.origin, checkpoint.size):
            raise ValueError("the answer is about another tree than the checkpoint")
        try:
            hashed, *proof = [decode_base64url(each) for each in (self.hash, *self.proof)]
            return root_from_inclusion(self.index, self.size, hashed, proof) != checkpoint.root
        except ProofBroken:
            return True


read_signed_leaf: Final = msgspec.json.Decoder(SignedLeaf).decode
"""Return the body of an answer about a leaf. Raises ValueError."""


def verify_proof(
    raw: bytes,
    root: VerifyingKey,
    *,
    asked: HttpRequest | None = None,
    answer: Answer | None = None,
    others: Iterable[CheckpointFile] = (),
    trust: Trust = ANY_BUREAU,
) -> Findings[Explained]:
    """Verify the file of a proof. Never raises.

    `asked` and `answer` must be those of the leaf; `others` are checkpoints of the log that others were shown;
    `trust` says whose cosignatures count.
    """
    proof, form = read_form(raw, AuditProof)
    if proof is None:
        return Findings((form,))
    keys = keys_of(proof.service, proof.entries, root)
    attested, signed = attest(proof.checkpoint, proof.service, keys, trust)
    found = [form, signed]
    if attested is not None:
        says = f"the log has the leaf at {proof.index}"
        found += [witnessed(attested), finding("inclusion", says, _inclusion_faults(proof, attested))]
    leaf, faults = _read(proof, attested)
    found.append(finding("leaf", "it states who was answered, when and for what purpose", faults))
    if leaf is not None:
        found.append(finding("records", _says_of_records(leaf, proof), record_faults(leaf, proof)))
        if asked is not None:
            found.append(finding("query", "it is what was asked", _query_faults(leaf, proof, asked)))
        if answer is not None:
            says = "it is the answer of the leaf, and the service signed it"
            found.append(finding("answer", says, _answer_faults(leaf, answer, proof.service, keys)))
    if attested is not None:
        found += compare([attested], read_others(others, proof.service, proof.entries, root, trust))
    found.append(entries_needed(keys))
    if leaf is None or attested is None or any(each.is_wrong for each in found):
        return Findings(tuple(found))
    return Findings(tuple(found), Explained(proof, leaf, attested))


def _inclusion_faults(proof: AuditProof, attested: Attested) -> Faults:
    checkpoint = attested.checkpoint
    try:
        hashes = [decode_base64url(each) for each in proof.proof]
        root = root_from_inclusion(proof.index, checkpoint.size, leaf_hash(proof.leaf.encode()), hashes)
        if root != checkpoint.root:
            yield f"the log does not have this leaf at {proof.index}"
    except ValueError as broken:
        yield str(broken)


def _read(proof: AuditProof, attested: Attested | None) -> tuple[Leaf | None, Sequence[str]]:
    try:
        leaf = decode(proof.leaf.encode())
    except ValueError as error:
        return None, [f"the leaf cannot be read: {error}"[:MAX_FAULT]]
    seen_at = attested.seen_at if attested else None
    if seen_at is not None and leaf.at > seen_at + SKEW_SECONDS:
        return leaf, [f"it states {moment(leaf.at)}, when a bureau had seen it already"]
    return leaf, ()


def _query_faults(leaf: Leaf, proof: AuditProof, asked: HttpRequest) -> Faults:
    if leaf.query is None:
        yield "the log did not know what was asked"
    elif proof.query_salt is None:
        yield "the file cannot show it: only the bureau that asked and the Secretariat get what opens it"
    else:
        salt = decoded(proof.query_salt)
        if salt is None or len(salt) != SALT_BYTES or opened_query_digest(salt, asked) != leaf.query:
            yield "something else was asked: each byte counts, of method, path and query, content type and body"


def _answer_faults(leaf: Leaf, answer: Answer, service: str, keys: VouchedKeys) -> Faults:
    head, faults = _read_answer(answer, service, keys)
    if head is not None and leaf.answer != digest_of(answer.signature):
        yield "the leaf is about another answer"
    yield from faults
    if head is not None and (head.re, head.to, head.status) != (leaf.request, leaf.bureau, leaf.status):
        yield "it answers another request than that of the leaf"


def _says_of_records(leaf: Leaf, proof: AuditProof) -> str:
    others = other_records(leaf, proof)
    if others is None:
        return "the leaf has each that is shown; the file does not prove whether it has others"
    return f"the leaf has each that is shown, and {others} more" if others else "the leaf has those shown and no others"


def verify_contradiction(raw: bytes, root: VerifyingKey) -> Findings[None]:
    """Verify the file of a contradiction: all checks pass if the service contradicted itself. Never raises."""
    proof, form = read_form(raw, Contradiction)
    if proof is None:
        return Findings((form,))
    keys = keys_of(proof.service, proof.entries, root)
    attested, signed = attest(proof.checkpoint, proof.service, keys)
    head, faults = _read_answer(Answer(proof.signature, proof.body.encode()), proof.service, keys)
    if head is not None and (head.status, head.content_type) != (200, JSON):
        # Other types are images, whose bytes are those of the bureau that entered them.
        faults = (*faults, "it is not an answer about a leaf")
    found = [form, signed, finding("answer", "the service signed it", faults)]
    if attested is not None:
        says = "they cannot both be true: the service rewrote what it had signed for, or never had it"
        found.append(finding("contradiction", says, _agreement(proof, attested)))
    return Findings((*found, entries_needed(keys)))


def _agreement(proof: Contradiction, attested: Attested) -> Faults:
    try:
        if not read_signed_leaf(proof.body.encode()).contradicts(attested.checkpoint):
            yield "the answer agrees with the checkpoint: this is no evidence against the service"
    except (ValueError, RecursionError) as error:
        yield f"the answer does not contradict the checkpoint: {error}"


def _read_answer(answer: Answer, service: str, keys: VouchedKeys) -> tuple[ReplyHead | None, tuple[str, ...]]:
    """Return the head of an answer, and why it is not proven that the service signed it, if it is not."""
    try:
        protected, head, signature = parse(ReplyHead, answer.signature)
    except EnvelopeRefused as refused:
        return None, (f"the signature header is not that of an answer: {refused.detail}",)
    entry = keys.use(head.kid)
    if entry is None or entry.participant != service or head.sender != entry.participant:
        return head, (f"no directory entry in the file says that the key {short(head.kid)} is of {short(service)}",)
    if not entry.verifying_key().verifies(signature, protected.encode() + b"." + answer.body):
        return head, ("signature and body do not belong together",)
    return head, tuple(key_faults(entry, head.iat))
