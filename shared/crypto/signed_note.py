"""Checkpoints of a log: signed notes (C2SP signed-note, tlog-checkpoint), cosigned by witnesses (tlog-cosignature v1).

A log and its witnesses sign with their keys from the directory. Envelopes cannot be mistaken for notes: what they sign
begins with base64url up to a full stop, and the name of a log has a `/` before any.

Does NOT know who owns a key, when it was valid, or whether two checkpoints are consistent.
"""

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec

from shared.crypto.ed25519 import Signer, SigningKey, VerifyingKey
from shared.crypto.merkle import HASH_BYTES

MAX_NOTE: Final = 64 * 1024
MAX_SIGNATURES: Final = 300
LOG_NAMES: Final = "i247/"
_NAME: Final = re.compile(r"i247/([^\s+/]+)(?:/([1-9][0-9]{0,8}))?")
_ED25519: Final = b"\x01"
_COSIGNATURE_V1: Final = b"\x04"
_KEY_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8
# Names have neither white space nor `+`.
_SIGNATURE: Final = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})\n")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
# Sizes fit into a signed integer of 64 bits.
_CHECKPOINT: Final = re.compile(
    r"([^\s+]+)\n(0|[1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\n(?:disclosures ([1-9][0-9]{0,8}) ([A-Za-z0-9+/]{43}=)\n)?"
)


class NoteRefused(ValueError):
    """A text is no valid signed note or checkpoint; the message says why."""


class DisclosureLists(msgspec.Struct, frozen=True):
    """A commitment to the lengths of the lists of disclosures of participants: see `audit.format.lists`."""

    count: int
    """The number of participants."""

    root: bytes

    @property
    def line(self) -> str:
        """The line in a checkpoint."""
        return f"disclosures {self.count} {_encoded(self.root)}\n"


class Checkpoint(msgspec.Struct, frozen=True):
    """The size and root of a log."""

    origin: str
    """The name of the log."""

    size: int
    root: bytes
    lists: DisclosureLists | None = None

    @property
    def log(self) -> int:
        """The number of the log of its service: 0 is the first."""
        found = _NAME.fullmatch(self.origin)
        return int(found[2] or 0) if found else 0

    @property
    def text(self) -> str:
        """The text that is signed."""
        lists = self.lists.line if self.lists else ""
        return f"{self.origin}\n{self.size}\n{_encoded(self.root)}\n{lists}"

    def contradicts(self, other: "Checkpoint") -> bool:
        """Return whether both are of one log and size, but differ."""
        return (self.origin, self.size) == (other.origin, other.size) and self != other


class Signature(msgspec.Struct, frozen=True):
    """A signature line, unverified."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """The line in a note."""
        return f"— {self.name} {_encoded(self.key_id + self.signature)}\n"


class Note(msgspec.Struct, frozen=True):
    """A text and its signatures, unverified."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def written(self) -> str:
        """The text of the note with its signature lines."""
        return f"{self.text}\n{''.join(each.line for each in self.signatures)}"

    @property
    def origin(self) -> str:
        """The name of the log, if it is a checkpoint."""
        return self.text.partition("\n")[0]

    def by(self, name: str, key_id: bytes) -> list[bytes]:
        """Return the signatures of a name and key id. Another key may have the same id."""
        return [each.signature for each in self.signatures if (each.name, each.key_id) == (name, key_id)]


def log_name(service: str, log: int = 0) -> str:
    """Return the name of a log of a service and of its key. Log 0 is the first."""
    return f"{LOG_NAMES}{service}/{log}" if log else LOG_NAMES + service


def witness_name(bureau: str) -> str:
    """Return the name for cosignatures of a bureau."""
    return LOG_NAMES + bureau


def participant_of(name: str) -> str:
    """Return the participant in the name of a log or witness; empty for another name."""
    found = _NAME.fullmatch(name)
    return found[1] if found else ""


def sign_checkpoint(checkpoint: Checkpoint, name: str, key: Signer) -> str:
    """Return a checkpoint as a note, signed by its log."""
    signature = Signature(name, _key_id(name, _ED25519, key.public), key.sign(checkpoint.text.encode()))
    return f"{checkpoint.text}\n{signature.line}"


