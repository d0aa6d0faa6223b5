"""The directory as a transparency log: every entry that the root key signed, in order, under a signed head.

The head is a checkpoint (C2SP tlog-checkpoint, RFC 6962 hashes) that the root key signs and bureaus cosign. All
participants have all entries and can check that the log only grows; two inconsistent heads prove that the root key
signed two directories. An entry is in force as soon as it is known (`directory`), whatever the log.
"""

from collections.abc import Iterable, Mapping, Sequence
from secrets import choice
from typing import Final

import msgspec

from shared.crypto.ed25519 import Signer, VerifyingKey
from shared.crypto.merkle import EMPTY_ROOT, CompactRange, leaf_hash
from shared.crypto.signed_note import (
    Checkpoint,
    Note,
    NoteRefused,
    log_name,
    parse_note,
    read_checkpoint,
    sign_checkpoint,
    verified_by,
    with_one_line,
    with_signature,
)

DIRECTORY_LOG: Final = log_name("directory")


# How many cosignatures of a head are kept.
MAX_WITNESSES: Final = 16
# How many heads that are ahead of the log are kept, the nearest ones: these can be compared first.
MAX_AHEAD: Final = 256


class PartRefused(Exception):
    """A part of the log without a valid head, or that does not fit it."""


class LogForked(Exception):
    """The root key signed two inconsistent directories: `ours` and `theirs` are the heads."""

    def __init__(self, ours: str, theirs: str) -> None:
        super().__init__("the root key signed two inconsistent directories")
        self.ours = ours
        self.theirs = theirs


class DirectoryPart(msgspec.Struct, frozen=True, rename={"start": "from"}, forbid_unknown_fields=True):
    """Consecutive entries of the log and its head: the format of files, replies and announcements."""

    head: str
    start: int
    """The index of the first entry; `from` in JSON."""

    entries: Sequence[str]


encode_part = msgspec.json.Encoder().encode
_decode_part = msgspec.json.Decoder(DirectoryPart).decode


