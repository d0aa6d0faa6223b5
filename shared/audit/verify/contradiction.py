"""Checks whether a service contradicted itself: by an answer about a leaf and a checkpoint, both signed. Offline.

Whoever rewrites a leaf that a checkpoint covers can answer nothing true about it: the root that follows from the leaf
as it is now is another. Two signatures of the service then say two things, and whoever has both can show it to anybody.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from shared.audit.format.proof_file import Contradiction, read_proof
from shared.audit.verify.disclosure import Answer, Findings, read_answer, unreadable, well_formed
from shared.audit.verify.signatures import Attested, attest, keys_of
from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.crypto.merkle import ProofBroken, root_from_inclusion
from shared.crypto.signed_note import Checkpoint
from shared.protocol.check_report import Faults, Finding, finding
from shared.protocol.envelope import Digest, ReplyHead

JSON: Final = "application/json"


class SignedLeaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a service says of a leaf of its log."""

    origin: str
    size: int
    index: int
    hash: Digest
    proof: tuple[Digest, ...]

    def contradicts(self, checkpoint: Checkpoint) -> bool:
        """Tell whether it and a checkpoint cannot both be true. Raises ValueError where they are of different trees."""
        if (self.origin, self.size) != (checkpoint.origin, checkpoint.size):
            raise ValueError("the answer is about another tree than the checkpoint")
        try:
            hashed, *proof = [decode_base64url(each) for each in (self.hash, *self.proof)]
            return root_from_inclusion(self.index, self.size, hashed, proof) != checkpoint.root
        except ProofBroken:
            return True


read_signed_leaf: Final = msgspec.json.Decoder(SignedLeaf).decode
"""Return what the body of an answer says of a leaf. Raises ValueError."""


def verify_contradiction(raw: bytes, root: VerifyingKey) -> Findings:
    """Check the file of a contradiction: all fits if the log convicts itself. Never raises."""
    try:
        proof = read_proof(raw)
    except ValueError as error:
        return unreadable(error)
    if not isinstance(proof, Contradiction):
        return unreadable(ValueError("it is one of something else"))
    return Findings((well_formed(raw, proof), *_findings(proof, root)))


def _findings(proof: Contradiction, root: VerifyingKey) -> Iterator[Finding]:
    keys = keys_of(proof.service, proof.entries, root)
    attested, found = attest(proof.checkpoint, proof.service, keys)
    yield found
    head, faults = read_answer(Answer(proof.signature, proof.body.encode()), proof.service, keys)
    yield finding("answer", "the service signed it", (*faults, *_form_faults(head)))
    if attested is not None:
        says = "they cannot both be true: the service rewrote what it had signed for, or never had it"
        yield finding("contradiction", says, _agreement(proof, attested))
    yield finding("directory entries", "the root signed each of them, and each is needed", keys.faults())


def _form_faults(head: ReplyHead | None) -> Faults:
    # Of other forms are images, whose bytes are those of whoever entered them.
    if head is not None and (head.status, head.content_type) != (200, JSON):
        yield "it is not of the form in which a log answers"


def _agreement(proof: Contradiction, attested: Attested) -> Faults:
    try:
        if not read_signed_leaf(proof.body.encode()).contradicts(attested.checkpoint):
            yield "the answer says what the checkpoint says: nothing speaks against the service"
    except (ValueError, RecursionError) as error:
        yield f"the answer does not contradict the checkpoint: {error}"
