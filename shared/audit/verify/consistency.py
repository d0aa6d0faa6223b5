"""Checks whether checkpoints are of one log that only grew: by a proof of consistency, or by themselves. Offline."""

from collections.abc import Iterable, Iterator, Sequence

from shared.audit.format.proof_file import CheckpointFile, ConsistencyProof, read_proof
from shared.audit.verify.disclosure import Findings, unreadable, well_formed
from shared.audit.verify.signatures import Attested, attest, keys_of, witnessed
from shared.audit.verify.split_view import compare, forked, read_others
from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.crypto.merkle import verify_consistency
from shared.crypto.signed_note import NoteRefused, parse_note, participant_of, read_checkpoint
from shared.protocol.check_report import Finding, finding, named, undecided
from shared.protocol.envelope import Digest
from shared.protocol.witnesses import ANYBODY, Trust


def verify_consistency_proof(
    raw: bytes, root: VerifyingKey, *, others: Iterable[CheckpointFile] = (), trust: Trust = ANYBODY
) -> Findings:
    """Check the file of a proof that one checkpoint goes on from another. Never raises."""
    try:
        proof = read_proof(raw)
    except ValueError as error:
        return unreadable(error)
    if not isinstance(proof, ConsistencyProof):
        return unreadable(ValueError("it is one of a leaf"))
    return Findings((well_formed(raw, proof), *_growth(proof, root, others, trust)))


def verify_checkpoints(files: Sequence[CheckpointFile], root: VerifyingKey, *, trust: Trust = ANYBODY) -> Findings:
    """Check that checkpoints are of one log, which the first names, and do not contradict each other. Never raises.

    Of those that have different sizes a whole log, or a proof of consistency, tells.
    """
    try:
        name = read_checkpoint(parse_note(files[0].checkpoint)).origin
    except NoteRefused as refused:
        return Findings((Finding("checkpoint", False, str(refused)),))
    return Findings(tuple(_agreement(files, participant_of(name), root, trust)))


def _growth(
    proof: ConsistencyProof, root: VerifyingKey, others: Iterable[CheckpointFile], trust: Trust
) -> Iterator[Finding]:
    keys = keys_of(proof.service, proof.entries, root)
    old, found = attest(proof.old, proof.service, keys, trust)
    yield named("old checkpoint", found)
    new, found = attest(proof.new, proof.service, keys, trust)
    yield named("new checkpoint", found)
    if new is not None:
        yield witnessed(new)
    if old is not None and new is not None:
        yield _grew(old, new, proof.proof)
    held = [each for each in (old, new) if each is not None]
    yield from compare(held, read_others(others, proof.service, proof.entries, root, trust))
    yield finding("directory entries", "the root signed each of them, and each is needed", keys.faults())


def _grew(old: Attested, new: Attested, proof: Sequence[Digest]) -> Finding:
    one, other = old.checkpoint, new.checkpoint
    if one.log != other.log:
        fetch = f"`i247 audit fetch {participant_of(one.origin)}` gets the later, whose first leaf says what is kept"
        return undecided("consistency", f"they are of two logs, {one.origin} and {other.origin}: {fetch}")
    if one.contradicts(other):
        return forked("consistency", old, new)
    try:
        hashes = [decode_base64url(each) for each in proof]
        verify_consistency(one.size, one.root, other.size, other.root, hashes)
    except ValueError as broken:
        return Finding("consistency", False, str(broken))
    return Finding("consistency", True, f"the {other.size} leaves begin with the {one.size} of before, unchanged")


def _agreement(files: Sequence[CheckpointFile], service: str, root: VerifyingKey, trust: Trust) -> Iterator[Finding]:
    entries = tuple(entry for file in files for entry in file.entries)
    first, found = attest(files[0].checkpoint, service, keys_of(service, entries, root), trust)
    yield found
    if first is not None:
        yield witnessed(first)
        yield from compare([first], read_others(files[1:], service, entries, root, trust))
