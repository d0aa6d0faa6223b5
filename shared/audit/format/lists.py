"""The list of disclosures that each participant has: what tells it from all others', and how long it is.

The leaf of a disclosure holds a tag of the list and of its number there, made with the key of the list, which the
service and the participant alone know. A checkpoint holds the root of a tree (RFC 9162 section 2.1) over the lengths of
all lists, blinded with the same keys. So a participant can prove that its list has no gap up to there, and nobody
learns anything of another's. The tree is made anew for each checkpoint, in an order that is drawn from the keys: what
stayed the same from one to the next would tell whose list did not grow. Pure.
"""

import hmac
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from shared.bureaus import PARTICIPATING
from shared.crypto.ed25519 import encode_base64url
from shared.crypto.merkle import (
    CompactRange,
    Node,
    ProofBroken,
    hashes,
    inclusion_ranges,
    leaf_hash,
    root_from_inclusion,
)
from shared.crypto.signed_note import DisclosureLists
from shared.protocol.envelope import Digest

PARTICIPANTS: Final = tuple(sorted(PARTICIPATING))
KEY_BYTES: Final = 32
_KEY: Final = b"list "
_TAG: Final = b"number "
_LENGTH: Final = b"length "
_NUMBER_BYTES: Final = 8


NO_LENGTHS: Final = b"{}"
read_lengths: Final = msgspec.json.Decoder(dict[str, int]).decode
"""Return the lengths of lists as they are kept: of those that have any disclosures. Raises ValueError."""
write_lengths: Final = msgspec.json.Encoder().encode


class OpenedLength(NamedTuple):
    """How long the list of one participant is, and how the tree over all of them holds that."""

    length: int
    position: int
    path: Sequence[bytes]


@lru_cache(maxsize=4_096)
def list_key(secret: bytes, participant: str) -> bytes:
    """Return the key of the list of a participant, by the secret of the log."""
    return _keyed(secret, _KEY + participant.encode())


def tag(key: bytes, number: int) -> bytes:
    """Return by what a leaf says that it holds the disclosure of a number, from 1, of the list of a key."""
    return _keyed(key, _TAG + _bytes(number))


def bound(tagged: bytes, digest: Digest) -> Digest:
    """Return the one digest of a disclosure, by its own, and of its place in a list, by its tag."""
    return encode_base64url(sha256(tagged + digest.encode()).digest())


class Lengths:
    """The lengths of all lists when the log has a size."""

    def __init__(self, secret: bytes, lengths: Mapping[str, int], size: int) -> None:
        self._lengths = lengths
        self._blinded: dict[str, bytes] = {
            each: _blinded(list_key(secret, each), each, lengths.get(each, 0), size) for each in PARTICIPANTS
        }
        self._order = sorted(self._blinded.values())

    @property
    def root(self) -> DisclosureLists:
        """What the checkpoint of that size says."""
        frontier = CompactRange()
        for each in self._order:
            frontier.append(leaf_hash(each))
        return DisclosureLists(frontier.size, frontier.root())

    def opened(self, participant: str) -> OpenedLength:
        """Return what a participant is told of its own list. Raises KeyError for one who is none."""
        frontier, kept = CompactRange(), dict[Node, bytes]()
        for number, each in enumerate(map(leaf_hash, self._order)):
            kept[Node(0, number)] = each
            kept.update(frontier.append(each))
        position = self._order.index(self._blinded[participant])
        path = hashes(inclusion_ranges(position, frontier.size), kept)
        return OpenedLength(self._lengths.get(participant, 0), position, path)


def require_length(
    lists: DisclosureLists | None, participant: str, key: bytes, size: int, opened: OpenedLength
) -> None:
    """Check that what a checkpoint of a size says of lists holds the length of a participant's. Raises ProofBroken."""
    if lists is None:
        raise ProofBroken(f"the checkpoint of {size} leaves says nothing of lists of disclosures")
    own = leaf_hash(_blinded(key, participant, opened.length, size))
    if root_from_inclusion(opened.position, lists.count, own, opened.path) != lists.root:
        raise ProofBroken(
            f"the checkpoint of {size} leaves does not say that {opened.length} are in the list of {participant}"
        )


def _blinded(key: bytes, participant: str, length: int, size: int) -> bytes:
    # With the name, or the list of another could be told to be its own.
    return _keyed(key, _LENGTH + _bytes(size) + _bytes(length) + participant.encode())


def _keyed(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, said, "sha256")


def _bytes(number: int) -> bytes:
    return number.to_bytes(_NUMBER_BYTES, "big")
