"""What a leaf says by which a log goes on after a part of it was lost, and whether it can be so. Pure.

Such a log was restored from a backup: its leaves are fewer than it had signed for, or others. It begins with what a
checkpoint is of that bureaus cosigned, and says which leaves after that are gone. It CANNOT show what these were.
"""

from collections.abc import Iterable

import msgspec

from shared.audit.format.leaf import decode
from shared.audit.verify.signatures import EntriesOf, signer_of
from shared.bureaus import SECRETARIAT
from shared.crypto.signed_note import Checkpoint, Note, NoteRefused, parse_note, participant_of, read_checkpoint
from shared.protocol.check_report import moment


class Restarted(msgspec.Struct, frozen=True):
    """That a log went on in another generation."""

    index: int
    """Of the leaf that says so, the first of the generation."""

    at: float
    generation: int
    reason: str
    lost: Checkpoint
    """The last of what was lost, in a generation before."""

    kept: Checkpoint | None
    """The last of that generation that the log still begins with, as it says."""

    witnesses: frozenset[str]
    """The bureaus that cosigned what was kept, as far as their keys are known and none was revoked since."""

    @property
    def kept_size(self) -> int:
        """With how many leaves of the earlier generation the log still begins."""
        return 0 if self.kept is None else self.kept.size

    @property
    def says(self) -> str:
        """All that in a sentence."""
        lost = f"leaves {self.kept_size} to {self.lost.size - 1} of generation {self.lost.generation} were lost"
        goes_on = f"it goes on in generation {self.generation} with leaf {self.index}, of {moment(self.at)}"
        return f"the log was restarted: {lost}; {goes_on}. The reason given: {self.reason}"


def read_restart(raw: bytes, index: int, service: str, entries_of: EntriesOf) -> Restarted | None:
    """Return what a leaf says of a restart; None if it is about something else. Raises ValueError if it cannot be so.

    Does NOT check whether the log has the leaf, nor whether it begins with what it says was kept.
    """
    leaf = decode(raw)
    if leaf.restart is msgspec.UNSET:
        return None
    lost = read_checkpoint(signed_by_log(leaf.restart.lost, service, entries_of))
    kept, witnesses = None, frozenset[str]()
    if leaf.restart.kept is not None:
        note = signed_by_log(leaf.restart.kept, service, entries_of)
        kept, witnesses = read_checkpoint(note), frozenset(_cosigners(note, service, entries_of))
    told = Restarted(index, leaf.at, leaf.restart.generation, leaf.restart.reason, lost, kept, witnesses)
    if lost.generation >= told.generation:
        raise ValueError(f"it says that leaves of generation {lost.generation} were lost before {told.generation}")
    if kept is not None and (kept.generation != lost.generation or kept.size >= min(lost.size, index + 1)):
        raise ValueError("what it says was kept is no part of what was lost, or not before it")
    return told


def signed_by_log(text: str, service: str, entries_of: EntriesOf) -> Note:
    """Return a checkpoint of a log with those lines alone of which is known who signed them. Raises NoteRefused."""
    note = parse_note(text)
    if participant_of(read_checkpoint(note).origin) != service:
        raise NoteRefused(f"the checkpoint is not of the log of {service}")
    vouched = tuple(each for each in note.signatures if signer_of(note, each, service, entries_of) is not None)
    if all(each.name != note.origin for each in vouched):
        raise NoteRefused(f"no key of {service} signed the checkpoint")
    return Note(note.text, vouched)


def _cosigners(note: Note, service: str, entries_of: EntriesOf) -> Iterable[str]:
    for each in note.signatures:
        entry = signer_of(note, each, service, entries_of)
        if entry is not None and entry.participant not in {service, SECRETARIAT} and entry.revoked_at is None:
            yield entry.participant
