"""Where lines of a log go: whole lines only, also on a full disk, and into a file that does not grow for ever.

A write that was cut short is taken back, or else ends where the next line begins. Several processes may append to one
file: each line is one write.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_STANDARD_OUTPUT: Final = 1
_STANDARD_ERROR: Final = 2
# To look at each line how large the file is costs a third of writing it.
LOOKS_IN_A_FILE: Final = 16


class LineOutput:
    """Writes lines to a descriptor, by default the standard error output."""

    def __init__(self, descriptor: int = _STANDARD_ERROR) -> None:
        self._descriptor = descriptor
        self._cut = False

    def write(self, line: bytes) -> None:
        """Write a line with its end. Raises OSError; then nothing of it, or a part with an end of its own, is there."""
        text = b"\n" + line if self._cut else line
        written = os.write(self._descriptor, text)
        if written < len(text):
            self._cut = not self._take_back(written) or self._cut
        else:
            self._cut = False

    def _take_back(self, written: int) -> bool:
        """Remove what was written last; tell whether that could be done, which only a file allows."""
        with suppress(OSError):
            end = os.lseek(self._descriptor, 0, os.SEEK_CUR)
            # Whatever stands behind it is of another process.
            if os.fstat(self._descriptor).st_size == end:
                os.ftruncate(self._descriptor, end - written)
                os.lseek(self._descriptor, end - written, os.SEEK_SET)
                return True
        return False


class LogFile(LineOutput):
    """A file that is moved aside when it is full: `x.log.1` is the newest of those before, and the oldest is dropped.

    It becomes the standard error output of this process, so that tracebacks and what libraries print are in it; and the
    standard output, where that leads to it already.
    """

    def __init__(self, path: Path, *, limit: int, kept: int) -> None:
        """Open the file, at most `limit` bytes long, with so many `kept` before it. Raises OSError."""
        super().__init__()
        self._path = path
        self._limit = limit
        self._kept = kept
        self._unchecked = 0
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._descriptors = (_STANDARD_ERROR, _STANDARD_OUTPUT) if self._is_at(_STANDARD_OUTPUT) else (_STANDARD_ERROR,)
        self._open()

    def write(self, line: bytes) -> None:
        """Write a line with its end, into another file if this one is full. Raises OSError as that of a descriptor."""
        self._unchecked -= len(line)
        if self._unchecked < 0:
            self._make_room(len(line))
        super().write(line)

    def _make_room(self, size: int) -> None:
        """Look how large the file is, as others write to it too, and see to it that a line of a size fits."""
        if self._room() < size:
            # Where no other file can be made, this one goes on.
            with suppress(OSError):
                self._rotate()
        self._unchecked = min(self._room() - size, self._limit // LOOKS_IN_A_FILE)

    def _room(self) -> int:
        return self._limit - os.lseek(self._descriptor, 0, os.SEEK_END)

    def _rotate(self) -> None:
        # Another process may have moved it, or be about to.
        if self._is_at(self._descriptor):
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self._is_at(self._descriptor):
                self._move_aside()
        self._open()

    def _is_at(self, descriptor: int) -> bool:
        """Tell whether a descriptor is of the file that is in its place now."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(descriptor))
        except OSError:
            return False

    def _move_aside(self) -> None:
        for number in range(self._kept, 1, -1):
            with suppress(FileNotFoundError):
                self._numbered(number - 1).replace(self._numbered(number))
        self._path.replace(self._numbered(1))

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _open(self) -> None:
        opened = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            size = os.fstat(opened).st_size
            self._cut = size > 0 and os.pread(opened, 1, size - 1) != b"\n"
            for descriptor in self._descriptors:
                os.dup2(opened, descriptor)
        finally:
            os.close(opened)
