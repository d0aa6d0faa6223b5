"""The directory as a log: every entry that the root key ever signed, in that order, under a signed head.

The head is a checkpoint (C2SP tlog-checkpoint, RFC 6962 hashes) that the root key signs and bureaus cosign. Whoever
follows has all entries, so it sees for itself that the log only grows; two heads that do not fit prove that the root
key signed two directories. Entries do not depend on it: each is in force as soon as it is seen (`directory`).
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


# Of the lines of witnesses under a head, so many are kept.
MAX_WITNESSES: Final = 16
# Of the heads that are ahead of the log the nearest are kept: they are the first that can be compared. To have one
# given up for nearer ones the root key must sign as many entries.
MAX_AHEAD: Final = 256


class PartRefused(Exception):
    """A part of the log that the root key did not sign, or that is not what the head says."""


class LogForked(Exception):
    """The root key signed two directories that contradict each other: `ours` and `theirs` are the heads."""

    def __init__(self, ours: str, theirs: str) -> None:
        super().__init__("the root key signed two directories that contradict each other")
        self.ours = ours
        self.theirs = theirs


class DirectoryPart(msgspec.Struct, frozen=True, rename={"start": "from"}, forbid_unknown_fields=True):
    """Some entries of the log in order, under its head: the form of files, answers and announcements."""

    head: str
    start: int
    """Before how many of the log's entries; JSON names it `from`."""

    entries: Sequence[str]


encode_part = msgspec.json.Encoder().encode
_decode_part = msgspec.json.Decoder(DirectoryPart).decode


def decode_part(raw: bytes) -> DirectoryPart:
    """Return the part in JSON. Raises PartRefused."""
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
        self._coming: list[str] = []
        self.shown = 0
        """The size of the head that was shown last: smaller than `size` where an older directory is given out."""

        self._ahead: dict[int, str] = {}
        self._stated = ""
        self._heard = ""

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self._entries)

    @property
    def head(self) -> str:
        """The signed head, with what bureaus cosigned of it; empty where nothing was taken yet."""
        return self._head

    @property
    def promised(self) -> int:
        """The largest size that a head was seen for: larger than `size` while entries are missing."""
        return max(self._ahead, default=self.size)

    @property
    def ahead(self) -> Mapping[int, str]:
        """The heads that were seen of more entries than there are, by their size, until they can be compared."""
        return self._ahead

    @property
    def signed_head(self) -> str:
        """The head as others are told of it: with the line of the root key alone."""
        return self._stated

    @property
    def root_hash(self) -> bytes:
        """The hash of the tree of all entries."""
        return self._hashes[-1]

    @property
    def wanted(self) -> int:
        """From which entry on the rest is needed."""
        return len(self._entries) + len(self._coming)

    def entries(self, start: int = 0) -> list[str]:
        """Return the entries from one on."""
        return self._entries[start:]

    def begins_with(self, size: int, root_hash: bytes) -> bool:
        """Tell whether another, of so many entries, is the beginning of this one."""
        return 0 <= size <= self.size and self._hashes[size] == root_hash

    def head_to_share(self) -> str:
        """Return a head for others to compare: by chance the own one, or the nearest that is ahead of it.

        So no head that the root key signs keeps either from being told.
        """
        return choice([self._stated, self._ahead[min(self._ahead)]]) if self._ahead else self._stated

    def part(self, start: int = 0) -> DirectoryPart:
        """Return all from one entry on."""
        return DirectoryPart(self._head, start, self.entries(start))

    def take(self, part: DirectoryPart) -> None:
        """Take in a part, once its head is seen to be signed and to go on from what is here.

        It counts as soon as all is there that the head promises, also where another head that was seen contradicts it.
        Raises PartRefused, LogForked.
        """
        note, head = read_head(part.head, self._root)
        self.shown = head.size
        try:
            if head.size > self.size and part.start <= self.wanted:
                self._grow(part, note.written, head)
        finally:
            self._compare(note.written, head)

    def confirm(self) -> None:
        """Note that the Secretariat says that it has what is here."""
        self.shown = self.size

    def compare_head(self, text: str) -> None:
        """Compare the head that another participant states, or keep it while it is ahead.

        Raises PartRefused, LogForked.
        """
        if text in {self._heard, self._stated}:
            return
        note, head = read_head(text, self._root)
        self._compare(note.written, head)
        if head.size <= self.size or head.size in self._ahead:
            self._heard = text

    def cosign(self, line: str) -> None:
        """Add the line of a witness to the head. Does NOT verify it. Raises NoteRefused."""
        if len(parse_note(self._head).signatures) <= MAX_WITNESSES:
            self._head = with_signature(self._head, line)

    def _grow(self, part: DirectoryPart, written: str, head: Checkpoint) -> None:
        """Take in the entries of a part. Raises PartRefused, LogForked."""
        entries = [*[*self._entries, *self._coming][: part.start], *part.entries][: head.size]
        self._coming = entries[self.size :] if len(entries) < head.size else []
        if len(entries) < head.size:
            return
        hashes = tree_hashes(entries)
        if hashes[-1] != head.root:
            raise PartRefused("the entries are not those that the head was signed for")
        if entries[: self.size] != self._entries:
            raise LogForked(self._head, written)
        self._entries, self._hashes, self._head, self._stated = entries, hashes, written, written
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
            self._head = self._stated = written

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
    """Return a head with the line of the root key alone: what others signed is verified before it is kept.

    Raises PartRefused.
    """
    try:
        note = parse_note(text)
        head = read_checkpoint(note)
    except NoteRefused as refused:
        raise PartRefused(f"the head cannot be read: {refused}") from refused
    if head.origin != DIRECTORY_LOG or not verified_by(note, DIRECTORY_LOG, root):
        raise PartRefused("the head is not signed by the pinned root key")
    if head.lists is not None:
        raise PartRefused("the head of a directory states no lists of disclosures")
    return with_one_line(note, DIRECTORY_LOG, root), head


def tree_hashes(entries: Iterable[str]) -> list[bytes]:
    """Return the hash of the tree of no entry, of the first, of the first two, and so on."""
    tree = CompactRange()
    hashes = [tree.root()]
    for jws in entries:
        tree.append(leaf_hash(jws.encode("ascii", "replace")))
        hashes.append(tree.root())
    return hashes
