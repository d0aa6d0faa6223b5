"""The log of the searches of a post: append-only, encrypted by its key, and each entry bound to the one before.

An entry is on disk before its answer is shown. The last use is kept beside: when it was, and the last entry then. A log
that lacks that entry is refused; after a power failure that may be one of some seconds before. What is handed in cannot
lack an entry in between, nor be continued in two ways, as the service knows the last entry that it has. Does NOT keep
the holder of the passphrase from discarding the last entries that were not handed in, nor anybody from putting back an
earlier copy of the log with the last use of that time.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, BinaryIO, Final, Self

import msgspec

from shared.crypto.ed25519 import SigningKey, VerifyingKey, decode_base64url, encode_base64url
from shared.crypto.hpke import ContentKey, SealBroken
from shared.files import replace_file
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
MAX_OFFICER: Final = 255


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
    officer: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_OFFICER, pattern=_TEXT)]
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


class LastUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a post was used last, in seconds since 1970, and the last entry of its log then."""

    at: float
    number: int = 0
    digest: Digest = BEGINNING


class LogBroken(Exception):
    """The log was altered or truncated; the message says where."""


encode_entry: Final = msgspec.json.Encoder().encode
_encode_use: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(SearchEntry).decode
_decode_use: Final = msgspec.json.Decoder(LastUse).decode
_SIGNED: Final = b"i247 search\0"
_USE: Final = b"i247 post last use"
# Of one sector, which a disk writes whole or not at all.
_USE_BYTES: Final = 256
_PRIVATE: Final = 0o600


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
        """Read the log to its end. Raises LogBroken, also if it lacks what it had at the last use."""
        self._file = file
        self._key = key
        self._length = 0
        self.last: SearchEntry | None = None
        """The last entry."""

        # Before the log, as another process may append meanwhile.
        use, found = self.last_use(), BEGINNING
        with suppress(FileNotFoundError), file.open("rb") as stream:
            for _ in self._read_on(stream):
                found = self.digest if self.number == use.number else found
        if found != use.digest:
            raise LogBroken(f"entry {use.number} of the log of searches is missing, or another is in its place")

    @classmethod
    def create(cls, file: Path, key: ContentKey, at: float) -> Self:
        """Create the log of a new post, which is used now."""
        replace_file(_use_of(file), _sealed_use(key, LastUse(at)), mode=_PRIVATE)
        return cls(file, key)

    @property
    def number(self) -> int:
        """The number of the last entry; 0 if there is none."""
        return 0 if self.last is None else self.last.number

    @property
    def digest(self) -> Digest:
        """The digest of the last entry, to which the next one refers."""
        return BEGINNING if self.last is None else self.last.digest

    def last_use(self) -> LastUse:
        """Return the last use by any process. Raises LogBroken."""
        file = _use_of(self._file)
        try:
            with file.open("rb") as stream:
                fcntl.flock(stream, fcntl.LOCK_SH)
                sealed = decode_base64url(stream.read(_USE_BYTES).decode("ascii", "replace").strip())
            return _decode_use(self._key.open(sealed, _USE))
        except FileNotFoundError as error:
            raise LogBroken(f"{file.name} is missing, so it is unknown when this post was used last") from error
        except (SealBroken, ValueError) as error:
            raise LogBroken(f"{file.name} was altered, or is of another post") from error

    def entries(self, after: int = 0) -> Iterator[SearchEntry]:
        """Yield the entries after a number, in order. Raises LogBroken."""
        if self._file.exists():
            with self._file.open("rb") as stream:
                for entry, _ in self._read(stream, None):
                    if entry.number > after:
                        yield entry

    def append(self, entry: SearchEntry) -> SearchEntry:
        """Append an entry as the next one, on disk when this returns, and return it. Raises OSError, LogBroken."""
        with self._locked() as stream:
            entry = msgspec.structs.replace(entry, number=self.number + 1, previous=self.digest)
            # What a crash left of an entry, whose answer was never shown.
            stream.truncate(self._length)
            stream.seek(self._length)
            sealed = self._key.seal(encode_entry(entry), entry.previous.encode())
            stream.write(encode_base64url(sealed).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
            self._length = stream.tell()
            self.last = entry
            self._remember(entry.at)
        return entry

    def note_use(self, at: float) -> None:
        """Remember a use without an entry, such as one that was refused. Raises OSError, LogBroken."""
        with self._locked():
            self._remember(at, is_durable=True)

    def _remember(self, at: float, *, is_durable: bool = False) -> None:
        """Write the last use in place, as another file for it would take as long again as the entry."""
        use = LastUse(max(at, self.last_use().at), self.number, self.digest)
        with _use_of(self._file).open("r+b") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            stream.write(_sealed_use(self._key, use))
            stream.flush()
            if is_durable:
                os.fsync(stream.fileno())

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        """Let no other process append meanwhile; what others appended was read."""
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, _PRIVATE)
        with os.fdopen(descriptor, "r+b") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            if stream.seek(0, os.SEEK_END) < self._length:
                raise LogBroken(f"entry {self.number} of the log of searches is missing")
            stream.seek(self._length)
            for _ in self._read_on(stream):
                pass
            yield stream

    def _read_on(self, stream: BinaryIO) -> Iterator[None]:
        """Read the entries that follow the last one, one at a time."""
        for entry, length in self._read(stream, self.last):
            self.last, self._length = entry, self._length + length
            yield

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


def _use_of(log: Path) -> Path:
    return log.with_suffix(".last")


def _sealed_use(key: ContentKey, use: LastUse) -> bytes:
    return encode_base64url(key.seal(_encode_use(use), _USE)).encode().ljust(_USE_BYTES - 1) + b"\n"
