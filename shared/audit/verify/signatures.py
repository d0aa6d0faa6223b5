"""Verifies the signatures of a checkpoint with keys of the directory: of the log, and of the bureaus that cosigned it.

A checkpoint states no time: the log's key must have been valid when the first bureau cosigned it that can have seen it
signed. A cosignature of a key that was revoked later does not count, as a thief could date it back.

Signatures of unknown keys do not count either, and do not invalidate the others: a log could add one to hide behind it.
"""

from collections.abc import Callable, Iterable
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
# A cosignature states whole seconds.
SECOND: Final = 1.0
MAX_REMARKS: Final = 5

EntriesOf = Callable[[str], Iterable[Entry]]
"""Return the directory entries of a participant."""


class Witness(msgspec.Struct, frozen=True, order=True):
    """A bureau that saw the log grow to a checkpoint, and when, in seconds since 1970."""

    at: int
    bureau: str

    def __str__(self) -> str:
        return f"{self.bureau} at {moment(self.at)}"


class Attested(msgspec.Struct, frozen=True):
    """A checkpoint whose signatures are verified."""

    note: Note
    """With the verified signatures only."""

    checkpoint: Checkpoint
    witnesses: tuple[Witness, ...]
    """Each bureau whose cosignature counts, once, the first to see it first."""

    remarks: tuple[str, ...]
    """Why other cosignatures do not count."""

    is_trust_said: bool = True
    """Whether it is known whose cosignatures count."""

    @property
    def seen_at(self) -> int | None:
        """When the first bureau cosigned it; None if none did."""
        return self.witnesses[0].at if self.witnesses else None

    @property
    def proof(self) -> str:
        """The signed note on one line."""
        signed = " ".join(each.line.strip() for each in self.note.signatures)
        return f"{' '.join(self.note.text.split())} {signed}"


def attest(text: str, service: str, keys: VouchedKeys, trust: Trust = ANY_BUREAU) -> tuple[Attested | None, Finding]:
    """Verify a checkpoint of a service; return it if the log signed it, and the finding.

    The cosignatures of trusted bureaus count.
    """
    try:
        note = parse_note(text)
        checkpoint = read_checkpoint(note)
    except NoteRefused as refused:
        return None, Finding("checkpoint", False, str(refused))
    if participant_of(checkpoint.origin) != service:
        says = f"it is of {short(checkpoint.origin)}, which is not the log of {short(service)}"
        return None, Finding("checkpoint", False, says)
    signatures = _Signatures(note, service, keys, trust)
    says = f"the log of {service} signed {checkpoint.size} leaves{of_log(checkpoint)}"
    found = finding("checkpoint", says, signatures.faults())
    verified = Note(note.text, tuple(signatures.verified))
    witnesses, remarks = tuple(sorted(signatures.witnesses.values())), tuple(signatures.remarks)
    return Attested(verified, checkpoint, witnesses, remarks, trust.is_known) if found.ok else None, found


def of_log(checkpoint: Checkpoint) -> str:
    """Return how a sentence names the log of a checkpoint: not at all if it is the first of its service."""
    return f" of {checkpoint.origin}" if checkpoint.log else ""


def witnessed(attested: Attested) -> Finding:
    """Check whether enough bureaus cosigned a checkpoint."""
    by, remarks = ", ".join(map(str, attested.witnesses)) or "none", attested.remarks
    enough = len(attested.witnesses) >= MIN_WITNESSES
    if enough and not attested.is_trust_said:
        says = f"cosigned by {by}; whether they are the witnesses of this log is not known"
        return undecided("witnesses", f"{says}: name those you trust with --witness, or provide the directory")
    says = f"cosigned by {by}"
    if not enough:
        has = f"only that of {by}" if attested.witnesses else "none yet"
        says = f"needs cosignatures of {MIN_WITNESSES} bureaus and has {has}; fetch it again in a few seconds"
    if remarks:
        more = f"; and {len(remarks) - MAX_REMARKS} more" if len(remarks) > MAX_REMARKS else ""
        says += f" (not counted: {'; '.join(remarks[:MAX_REMARKS])}{more})"
    return Finding("witnesses", enough, says)


