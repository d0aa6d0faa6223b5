"""Who may take a field copy, what it has of a record, and how that is proven. No input or output."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from shared.bureaus import MEMBERS
from shared.crypto.ed25519 import encode_base64url
from shared.crypto.merkle import CompactRange, Node, hashes, inclusion_ranges, leaf_hash
from shared.errors import Refusal
from shared.handling import Handling
from shared.identity import Caller
from shared.protocol.envelope import MAX_FIELD_PACK_SECONDS
from shared.records.copied import Copied

KIND: Final = "field-copy"
"""The kind of what the audit log has of a field copy."""


class NoFieldCopy(
    Refusal, status=403, code="field-copy-not-allowed", title="No field copy is given to this participant"
):
    """Bureaus alone take field copies, for posts of their own; units and partners search online."""


class FieldCopyUnderWay(Refusal, status=409, code="field-copy-under-way", title="A field copy is being prepared"):
    """One is prepared at a time for each bureau; the detail names it."""


class FieldCopyNotReady(Refusal, status=409, code="field-copy-not-ready", title="The field copy is not ready yet"):
    """It is being prepared: wait until its state is `ready`."""


class PackRefused(Refusal, status=422, code="field-pack-refused", title="The field pack cannot be registered"):
    """It is valid for too long, or does not follow the one that the post has; the detail says which."""


class HandInRefused(Refusal, status=422, code="hand-in-refused", title="What the post hands in does not fit"):
    """An entry is missing or altered, or states what was in no copy of the bureau; the detail says where."""


def require_may_copy(caller: Caller, copied: Copied) -> None:
    """Require a bureau, and a purpose for which copies of the kind may be taken. Raises NoFieldCopy."""
    if caller.bureau not in MEMBERS:
        raise NoFieldCopy("only a bureau takes a field copy, for its own posts: search online instead")
    if caller.purpose not in copied.purposes:
        fitting = ", ".join(copied.purposes)
        raise NoFieldCopy(f"no field copy is taken for {caller.purpose}: state one of {fitting}")


def reduced(content: str, members: Collection[str]) -> str:
    """Return the content of a record with some members alone, as JSON."""
    whole: dict[str, Any] = _decode(content)
    return _encode({name: value for name, value in whole.items() if name in members and value is not None}).decode()


def is_confidential(content: str) -> bool:
    """Return whether the content of a record says that it is confidential."""
    return _decode_terms(content).handling == Handling.CONFIDENTIAL


def require_in_time(expires: datetime, taken: datetime) -> None:
    """Require that a pack expires within days after its field copy was taken. Raises PackRefused."""
    if (expires - taken).total_seconds() > MAX_FIELD_PACK_SECONDS:
        hours = f"{MAX_FIELD_PACK_SECONDS / 3600:.0f} hours"
        detail = f"must end within {hours} after the copy was taken, at {taken:%Y-%m-%d %H:%M} UTC: take another"
        raise PackRefused(detail, at="/valid_hours")


def copied_leaf(record: str, version: int) -> bytes:
    """Return the hash of a version of a record in the tree over those of its owner.

    It has nothing of the content, so that it proves nothing of that once the record is deleted.
    """
    return leaf_hash(f"{record} {version}".encode())


class CopyProof(NamedTuple):
    """Where a record is in the tree over those of its owner."""

    place: int
    size: int
    root: str
    path: Sequence[bytes]


def prove(versions: Sequence[tuple[str, int]], wanted: tuple[str, int]) -> CopyProof:
    """Return the proof that a version is among all of its owner, in the order of the tree. Raises ValueError."""
    index, tree, nodes = versions.index(wanted), CompactRange(), dict[Node, bytes]()
    for number, each in enumerate(versions):
        leaf = copied_leaf(*each)
        nodes[Node(0, number)] = leaf
        nodes.update(tree.append(leaf))
    path = hashes(inclusion_ranges(index, tree.size), nodes)
    return CopyProof(index, tree.size, encode_base64url(tree.root()), path)


class _Terms(msgspec.Struct):
    handling: str = ""


_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode
_decode_terms: Final = msgspec.json.Decoder(_Terms).decode
