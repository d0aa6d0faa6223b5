"""A pack as one file: sealed blocks, their table, the signed description, and where each begins.

The description comes last, as it states the root of the blocks. Reading verifies all but the blocks, and each of these
when it is read; `verify_whole` reads them all.
"""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import msgspec

from shared.clock import Clock
from shared.crypto.ed25519 import SigningKey, VerifyingKey, decode_base64url, encode_base64url
from shared.crypto.hpke import ContentKey, SealBroken, SealingKey
from shared.fieldpack.blocks import ROW_BYTES, BlockTable, PackBroken, SealedBlocks, seal_blocks
from shared.fieldpack.manifest import MAX_MANIFEST, Manifest, SignedManifest, sign_manifest, verify_manifest
from shared.fieldpack.post_key import PublicPost
from shared.protocol.envelope import MAX_SIGNATURE_HEADER

MAGIC: Final = b"i247 field pack\n"
_SIZE_BYTES: Final = 8
_FOOTER_BYTES: Final = 3 * _SIZE_BYTES + len(MAGIC)
# Of 64 TiB of blocks; a table that states more is not read.
MAX_TABLE: Final = 1 << 32


class Signing(NamedTuple):
    """Who signs a pack, when, and until when it is valid, in seconds since 1970."""

    bureau: str
    key: SigningKey
    made: float
    expires: float


class Written(NamedTuple):
    """A pack that was written."""

    digest: str
    """Of its signature."""

    size: int
    """Of the file, in bytes."""


def write_pack(source: Path, out: BinaryIO, described: Manifest, post: PublicPost, signing: Signing) -> Written:
    """Write a database as a pack for a post; `described` is completed by what follows from the file. Raises OSError.

    It is on the disk when this returns, so that it may be registered.
    """
    content_key = ContentKey.generate()
    with source.open("rb") as database:
        table = seal_blocks(database, out, content_key.blocks())
    info = _info(described.copy, post.sealing.kid)
    manifest = msgspec.structs.replace(
        described,
        post=post.post,
        post_key=post.sealing.kid,
        size=source.stat().st_size,
        blocks=len(table),
        root=encode_base64url(table.root),
        key=encode_base64url(post.sealing.wrap(content_key.raw, info)),
    )
    signature, body = sign_manifest(manifest, signing.bureau, signing.key, made=signing.made, expires=signing.expires)
    parts = table.to_bytes(), signature.encode(), body
    out.writelines(parts)
    out.write(b"".join(len(part).to_bytes(_SIZE_BYTES, "big") for part in parts) + MAGIC)
    out.flush()
    os.fsync(out.fileno())
    return Written(encode_base64url(hashlib.sha256(signature.encode()).digest()), out.tell())


class PackFile:
    """A pack whose description was verified, and its blocks still sealed."""

    def __init__(self, stream: BinaryIO, signed: SignedManifest, table: BlockTable) -> None:
        self.signed = signed
        self._stream = stream
        self._table = table

    @property
    def manifest(self) -> Manifest:
        """What the bureau signed."""
        return self.signed.manifest

    def unsealed(self, key: SealingKey) -> SealedBlocks:
        """Return the blocks, to be read with the key of the post. Raises PackBroken if the pack is for another post."""
        manifest = self.manifest
        if manifest.post_key != key.kid:
            raise PackBroken(f"it is for the post {manifest.post}, and not for the key of this one")
        try:
            secret = key.unwrap(decode_base64url(manifest.key), _info(manifest.copy, key.kid))
        except (SealBroken, ValueError) as error:
            raise PackBroken("its content key cannot be opened") from error
        return SealedBlocks(self._stream, self._table, ContentKey(secret).blocks(), manifest.size)

    def verify_whole(self) -> None:
        """Compare every block with what the bureau signed. Raises PackBroken."""
        self._stream.seek(0)
        for number in range(len(self._table)):
            block = self._table[number]
            if hashlib.sha256(self._stream.read(block.length)).digest() != block.hash:
                raise PackBroken(f"block {number} was altered")

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def open_pack(file: Path, root: VerifyingKey, clock: Clock) -> PackFile:
    """Open a pack, and verify all but its blocks. Does NOT check when it expires. Raises PackBroken, OSError."""
    stream = file.open("rb")
    try:
        return _opened(stream, root, clock)
    except BaseException:
        stream.close()
        raise


def _opened(stream: BinaryIO, root: VerifyingKey, clock: Clock) -> PackFile:
    end = stream.seek(0, os.SEEK_END)
    if end < _FOOTER_BYTES:
        raise PackBroken("it is truncated, or no field pack")
    stream.seek(end - _FOOTER_BYTES)
    footer = stream.read(_FOOTER_BYTES)
    if not footer.endswith(MAGIC):
        raise PackBroken("it is truncated, or no field pack")
    sizes = [int.from_bytes(footer[at : at + _SIZE_BYTES], "big") for at in range(0, 3 * _SIZE_BYTES, _SIZE_BYTES)]
    table_size, signature_size, body_size = sizes
    start = end - _FOOTER_BYTES - sum(sizes)
    if start < 0 or table_size > MAX_TABLE or signature_size > MAX_SIGNATURE_HEADER or body_size > MAX_MANIFEST:
        raise PackBroken("its parts do not fit its length")
    stream.seek(start + table_size)
    signature, body = (stream.read(size) for size in (signature_size, body_size))
    try:
        signed = verify_manifest(signature.decode("ascii"), body, root, clock)
    except UnicodeDecodeError as error:
        raise PackBroken("its signature cannot be read") from error
    manifest = signed.manifest
    # Before it is read: a file that nobody signed would take as much memory as it states.
    if table_size != manifest.blocks * ROW_BYTES:
        raise PackBroken("the table of its blocks has another length than the bureau signed")
    stream.seek(start)
    table = BlockTable.from_bytes(stream.read(table_size))
    if (encode_base64url(table.root), len(table), table.length) != (manifest.root, manifest.blocks, start):
        raise PackBroken("its blocks are not those that the bureau signed")
    return PackFile(stream, signed, table)


def _info(copy: str, kid: str) -> bytes:
    return f"i247 field pack|{copy}|{kid}".encode()