def decode_part(raw: bytes) -> DirectoryPart:
    """Decode a part in JSON. Raises PartRefused."""
    try:
        return _decode_part(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise PartRefused("this is no part of a directory") from error


class DirectoryLog:
    """The log as one participant has it."""

    def __init__(self, root: VerifyingKey) -> None:
        self._root = root
        self._entries: list[str] = []
        self._hashes = [EMPTY_ROOT]
        self._head = ""
        self._pending: list[str] = []
        self.shown = 0
        """The size of the last head from the Secretariat: smaller than `size` if it serves an older directory."""

        self._ahead: dict[int, str] = {}
        self._signed_head = ""
        self._last_compared = ""

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self._entries)

    @property
    def head(self) -> str:
        """The signed head with its cosignatures; empty without entries."""
        return self._head

    @property
    def promised(self) -> int:
        """The largest size of a known head: larger than `size` while entries are missing."""
        return max(self._ahead, default=self.size)

    @property
    def ahead(self) -> Mapping[int, str]:
        """The heads of larger sizes, until they can be compared."""
        return self._ahead

    @property
    def signed_head(self) -> str:
        """The head without cosignatures."""
        return self._signed_head

    @property
    def root_hash(self) -> bytes:
        """The root hash of the tree of all entries."""
        return self._hashes[-1]

    @property
    def wanted(self) -> int:
        """The index of the first missing entry."""
        return len(self._entries) + len(self._pending)

    def entries(self, start: int = 0) -> list[str]:
        """Return the entries from an index on."""
        return self._entries[start:]

    def begins_with(self, size: int, root_hash: bytes) -> bool:
        """Return whether a log of this size and root hash is a prefix of this one."""
        return 0 <= size <= self.size and self._hashes[size] == root_hash

    def head_to_share(self) -> str:
        """Return a head for others to compare: at random the own one, or the nearest that is ahead."""
        return choice([self._signed_head, self._ahead[min(self._ahead)]]) if self._ahead else self._signed_head

    def part(self, start: int = 0) -> DirectoryPart:
        """Return the part from an index on."""
        return DirectoryPart(self._head, start, self.entries(start))

    def take(self, part: DirectoryPart) -> None:
        """Add a part that extends the log. Raises PartRefused, LogForked.

        The log grows once all entries of the head are there, even if another known head contradicts it.
        """
        note, head = read_head(part.head, self._root)
        self.shown = head.size
        try:
            if head.size > self.size and part.start <= self.wanted:
                self._grow(part, note.written, head)
        finally:
            self._compare(note.written, head)

    def confirm(self) -> None:
        """Record that the log of the Secretariat has the same size."""
        self.shown = self.size

    def compare_head(self, text: str) -> None:
        """Compare a head of another participant, or keep it while it is ahead. Raises PartRefused, LogForked."""
        if text in {self._last_compared, self._signed_head}:
            return
        note, head = read_head(text, self._root)
        self._compare(note.written, head)
        if head.size <= self.size or head.size in self._ahead:
            self._last_compared = text

    def cosign(self, line: str) -> None:
        """Add a cosignature to the head. Does NOT verify it. Raises NoteRefused."""
        if len(parse_note(self._head).signatures) <= MAX_WITNESSES:
            self._head = with_signature(self._head, line)

    def _grow(self, part: DirectoryPart, written: str, head: Checkpoint) -> None:
        """Add the entries of a part. Raises PartRefused, LogForked."""
        entries = [*[*self._entries, *self._pending][: part.start], *part.entries][: head.size]
        self._pending = entries[self.size :] if len(entries) < head.size else []
        if len(entries) < head.size:
            return
        hashes = tree_hashes(entries)
        if hashes[-1] != head.root:
            raise PartRefused("the entries do not fit the head")
        if entries[: self.size] != self._entries:
            raise LogForked(self._head, written)
        self._entries, self._hashes, self._head, self._signed_head = entries, hashes, written, written
        reached = {size: self._ahead.pop(size) for size in sorted(self._ahead) if size <= self.size}
        for each in reached.values():
            self._compare(each, read_head(each, self._root)[1])

    def _compare(self, written: str, head: Checkpoint) -> None:
        """Compare a head, or keep it if it is ahead. Raises LogForked."""
        if head.size > self.size:
            self._keep_ahead(written, head)
        elif not self.begins_with(head.size, head.root):
            raise LogForked(self._head, written)
        elif not self._head:
            self._head = self._signed_head = written

    def _keep_ahead(self, written: str, head: Checkpoint) -> None:
        kept = self._ahead.setdefault(head.size, written)
        if kept != written and read_head(kept, self._root)[1] != head:
            raise LogForked(kept, written)
        if len(self._ahead) > MAX_AHEAD:
            del self._ahead[max(self._ahead)]


def log_head(entries: Sequence[str], root: Signer) -> str:
    """Return the head of a log of these entries, signed by the root key."""
    return sign_checkpoint(Checkpoint(DIRECTORY_LOG, len(entries), tree_hashes(entries)[-1]), DIRECTORY_LOG, root)


def read_head(text: str, root: VerifyingKey) -> tuple[Note, Checkpoint]:
    """Verify a head, and return it without cosignatures. Raises PartRefused."""
    try:
        note = parse_note(text)
        head = read_checkpoint(note)
    except NoteRefused as refused:
        raise PartRefused(f"the head cannot be read: {refused}") from refused
    if head.origin != DIRECTORY_LOG or not verified_by(note, DIRECTORY_LOG, root):
        raise PartRefused("the head is not signed by the pinned root key")
    if head.lists is not None:
        raise PartRefused("the head of a directory has no lists of disclosures")
    return with_one_line(note, DIRECTORY_LOG, root), head


def tree_hashes(entries: Iterable[str]) -> list[bytes]:
    """Return the root hashes of the trees of the first 0, 1, 2, ... entries."""
    tree = CompactRange()
    hashes = [tree.root()]
    for jws in entries:
        tree.append(leaf_hash(jws.encode("ascii", "replace")))
        hashes.append(tree.root())
    return hashes
