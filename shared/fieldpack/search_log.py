"""The log of the searches of a post: append-only, encrypted by its key, and each entry bound to the one before.

An entry is on disk before its answer is shown. What is handed in cannot lack an entry in between, nor be continued in
two ways, as the service knows the last entry that it has. Does NOT keep the holder of the passphrase from discarding
the last entries that were not handed in.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

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

    number: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    at: float
    officer: Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=_TEXT)]
    purpose: Code
    query: dict[str, str | int | bool]
    copy: Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]
    """The number of the field copy that was searched."""

    found: Annotated[tuple[FoundRecord, ...], msgspec.Meta(max_length=MAX_FOUND)]
    """The best of what was shown."""

    total: Annotated[int, msgspec.Meta(ge=0)]
    previous: Digest
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
    """The log in a file: a line for each entry."""

    def __init__(self, file: Path, key: ContentKey) -> None:
        """Read the log to its end. Raises LogBroken."""
        self._file = file
        self._key = key
        self._length = 0
        self.last: SearchEntry | None = None
        """The last entry."""

        for entry in self.entries():
            self.last = entry

    def entries(self, after: int = 0) -> Iterator[SearchEntry]:
        """Yield the entries after a number, in order. Raises LogBroken."""
        previous = BEGINNING
        for number, line in enumerate(self._lines(), 1):
            try:
                entry = _decode(self._key.open(decode_base64url(line), previous.encode()))
            except (SealBroken, ValueError) as error:
                raise LogBroken(
                    f"entry {number} of the log of searches was altered, or one before is missing"
                ) from error
            previous = entry.digest
            if number > after:
                yield entry

    def append(self, entry: SearchEntry) -> None:
        """Append an entry, which continues the log: on disk when this returns. Raises OSError."""
        line = encode_base64url(self._key.seal(encode_entry(entry), entry.previous.encode())) + "\n"
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as stream:
            # What a crash left of an entry, whose answer was never shown.
            stream.truncate(self._length)
            stream.seek(self._length)
            stream.write(line.encode())
            stream.flush()
            os.fsync(stream.fileno())
            self._length = stream.tell()
        self.last = entry

    @property
    def next_place(self) -> tuple[int, Digest]:
        """The number of the next entry, and the digest that it refers to."""
        return (1, BEGINNING) if self.last is None else (self.last.number + 1, self.last.digest)

    def _lines(self) -> Iterator[str]:
        """Yield the lines that were written whole."""
        self._length = 0
        if not self._file.exists():
            return
        with self._file.open("rb") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    return
                self._length += len(line)
                yield line[:-1].decode("ascii", "replace")
