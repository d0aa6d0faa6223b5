"""One part of a log as a file: a ZIP of its tiles and bundles (C2SP tlog-tiles), of salts, and of what proves it.

All parts of a log, unpacked into one folder, are the full tiles and bundles of the archived range, but for the salts.
They are NOT a whole log by tlog-tiles, which has a checkpoint and partial tiles as well: the newest leaves are in the
store. A file is readable by its owner only: leaves name officers.
"""

import os
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, Annotated, Final, NamedTuple

import msgspec

from shared.audit.format.tiles import (
    TILE,
    entries_path,
    read_bundle,
    read_salts,
    salts_path,
    tile_path,
    write_bundle,
)
from shared.crypto.merkle import STORED_LEVELS, CompactRange, leaf_hash
from shared.files import sync_folder
from shared.protocol.envelope import Digest

PART: Final = TILE * TILE
"""How many leaves a part has: at 250 searches a second those of four minutes."""

MAGIC: Final = b"PK\x03\x04"
_HEADER: Final = "part.json"
_COMPRESSIONS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MAX_MEMBER: Final = 4 * 1024 * 1024
_COPIED_BYTES: Final = 1024 * 1024


class PartDamaged(ValueError):
    """A file is no part of a log, or cannot be read; the message says why."""


class PartHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which leaves a part has, and what proves that they are in the log."""

    v: Annotated[int, msgspec.Meta(ge=1, le=1)] = 1
    service: str
    log: Annotated[int, msgspec.Meta(ge=0)]
    start: Annotated[int, msgspec.Meta(ge=0)]
    """The index of the first leaf in the log."""

    leaves: Annotated[int, msgspec.Meta(ge=TILE, le=PART)]
    checkpoint: str
    """A checkpoint of a tree that has them, with its cosignatures."""

    entries: tuple[str, ...]
    """The directory entry of every key that signed it."""

    proof: tuple[Digest, ...]
    """The hashes beside the subtree of these leaves, from the lowest up to the root of the checkpoint."""

    @property
    def bundles(self) -> range:
        """The numbers of its bundles in the log."""
        return range(self.start // TILE, (self.start + self.leaves) // TILE)


class Bundle(NamedTuple):
    """As many leaves as make a tile, in order."""

    leaves: Sequence[bytes]
    salts: Sequence[bytes]


def root_of_leaves(bundles: Iterable[Bundle]) -> bytes:
    """Return the root of the leaves of bundles."""
    tree = CompactRange()
    for bundle in bundles:
        for leaf in bundle.leaves:
            tree.append(leaf_hash(leaf))
    return tree.root()


def write_part(file: Path, header: PartHeader, bundles: Iterable[Bundle]) -> None:
    """Write a part durably, in place of one of that name. Raises OSError; no file is left then.

    Only one process at a time may write a part. The draft of a process that was killed is replaced by the next.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_suffix(".new")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            _write(stream, header, bundles)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    sync_folder(file.parent)


def _write(stream: IO[bytes], header: PartHeader, bundles: Iterable[Bundle]) -> None:
    tree, roots = CompactRange(), list[bytes]()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, _HEADER, msgspec.json.encode(header))
        for number, bundle in zip(header.bundles, bundles, strict=True):
            hashes = [leaf_hash(leaf) for leaf in bundle.leaves]
            roots += [root for each in hashes for node, root in tree.append(each) if node.level == STORED_LEVELS]
            _add(archive, entries_path(number), write_bundle(bundle.leaves))
            _add(archive, tile_path(0, number), b"".join(hashes), is_random=True)
            _add(archive, salts_path(number), b"".join(bundle.salts), is_random=True)
        if len(roots) == TILE:
            _add(archive, tile_path(1, header.start // PART), b"".join(roots), is_random=True)


def _names(header: PartHeader) -> Iterator[str]:
    yield _HEADER
    for number in header.bundles:
        yield from (entries_path(number), tile_path(0, number), salts_path(number))
    if len(header.bundles) == TILE:
        yield tile_path(1, header.start // PART)


def _add(archive: zipfile.ZipFile, name: str, content: bytes, *, is_random: bool = False) -> None:
    # Of a fixed time, so that the file of a part is the same whenever it is written.
    described = zipfile.ZipInfo(name)
    described.external_attr = 0o600 << 16
    described.compress_type = zipfile.ZIP_STORED if is_random else zipfile.ZIP_DEFLATED
    archive.writestr(described, content)


def digest_of_file(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal. Raises OSError."""
    digest = sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_COPIED_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


class PartFile:
    """An open part. Does NOT verify what it reads. Every method raises PartDamaged."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    @property
    def header(self) -> PartHeader:
        """Which leaves it has."""
        with _damaged():
            return msgspec.json.decode(self._read(_HEADER), type=PartHeader)

    def bundle(self, number: int) -> Bundle:
        """Return the bundle of a number in the log."""
        with _damaged():
            leaves, salts = self._read(entries_path(number)), self._read(salts_path(number))
            return Bundle(read_bundle(leaves), read_salts(salts))

    def bundles(self, numbers: Iterable[int]) -> Iterator[Bundle]:
        """Yield the bundles of some numbers."""
        return map(self.bundle, numbers)

    def tile(self, level: int, number: int) -> bytes:
        """Return the hashes of a full tile."""
        with _damaged():
            return self._read(tile_path(level, number))

    def unexpected(self) -> list[str]:
        """Return the names of members that are of no use in a part of this header, or there twice."""
        found = Counter(self._archive.namelist())
        return sorted(found - Counter(_names(self.header)))

    def _read(self, name: str) -> bytes:
        member = self._archive.getinfo(name)
        if member.compress_type not in _COMPRESSIONS:
            raise ValueError(f"{name} is compressed in another way than by deflate")
        # The size that it states may be false.
        with self._archive.open(member) as stream:
            content = stream.read(_MAX_MEMBER + 1)
        if len(content) > _MAX_MEMBER:
            raise ValueError(f"{name} is too long")
        return content


@contextmanager
def open_part(file: Path | IO[bytes]) -> Iterator[PartFile]:
    """Open a part. Raises FileNotFoundError, PartDamaged."""
    with _damaged():
        archive = zipfile.ZipFile(file)
    with archive:
        yield PartFile(archive)


@contextmanager
def _damaged() -> Iterator[None]:
    try:
        yield
    # RuntimeError is how zipfile refuses a member that is encrypted, or compressed in a way that it does not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise PartDamaged(f"{error}"[:200]) from error
    except KeyError as error:
        raise PartDamaged(f"it has no {error.args[0] if error.args else 'such member'}"[:200]) from error
