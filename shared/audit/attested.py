"""Who stands behind a checkpoint: the log that signed it, and the bureaus that saw it grow, by keys of the directory.

A checkpoint says no time of its own: the log's key must have been valid when the first bureau cosigned. A cosignature
of a key that was revoked since counts for nothing, as a thief of the key could date it back.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from shared.audit.note import (
    Checkpoint,
    Note,
    NoteRefused,
    Signature,
    cosigned_by,
    log_name,
    parse_note,
    participant_of,
    read_checkpoint,
    verified_by,
)
from shared.directory import Directory, Entry
from shared.envelope import SKEW_SECONDS
from shared.findings import Faults, Finding, VouchedKeys, finding, key_faults, moment, short
from shared.signing import VerifyingKey

MIN_WITNESSES: Final = 2
# Of this a cosignature states the beginning.
SECOND: Final = 1.0


class Witness(msgspec.Struct, frozen=True, order=True):
    """A bureau that saw the log grow to a checkpoint, and when, in seconds since 1970."""

    at: int
    bureau: str

    def __str__(self) -> str:
        return f"{self.bureau} at {moment(self.at)}"


class Attested(msgspec.Struct, frozen=True):
    """A checkpoint of which is known who signed it."""

    note: Note
    checkpoint: Checkpoint
    witnesses: tuple[Witness, ...]
    """Each bureau once, whose word counts: the first to see it first."""

    @property
    def seen_at(self) -> int | None:
        """When the first bureau saw it; None if none did."""
        return self.witnesses[0].at if self.witnesses else None

    @property
    def proof(self) -> str:
        """What the log signed, on one line, for whoever is to be convinced."""
        signed = " ".join(each.line.strip() for each in self.note.signatures)
        return f"{' '.join(self.note.text.split())} {signed}"


def attest(text: str, service: str, keys: VouchedKeys) -> tuple[Attested | None, Finding]:
    """Return a checkpoint with those who stand behind it, and what was found; none if the log did not sign it."""
    try:
        note = parse_note(text)
        checkpoint = read_checkpoint(note)
    except NoteRefused as refused:
        return None, Finding("checkpoint", False, str(refused))
    examination = _Examination(note, checkpoint, service, keys)
    faults = tuple(examination.faults())
    attested = Attested(note, checkpoint, tuple(sorted(examination.witnesses.values())))
    says = f"the log of {service} signed {checkpoint.size} leaves"
    return None if faults else attested, finding("checkpoint", says, faults)


def witnessed(attested: Attested) -> Finding:
    """Tell whether as many bureaus saw a checkpoint as it takes, and which."""
    by = ", ".join(map(str, attested.witnesses)) or "none"
    enough = len(attested.witnesses) >= MIN_WITNESSES
    says = f"cosigned by {by}" if enough else f"it takes {MIN_WITNESSES} bureaus whose word counts: {by}"
    return Finding("witnesses", enough, says)


def keys_of(service: str, entries: Iterable[str], root: VerifyingKey) -> VouchedKeys:
    """Return the keys of a file about the log of a service: a log that outlives its keys has signed with all."""
    keys = VouchedKeys(entries, root)
    for entry in keys.of(service):
        keys.use(entry.kid)
    return keys


def entries_for(texts: Iterable[str], service: str, directory: Directory) -> tuple[str, ...]:
    """Return the directory entries that go with checkpoints of a service: its own, and those of who cosigned.

    Raises NoteRefused.
    """
    kids = {entry.kid for entry in directory.entries_of(service)}
    for note in map(parse_note, texts):
        for signature in note.signatures:
            entries = directory.entries_of(participant_of(signature.name))
            kids |= {entry.kid for entry in entries if _cosigned_at(note, signature, entry) is not None}
    return tuple(sorted(jws for kid in kids if (jws := directory.signed_entry_of(kid)) is not None))


class _Examination:
    """Looks at each signature of one note."""

    def __init__(self, note: Note, checkpoint: Checkpoint, service: str, keys: VouchedKeys) -> None:
        self._note = note
        self._checkpoint = checkpoint
        self._service = service
        self._keys = keys
        self.witnesses: dict[str, Witness] = {}

    def faults(self) -> Faults:
        """Say what does not fit. Witnesses are known afterwards."""
        if self._checkpoint.origin != log_name(self._service):
            yield f"it is of {short(self._checkpoint.origin)}, which is not the log of {short(self._service)}"
        signers: list[Entry] = []
        for signature in self._note.signatures:
            participant = participant_of(signature.name)
            if not participant:
                # A witness of another network: nobody here knows its key.
                continue
            signer = self._log(signature) if participant == self._service else self._witness(participant, signature)
            if signer is None:
                yield f"no key that the root says is of {short(participant)} signed the line in its name"
            elif participant == self._service:
                signers.append(signer)
            else:
                yield from (f"{short(participant)}: {fault}" for fault in self._count(participant, signature, signer))
        yield from self._times(signers)

    def _log(self, signature: Signature) -> Entry | None:
        alone = Note(self._note.text, (signature,))
        for entry in self._keys.of(self._service):
            if entry.kind == "service" and verified_by(alone, signature.name, entry.verifying_key()):
                return entry
        return None

    def _witness(self, bureau: str, signature: Signature) -> Entry | None:
        for entry in self._keys.of(bureau):
            if entry.kind == "bureau" and _cosigned_at(self._note, signature, entry) is not None:
                return self._keys.use(entry.kid)
        return None

    def _count(self, bureau: str, signature: Signature, entry: Entry) -> Faults:
        at = _cosigned_at(self._note, signature, entry) or 0
        yield from key_faults(entry, _within(entry, at, SECOND))
        if entry.revoked_at is None:
            witness = Witness(at, bureau)
            self.witnesses[bureau] = min(witness, self.witnesses.get(bureau, witness))

    def _times(self, signers: list[Entry]) -> Faults:
        if not signers:
            yield "the log did not sign it"
        seen = min((each.at for each in self.witnesses.values()), default=None)
        for entry in signers:
            if seen is not None:
                yield from key_faults(entry, _within(entry, seen, SECOND + SKEW_SECONDS))
            elif entry.revoked_at is not None:
                yield f"its key was revoked at {moment(entry.revoked_at)}, and no bureau says that it was signed before"


def _cosigned_at(note: Note, signature: Signature, entry: Entry) -> int | None:
    return cosigned_by(Note(note.text, (signature,)), signature.name, entry.verifying_key())


def _within(entry: Entry, at: float, tolerance: float) -> float:
    """Return a time at which a key was valid, of those that may be meant: whole seconds, on another clock."""
    return min(max(at, entry.not_before), at + tolerance)
