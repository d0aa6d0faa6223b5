"""Leaves that were found, with what an auditor may see of them."""

from collections.abc import Sequence

import msgspec

from shared.audit.format.proof_file import OpenedLeaf
from shared.audit.opening import DisclosedRecord, open_leaf
from shared.protocol.envelope import Digest


class FoundLeaf(msgspec.Struct, frozen=True):
    """A leaf, and what an auditor may see of its records."""

    number: int
    """Among the leaves of all logs of the service."""

    raw: bytes
    salt: bytes
    records: Sequence[DisclosedRecord]
    digests: Sequence[Digest]
    """Of all records, also those that the reader may not see: only a commitment to them may be shown."""

    omitted: int
    """How many more of the bureau's own list are in the leaf."""

    is_whole: bool
    """Whether the auditor may see all records of the answer."""

    @property
    def opened(self) -> OpenedLeaf:
        """The records as a reader verifies them, also where they contradict the leaf: then the reader finds that."""
        return open_leaf(self.salt, self.digests, self.records, is_whole=self.is_whole, omitted=self.omitted)


class FoundLeaves(msgspec.Struct, frozen=True):
    """Some of the leaves that match, newest first, and before which number to continue; None at the end."""

    leaves: Sequence[FoundLeaf]
    next: int | None


class LeafText(msgspec.Struct, frozen=True):
    """A leaf of a log, and what the auditor may see of it; None if it is only its hash."""

    index: int
    raw: bytes
    found: FoundLeaf | None
