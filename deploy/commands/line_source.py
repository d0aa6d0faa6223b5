"""Reads a table of any length from a file or a pipe, in parts, and finds the place again where a part ended."""

from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from typing import BinaryIO, Final, NamedTuple

from deploy.state.errors import WrongUsage
from shared.records.batch.models import MAX_LINE_BYTES
from shared.records.batch.table import HeaderRefused, LineUnreadable, Table

# Of the bytes of a file in one part: they fit into a request, whatever is quoted.
MAX_PART_BYTES: Final = 1024 * 1024


class SourceLine(NamedTuple):
    """A line with its number, and its cells by column or what is wrong with it."""

    number: int
    cells: dict[str, str] | None
    fault: str = ""


class Position(NamedTuple):
    """A place between two lines, and the digest of all that is before it."""

    offset: int
    number: int
    digest: str


class Part(NamedTuple):
    """Some lines, and where they end."""

    lines: Sequence[SourceLine]
    end: Position


class LineSource:
    """The lines of one table."""

    def __init__(self, stream: BinaryIO, known: Collection[str], left_out: Collection[str] = ()) -> None:
        """Read the header. Raises WrongUsage."""
        self._stream, self._digest = stream, sha256()
        self._offset = self._number = 0
        header = b"\n"
        while header and not header.strip():
            header = self._next()
        try:
            self._table = Table.of_header(header, known, left_out)
        except HeaderRefused as refused:
            raise WrongUsage(f"{refused}{_LEAVE_OUT if known and not left_out else ''}") from refused

    @property
    def columns(self) -> Sequence[str]:
        """The columns that are read."""
        return [each for each in self._table.columns if each is not None]

    def parts(self, lines: int) -> Iterator[Part]:
        """Yield the lines that are not blank, at most so many at a time."""
        while part := self._part(lines):
            yield Part(part, self.position())

    def again(self, begin: Position) -> None:
        """Read the lines again from a place in a file."""
        self._stream.seek(begin.offset)
        self._offset, self._number = begin.offset, begin.number

    def skip_to(self, place: Position) -> None:
        """Go on where a part ended before. Raises WrongUsage if what is before that has changed."""
        while self._offset < place.offset and self._next():
            pass
        if self.position() != place:
            raise WrongUsage(
                f"the file was changed before line {place.number + 1:,}, up to which it was done: begin again with "
                "--restart, which overwrites the results"
            )

    def _part(self, lines: int) -> list[SourceLine]:
        part, begun = list[SourceLine](), self._offset
        while len(part) < lines and self._offset - begun < MAX_PART_BYTES and (raw := self._next()):
            if raw.strip():
                part.append(self._read(raw))
        return part

    def _read(self, raw: bytes) -> SourceLine:
        try:
            return SourceLine(self._number, self._table.row(raw))
        except LineUnreadable as unreadable:
            return SourceLine(self._number, None, f"the line {unreadable}")

    def _next(self) -> bytes:
        """Return the next line; of a longer one as much as shows that it is too long."""
        raw = piece = self._stream.readline(MAX_LINE_BYTES + 2)
        self._take(piece)
        while piece and not piece.endswith(b"\n"):
            piece = self._stream.readline(MAX_LINE_BYTES)
            self._take(piece)
        self._number += bool(raw)
        return raw

    def _take(self, piece: bytes) -> None:
        self._digest.update(piece)
        self._offset += len(piece)

    def position(self) -> Position:
        """Return the place that is reached."""
        return Position(self._offset, self._number, self._digest.hexdigest())


_LEAVE_OUT: Final = "; columns that are not to be sent: --leave-out NAME,NAME"
