"""Opens the records of a leaf for a reader: those that he may know of, each with its way up to what the leaf says.

Decides nothing about who may know what: the leaf store does. What is made here says of all other records nothing,
unless it was decided that the reader may know of all.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from shared.audit.bundle import Completeness, OpenedRecord
from shared.audit.commitment import Commitment
from shared.audit.leaf import filler_secret, record_digest
from shared.envelope import Digest
from shared.identity import Shown
from shared.signing import encode_base64url


class Told(NamedTuple):
    """A record, the rule by which it was shown, and the salt of its digest: None where what it said is forgotten."""

    shown: Shown
    rule: str
    salt: bytes | None


class Opening:
    """Of one leaf: its salt, and the digests of all that its answer showed."""

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

    def records(self, told: Iterable[Told]) -> tuple[OpenedRecord, ...]:
        """Open records; those are left out of which something was forgotten."""
        return tuple(self._opened(digest, *each) for digest, each in self._known(told).items())

    def completeness(self, told: Iterable[Told]) -> Completeness | None:
        """Return with what a reader finds out that beside those that he is told there are no others."""
        if not self._digests:
            return None
        opened = self._known(told)
        closed = tuple(digest for digest in self._digests if digest not in opened)
        return Completeness(secret=encode_base64url(self._secret), closed=closed)

    def _known(self, told: Iterable[Told]) -> dict[Digest, tuple[Shown, str, bytes]]:
        known = frozenset(self._digests)
        salted = [(shown, rule, salt) for shown, rule, salt in told if salt is not None]
        opened = {record_digest(salt, shown, rule): (shown, rule, salt) for shown, rule, salt in salted}
        return {digest: each for digest, each in opened.items() if digest in known}

    def _opened(self, digest: Digest, shown: Shown, rule: str, salt: bytes) -> OpenedRecord:
        return OpenedRecord(
            **msgspec.structs.asdict(shown),
            rule=rule,
            salt=encode_base64url(salt),
            slot=self._tree.slot(digest),
            path=tuple(map(encode_base64url, self._tree.path(digest))),
        )
