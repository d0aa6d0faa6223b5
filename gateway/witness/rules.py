"""Decides what a witness does about a checkpoint: cosign, wait or raise an alarm. Pure.

A witness cosigns only checkpoints that extend all that it has seen. Any other is evidence against the log, which signed
both; what cannot be decided yet is looked at again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from shared.audit.verify.new_log import OpenedLog, read_opening, vouchers
from shared.audit.verify.signatures import MIN_WITNESSES, signer_of
from shared.crypto.ed25519 import decode_base64url
from shared.crypto.merkle import ProofBroken, leaf_hash, root_from_inclusion, verify_consistency
from shared.crypto.signed_note import Checkpoint, Note, NoteRefused, parse_note, participant_of, read_checkpoint
from shared.protocol.directory import Directory

# Longer than a service is down for a restart.
PROVEN_WITHIN: Final = timedelta(seconds=60)
MAX_SAID: Final = 400


class Fault(StrEnum):
    """The kind of an alarm."""

    UNREADABLE = "unreadable"
    UNSIGNED = "unsigned"
    SHRUNK = "shrunk"
    FORKED = "forked"
    REWRITTEN = "rewritten"
    UNPROVEN = "unproven"
    NEW_LOG = "new-log"
    ALTERED = "altered"
    GAP = "disclosure-gap"
    FORGED_ANSWER = "forged-answer"
    STREAM_CHANGED = "stream-changed"
    STREAM_UNKNOWN = "stream-unknown"
    STREAM_LOST = "stream-lost"
    CONSUMER_CHANGED = "consumer-changed"
    CONSUMER_UNKNOWN = "consumer-unknown"
    CONSUMER_LOST = "consumer-lost"
    POST_OVER_QUOTA = "post-over-quota"
    RATE_EXCEEDED = "rate-exceeded"
    SERVER_MISSING = "server-missing"
    UNATTENDED = "unattended"
    FALSE_ENTRY = "false-entry"
    NOT_VOUCHED = "not-vouched"
    NOT_LOGGED = "not-logged"
    WITHHELD = "withheld"
    UNWITNESSED = "unwitnessed"
    CLOCK_OFF = "clock-off"
    CLOCK_NOT_PROVEN = "clock-not-proven"


MEANINGS: Final = {
    "a service": {
        Fault.SHRUNK: "its audit log showed fewer leaves than it had signed",
        Fault.FORKED: "it signed two trees of one size",
        Fault.REWRITTEN: "the larger tree does not begin with the smaller",
        Fault.UNPROVEN: "for a minute it returned no consistency proof",
        Fault.UNSIGNED: "a checkpoint is not signed by the service",
        Fault.UNREADABLE: "what it returned is not a checkpoint",
        Fault.NEW_LOG: "the log was retired and another opened, which is cosigned; leaves that your bureau had seen "
        "may be lost",
        Fault.ALTERED: "a leaf is not the one that was signed; `proof` is the evidence",
        Fault.GAP: "your bureau's list of disclosures is not proven to have no gap",
        Fault.FORGED_ANSWER: "an answer to an officer of yours did not match the service's OpenAPI document, and was "
        "refused; counted once a minute",
    },
    "the `broker`": {
        Fault.STREAM_CHANGED: "the configuration of a stream was wrong, and was corrected",
        Fault.STREAM_UNKNOWN: "a stream was not planned, and was removed",
        Fault.STREAM_LOST: "a stream was missing, and was made again",
        Fault.CONSUMER_CHANGED: "the configuration of a consumer was wrong, and was corrected",
        Fault.CONSUMER_UNKNOWN: "a consumer was not planned, and was removed",
        Fault.CONSUMER_LOST: "a consumer was missing, and was made again",
        Fault.POST_OVER_QUOTA: "a sender exceeded its quota; the rest was removed and is still in its outbox",
        Fault.RATE_EXCEEDED: "a participant exceeded its rate, and is paused",
        Fault.SERVER_MISSING: "a server of its cluster does not reply; if another one fails, nothing is stored",
        Fault.UNATTENDED: "for 15 s streams and quotas, or rates, could not be checked, or no relay answered",
    },
    "the `directory`": {
        Fault.FORKED: "the root key signed two contradicting directories",
        Fault.FALSE_ENTRY: "a key was entered for your bureau that its gateway does not hold",
        Fault.NOT_VOUCHED: "a key was entered that no key in force countersigned",
        Fault.NOT_LOGGED: "an entry is not in the log",
        Fault.WITHHELD: "entries of the log are not shown",
        Fault.SHRUNK: "an older directory is shown",
        Fault.UNREADABLE: "an entry of the log cannot be read",
        Fault.UNWITNESSED: "too few other bureaus cosigned it",
    },
    "the clock of a service or of the `gateway`": {
        Fault.CLOCK_OFF: "it is wrong by more than 30 s",
        Fault.CLOCK_NOT_PROVEN: "too few clocks answered to decide it, and irreversible actions wait",
    },
}
"""What each alarm means, by what it is about."""


class Alarm(Exception):
    """A log contradicts itself, withholds a proof, or its service is at fault; the message says how."""

    def __init__(self, fault: Fault, says: str) -> None:
        super().__init__(says)
        self.fault = fault
        self.says = says


class Undecided(Exception):
    """There is no fault, and nothing to cosign; the message says why."""


class Waiting:
    """Since when each of some things has been so: a service withholds a proof, or there is nothing to cosign."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def waited(self, what: str, monotonic: float) -> timedelta:
        """Return for how long it has been so, from this call on if it is new, by a monotonic clock."""
        return timedelta(seconds=monotonic - self._since.setdefault(what, monotonic))

    def over(self, what: str) -> None:
        """Record that it is no longer so."""
        self._since.pop(what, None)


