"""A file as sealed blocks, each compressed and encrypted with its number, and the table of their hashes.

The root of a Merkle tree (RFC 9162 section 2.1) over the hashes is what a signature covers: a block is compared with
the table when it is read, so that a reader needs neither the whole file nor more memory than the table. Does NOT know
what the file holds, nor who signed the root.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import BinaryIO, Final, NamedTuple, Self

from shared.crypto.hpke import BlockCipher, SealBroken
from shared.crypto.merkle import CompactRange, leaf_hash

BLOCK_BYTES: Final = 16 * 1024
# Of the blocks that were read last: the upper levels of each index, and what one search reads twice.
CACHED_BLOCKS: Final = 2_048
# A higher level makes a pack a tenth smaller, and takes three times as long.
COMPRESSION: Final = 1
_LENGTH_BYTES: Final = 4
ROW_BYTES: Final = _LENGTH_BYTES + hashlib.sha256().digest_size


class PackBroken(Exception):
    """A pack was altered, truncated or put together from others; the message says what does not fit."""


class Block(NamedTuple):
    """Where a sealed block is in the file, and its hash."""

    offset: int
    length: int
    hash: bytes


class BlockTable:
    """All blocks of a file, in order."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._tree = CompactRange()
        self.length = 0
        """The length of all sealed blocks together, in bytes."""

    def __len__(self) -> int:
        return len(self._blocks)

    def __getitem__(self, number: int) -> Block:
        return self._blocks[number]

    def add(self, length: int, digest: bytes) -> None:
        """Add the next block."""
        self._blocks.append(Block(self.length, length, digest))
        self._tree.append(leaf_hash(digest))
        self.length += length

    @property
    def root(self) -> bytes:
        """The root of the tree over the hashes of all blocks."""
        return self._tree.root()

    def to_bytes(self) -> bytes:
        """Return the table as bytes: the length and the hash of each block."""
        return b"".join(each.length.to_bytes(_LENGTH_BYTES, "big") + each.hash for each in self._blocks)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Return the table in some bytes. Raises PackBroken."""
        if len(raw) % ROW_BYTES:
            raise PackBroken("the table of its blocks is truncated")
        table = cls()
        for at in range(0, len(raw), ROW_BYTES):
            table.add(int.from_bytes(raw[at : at + _LENGTH_BYTES], "big"), raw[at + _LENGTH_BYTES : at + ROW_BYTES])
        return table


def seal_blocks(source: BinaryIO, out: BinaryIO, cipher: BlockCipher) -> BlockTable:
    """Write a file as sealed blocks, and return their table."""
    table = BlockTable()
    for number, content in enumerate(_contents(source)):
        sealed = cipher.seal(number, zlib.compress(content, COMPRESSION))
        out.write(sealed)
        table.add(len(sealed), hashlib.sha256(sealed).digest())
    return table


def _contents(source: BinaryIO) -> Iterator[bytes]:
    while content := source.read(BLOCK_BYTES):
        yield content


class SealedBlocks:
    """Reads a file of sealed blocks, of which `size` is the length before it was sealed."""

    def __init__(self, stream: BinaryIO, table: BlockTable, cipher: BlockCipher, size: int) -> None:
        self.size = size
        self._stream = stream
        self._table = table
        self._cipher = cipher
        self._block: Callable[[int], bytes] = lru_cache(maxsize=CACHED_BLOCKS)(self._opened)

    def read(self, amount: int, offset: int) -> bytes:
        """Return bytes at a place, fewer at the end. Raises PackBroken."""
        end = min(offset + amount, self.size)
        numbers = range(offset // BLOCK_BYTES, -(-end // BLOCK_BYTES))
        content = b"".join(map(self._block, numbers))
        start = offset - numbers.start * BLOCK_BYTES
        return content[start : start + max(end - offset, 0)]

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _opened(self, number: int) -> bytes:
        block = self._table[number]
        self._stream.seek(block.offset)
        sealed = self._stream.read(block.length)
        if hashlib.sha256(sealed).digest() != block.hash:
            raise PackBroken(f"block {number} was altered")
        try:
            unpacked = zlib.decompressobj()
            content = unpacked.decompress(self._cipher.open(number, sealed), BLOCK_BYTES)
        except (SealBroken, zlib.error) as error:
            raise PackBroken(f"block {number} cannot be opened: {error}") from error
        if len(content) != min(BLOCK_BYTES, self.size - number * BLOCK_BYTES) or not unpacked.eof:
            raise PackBroken(f"block {number} has another length than its place in the file")
        return content
