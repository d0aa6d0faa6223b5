"""What a witness makes of a checkpoint that a log shows to it. Pure: it asks nobody, and signs nothing.

A witness cosigns what goes on from all that it has seen, and nothing else ever. What does not convicts the log, as it
signed both; what cannot be judged yet is left alone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from shared.audit.attested import signer_of
from shared.audit.merkle import ProofBroken, verify_consistency
from shared.audit.note import Checkpoint, Note, NoteRefused, log_name, parse_note, read_checkpoint
from shared.directory import Directory
from shared.signing import decode_base64url

# A service may be down at the wrong moment, and is up again by then.
PROVEN_WITHIN: Final = timedelta(seconds=60)


class Fault(StrEnum):
    """What is wrong with what a log shows."""

    UNREADABLE = "unreadable"
    UNSIGNED = "unsigned"
    SHRUNK = "shrunk"
    FORKED = "forked"
    REWRITTEN = "rewritten"
    UNPROVEN = "unproven"


class Alarm(Exception):
    """A log lies, withholds what would tell, or its service is not what it should be; the message says how."""

    def __init__(self, fault: Fault, says: str) -> None:
        super().__init__(says)
        self.fault = fault
        self.says = says


class Undecided(Exception):
    """Nothing is wrong, but nothing to be cosigned either; the message says why."""


class Shown(msgspec.Struct, frozen=True):
    """A checkpoint that a log signed."""

    note: Note
    """With the lines of the log and of its witnesses, and no others."""

    checkpoint: Checkpoint


def read_shown(text: str, service: str, directory: Directory, now: datetime) -> Shown:
    """Return the checkpoint behind a note that the log of a service signed. Raises Alarm, Undecided."""
    try:
        note = parse_note(text)
        checkpoint = read_checkpoint(note)
    except NoteRefused as refused:
        raise Alarm(Fault.UNREADABLE, str(refused)) from refused
    name = log_name(service)
    if checkpoint.origin != name:
        raise Alarm(Fault.UNREADABLE, f"the checkpoint is of another log than {name}")
    signers = [(each, signer_of(note, each, service, directory.entries_of)) for each in note.signatures]
    vouched = [(signature, entry) for signature, entry in signers if entry is not None]
    of_log = [entry for signature, entry in vouched if signature.name == name]
    if not of_log:
        raise Alarm(Fault.UNSIGNED, f"no key of {service} signed the checkpoint of {checkpoint.size} leaves")
    if not any(entry.valid_at(now.timestamp()) for entry in of_log):
        # Whoever saw it in time has cosigned it; the next is signed with another key.
        raise Undecided("the key that signed the checkpoint is not valid any more")
    return Shown(Note(note.text, tuple(signature for signature, _ in vouched)), checkpoint)


def must_be_proven(seen: Checkpoint | None, shown: Checkpoint) -> bool:
    """Tell whether it takes a proof that a checkpoint goes on from what was seen. Raises Alarm where it does not."""
    if seen is None:
        return False
    if shown.size < seen.size:
        raise Alarm(Fault.SHRUNK, f"the log shows {shown.size} leaves where it had signed {seen.size}")
    if shown.size == seen.size and shown.root != seen.root:
        raise Alarm(Fault.FORKED, f"the log signed two different trees of {shown.size} leaves")
    return shown.size > seen.size


def require_proof_in_time(seen: Checkpoint, shown: Checkpoint, waited: timedelta) -> None:
    """Bear with a log that has not proven yet that it goes on from what was seen. Raises Alarm once it had its time."""
    if waited >= PROVEN_WITHIN:
        says = f"for {waited.total_seconds():.0f} s the log does not prove that the {shown.size} leaves that it signed"
        raise Alarm(Fault.UNPROVEN, f"{says} begin with the {seen.size} that it had signed before")


def require_growth(seen: Checkpoint, shown: Checkpoint, proof: Sequence[str]) -> None:
    """Let a checkpoint pass that is proven to go on from what was seen. Raises Alarm."""
    try:
        hashes = [decode_base64url(each) for each in proof]
        verify_consistency(seen.size, seen.root, shown.size, shown.root, hashes)
    except ProofBroken as broken:
        raise Alarm(Fault.REWRITTEN, str(broken)) from broken
    except ValueError as error:
        raise Alarm(Fault.REWRITTEN, "the proof has hashes that are none") from error
