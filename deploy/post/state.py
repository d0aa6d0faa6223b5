"""What a post knows of itself, in a file that its key encrypts: which files it has, and the newest directory."""

from pathlib import Path
from typing import Final, Self

import msgspec

from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.crypto.hpke import SealBroken
from shared.crypto.merkle import EMPTY_ROOT
from shared.fieldpack.applied import AppliedPack
from shared.fieldpack.post_key import PostKey
from shared.fieldpack.refusals import PostUnusable
from shared.files import replace_file
from shared.protocol.directory import Directory
from shared.protocol.envelope import Digest

_PRIVATE: Final = 0o600
_CONTEXT: Final = b"i247 post state"


class HeldFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that the post has."""

    name: str
    digest: Digest
    number: int


class KnownDirectory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest directory that a post saw: how many entries it has, and the root hash of their tree."""

    size: int = 0
    root: Digest = encode_base64url(EMPTY_ROOT)

    @classmethod
    def of(cls, directory: Directory) -> Self:
        """Return what is kept of a directory."""
        return cls(directory.log.size, encode_base64url(directory.log.root_hash))

    def is_extended_by(self, directory: Directory) -> bool:
        """Return whether a directory is this one, or has further entries."""
        return directory.log.begins_with(self.size, decode_base64url(self.root))


class PostState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the post has."""

    files: tuple[HeldFile, ...] = ()
    """The whole pack, then each differential that follows."""

    applied: tuple[AppliedPack, ...] = ()
    """Of those that it has."""

    directory: KnownDirectory = KnownDirectory()
    sealing_key: str = ""
    """The key of the bureau, by that directory, to which what the post hands in is encrypted."""


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(PostState).decode


def read_state(file: Path, key: PostKey) -> PostState:
    """Return the state in a file. Raises PostUnusable, also if it is missing: every post with a key has one."""
    try:
        return _decode(key.own.open(decode_base64url(file.read_text().strip()), _CONTEXT))
    except FileNotFoundError as error:
        raise PostUnusable(f"{file} is missing: restore it, or make the key of a new post") from error
    except (OSError, ValueError, SealBroken) as error:
        raise PostUnusable(f"{file} was altered, or is of another post") from error


def write_state(file: Path, key: PostKey, state: PostState) -> None:
    """Replace the state in a file. Raises OSError."""
    sealed = encode_base64url(key.own.seal(_encode(state), _CONTEXT))
    replace_file(file, f"{sealed}\n".encode(), mode=_PRIVATE)


def mark_of(file: Path) -> tuple[int, int] | None:
    """Return what changes when a file is replaced; None if there is none."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns
