"""The directory as a log: every entry that the root key ever signed, in that order, under a signed head.

The head is a checkpoint (C2SP tlog-checkpoint, RFC 6962 hashes) that the root key signs and bureaus cosign. Whoever
follows has all entries, so it sees for itself that the log only grows; two heads that do not fit prove that the root
key signed two directories. Entries do not depend on it: each is in force as soon as it is seen (`shared.directory`).
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from shared.audit.merkle import EMPTY_ROOT, Frontier, leaf_hash
from shared.audit.note import (
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
from shared.signing import Signer, VerifyingKey

DIRECTORY_LOG: Final = log_name("directory")


# Of the lines of witnesses under a head, so many are kept.
MOST_WITNESSES: Final = 16


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

        self._promised = ("", Checkpoint(DIRECTORY_LOG, 0, EMPTY_ROOT))
        self._compared = ""

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
        return self._promised[1].size

    @property
    def stated(self) -> str:
        """The head of the largest size that was seen, as others are told of it: with the line of the root key alone."""
        return self._promised[0]

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

    def part(self, start: int = 0) -> DirectoryPart:
        """Return all from one entry on."""
        return DirectoryPart(self._head, start, self.entries(start))

    def take(self, part: DirectoryPart) -> None:
        """Take in a part, once its head is seen to be signed and to go on from what is here.

        It counts as soon as all is there that the head promises. Raises PartRefused, LogForked.
        """
        note, head = read_head(part.head, self._root)
        self.shown = head.size
        if head.size <= self.size:
            self._compare(note.written, head)
            return
        heard = self._promised
        self._promise(note.written, head)
        if part.start > self.wanted:
            return
        entries = [*[*self._entries, *self._coming][: part.start], *part.entries][: head.size]
        self._coming = entries[self.size :] if len(entries) < head.size else []
        if len(entries) == head.size:
            hashes = tree_hashes(entries)
            if hashes[-1] != head.root:
                raise PartRefused("the entries are not those that the head was signed for")
            if entries[: self.size] != self._entries:
                raise LogForked(self._head, note.written)
            self._entries, self._hashes, self._head = entries, hashes, note.written
            self._compare(*heard)
            self._compare(*self._promised)

    def hear(self, text: str) -> None:
        """Compare the head that another participant states. Raises PartRefused, LogForked."""
        if text in {self._compared, self.stated}:
            return
        note, head = read_head(text, self._root)
        if head.size <= self.size:
            self._compare(note.written, head)
            self._compared = text
        else:
            self._promise(note.written, head)

    def cosign(self, line: str) -> None:
        """Add the line of a witness to the head. Does NOT verify it. Raises NoteRefused."""
        if len(parse_note(self._head).signatures) <= MOST_WITNESSES:
            self._head = with_signature(self._head, line)

    def _promise(self, written: str, head: Checkpoint) -> None:
        """Note how large the log is to become. Raises LogForked where another head of that size is noted."""
        if head.contradicts(self._promised[1]):
            raise LogForked(self.stated, written)
        if head.size > self.promised:
            self._promised = written, head

    def _compare(self, written: str, head: Checkpoint) -> None:
        if head.size <= self.size and not self.begins_with(head.size, head.root):
            raise LogForked(self._head, written)
        if head.size == self.size and not self._head:
            self._head = written


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
    return with_one_line(note, DIRECTORY_LOG, root), head


def tree_hashes(entries: Iterable[str]) -> list[bytes]:
    """Return the hash of the tree of no entry, of the first, of the first two, and so on."""
    tree = Frontier()
    hashes = [tree.root()]
    for jws in entries:
        tree.append(leaf_hash(jws.encode("ascii", "replace")))
        hashes.append(tree.root())
    return hashes