def keys_of(service: str, entries: Iterable[str], root: VerifyingKey) -> VouchedKeys:
    """Return the keys of a file about the log of a service, all of the service's used: a log may outlive its keys."""
    keys = VouchedKeys(entries, root)
    for entry in keys.of(service):
        keys.use(entry.kid)
    return keys


def entries_for(texts: Iterable[str], service: str, directory: Directory) -> tuple[str, ...]:
    """Return the directory entries of all who signed checkpoints of a service. Raises NoteRefused."""
    kids = {entry.kid for entry in directory.entries_of(service)}
    for note in map(parse_note, texts):
        signers = (signer_of(note, signature, service, directory.entries_of) for signature in note.signatures)
        kids |= {entry.kid for entry in signers if entry is not None}
    return tuple(sorted(jws for kid in kids if (jws := directory.signed_entry_of(kid)) is not None))


def signer_of(note: Note, signature: Signature, service: str, entries_of: EntriesOf) -> Entry | None:
    """Return the entry whose key made one signature of a note: of the service, or of a bureau that cosigned.

    The Secretariat is no witness, as it keeps the logs.
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


class _Signatures:
    """Verifies each signature of one note."""

    def __init__(self, note: Note, service: str, keys: VouchedKeys, trust: Trust) -> None:
        self.witnesses: dict[str, Witness] = {}
        self.verified: list[Signature] = []
        self.remarks: list[str] = []
        self._note = note
        self._service = service
        self._keys = keys
        self._trust = trust
        self._signers: list[Entry] = []
        for signature in note.signatures:
            # The keys of witnesses of another network are not known here.
            if participant := participant_of(signature.name):
                self._verify(signature, participant)

    def faults(self) -> Faults:
        """Yield why it is not proven that the log signed it, if it is not: one good signature is enough."""
        faults = [tuple(self._signer_faults(entry)) for entry in self._signers]
        if not faults:
            in_its_name = any(each.name == self._note.origin for each in self._note.signatures)
            yield _unknown_key_of(self._service) if in_its_name else "the log did not sign it"
        elif all(faults):
            yield from chain.from_iterable(faults)

    def _verify(self, signature: Signature, participant: str) -> None:
        signer = signer_of(self._note, signature, self._service, self._keys.of)
        if signer is None:
            self.remarks.append(_unknown_key_of(participant))
            return
        self.verified.append(signature)
        self._keys.use(signer.kid)
        if participant == self._service:
            self._signers.append(signer)
        else:
            at = cosigned_by(Note(self._note.text, (signature,)), signature.name, signer.verifying_key())
            self._count(Witness(at or 0, participant), signer)

    def _count(self, witness: Witness, entry: Entry) -> None:
        faults = tuple(key_faults(entry, _within(entry, witness.at, SECOND)))
        if not faults and entry.revoked_at is not None:
            faults = (f"the key was revoked later, at {moment(entry.revoked_at)}",)
        if not faults and not self._trust.counts(self._service, witness.bureau, witness.at):
            faults = ("it is not a witness of this log",)
        self.remarks += (f"{short(witness.bureau)}: {fault}" for fault in faults)
        if not faults:
            self.witnesses[witness.bureau] = min(witness, self.witnesses.get(witness.bureau, witness))

    def _signer_faults(self, entry: Entry) -> Faults:
        # A witness that states an earlier time than is possible does not invalidate others.
        begin, times = entry.not_before - SECOND - SKEW_SECONDS, sorted(each.at for each in self.witnesses.values())
        seen = next((at for at in times if at >= begin), min(times, default=None))
        if seen is not None:
            yield from key_faults(entry, _within(entry, seen, SECOND + SKEW_SECONDS))
        elif entry.revoked_at is not None:
            yield f"its key was revoked at {moment(entry.revoked_at)}, and no bureau cosigned it before"


def _unknown_key_of(participant: str) -> str:
    if participant == SECRETARIAT:
        return f"{SECRETARIAT} keeps the logs, and is not a witness of them"
    return f"no key of {short(participant)} that the root vouches for made the signature in its name"


def _within(entry: Entry, at: float, tolerance: float) -> float:
    """Return the time nearest to a stated one at which the key was valid, within a tolerance after it."""
    return min(max(at, entry.not_before), at + tolerance)
