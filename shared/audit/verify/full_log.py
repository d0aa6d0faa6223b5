"""Checks a whole log, leaf by leaf, against all checkpoints at hand, offline; a log of any length is read as a stream.

Where the leaves do not make the tree that a checkpoint is of, it says between which leaves that must have happened, by
all checkpoints at hand: the tree of the one before was still right. If they make the last one's tree and not that of an
earlier one, or of one that others were shown, it is the log itself that told two pasts, and both signatures are shown.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from shared.audit.format.leaf import Leaf, decode
from shared.audit.format.proof_file import MAX_LINE, CheckpointFile, LogHeader, Opened, OwnList, read_header, read_line
from shared.audit.opened import Opened as Opening
from shared.audit.opened import read_opening
from shared.audit.verify.disclosed import record_faults
from shared.audit.verify.own_list import ListFollowed, followed, without_gap
from shared.audit.verify.signatures import Attested, attest, keys_of, witnessed
from shared.audit.verify.split_view import Other, agreed, forked, read_others
from shared.crypto.ed25519 import VerifyingKey, decode_base64url
from shared.crypto.merkle import CompactRange, leaf_hash
from shared.crypto.signed_note import Checkpoint
from shared.protocol.check_report import Faults, Finding, finding, moment, named, undecided
from shared.protocol.witnesses import ANY_BUREAU, Trust

# The clocks of the processes of one service may differ, and the leaves of one transaction are in any order.
MAX_BACKWARDS_SECONDS: Final = 60.0
MAX_FAULTS: Final = 10
MAX_FAULT: Final = 200


class History(msgspec.Struct, frozen=True):
    """What a log is, unless something is wrong."""

    service: str
    told: int
    """Of how many leaves the text is there."""

    attested: Attested
    opening: Opening | None
    """Of which log it took the place, if it is not the first."""


class LogFindings(msgspec.Struct, frozen=True):
    """All that was checked, and what the log is, unless something is wrong."""

    found: tuple[Finding, ...]
    history: History | None = None

    @property
    def ok(self) -> bool:
        """Whether all fits."""
        return all(each.ok for each in self.found)


def verify_log(
    lines: Iterable[bytes], root: VerifyingKey, *, others: Iterable[CheckpointFile] = (), trust: Trust = ANY_BUREAU
) -> LogFindings:
    """Check the lines of a log. Never raises, but for what raises while they are read.

    `others` are checkpoints that others were shown of the log: of any size, but no larger. `trust` says whose
    cosignatures count.
    """
    stream = iter(lines)
    try:
        header = read_header(next(stream, b"").rstrip(b"\n"))
    except ValueError as error:
        return LogFindings((Finding("form", False, f"this is no audit log: {error}"[:MAX_FAULT]),))
    examination = _Examination(
        header, root, list(read_others(others, header.service, header.entries, root, trust)), trust
    )
    found = tuple(examination.findings(stream))
    return LogFindings(found, None if any(each.is_wrong for each in found) else examination.history())


class _Leaves:
    """Reads leaves, and knows the roots of the trees on the way."""

    def __init__(self, sizes: Iterable[int], own: ListFollowed | None) -> None:
        """`sizes` are those of the trees whose roots are asked for; `own` is the list of who fetched the log."""
        self.told = 0
        self.faults: list[str] = []
        self.record_faults: list[str] = []
        self.remarks: list[str] = []
        self.roots: dict[int, bytes] = {}
        self.first = b""
        """The text of the first leaf; empty if the file has only its hash."""

        self._own = own
        self._sizes = sorted(set(sizes), reverse=True)
        self._frontier = CompactRange()
        self._newest = 0.0

    @property
    def size(self) -> int:
        """How many there were."""
        return self._frontier.size

    def read(self, lines: Iterable[bytes]) -> None:
        """Read all lines, or up to one that is none."""
        self._note_root()
        for line in lines:
            try:
                self._frontier.append(self._hash(line))
            except ValueError as error:
                _add(self.faults, f"the line of leaf {self.size} cannot be read, nor what follows: {error}"[:MAX_FAULT])
                break
            if self._sizes and self.size == self._sizes[-1]:
                self._note_root()

    def _hash(self, raw: bytes) -> bytes:
        if len(raw) > MAX_LINE:
            raise ValueError(f"it exceeds {MAX_LINE} bytes")
        line = read_line(raw)
        stated = decode_base64url(line.hash)
        if line.leaf is not None:
            self.told += 1
            leaf = line.leaf.encode()
            if leaf_hash(leaf) == stated:
                self._read_leaf(leaf, line.opened)
            else:
                _add(self.faults, f"leaf {self.size} was rewritten: its text does not have its hash")
        return stated

    def _read_leaf(self, raw: bytes, opened: Opened | None) -> None:
        try:
            leaf = decode(raw)
        except ValueError as error:
            _add(self.faults, f"leaf {self.size} cannot be read: {error}"[:MAX_FAULT])
            return
        for fault in self._told_faults(leaf, opened):
            _add(self.record_faults, f"leaf {self.size}: {fault}")
        at = leaf.at
        if self.size == 0:
            self.first = raw
        elif leaf.new_log is not msgspec.UNSET:
            _add(self.faults, f"leaf {self.size} opens a log, and is not the first")
        if at < self._newest - MAX_BACKWARDS_SECONDS:
            # The tree proves the order; a clock that was put right proves nothing against it.
            _add(self.remarks, f"leaf {self.size} says {moment(at)}, after one that says {moment(self._newest)}")
            self._newest = at
        self._newest = max(self._newest, at)

    def _told_faults(self, leaf: Leaf, opened: Opened | None) -> Faults:
        if self._own is None:
            yield from () if opened is None else record_faults(leaf, opened)
        else:
            yield from self._own.read(leaf, opened)
            yield from self._own.withheld_faults(leaf, opened)

    def _note_root(self) -> None:
        while self._sizes and self._sizes[-1] == self.size:
            self.roots[self._sizes.pop()] = self._frontier.root()


def _add(faults: list[str], fault: str) -> None:
    if len(faults) < MAX_FAULTS:
        faults.append(fault)
    elif len(faults) == MAX_FAULTS:
        faults.append("and more")


def _own_list(header: LogHeader) -> ListFollowed | None:
    try:
        return None if header.own is None else followed(header.own)
    except ValueError:
        return None


class _Examination:
    """Looks at one log from end to end."""

    def __init__(self, header: LogHeader, root: VerifyingKey, others: list[Other], trust: Trust) -> None:
        self._header = header
        self._keys = keys_of(header.service, header.entries, root)
        self._others = others
        self._own = [attest(note, header.service, self._keys, trust) for note in header.checkpoints]
        self._last = self._own[-1][0]
        attested = (*(each for each, _ in self._own), *(each.attested for each in others))
        signed = [each.checkpoint for each in attested if each is not None]
        # Of other logs of the service the leaves are not here.
        self._signed = [each for each in signed if self._last and each.origin == self._last.checkpoint.origin]
        self._own_list = _own_list(header)
        self._leaves = _Leaves((each.size for each in signed), self._own_list)
        self._trust = trust
        self._opening: Opening | None = None
        self._retired: Attested | None = None

    def findings(self, lines: Iterator[bytes]) -> Iterator[Finding]:
        """Check one thing after the other: the later ones need what the earlier found."""
        *earlier, (_, found) = self._own
        yield found
        if self._last is None:
            return
        yield witnessed(self._last)
        self._leaves.read(lines)
        says = f"{self._leaves.size}, each with the hash of its text; {self._leaves.told} of the texts are told"
        yield finding("leaves", "; ".join((says, *self._leaves.remarks)), self._leaves.faults)
        says = "each leaf holds what is told of its records"
        yield finding("records", says, self._leaves.record_faults)
        yield finding("tree", "they make the tree that the log signed", self._tree(self._last))
        if self._is_whole(self._last):
            yield from self._opened(self._last.checkpoint)
        if self._header.own is not None:
            yield from self._disclosures(self._last, self._header.own)
        for number, (attested, found) in enumerate(earlier, 1):
            yield self._compared(Other(f"earlier checkpoint {number}", attested, found), self._last)
        for other in self._others:
            yield self._compared(other, self._last)
        yield finding("directory entries", "the root signed each of them, and each is needed", self._keys.faults())

    def history(self) -> History | None:
        """Return what the log is. It is worth nothing if anything is wrong."""
        if self._last is None:
            return None
        return History(self._header.service, self._leaves.told, self._last, self._opening)

    def _opened(self, last: Checkpoint) -> Iterator[Finding]:
        """Tell of which log this one took the place, and who saw what is kept of that."""
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
            yield from () if self._retired is None else (named("retired witnesses", witnessed(self._retired)),)

    def _disclosures(self, last: Attested, own: OwnList) -> Iterator[Finding]:
        if self._own_list is None:
            yield Finding("disclosures", False, "the key of the list is none")
        else:
            yield from without_gap(self._own_list, last.checkpoint, own)

    def _tree(self, last: Attested) -> Faults:
        size = last.checkpoint.size
        if self._leaves.size != size:
            what = "dropped" if self._leaves.size < size else "added"
            yield f"{abs(size - self._leaves.size)} were {what}: {self._leaves.size} are here where {size} were signed"
        if self._leaves.roots.get(size) != last.checkpoint.root:
            yield f"leaves were rewritten, dropped or put in another order: {self._where(size)}"

    def _compared(self, other: Other, last: Attested) -> Finding:
        if other.attested is None:
            return Finding(other.name, False, other.found.says)
        theirs = other.attested.checkpoint
        if theirs.log != last.checkpoint.log:
            return self._compared_log(other.name, other.attested, last.checkpoint)
        is_whole = self._is_whole(last)
        size, root = theirs.size, self._leaves.roots.get(theirs.size)
        if root is None:
            fetch = f"`i247 audit fetch {self._header.service}`"
            return undecided(
                other.name, f"it is of {size} leaves, more than are here: {fetch} gets those that there are"
            )
        if root == theirs.root and not last.checkpoint.contradicts(theirs):
            return agreed(other.name, other.attested)
        if is_whole:
            return forked(other.name, last, other.attested)
        return Finding(other.name, False, f"the leaves do not make its tree: {self._where(size)}")

    def _compared_log(self, name: str, other: Attested, last: Checkpoint) -> Finding:
        """Hold a checkpoint against what the first leaf says is kept of its log, if it says anything of that."""
        theirs, retired = other.checkpoint, self._retired
        says = f"it is of {theirs.size} leaves of {theirs.origin}"
        if retired is None or retired.checkpoint.log != theirs.log:
            return undecided(name, f"{says}, which is another log than {last.origin}")
        size = retired.checkpoint.size
        if retired.checkpoint.contradicts(theirs):
            return forked(name, retired, other)
        if theirs.size > size:
            return undecided(name, f"{says}, of which those from {size} on were lost")
        fetch = f"`i247 audit fetch {self._header.service} --since` it proves that"
        more = undecided(name, f"{says}, with which the {size} that are kept begin: {fetch}")
        return more if theirs.size < size else Finding(name, True, f"{says}, which are all kept")

    def _is_whole(self, last: Attested) -> bool:
        return self._leaves.roots.get(last.checkpoint.size) == last.checkpoint.root

    def _where(self, size: int) -> str:
        """Say between which leaves something was changed, as far as the checkpoints tell."""
        roots = self._leaves.roots
        signed = [each for each in self._signed if each.size < size]
        sound = max((each.size for each in signed if roots.get(each.size) == each.root), default=0)
        broken = min((each.size for each in signed if each.size > sound), default=size)
        return f"at {sound} or after, and before {broken}"
