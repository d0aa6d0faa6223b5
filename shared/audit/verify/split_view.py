"""Finds a log that told one past to one bureau and another to another: both are signed, and that convicts it."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from shared.audit.format.proof_file import CheckpointFile
from shared.audit.verify.signatures import Attested, attest, of_log
from shared.crypto.ed25519 import VerifyingKey
from shared.crypto.signed_note import Checkpoint, participant_of
from shared.protocol.check_report import Finding, VouchedKeys, named, undecided
from shared.protocol.witnesses import ANY_BUREAU, Trust


class Other(msgspec.Struct, frozen=True):
    """A checkpoint that somebody else was shown."""

    name: str
    attested: Attested | None
    """None if the log did not sign it."""

    found: Finding


def read_others(
    files: Iterable[CheckpointFile], service: str, entries: Sequence[str], root: VerifyingKey, trust: Trust = ANY_BUREAU
) -> Iterator[Other]:
    """Return checkpoints of others, whose own files may lack the directory entries that are here."""
    for number, file in enumerate(files, 1):
        name = f"other checkpoint {number}"
        attested, found = attest(file.checkpoint, service, VouchedKeys((*entries, *file.entries), root), trust)
        yield Other(name, attested, named(name, found))


def compare(held: Sequence[Attested], others: Iterable[Other]) -> Iterator[Finding]:
    """Tell of each checkpoint of others whether it is of the same tree as one that is held."""
    for other in others:
        if other.attested is None:
            yield other.found
            continue
        theirs = other.attested.checkpoint
        same = next((each for each in held if _place(each.checkpoint) == _place(theirs)), None)
        if same is None:
            fetch = f"`i247 audit fetch {participant_of(theirs.origin)} --since` it"
            says = f"it is of {theirs.size} leaves{of_log(theirs)}, and nothing here is: {fetch}"
            yield undecided(other.name, f"{says} gets the proof that the log goes on from there")
        elif not same.checkpoint.contradicts(theirs):
            yield agreed(other.name, other.attested)
        else:
            yield forked(other.name, same, other.attested)


def _place(checkpoint: Checkpoint) -> tuple[str, int]:
    return checkpoint.origin, checkpoint.size


def agreed(name: str, other: Attested) -> Finding:
    """Say that a checkpoint of others is of the same log."""
    by = f", seen by {', '.join(map(str, other.witnesses))}" if other.witnesses else ""
    return Finding(name, True, f"it is of the same first {other.checkpoint.size} leaves{by}")


def forked(name: str, one: Attested, other: Attested) -> Finding:
    """Say that a log signed two pasts, with both signatures as the proof."""
    says = (
        f"a forked view: the log signed another past of {other.checkpoint.size} leaves than it shows here. "
        f"It signed: {one.proof} And it signed: {other.proof}"
    )
    return Finding(name, False, says)
