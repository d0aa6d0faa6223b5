"""The one hash by which a leaf holds all records that an answer showed, without telling how many they were.

The root of a Merkle tree over the digests of the records, in which there is room for 256 or, if they are more, for the
next power of two. Where a part of it holds none, its hash is drawn from a secret: so whoever is shown the way from one
record to the root cannot tell whether there are others, up to 256, and beyond that not by a factor of two. No search
and no page of a list shows as many. With the secret anybody can make the whole tree anew.

The places of a tree are numbered as in a heap: the root is 1, and below a place are those of twice its number and one
more. No record has a place that its digest alone decides, as who finds his own moved would know of another in its way.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

from shared.crypto.ed25519 import encode_base64url
from shared.protocol.envelope import Digest

MIN_DEPTH: Final = 8
MAX_DEPTH: Final = 16
MAX_SLOTS: Final = 1 << MAX_DEPTH
"""As many records one answer can show at the most."""

# Other than those of the log itself (RFC 6962 section 2.1), so that no hash of one tree is one of another.
_RECORD: Final = b"\x02"
_NODE: Final = b"\x03"
_ROOT: Final = 1


class Commitment:
    """The tree over the digests of one answer, in whatever order they are handed over. Raises ValueError for too many.

    `secret` is that of its leaf: see `leaf.filler_secret`.
    """

    def __init__(self, secret: bytes, digests: Iterable[Digest]) -> None:
        distinct = set(digests)
        self._secret = secret
        self._depth = _depth(len(distinct))
        self._slots = dict(_placed(secret, distinct, self._depth))
        self._hashes = {1 << self._depth | slot: _bottom(digest) for digest, slot in self._slots.items()}
        self._grow()

    @property
    def root(self) -> Digest:
        """What the leaf says."""
        return encode_base64url(self._at(_ROOT))

    def slot(self, digest: Digest) -> int:
        """Return where a record is at the bottom of the tree. Raises KeyError where it is nowhere."""
        return self._slots[digest]

    def path(self, digest: Digest) -> Sequence[bytes]:
        """Return what stands beside the way from a record up to the root. Raises KeyError where it is nowhere."""
        return [self._at(place) for place in _beside(self._slots[digest], self._depth)]

    def _grow(self) -> None:
        places: Collection[int] = tuple(self._hashes)
        for _ in range(self._depth):
            places = {place >> 1 for place in places}
            for place in places:
                self._hashes[place] = sha256(_NODE + self._at(2 * place) + self._at(2 * place + 1)).digest()

    def _at(self, place: int) -> bytes:
        return self._hashes.get(place) or _filler(self._secret, place)


def commit(secret: bytes, digests: Sequence[Digest]) -> Digest | None:
    """Return what a leaf says of the records that were shown; None where none was. Raises ValueError for too many."""
    if not digests:
        return None
    if len(digests) == 1:
        # Of nearly all answers, for which no tree need be made.
        [digest] = digests
        slot = _drawn(secret, digest, MIN_DEPTH)
        return root_from_path(digest, slot, [_filler(secret, place) for place in _beside(slot, MIN_DEPTH)])
    return Commitment(secret, digests).root


def root_from_path(digest: Digest, slot: int, path: Sequence[bytes]) -> Digest:
    """Return the root of the tree that holds a record in a slot, by what stands beside the way to it."""
    hashed, place = _bottom(digest), 1 << len(path) | slot
    for beside in path:
        hashed = sha256(_NODE + beside + hashed if place & 1 else _NODE + hashed + beside).digest()
        place >>= 1
    return encode_base64url(hashed)


def _depth(count: int) -> int:
    if count > MAX_SLOTS:
        raise ValueError(f"no answer shows more than {MAX_SLOTS} records")
    return max(MIN_DEPTH, (count - 1).bit_length())


def _placed(secret: bytes, digests: Collection[Digest], depth: int) -> Iterator[tuple[Digest, int]]:
    """Yield the slot of each: the one that is drawn for it, or the next that is free."""
    taken: set[int] = set()
    for digest in sorted(digests):
        slot = _drawn(secret, digest, depth)
        while slot in taken:
            slot = (slot + 1) % (1 << depth)
        taken.add(slot)
        yield digest, slot


def _drawn(secret: bytes, digest: Digest, depth: int) -> int:
    return int.from_bytes(sha256(secret + digest.encode()).digest()[:2], "big") >> (MAX_DEPTH - depth)


def _beside(slot: int, depth: int) -> Sequence[int]:
    place = 1 << depth | slot
    return [place >> level ^ 1 for level in range(depth)]


def _bottom(digest: Digest) -> bytes:
    return sha256(_RECORD + digest.encode()).digest()


def _filler(secret: bytes, place: int) -> bytes:
    return sha256(secret + place.to_bytes(3, "big")).digest()
