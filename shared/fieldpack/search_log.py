"""The log of the searches of a post: append-only, encrypted by its key, and each entry bound to the one before.

An entry is on disk before its answer is shown. What is handed in cannot lack an entry in between, nor be continued in
two ways, as the service knows the last entry that it has. Does NOT keep the holder of the passphrase from discarding
the last entries that were not handed in.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import msgspec

from shared.crypto.ed25519 import SigningKey, VerifyingKey, decode_base64url, encode_base64url
from shared.crypto.hpke import ContentKey, SealBroken
from shared.protocol.envelope import Code, Digest, Uuid

BEGINNING: Final = encode_base64url(hashlib.sha256(b"i247 post log").digest())
"""The digest before the first entry."""

MAX_FOUND: Final = 100
MAX_MATCH: Final = 300
MAX_ENTRY: Final = 64_000
MAX_NUMBER: Final = 2**31 - 1
# The end of the year 9999, in seconds since 1970.
MAX_TIME: Final = 253_402_300_799.0
# Without U+0000, which not every store can keep.
_TEXT: Final = r"\A[^\x00]*\Z"


class FoundRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of a record that a search showed."""

    record: Uuid
    version: Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]
    owner: Code
    score: Annotated[float, msgspec.Meta(ge=0, le=1)]
    match: Annotated[str, msgspec.Meta(max_length=MAX_MATCH, pattern=_TEXT)]
    near: bool = False
    """Whether it was no hit, but near one."""


class SearchEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One search of a post."""

    number: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0
    """From 1; 0 before it is appended."""

    at: Annotated[float, msgspec.Meta(ge=0, le=MAX_TIME)]
    officer: Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=_TEXT)]
    purpose: Code
    query: dict[str, str | int | bool]
    copy: Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]
    """The number of the field copy that was searched."""

    found: Annotated[tuple[FoundRecord, ...], msgspec.Meta(max_length=MAX_FOUND)]
    """The best of what was shown."""

    total: Annotated[int, msgspec.Meta(ge=0)]
    previous: Digest = BEGINNING
    """The digest of the entry before."""

    @property
    def digest(self) -> Digest:
        """What the next entry refers to."""
        return encode_base64url(hashlib.sha256(encode_entry(self)).digest())


class LogBroken(Exception):
    """The log was altered or truncated; the message says where."""


encode_entry: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(SearchEntry).decode
_SIGNED: Final = b"i247 search\0"


def sign_search(entry: SearchEntry, key: SigningKey) -> str:
    """Return the signature of the post over an entry, base64url."""
    return encode_base64url(key.sign(_SIGNED + encode_entry(entry)))


def read_search(text: str, signature: str, key: VerifyingKey) -> SearchEntry:
    """Return an entry that a post signed. Raises LogBroken."""
    raw = text.encode()
    try:
        entry = _decode(raw)
        is_signed = encode_entry(entry) == raw and key.verifies(decode_base64url(signature), _SIGNED + raw)
    except (ValueError, RecursionError) as error:
        raise LogBroken(f"it is no entry of a log of searches: {error}"[:200]) from error
    if not is_signed:
        raise LogBroken("the post did not sign it as it is")
    return entry


class SearchFile:
    """The log in a file: a line for each entry. Several processes may append, one after another."""

    def __init__(self, file: Path, key: ContentKey) -> None:
        """Read the log to its end. Raises LogBroken."""
        self._file = file
        self._key = key
        self._length = 0
        self.last: SearchEntry | None = None
        """The last entry."""

        if file.exists():
            with file.open("rb") as stream:
                self._read_on(stream)

    def entries(self, after: int = 0) -> Iterator[SearchEntry]:
        """Yield the entries after a number, in order. Raises LogBroken."""
        if self._file.exists():
            with self._file.open("rb") as stream:
                for entry, _ in self._read(stream, None):
                    if entry.number > after:
                        yield entry

    def append(self, entry: SearchEntry) -> SearchEntry:
        """Append an entry as the next one, on disk when this returns, and return it with its number. Raises OSError."""
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            stream.seek(self._length)
            self._read_on(stream)
            number, previous = (1, BEGINNING) if self.last is None else (self.last.number + 1, self.last.digest)
            entry = msgspec.structs.replace(entry, number=number, previous=previous)
            # What a crash left of an entry, whose answer was never shown.
            stream.truncate(self._length)
            stream.seek(self._length)
            stream.write(encode_base64url(self._key.seal(encode_entry(entry), previous.encode())).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
            self._length = stream.tell()
        self.last = entry
        return entry

    def _read_on(self, stream: BinaryIO) -> None:
        """Read the entries that follow the last one, which another process may have appended."""
        for entry, length in self._read(stream, self.last):
            self.last, self._length = entry, self._length + length

    def _read(self, stream: BinaryIO, last: SearchEntry | None) -> Iterator[tuple[SearchEntry, int]]:
        """Yield the entries that were written whole after one, each with its length in the file. Raises LogBroken."""
        number, previous = (0, BEGINNING) if last is None else (last.number, last.digest)
        for line in stream:
            if not line.endswith(b"\n"):
                return
            number += 1
            try:
                sealed = decode_base64url(line[:-1].decode("ascii", "replace"))
                entry = _decode(self._key.open(sealed, previous.encode()))
            except (SealBroken, ValueError) as error:
                raise LogBroken(
                    f"entry {number} of the log of searches was altered, or one before is missing"
                ) from error
            previous = entry.digest
            yield entry, len(line)
