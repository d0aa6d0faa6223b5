"""Verifies a full log, leaf by leaf, against all checkpoints in the file and of others. Offline, and as a stream.

Where the leaves do not make the tree of a checkpoint, the finding names the leaves between which something was changed,
as far as the checkpoints show it. Where they make the last tree and not that of another checkpoint of the log, the log
showed a split view, and the finding has both signatures.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from shared.audit.format.leaf import Leaf, decode
from shared.audit.format.proof_file import MAX_LINE, CheckpointFile, LogHeader, OpenedLeaf, read_header, read_line
from shared.audit.verify.checkpoints import MAX_FAULT, Findings, Other, agreed, entries_needed, read_others, split_view
from shared.audit.verify.disclosures import ListVerifier, record_faults
from shared.audit.verify.new_log import OpenedLog, read_opening
from shared.audit.verify.signatures import Attested, attest, keys_of, witnessed
from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.crypto.merkle import CompactRange, leaf_hash
from shared.crypto.signed_note import Checkpoint
from shared.protocol.check_report import Faults, Finding, finding, moment, named, undecided
from shared.protocol.witnesses import ANY_BUREAU, Trust

# The clocks of the processes of one service may differ, and the leaves of one transaction are in any order.
MAX_BACKWARDS_SECONDS: Final = 60.0
MAX_FAULTS: Final = 10


class LogSummary(msgspec.Struct, frozen=True):
    """The result of verifying a log."""

    service: str
    texts: int
    """The number of leaves whose text is in the file."""

    attested: Attested
    opening: OpenedLog | None
    """The log that it replaces; None for the first log."""


def verify_log(
    lines: Iterable[bytes], root: VerifyingKey, *, others: Iterable[CheckpointFile] = (), trust: Trust = ANY_BUREAU
) -> Findings[LogSummary]:
    """Verify the lines of a log. Raises only what reading `lines` raises.

    `others` are checkpoints of the log that others were shown; `trust` says whose cosignatures count.
    """
    stream = iter(lines)
    try:
        header = read_header(next(stream, b"").rstrip(b"\n"))
    except ValueError as error:
        return Findings((Finding("form", False, f"this is no audit log: {error}"[:MAX_FAULT]),))
    theirs = list(read_others(others, header.service, header.entries, root, trust))
    verification = _Verification(header, root, theirs, trust)
    found = tuple(verification.findings(stream))
    return Findings(found, None if any(each.is_wrong for each in found) else verification.summary())


class _Leaves:
    """Reads leaves, and computes the roots of the trees on the way."""

    def __init__(self, sizes: Iterable[int], own: ListVerifier | None) -> None:
        """`sizes` are those of the trees whose roots are asked for; `own` is the list of the bureau that fetched it."""
        self.texts = 0
        self.faults: list[str] = []
        self.record_faults: list[str] = []
        self.remarks: list[str] = []
        self.roots: dict[int, bytes] = {}
        self.first = b""
        """The text of the first leaf; empty if the file has only its hash."""

        self._own = own
        self._sizes = sorted(set(sizes), reverse=True)
        self._tree = CompactRange()
        self._newest = 0.0

    @property
    def size(self) -> int:
        """The number of leaves read."""
        return self._tree.size

    def read(self, lines: Iterable[bytes]) -> None:
        """Read all lines, or up to one that cannot be read."""
        self._keep_root()
        for line in lines:
            try:
                self._tree.append(self._hash(line))
            except ValueError as error:
                _add(self.faults, f"the line of leaf {self.size} cannot be read, nor what follows: {error}"[:MAX_FAULT])
                break
            if self._sizes and self.size == self._sizes[-1]:
                self._keep_root()

    def _hash(self, raw: bytes) -> bytes:
        if len(raw) > MAX_LINE:
            raise ValueError(f"it exceeds {MAX_LINE} bytes")
        line = read_line(raw)
        expected = decode_base64url(line.hash)
        if line.leaf is not None:
            self.texts += 1
            text = line.leaf.encode()
            if leaf_hash(text) == expected:
                self._read_leaf(text, line.opened)
            else:
                _add(self.faults, f"leaf {self.size} was rewritten: its text does not have its hash")
        return expected

    def _read_leaf(self, raw: bytes, opened: OpenedLeaf | None) -> None:
        try:
            leaf = decode(raw)
        except ValueError as error:
            _add(self.faults, f"leaf {self.size} cannot be read: {error}"[:MAX_FAULT])
            return
        for fault in self._record_faults(leaf, opened):
            _add(self.record_faults, f"leaf {self.size}: {fault}")
        if self.size == 0:
            self.first = raw
        elif leaf.new_log is not msgspec.UNSET:
            _add(self.faults, f"leaf {self.size} opens a log, and is not the first")
        if leaf.at < self._newest - MAX_BACKWARDS_SECONDS:
            # The tree proves the order; a corrected clock is no evidence against it.
            _add(self.remarks, f"leaf {self.size} states {moment(leaf.at)}, after one of {moment(self._newest)}")
            self._newest = leaf.at
        self._newest = max(self._newest, leaf.at)

    def _record_faults(self, leaf: Leaf, opened: OpenedLeaf | None) -> Faults:
        if self._own is not None:
            yield from self._own.read(leaf, opened)
            yield from self._own.withheld_faults(leaf, opened)
        elif opened is not None:
            yield from record_faults(leaf, opened)

    def _keep_root(self) -> None:
        while self._sizes and self._sizes[-1] == self.size:
            self.roots[self._sizes.pop()] = self._tree.root()


def _add(faults: list[str], fault: str) -> None:
    if len(faults) <= MAX_FAULTS:
        faults.append(fault if len(faults) < MAX_FAULTS else "and more")


class _Verification:
    def __init__(self, header: LogHeader, root: VerifyingKey, others: list[Other], trust: Trust) -> None:
        self._header = header
        self._keys = keys_of(header.service, header.entries, root)
        self._others = others
        self._own = [attest(note, header.service, self._keys, trust) for note in header.checkpoints]
        self._last = self._own[-1][0]
        attested = (*(each for each, _ in self._own), *(each.attested for each in others))
        signed = [each.checkpoint for each in attested if each is not None]
        # The leaves of other logs of the service are not here.
        self._signed = [each for each in signed if self._last and each.origin == self._last.checkpoint.origin]
        try:
            self._list = None if header.own is None else ListVerifier(header.own)
        except ValueError:
            self._list = None
        self._leaves = _Leaves((each.size for each in signed), self._list)
        self._trust = trust
        self._opening: OpenedLog | None = None
        self._retired: Attested | None = None

    def findings(self, lines: Iterator[bytes]) -> Iterator[Finding]:
        """Run the checks in order: the later ones need the results of the earlier ones."""
        *earlier, (last, found) = self._own
        yield found
        if last is None:
            return
        yield witnessed(last)
        self._leaves.read(lines)
        says = f"{self._leaves.size}, each with the hash of its text; {self._leaves.texts} texts are in the file"
        yield finding("leaves", "; ".join((says, *self._leaves.remarks)), self._leaves.faults)
        yield finding("records", "each leaf has the records that are shown", self._leaves.record_faults)
        yield finding("tree", "they make the tree that the service signed", self._tree_faults(last.checkpoint))
        if self._is_whole(last.checkpoint):
            yield from self._opened(last.checkpoint)
        if self._list is not None:
            yield from self._list.findings(last.checkpoint)
        elif self._header.own is not None:
            yield Finding("disclosures", False, "the key of the list cannot be read")
        for number, (attested, found) in enumerate(earlier, 1):
            yield self._compared(Other(f"earlier checkpoint {number}", attested, found), last)
        for other in self._others:
            yield self._compared(other, last)
        yield entries_needed(self._keys)

    def summary(self) -> LogSummary | None:
        """Return the content of the log, if its last checkpoint was verified."""
        if self._last is None:
            return None
        return LogSummary(self._header.service, self._leaves.texts, self._last, self._opening)

    def _opened(self, last: Checkpoint) -> Iterator[Finding]:
        """Check of which log this one takes the place, and who cosigned what is kept of that."""
        if last.log == 0 and b'"new_log":' not in self._leaves.first:
            return
        try:
            self._opening = read_opening(self._leaves.first, last)
        except ValueError as error:
            yield Finding("opening", False, f"the first leaf does not open {last.origin}: {error}"[:MAX_FAULT])
            return
        yield Finding("opening", True, self._opening.says)
        if self._opening.retired is not None:
            text = self._opening.retired.written
            self._retired, found = attest(text, self._header.service, self._keys, self._trust)
            yield named("retired checkpoint", found)
            if self._retired is not None:
                yield named("retired witnesses", witnessed(self._retired))

    def _tree_faults(self, last: Checkpoint) -> Faults:
        if self._leaves.size != last.size:
            what = "dropped" if self._leaves.size < last.size else "added"
            difference = abs(last.size - self._leaves.size)
            yield f"{difference} were {what}: {self._leaves.size} are here where {last.size} were signed"
        if not self._is_whole(last):
            yield f"leaves were rewritten, dropped or put in another order: {self._where(last.size)}"

    def _compared(self, other: Other, last: Attested) -> Finding:
        if other.attested is None:
            return Finding(other.name, False, other.found.says)
        theirs = other.attested.checkpoint
        if theirs.log != last.checkpoint.log:
            return self._compared_log(other.name, other.attested, last.checkpoint)
        root = self._leaves.roots.get(theirs.size)
        if root is None:
            fetch = f"`i247 audit fetch {self._header.service}` fetches the rest"
            return undecided(other.name, f"it is of {theirs.size} leaves, more than are here: {fetch}")
        if root == theirs.root and not last.checkpoint.contradicts(theirs):
            return agreed(other.name, other.attested)
        if self._is_whole(last.checkpoint):
            return split_view(other.name, last, other.attested)
        return Finding(other.name, False, f"the leaves do not make its tree: {self._where(theirs.size)}")

    def _compared_log(self, name: str, other: Attested, last: Checkpoint) -> Finding:
        """Compare a checkpoint of another log with what the first leaf states is kept of that, if it does."""
        theirs, retired = other.checkpoint, self._retired
        says = f"it is of {theirs.size} leaves of {theirs.origin}"
        if retired is None or retired.checkpoint.log != theirs.log:
            return undecided(name, f"{says}, which is another log than {last.origin}")
        kept = retired.checkpoint.size
        if retired.checkpoint.contradicts(theirs):
            return split_view(name, retired, other)
        if theirs.size > kept:
            return undecided(name, f"{says}, of which those from {kept} on were lost")
        if theirs.size == kept:
            return Finding(name, True, f"{says}, which are all kept")
        fetch = f"`i247 audit fetch {self._header.service} --since` fetches the proof"
        return undecided(name, f"{says}, with which the {kept} kept leaves should begin: {fetch}")

    def _is_whole(self, last: Checkpoint) -> bool:
        return self._leaves.roots.get(last.size) == last.root

    def _where(self, size: int) -> str:
        """Return between which leaves something was changed, as far as the checkpoints show it."""
        roots = self._leaves.roots
        signed = [each for each in self._signed if each.size < size]
        sound = max((each.size for each in signed if roots.get(each.size) == each.root), default=0)
        broken = min((each.size for each in signed if each.size > sound), default=size)
        return f"at {sound} or after, and before {broken}"