def cosign(note: Note, name: str, key: SigningKey, at: datetime) -> str:
    """Return the cosignature line of a witness: it has verified the log up to this size."""
    seconds = int(at.timestamp())
    signature = seconds.to_bytes(_TIME_BYTES, "big") + key.sign(_cosigned(seconds, note.text))
    return Signature(name, _key_id(name, _COSIGNATURE_V1, key.public), signature).line


def with_signature(text: str, line: str) -> str:
    """Return a note with a signature line added, unless it has it already. Does NOT verify it.

    Raises NoteRefused for a malformed line, or one too many.
    """
    read_signature(line)
    if line in text.splitlines(keepends=True):
        return text
    parse_note(text + line)
    return text + line


def read_signature(line: str) -> Signature:
    """Parse a single signature line. Does NOT verify it. Raises NoteRefused."""
    if _SIGNATURE.fullmatch(line) is None:
        raise NoteRefused("this is not one signature line")
    [signature] = _signatures(line)
    return signature


def parse_note(text: str) -> Note:
    """Parse a note. Does NOT verify its signatures. Raises NoteRefused."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise NoteRefused("the note is not UTF-8") from error
    if size > MAX_NOTE:
        raise NoteRefused(f"the note exceeds {MAX_NOTE} bytes")
    if _CONTROL.search(text):
        raise NoteRefused("the note has a control character")
    signed, blank, lines = text.rpartition("\n\n")
    if not blank or not lines:
        raise NoteRefused("the note has no signatures: they follow an empty line")
    return Note(f"{signed}\n", tuple(_signatures(lines)))


def read_checkpoint(note: Note) -> Checkpoint:
    """Parse the checkpoint in a note. Raises NoteRefused, also for extension lines, which nobody audits."""
    found = _CHECKPOINT.fullmatch(note.text)
    roots = [_decoded(found[3]), *([_decoded(found[5])] if found[4] else [])] if found else []
    if found is None or any(len(root) != HASH_BYTES for root in roots):
        raise NoteRefused("the text is no checkpoint: that has the lines name, size and root")
    return Checkpoint(found[1], int(found[2]), roots[0], DisclosureLists(int(found[4]), roots[1]) if found[4] else None)


def verified_by(note: Note, name: str, key: VerifyingKey) -> bool:
    """Return whether a key signed a note under a name, and all signatures with its id are valid."""
    signatures = note.by(name, _key_id(name, _ED25519, key))
    return bool(signatures) and all(key.verifies(each, note.text.encode()) for each in signatures)


def with_one_line(note: Note, name: str, key: VerifyingKey) -> Note:
    """Return a note with one signature line of this key, and no other."""
    key_id = _key_id(name, _ED25519, key)
    return Note(note.text, (Signature(name, key_id, note.by(name, key_id)[0]),))


def cosigned_by(note: Note, name: str, key: VerifyingKey) -> int | None:
    """Return the time of the earliest cosignature of a witness in seconds since 1970.

    None if there is none, or if one with its name and key id is invalid.
    """
    times = []
    for signature in note.by(name, _key_id(name, _COSIGNATURE_V1, key)):
        seconds = int.from_bytes(signature[:_TIME_BYTES], "big")
        if not key.verifies(signature[_TIME_BYTES:], _cosigned(seconds, note.text)):
            return None
        times.append(seconds)
    return min(times, default=None)


def _cosigned(seconds: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _key_id(name: str, kind: bytes, key: VerifyingKey) -> bytes:
    return sha256(name.encode() + b"\n" + kind + key.raw).digest()[:_KEY_ID_BYTES]


def _signatures(lines: str) -> Iterator[Signature]:
    for number, line in enumerate(lines.splitlines(keepends=True), 1):
        found = _SIGNATURE.fullmatch(line)
        raw = _decoded(found[2]) if found else b""
        if found is None or len(raw) <= _KEY_ID_BYTES:
            raise NoteRefused(f"line {number} below the text is no signature")
        if number > MAX_SIGNATURES:
            raise NoteRefused(f"the note has more than {MAX_SIGNATURES} signatures")
        yield Signature(found[1], raw[:_KEY_ID_BYTES], raw[_KEY_ID_BYTES:])


def _encoded(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).decode()


def _decoded(text: str) -> bytes:
    """Decode base64; return no bytes for an invalid or non-canonical encoding."""
    try:
        raw = a2b_base64(text, strict_mode=True)
    except ValueError:
        return b""
    return raw if _encoded(raw) == text else b""
