"""Verifies checkpoints against each other: that a log only grew, and that it showed nobody a split view. Offline.

Two checkpoints of one log and size that differ are both signed, which proves that the log showed a split view.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Generic, TypeVar

import msgspec

from shared.audit.format.proof_file import CheckpointFile, ConsistencyProof, Proof, read_proof, write_proof
from shared.audit.verify.signatures import Attested, attest, keys_of, of_log, witnessed
from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.crypto.merkle import verify_consistency
from shared.crypto.signed_note import NoteRefused, parse_note, participant_of, read_checkpoint
from shared.protocol.check_report import Finding, VouchedKeys, finding, named, undecided
from shared.protocol.witnesses import ANY_BUREAU, Trust

MAX_FAULT: Final = 200

T = TypeVar("T")
P = TypeVar("P", bound=Proof)


class Findings(msgspec.Struct, Generic[T], frozen=True):
    """The result of each check of a file, and what it contains, unless a check failed or it explains nothing."""

    found: tuple[Finding, ...]
    content: T | None = None

    @property
    def ok(self) -> bool:
        """Whether all checks passed."""
        return all(each.ok for each in self.found)


class Other(msgspec.Struct, frozen=True):
    """A checkpoint that somebody else was shown."""

    name: str
    attested: Attested | None
    """None if the log did not sign it."""

    found: Finding


def verify_consistency_proof(
    raw: bytes, root: VerifyingKey, *, others: Iterable[CheckpointFile] = (), trust: Trust = ANY_BUREAU
) -> Findings[None]:
    """Verify the file of a proof that one checkpoint extends another. Never raises."""
    proof, form = read_form(raw, ConsistencyProof)
    return Findings((form,) if proof is None else (form, *_growth(proof, root, others, trust)))


def verify_checkpoints(
    files: Sequence[CheckpointFile], root: VerifyingKey, *, trust: Trust = ANY_BUREAU
) -> Findings[None]:
    """Verify that checkpoints are of the log that the first names, and do not contradict each other. Never raises.

    Those of different sizes are undecided: a full log or a consistency proof decides.
    """
    try:
        service = participant_of(read_checkpoint(parse_note(files[0].checkpoint)).origin)
    except NoteRefused as refused:
        return Findings((Finding("checkpoint", False, str(refused)),))
    entries = tuple(entry for file in files for entry in file.entries)
    first, found = attest(files[0].checkpoint, service, keys_of(service, entries, root), trust)
    if first is None:
        return Findings((found,))
    others = read_others(files[1:], service, entries, root, trust)
    return Findings((found, witnessed(first), *compare([first], others)))


def read_form(raw: bytes, kind: type[P]) -> tuple[P | None, Finding]:
    """Return the proof in a file, if it is of a kind, and whether it is in its one encoding."""
    try:
        proof = read_proof(raw)
    except ValueError as error:
        return None, Finding("form", False, f"this is no such proof of an audit log: {error}"[:MAX_FAULT])
    if not isinstance(proof, kind):
        return None, Finding("form", False, f"this is another proof of an audit log than {kind.__struct_config__.tag}")
    if raw != write_proof(proof):
        return proof, Finding("form", False, "it is encoded in another way: something was changed, if only white space")
    return proof, Finding("form", True, "the file has the members of a proof, and no others, in their one encoding")


def read_others(
    files: Iterable[CheckpointFile], service: str, entries: Sequence[str], root: VerifyingKey, trust: Trust = ANY_BUREAU
) -> Iterator[Other]:
    """Yield checkpoints of others. Their files may lack directory entries that are in `entries`."""
    for number, file in enumerate(files, 1):
        name = f"other checkpoint {number}"
        attested, found = attest(file.checkpoint, service, VouchedKeys((*entries, *file.entries), root), trust)
        yield Other(name, attested, named(name, found))


def compare(held: Sequence[Attested], others: Iterable[Other]) -> Iterator[Finding]:
    """Check for each checkpoint of others whether it is of the same tree as the one here of its log and size."""
    for other in others:
        if other.attested is None:
            yield other.found
            continue
        theirs = other.attested.checkpoint
        same = [each for each in held if (each.checkpoint.origin, each.checkpoint.size) == (theirs.origin, theirs.size)]
        if not same:
            fetch = f"`i247 audit fetch {participant_of(theirs.origin)} --since` it"
            says = f"it is of {theirs.size} leaves{of_log(theirs)}, and nothing here is: {fetch}"
            yield undecided(other.name, f"{says} gets the consistency proof from there on")
        elif same[0].checkpoint.contradicts(theirs):
            yield split_view(other.name, same[0], other.attested)
        else:
            yield agreed(other.name, other.attested)


def agreed(name: str, other: Attested) -> Finding:
    """Return that a checkpoint of others is of the same tree."""
    by = f", seen by {', '.join(map(str, other.witnesses))}" if other.witnesses else ""
    return Finding(name, True, f"it is of the same first {other.checkpoint.size} leaves{by}")


def split_view(name: str, one: Attested, other: Attested) -> Finding:
    """Return that a log signed two trees of one size, with both signatures as the proof."""
    says = (
        f"a split view: the log signed another tree of {other.checkpoint.size} leaves than it shows here. "
        f"It signed: {one.proof} And it signed: {other.proof}"
    )
    return Finding(name, False, says)


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
        yield _consistency(old, new, proof)
    held = [each for each in (old, new) if each is not None]
    yield from compare(held, read_others(others, proof.service, proof.entries, root, trust))
    yield entries_needed(keys)


def entries_needed(keys: VouchedKeys) -> Finding:
    """Check that the root signed all directory entries of a file, and that each signed something in it."""
    return finding("directory entries", "the root signed each of them, and each is needed", keys.faults())


def _consistency(old: Attested, new: Attested, proof: ConsistencyProof) -> Finding:
    one, other = old.checkpoint, new.checkpoint
    if one.log != other.log:
        fetch = f"`i247 audit fetch {participant_of(one.origin)}` gets the later, whose first leaf states what is kept"
        return undecided("consistency", f"they are of two logs, {one.origin} and {other.origin}: {fetch}")
    if one.contradicts(other):
        return split_view("consistency", old, new)
    try:
        hashes = [decode_base64url(each) for each in proof.proof]
        verify_consistency(one.size, one.root, other.size, other.root, hashes)
    except ValueError as broken:
        return Finding("consistency", False, str(broken))
    return Finding("consistency", True, f"the {other.size} leaves begin with the {one.size} of before, unchanged")
