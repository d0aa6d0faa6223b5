"""Reads the first leaf of a log that was opened after another was retired. Pure.

The retired log lost leaves, as when its store was restored from a backup. The leaf has the last of its checkpoints that
bureaus cosigned and of which all leaves are kept. It does NOT state what was lost: the witnesses that saw more do.
"""

import msgspec

from shared.audit.format.leaf import decode
from shared.audit.verify.signatures import attest, entries_for, keys_of
from shared.crypto.signed_note import Checkpoint, Note, log_name, parse_note, participant_of, read_checkpoint
from shared.protocol.check_report import moment
from shared.protocol.directory import Directory
from shared.protocol.witnesses import trust_by


class OpenedLog(msgspec.Struct, frozen=True):
    """A log that replaces another."""

    at: float
    name: str
    reason: str
    retired: Note | None
    """The last checkpoint of the retired log that is kept; None if nothing is kept that bureaus cosigned."""

    @property
    def kept(self) -> Checkpoint | None:
        """What is kept of the retired log."""
        return None if self.retired is None else read_checkpoint(self.retired)

    @property
    def says(self) -> str:
        """A sentence with all of it."""
        kept = f"of {self.kept.origin} the first {self.kept.size} leaves are kept" if self.kept else "no leaf is kept"
        return f"{self.name} was opened on {moment(self.at)}, {kept}. The reason given: {self.reason}"


def read_opening(raw: bytes, checkpoint: Checkpoint) -> OpenedLog:
    """Return what the first leaf of the log of a checkpoint states. Raises ValueError if it does not open that log.

    Does NOT check whether the log has the leaf, nor who signed the checkpoint of the retired log.
    """
    leaf = decode(raw)
    new, service = leaf.new_log, participant_of(checkpoint.origin)
    if new is msgspec.UNSET:
        raise ValueError("it names no retired log")
    if new.log != checkpoint.log:
        raise ValueError(f"it opens {log_name(service, new.log)}")
    retired = None if new.retired is None else parse_note(new.retired)
    opened = OpenedLog(leaf.at, checkpoint.origin, new.reason, retired)
    if opened.kept and (participant_of(opened.kept.origin) != service or opened.kept.log >= new.log):
        raise ValueError(f"it cannot replace {opened.kept.origin}")
    return opened


def vouchers(note: Note, service: str, directory: Directory) -> frozenset[str]:
    """Return which witnesses of the log of a service cosigned its checkpoint; none if the log did not sign it."""
    entries, trust = entries_for([note.written], service, directory), trust_by(directory.entries())
    attested, _ = attest(note.written, service, keys_of(service, entries, directory.root), trust)
    return frozenset() if attested is None else frozenset(each.bureau for each in attested.witnesses)
