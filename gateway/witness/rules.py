"""What a witness makes of a checkpoint that a log shows to it. Pure: it asks nobody, and signs nothing.

A witness cosigns what goes on from all that it has seen, and nothing else ever. What does not convicts the log, as it
signed both; what cannot be judged yet is left alone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from shared.audit.verify.restarted import Restarted, read_restart
from shared.audit.verify.signatures import MIN_WITNESSES, signer_of
from shared.crypto.ed25519 import decode_base64url
from shared.crypto.merkle import ProofBroken, leaf_hash, root_from_inclusion, verify_consistency
from shared.crypto.signed_note import Checkpoint, Note, NoteRefused, parse_note, participant_of, read_checkpoint
from shared.protocol.directory import Directory

# A service may be down at the wrong moment, and is up again by then.
PROVEN_WITHIN: Final = timedelta(seconds=60)
MAX_SAID: Final = 400


class Fault(StrEnum):
    """What is wrong with what a log shows."""

    UNREADABLE = "unreadable"
    UNSIGNED = "unsigned"
    SHRUNK = "shrunk"
    FORKED = "forked"
    REWRITTEN = "rewritten"
    UNPROVEN = "unproven"
    RESTARTED = "restarted"
    UNTOLD = "untold"
    UNDERSTATED = "understated"
    RETURNED = "returned"
    ALTERED = "altered"
    GAP = "disclosure-gap"
    # What a gateway refuses of a service beside its log.
    FORGED_ANSWER = "forged-answer"
    # What the operator of the broker puts right.
    STREAM_CHANGED = "stream-changed"
    STREAM_UNKNOWN = "stream-unknown"
    STREAM_LOST = "stream-lost"
    CONSUMER_CHANGED = "consumer-changed"
    CONSUMER_UNKNOWN = "consumer-unknown"
    CONSUMER_LOST = "consumer-lost"
    POST_OVER_QUOTA = "post-over-quota"
    RATE_EXCEEDED = "rate-exceeded"
    UNATTENDED = "unattended"
    # What is wrong with the directory, beside FORKED.
    FALSE_ENTRY = "false-entry"
    NOT_VOUCHED = "not-vouched"
    NOT_LOGGED = "not-logged"
    WITHHELD = "withheld"
    UNWITNESSED = "unwitnessed"
    # Of a service, or of the gateway of the Secretariat.
    CLOCK_OFF = "clock-off"
    CLOCK_NOT_PROVEN = "clock-not-proven"


class Alarm(Exception):
    """A log lies, withholds what would tell, or its service is not what it should be; the message says how."""

    def __init__(self, fault: Fault, says: str) -> None:
        super().__init__(says)
        self.fault = fault
        self.says = says


class Undecided(Exception):
    """Nothing is wrong, but nothing to be cosigned either; the message says why."""


class Waiting:
    """Since when each service has not given what it was asked for, though it answers."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def waited(self, service: str, monotonic: float) -> timedelta:
        """Return for how long a service has not, by a clock that nobody sets, and note it if it is new."""
        return timedelta(seconds=monotonic - self._since.setdefault(service, monotonic))

    def over(self, service: str) -> None:
        """Note that a service has given it."""
        self._since.pop(service, None)


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
    if participant_of(checkpoint.origin) != service:
        raise Alarm(Fault.UNREADABLE, f"the checkpoint is of another log than that of {service}")
    signers = [(each, signer_of(note, each, service, directory.entries_of)) for each in note.signatures]
    vouched = [(signature, entry) for signature, entry in signers if entry is not None]
    of_log = [entry for signature, entry in vouched if signature.name == note.origin]
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
    if shown.generation < seen.generation:
        says = f"the log goes back to generation {shown.generation} after it had signed generation {seen.generation}"
        raise Alarm(Fault.RETURNED, says)
    if shown.size < seen.size:
        raise Alarm(Fault.SHRUNK, f"the log shows {shown.size} leaves where it had signed {seen.size}")
    if shown.contradicts(seen):
        raise Alarm(Fault.FORKED, f"the log signed two different checkpoints of {shown.size} leaves")
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


class ProvenLeaf(msgspec.Struct, frozen=True):
    """A leaf by which a log says that it was restarted, and the hashes that should prove that it is there."""

    index: int
    leaf: str
    proof: tuple[str, ...]


def read_restarts(
    leaves: Sequence[ProvenLeaf], shown: Checkpoint, service: str, directory: Directory
) -> Sequence[Restarted]:
    """Return what a log says of its restarts, if it says it of the last one, in leaves that it has. Raises Alarm."""
    try:
        told = [_restart(each, shown, service, directory) for each in leaves]
    except ValueError as error:
        raise Alarm(Fault.UNTOLD, f"what the log says of its restart cannot be so: {error}"[:MAX_SAID]) from error
    if not told or told[-1].generation != shown.generation:
        raise Alarm(Fault.UNTOLD, f"the log began generation {shown.generation} and does not say what was lost")
    return told


def what_was_lost(told: Sequence[Restarted], seen: Checkpoint, bureau: str) -> Restarted:
    """Return by which restart was lost what a bureau had seen. Raises Alarm where the log does not own up to that."""
    of_seen = [each for each in told if each.lost.generation == seen.generation]
    if not of_seen:
        had = f"the {seen.size} leaves of generation {seen.generation} that it had signed"
        raise Alarm(Fault.UNTOLD, f"the log does not begin with {had}, nor say that any were lost")
    most = max(of_seen, key=lambda each: each.lost.size)
    if most.lost.size < seen.size:
        says = f"the log says that it lost {most.lost.size} leaves where it had signed {seen.size}"
        raise Alarm(Fault.UNDERSTATED, says)
    if most.lost.contradicts(seen):
        raise Alarm(
            Fault.FORKED, f"the log signed two different trees of {seen.size} leaves, and says it lost the other"
        )
    if most.kept is not None and bureau not in most.witnesses and len(most.witnesses) < MIN_WITNESSES:
        raise Alarm(Fault.UNTOLD, f"nobody vouches for the {most.kept_size} leaves that the log says it kept")
    if most.kept_size >= seen.size:
        # It would begin with what was seen, too.
        raise Alarm(
            Fault.REWRITTEN, f"the {most.kept_size} leaves that were kept do not begin with the {seen.size} seen"
        )
    return most


def _restart(each: ProvenLeaf, shown: Checkpoint, service: str, directory: Directory) -> Restarted:
    leaf, proof = each.leaf.encode(), [decode_base64url(hashed) for hashed in each.proof]
    if root_from_inclusion(each.index, shown.size, leaf_hash(leaf), proof) != shown.root:
        raise ValueError(f"the log has no such leaf at {each.index}")
    told = read_restart(leaf, each.index, service, directory.entries_of)
    if told is None:
        raise ValueError(f"the leaf at {each.index} is about something else")
    return told
