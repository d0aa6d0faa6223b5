"""Who may take a field copy, what it has of a record, and how that is proven. No input or output."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from shared.bureaus import MEMBERS
from shared.crypto.merkle import CompactRange, inclusion_ranges, leaf_hash
from shared.errors import Refusal
from shared.fieldpack.manifest import OwnerShare
from shared.handling import Handling
from shared.identity import HANDLING_CONFIDENTIAL as CONFIDENTIAL
from shared.identity import Caller
from shared.protocol.envelope import MAX_FIELD_PACK_SECONDS
from shared.records.access import HandlingConfidential, is_cleared
from shared.records.copied import Copied

# Read and hashed at once for the trees.
TREE_PAGE: Final = 50_000
KIND: Final = "field-copy"
"""The kind of what the audit log has of a field copy."""


class NoFieldCopy(Refusal, status=403, code="field-copy-not-allowed", title="No field copy is given to this officer"):
    """Bureaus alone take field copies, for posts of their own, and the officer who took one reads it, for 7 days."""


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


def require_may_read(copy: Any, caller: Caller, at: datetime) -> None:
    """Require the officer and the purpose for which the audit log has a copy, in time to make a pack of it.

    Raises NoFieldCopy, HandlingConfidential.
    """
    if copy.confidential and not is_cleared(caller):
        raise HandlingConfidential(f"copy {copy.number} has confidential records: it needs the scope {CONFIDENTIAL}")
    if (copy.officer, copy.purpose) != (caller.officer, caller.purpose):
        raise NoFieldCopy(f"copy {copy.number} was given to {copy.officer} for {copy.purpose} alone: take another")
    if at.timestamp() - copy.at >= MAX_FIELD_PACK_SECONDS:
        raise NoFieldCopy(f"copy {copy.number} is too old for a pack: take another")


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


def is_in(version: Any, number: int) -> bool:
    """Return whether a field copy has a version of a record, of which this is the row."""
    return version.added <= number and (version.removed is None or number < version.removed)


def printable(text: str) -> str:
    """Return what a post states, with U+FFFD for what is not printable: it is shown to others in one line."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def copied_leaf(record: str, version: int) -> bytes:
    """Return the hash of a version of a record in the tree over those of its owner.

    It has nothing of the content, so that it proves nothing of that once the record is deleted.
    """
    return leaf_hash(f"{record} {version}".encode())


class CopyProof:
    """The proof that a version is among all of its owner, made while these are read in the order of the tree."""

    def __init__(self, place: int, size: int) -> None:
        """Begin before the first of `size` versions, of which that at a place is proven. Raises ProofBroken."""
        self.place = place
        self._read = 0
        self._beside = [(part, CompactRange()) for part in inclusion_ranges(place, size)]

    def add(self, versions: Sequence[Any]) -> None:
        """Add the versions that follow, each as id and version."""
        leaves = [copied_leaf(*each) for each in versions]
        for part, tree in self._beside:
            start, end = (max(at - self._read, 0) for at in part)
            for leaf in leaves[start:end]:
                tree.append(leaf)
        self._read += len(leaves)

    def path(self) -> list[bytes]:
        """Return the hashes of the proof, from the leaf up."""
        return [tree.root() for _, tree in self._beside]


class _Terms(msgspec.Struct):
    handling: str = ""


_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode
read_shares: Final = msgspec.json.Decoder(tuple[OwnerShare, ...]).decode
"""Return the shares of a field copy, as its row has them."""
_decode_terms: Final = msgspec.json.Decoder(_Terms).decode
