"""Opens the records of a leaf for a reader: those that he may know of, each with its way up to what the leaf says.

Decides nothing about who may know what: the leaf store does. What is made here says of all other records nothing,
unless it was decided that the reader may know of all.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from shared.audit.format.commitment import Commitment
from shared.audit.format.leaf import filler_secret, record_digest
from shared.audit.format.lists import bound
from shared.audit.format.proof_file import ClosedRecord, Completeness, OpenedRecord
from shared.crypto.ed25519 import encode_base64url
from shared.disclosure import Disclosure
from shared.protocol.envelope import Digest


class DisclosedRecord(NamedTuple):
    """A record, the rule by which it was shown, and where it stands in the list of its owner."""

    shown: Disclosure
    rule: str
    salt: bytes | None
    """Of its digest: None where what it said is forgotten."""

    digest: Digest
    tag: bytes


class Opening:
    """Of one leaf: its salt, and the digests of all that its answer showed, each bound to its place in a list."""

    def __init__(self, salt: bytes, digests: Sequence[Digest]) -> None:
        self._digests = digests
        self._secret = filler_secret(salt)
        self._tree = Commitment(self._secret, digests)

    @property
    def root(self) -> Digest | None:
        """What the leaf says, if all is as it was."""
        return self._tree.root if self._digests else None

    @property
    def size(self) -> int:
        """How many records there are: for those alone who may know of all."""
        return len(self._digests)

    def records(self, told: Iterable[DisclosedRecord]) -> tuple[OpenedRecord, ...]:
        """Open records; those are left out of which something was forgotten."""
        return tuple(self._opened(digest, each) for digest, each in self._known(told).items())

    def forgotten(self, told: Iterable[DisclosedRecord]) -> tuple[ClosedRecord, ...]:
        """Return what is left of those of which something was forgotten: their places in a list, for whose that is."""
        return tuple(self._closed(digest, each) for each in told if (digest := self._left_of(each)) is not None)

    def completeness(self, told: Iterable[DisclosedRecord]) -> Completeness | None:
        """Return with what a reader finds out that beside those that he is told there are no others."""
        if not self._digests:
            return None
        opened = self._known(told)
        closed = tuple(digest for digest in self._digests if digest not in opened)
        return Completeness(secret=encode_base64url(self._secret), closed=closed)

    def _known(self, told: Iterable[DisclosedRecord]) -> dict[Digest, DisclosedRecord]:
        known = frozenset(self._digests)
        salted = [(each, record_digest(each.salt, each.shown, each.rule)) for each in told if each.salt is not None]
        opened = {bound(each.tag, digest): each for each, digest in salted}
        return {digest: each for digest, each in opened.items() if digest in known}

    def _left_of(self, told: DisclosedRecord) -> Digest | None:
        digest = bound(told.tag, told.digest)
        return digest if told.salt is None and digest in self._digests else None

    def _opened(self, digest: Digest, told: DisclosedRecord) -> OpenedRecord:
        return OpenedRecord(
            **msgspec.structs.asdict(told.shown),
            rule=told.rule,
            salt=encode_base64url(told.salt or b""),
            tag=encode_base64url(told.tag),
            slot=self._tree.slot(digest),
            path=self._path(digest),
        )

    def _closed(self, digest: Digest, told: DisclosedRecord) -> ClosedRecord:
        return ClosedRecord(
            digest=told.digest, tag=encode_base64url(told.tag), slot=self._tree.slot(digest), path=self._path(digest)
        )

    def _path(self, digest: Digest) -> tuple[Digest, ...]:
        return tuple(map(encode_base64url, self._tree.path(digest)))