class Shown(msgspec.Struct, frozen=True):
    """A checkpoint that a log signed."""

    note: Note
    """With the verified signatures only."""

    checkpoint: Checkpoint


def read_shown(text: str, service: str, directory: Directory, now: datetime | None) -> Shown:
    """Return the checkpoint in a note that a log of a service signed, with a key that is valid now unless it is None.

    Raises Alarm, Undecided.
    """
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
    if now is not None and not any(entry.valid_at(now.timestamp()) for entry in of_log):
        # Witnesses that saw it in time have cosigned it; the next is signed with another key.
        raise Undecided("the key that signed the checkpoint is not valid any more")
    return Shown(Note(note.text, tuple(signature for signature, _ in vouched)), checkpoint)


def must_be_proven(seen: Checkpoint | None, shown: Checkpoint) -> bool:
    """Return whether a checkpoint needs a consistency proof. Raises Alarm where it cannot extend what was seen."""
    if seen is None:
        return False
    if shown.log < seen.log:
        raise Alarm(Fault.SHRUNK, f"the service shows {shown.origin} after it had signed {seen.origin}")
    if shown.size < seen.size:
        raise Alarm(Fault.SHRUNK, f"the log shows {shown.size} leaves where it had signed {seen.size}")
    if shown.contradicts(seen):
        raise Alarm(Fault.FORKED, f"the log signed two different checkpoints of {shown.size} leaves")
    return shown.size > seen.size


def unproven(waited: timedelta, what: str) -> Alarm | None:
    """Return the alarm about a proof that a log withholds, if the log had enough time for it."""
    if waited < PROVEN_WITHIN:
        return None
    return Alarm(Fault.UNPROVEN, f"for {waited.total_seconds():.0f} s the log does not prove {what}")


def require_consistency(seen: Checkpoint, shown: Checkpoint, proof: Sequence[str]) -> None:
    """Verify the consistency proof of a checkpoint with what was seen. Raises Alarm."""
    try:
        hashes = [decode_base64url(each) for each in proof]
        verify_consistency(seen.size, seen.root, shown.size, shown.root, hashes)
    except ProofBroken as broken:
        raise Alarm(Fault.REWRITTEN, str(broken)) from broken
    except ValueError as error:
        raise Alarm(Fault.REWRITTEN, "the proof has malformed hashes") from error


def read_new_log(
    leaf: str, proof: Sequence[str], checkpoint: Checkpoint, bureau: str, directory: Directory
) -> OpenedLog:
    """Verify the first leaf of a log, and the checkpoint of the retired log that it states. Raises Alarm.

    The bureau itself must have cosigned that checkpoint, or enough witnesses.
    """
    raw, service = leaf.encode(), participant_of(checkpoint.origin)
    try:
        hashes = [decode_base64url(each) for each in proof]
        is_first = root_from_inclusion(0, checkpoint.size, leaf_hash(raw), hashes) == checkpoint.root
        opened = read_opening(raw, checkpoint)
        seen_by = frozenset({bureau}) if opened.retired is None else vouchers(opened.retired, service, directory)
    except ValueError as error:
        says = f"the first leaf of {checkpoint.origin} does not open it: {error}"
        raise Alarm(Fault.REWRITTEN, says[:MAX_SAID]) from error
    if not is_first:
        raise Alarm(Fault.REWRITTEN, f"{checkpoint.origin} begins with another leaf than the service shows")
    if bureau not in seen_by and len(seen_by) < MIN_WITNESSES:
        raise Alarm(Fault.REWRITTEN, f"too few bureaus cosigned the retired log that {checkpoint.origin} states")
    return opened


def lost(seen: Checkpoint, kept: Checkpoint | None) -> str:
    """Return a sentence on what a retired log lost of what a bureau had seen. Raises Alarm for a split view."""
    had = f"of the {seen.size} leaves of {seen.origin} that this bureau had seen"
    if kept is None or kept.log < seen.log:
        return f"{had}, none is kept"
    if kept.contradicts(seen):
        raise Alarm(Fault.FORKED, f"the log signed two different trees of {seen.size} leaves, and keeps the other")
    if kept.size < seen.size:
        return f"{had}, {seen.size - kept.size} are lost: {kept.size} to {seen.size - 1}"
    return f"{had}, none is lost"
