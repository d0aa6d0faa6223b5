"""The list of disclosures of each participant: numbered tags in leaves, and its length in checkpoints. Pure.

A tag is the HMAC of the number under the key of the list, which only the service and the participant know. A checkpoint
has the root of a Merkle tree (RFC 9162 section 2.1) over the lengths of all lists, blinded with the same keys. So a
participant can prove that its list has no gap up to the checkpoint, and learns nothing of other lists. Each checkpoint
has a new tree, in an order that depends on the keys, so that two of them do not reveal which lists grew.
"""

import hmac
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from shared.bureaus import COMMISSION, PARTICIPATING
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

PARTICIPANTS: Final = tuple(sorted({*PARTICIPATING, COMMISSION}))
"""Who has a list: the bureaus, which own records, and the Commission for what it examined."""

KEY_BYTES: Final = 32
_KEY: Final = b"list "
_TAG: Final = b"number "
_LENGTH: Final = b"length "
_NUMBER_BYTES: Final = 8

NO_LENGTHS: Final = b"{}"
read_lengths: Final = msgspec.json.Decoder(dict[str, int]).decode
"""Return the stored lengths: those of lists that are not empty. Raises ValueError."""
write_lengths: Final = msgspec.json.Encoder().encode


class OpenedLength(NamedTuple):
    """The length of the list of one participant, and its inclusion proof in the tree over all lists."""

    length: int
    position: int
    path: Sequence[bytes]


@lru_cache(maxsize=4_096)
def list_key(secret: bytes, participant: str) -> bytes:
    """Return the key of the list of a participant, derived from the secret of the log."""
    return _keyed(secret, _KEY + participant.encode())


def tag(key: bytes, number: int) -> bytes:
    """Return the tag of the disclosure of a number, from 1, in the list of a key."""
    return _keyed(key, _TAG + _bytes(number))


def bound(tagged: bytes, digest: Digest) -> Digest:
    """Return one digest for a disclosure and its place in a list."""
    return encode_base64url(sha256(tagged + digest.encode()).digest())


class Lengths:
    """The lengths of all lists when the log has a size."""

    def __init__(self, secret: bytes, lengths: Mapping[str, int], size: int) -> None:
        self._lengths = lengths
        self._blinded: dict[str, bytes] = {
            each: _blinded(list_key(secret, each), each, lengths.get(each, 0), size) for each in PARTICIPANTS
        }
        self._order = sorted(self._blinded.values())
        self._tree, self._nodes = CompactRange(), dict[Node, bytes]()
        for number, each in enumerate(map(leaf_hash, self._order)):
            self._nodes[Node(0, number)] = each
            self._nodes.update(self._tree.append(each))

    @property
    def root(self) -> DisclosureLists:
        """What the checkpoint of that size states."""
        return DisclosureLists(self._tree.size, self._tree.root())

    def opened(self, participant: str) -> OpenedLength:
        """Return what a participant may know: its own list. Raises KeyError for one who has none."""
        position = self._order.index(self._blinded[participant])
        path = hashes(inclusion_ranges(position, self._tree.size), self._nodes)
        return OpenedLength(self._lengths.get(participant, 0), position, path)


def require_length(
    lists: DisclosureLists | None, participant: str, key: bytes, size: int, opened: OpenedLength
) -> None:
    """Check that the checkpoint of a size states the length of a participant's list. Raises ProofBroken."""
    if lists is None:
        raise ProofBroken(f"the checkpoint of {size} leaves states nothing about lists of disclosures")
    own = leaf_hash(_blinded(key, participant, opened.length, size))
    if root_from_inclusion(opened.position, lists.count, own, opened.path) != lists.root:
        raise ProofBroken(
            f"the checkpoint of {size} leaves does not state that {opened.length} are in the list of {participant}"
        )


def _blinded(key: bytes, participant: str, length: int, size: int) -> bytes:
    # With the name, or the list of one participant could be shown to another as theirs.
    return _keyed(key, _LENGTH + _bytes(size) + _bytes(length) + participant.encode())


def _keyed(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, "sha256")


def _bytes(number: int) -> bytes:
    return number.to_bytes(_NUMBER_BYTES, "big")
