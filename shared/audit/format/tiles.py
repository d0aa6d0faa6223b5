"""The files of a log in tiles of 256 leaves (C2SP tlog-tiles): their paths, and what is in a bundle of entries. Pure.

Besides these a part of an archive has the salts of its leaves, which are no part of the log.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from shared.audit.format.leaf import MAX_LEAF, SALT_BYTES

TILE: Final = 256
"""How many hashes are in a tile, and how many leaves in a bundle: as many as in a block that the store keeps."""

_LENGTH_BYTES: Final = 2


def tile_path(level: int, number: int) -> str:
    """Return the path of a full tile, such as `tile/0/x001/x234/067`."""
    return f"tile/{level}/{_spelled(number)}"


def entries_path(number: int) -> str:
    """Return the path of a full bundle of entries, such as `tile/entries/x001/x234/067`."""
    return f"tile/entries/{_spelled(number)}"


def salts_path(number: int) -> str:
    """Return the path of the salts of a bundle. They are secret: with one, guesses of a request can be tested."""
    return f"salts/{_spelled(number)}"


def _spelled(number: int) -> str:
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *first, last = (digits[at : at + 3] for at in range(0, len(digits), 3))
    return "/".join((*(f"x{each}" for each in first), last))


def write_bundle(leaves: Sequence[bytes]) -> bytes:
    """Return leaves as a bundle of entries, each with its length before it."""
    return b"".join(len(leaf).to_bytes(_LENGTH_BYTES, "big") + leaf for leaf in leaves)


def read_bundle(raw: bytes) -> list[bytes]:
    """Return the leaves of a full bundle. Raises ValueError."""
    leaves = list(_leaves(raw))
    if len(leaves) != TILE:
        raise ValueError(f"a bundle has {len(leaves)} leaves instead of {TILE}")
    return leaves


def _leaves(raw: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(raw):
        begin = at + _LENGTH_BYTES
        at = begin + int.from_bytes(raw[at:begin], "big")
        if at > len(raw) or at - begin > MAX_LEAF:
            raise ValueError("a leaf in a bundle is cut off, or too long")
        yield raw[begin:at]


def read_salts(raw: bytes) -> list[bytes]:
    """Return the salts of a bundle. Raises ValueError."""
    if len(raw) != TILE * SALT_BYTES:
        raise ValueError(f"there are no {TILE} salts")
    return [raw[at : at + SALT_BYTES] for at in range(0, len(raw), SALT_BYTES)]
