"""The one hash by which a leaf holds all records that an answer showed, without telling how many they were.

The root of a sparse Merkle tree of fixed depth over the digests of the records. Where a part of it holds none, its hash
is drawn from a secret, so that whoever is shown the way from one record to the root cannot tell whether there are
others. Must never be told of a tree: how full it is. With the secret anybody can make the whole tree anew.

The places of a tree are numbered as in a heap: the root is 1, and below a place are those of twice its number and one
more. No record has a place that its digest alone decides, as who finds his own moved would know of another in its way.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

from shared.envelope import Digest
from shared.signing import encode_base64url

DEPTH: Final = 16
SLOTS: Final = 1 << DEPTH
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
        self._secret = secret
        self._slots = dict(_placed(secret, set(digests)))
        self._hashes = {SLOTS | slot: _bottom(digest) for digest, slot in self._slots.items()}
        self._grow()

    @property
    def root(self) -> Digest:
        """What the leaf says."""
        return encode_base64url(self._at(_ROOT))

    def slot(self, digest: Digest) -> int:
        """Return where a record is at the bottom of the tree. Raises KeyError where it is nowhere."""
        return self._slots[digest]

    def path(self, digest: Digest) -> Iterator[bytes]:
        """Yield what stands beside the way from a record up to the root. Raises KeyError where it is nowhere."""
        return map(self._at, _beside(self._slots[digest]))

    def _grow(self) -> None:
        places: Collection[int] = tuple(self._hashes)
        for _ in range(DEPTH):
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
        slot = _drawn(secret, digest)
        return root_from_path(digest, slot, [_filler(secret, place) for place in _beside(slot)])
    return Commitment(secret, digests).root


def root_from_path(digest: Digest, slot: int, path: Iterable[bytes]) -> Digest:
    """Return the root of the tree that holds a record in a slot, by what stands beside the way to it."""
    hashed, place = _bottom(digest), SLOTS | slot
    for beside in path:
        hashed = sha256(_NODE + beside + hashed if place & 1 else _NODE + hashed + beside).digest()
        place >>= 1
    return encode_base64url(hashed)


def _placed(secret: bytes, digests: Collection[Digest]) -> Iterator[tuple[Digest, int]]:
    """Yield the slot of each: the one that is drawn for it, or the next that is free."""
    if len(digests) > SLOTS:
        raise ValueError(f"no answer shows more than {SLOTS} records")
    taken: set[int] = set()
    for digest in sorted(digests):
        slot = _drawn(secret, digest)
        while slot in taken:
            slot = (slot + 1) % SLOTS
        taken.add(slot)
        yield digest, slot


def _drawn(secret: bytes, digest: Digest) -> int:
    return int.from_bytes(sha256(secret + digest.encode()).digest()[: DEPTH // 8], "big")


def _beside(slot: int) -> Sequence[int]:
    place = SLOTS | slot
    return [place >> level ^ 1 for level in range(DEPTH)]


def _bottom(digest: Digest) -> bytes:
    return sha256(_RECORD + digest.encode()).digest()


def _filler(secret: bytes, place: int) -> bytes:
    return sha256(secret + place.to_bytes(3, "big")).digest()
