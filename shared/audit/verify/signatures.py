"""Who stands behind a checkpoint: the log that signed it, and the bureaus that saw it grow, by keys of the directory.

A checkpoint says no time of its own: the log's key must have been valid when the first bureau cosigned that can have
seen it signed. A cosignature of a key that was revoked since counts for nothing, as a thief could date it back.

Lines that nobody vouches for count for nothing either, and take nothing from the others: a log that lies could hide
behind one that it adds by itself.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Final

import msgspec

from shared.bureaus import SECRETARIAT
from shared.crypto.ed25519 import VerifyingKey
from shared.crypto.signed_note import (
    Checkpoint,
    Note,
    NoteRefused,
    Signature,
    cosigned_by,
    parse_note,
    participant_of,
    read_checkpoint,
    verified_by,
    witness_name,
)
from shared.protocol.check_report import Faults, Finding, VouchedKeys, finding, key_faults, moment, short, undecided
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry
from shared.protocol.envelope import SKEW_SECONDS
from shared.protocol.witnesses import ANY_BUREAU, Trust

MIN_WITNESSES: Final = 2
# Of this a cosignature states the beginning.
SECOND: Final = 1.0
MAX_REMARKS: Final = 5

EntriesOf = Callable[[str], Iterable[Entry]]
"""Returns the directory entries of a participant."""


class Witness(msgspec.Struct, frozen=True, order=True):
    """A bureau that saw the log grow to a checkpoint, and when, in seconds since 1970."""

    at: int
    bureau: str

    def __str__(self) -> str:
        return f"{self.bureau} at {moment(self.at)}"


class Attested(msgspec.Struct, frozen=True):
    """A checkpoint of which is known who signed it."""

    note: Note
    """With those lines alone that somebody is known to have signed."""

    checkpoint: Checkpoint
    witnesses: tuple[Witness, ...]
    """Each bureau once, whose word counts: the first to see it first."""

    remarks: tuple[str, ...]
    """Why the other lines count for nothing."""

    is_trust_said: bool = True
    """Whether it is known whose word counts."""

    @property
    def seen_at(self) -> int | None:
        """When the first bureau saw it; None if none did."""
        return self.witnesses[0].at if self.witnesses else None

    @property
    def proof(self) -> str:
        """What the log signed, on one line, for whoever is to be convinced."""
        signed = " ".join(each.line.strip() for each in self.note.signatures)
        return f"{' '.join(self.note.text.split())} {signed}"


def attest(text: str, service: str, keys: VouchedKeys, trust: Trust = ANY_BUREAU) -> tuple[Attested | None, Finding]:
    """Return a checkpoint with those who stand behind it, and what was found; none if the log did not sign it.

    Of bureaus those count that are trusted.
    """
    try:
        note = parse_note(text)
        checkpoint = read_checkpoint(note)
    except NoteRefused as refused:
        return None, Finding("checkpoint", False, str(refused))
    if participant_of(checkpoint.origin) != service:
        says = f"it is of {short(checkpoint.origin)}, which is not the log of {short(service)}"
        return None, Finding("checkpoint", False, says)
    examination = _Examination(note, service, keys, trust)
    says = f"the log of {service} signed {checkpoint.size} leaves{of_log(checkpoint)}"
    found = finding("checkpoint", says, examination.faults())
    vouched = Note(note.text, tuple(examination.vouched))
    witnesses = tuple(sorted(examination.witnesses.values()))
    attested = Attested(vouched, checkpoint, witnesses, tuple(examination.remarks), trust.is_known)
    return attested if found.ok else None, found


def of_log(checkpoint: Checkpoint) -> str:
    """Return how a sentence says of which log of the service a checkpoint is, if it is not of the first."""
    return f" of {checkpoint.origin}" if checkpoint.log else ""


def witnessed(attested: Attested) -> Finding:
    """Tell whether as many bureaus saw a checkpoint as it takes, and which."""
    by = ", ".join(map(str, attested.witnesses)) or "none"
    enough = len(attested.witnesses) >= MIN_WITNESSES
    too_few = (
        f"it takes {MIN_WITNESSES} bureaus whose word counts: {by}; an honest log has them in seconds: fetch it again"
    )
    if enough and not attested.is_trust_said:
        says = f"cosigned by {by}; whether they are the witnesses of this log is not known"
        return undecided("witnesses", f"{says}: name those you trust with --witness, or have the directory at hand")
    says = f"cosigned by {by}" if enough else too_few
    return Finding("witnesses", enough, says + _of_no_account(attested.remarks))


def _of_no_account(remarks: Sequence[str]) -> str:
    if not remarks:
        return ""
    more = f"; and {len(remarks) - MAX_REMARKS} more" if len(remarks) > MAX_REMARKS else ""
    return f" (of no account: {'; '.join(remarks[:MAX_REMARKS])}{more})"


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
        signers = (signer_of(note, signature, service, directory.entries_of) for signature in note.signatures)
        kids |= {entry.kid for entry in signers if entry is not None}
    return tuple(sorted(jws for kid in kids if (jws := directory.signed_entry_of(kid)) is not None))


def signer_of(note: Note, signature: Signature, service: str, entries_of: EntriesOf) -> Entry | None:
    """Return whose key signed one line of a note, as the log of a service or as a bureau that is its witness.

    The Secretariat is none, as it keeps the logs.
    """
    participant, alone = participant_of(signature.name), Note(note.text, (signature,))
    if participant == SECRETARIAT:
        return None
    for entry in entries_of(participant):
        key = entry.verifying_key()
        if participant == service:
            signed = entry.kind == "service" and verified_by(alone, note.origin, key)
        else:
            signed = entry.kind == "bureau" and cosigned_by(alone, witness_name(participant), key) is not None
        if signed:
            return entry
    return None


class _Examination:
    """Looks at each signature of one note."""

    def __init__(self, note: Note, service: str, keys: VouchedKeys, trust: Trust) -> None:
        self.witnesses: dict[str, Witness] = {}
        self.vouched: list[Signature] = []
        self.remarks: list[str] = []
        """Why lines count for nothing."""

        self._note = note
        self._service = service
        self._keys = keys
        self._trust = trust
        self._signers: list[Entry] = []
        for signature in note.signatures:
            # Of a witness of another network nobody here knows the key.
            if participant := participant_of(signature.name):
                self._look_at(signature, participant)

    def faults(self) -> Faults:
        """Say why the log is not known to have signed it, if it is not: one good signature is enough."""
        faults = [tuple(self._signer_faults(entry)) for entry in self._signers]
        if not faults:
            in_its_name = any(each.name == self._note.origin for each in self._note.signatures)
            yield _no_key_of(self._service) if in_its_name else "the log did not sign it"
        elif all(faults):
            yield from chain.from_iterable(faults)

    def _look_at(self, signature: Signature, participant: str) -> None:
        signer = signer_of(self._note, signature, self._service, self._keys.of)
        if signer is None:
            self.remarks.append(_no_key_of(participant))
            return
        self.vouched.append(signature)
        self._keys.use(signer.kid)
        if participant == self._service:
            self._signers.append(signer)
        else:
            at = cosigned_by(Note(self._note.text, (signature,)), signature.name, signer.verifying_key())
            self._count(Witness(at or 0, participant), signer)

    def _count(self, witness: Witness, entry: Entry) -> None:
        faults = tuple(key_faults(entry, _within(entry, witness.at, SECOND)))
        if not faults and entry.revoked_at is not None:
            faults = (f"the key was revoked since, at {moment(entry.revoked_at)}",)
        if not faults and not self._trust.counts(self._service, witness.bureau, witness.at):
            faults = ("it is none of the witnesses of this log",)
        self.remarks += (f"{short(witness.bureau)}: {fault}" for fault in faults)
        if not faults:
            self.witnesses[witness.bureau] = min(witness, self.witnesses.get(witness.bureau, witness))

    def _signer_faults(self, entry: Entry) -> Faults:
        seen = self._seen_since(entry.not_before - SECOND - SKEW_SECONDS)
        if seen is not None:
            yield from key_faults(entry, _within(entry, seen, SECOND + SKEW_SECONDS))
        elif entry.revoked_at is not None:
            yield f"its key was revoked at {moment(entry.revoked_at)}, and no bureau says that it was signed before"

    def _seen_since(self, begin: float) -> int | None:
        """Return when a bureau saw it first since a time: who says that he did before takes nothing from others."""
        times = sorted(each.at for each in self.witnesses.values())
        return next((at for at in times if at >= begin), min(times, default=None))


def _no_key_of(participant: str) -> str:
    if participant == SECRETARIAT:
        return f"{SECRETARIAT} keeps the logs, and is no witness of them"
    return f"no key that the root says is of {short(participant)} signed the line in its name"


def _within(entry: Entry, at: float, tolerance: float) -> float:
    """Return a time at which a key was valid, of those that may be meant: whole seconds, on another clock."""
    return min(max(at, entry.not_before), at + tolerance)
