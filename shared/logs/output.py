"""Writes the lines of a log: complete lines only, even on a full disk, and to a file of limited size.

A partial write is undone, or else ended before the next line. Several processes may append to one file.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_STANDARD_OUTPUT: Final = 1
_STANDARD_ERROR: Final = 2
# To check the size of the file for each line costs a third of writing it.
CHECKS_IN_A_FILE: Final = 16


class LineOutput:
    """Writes lines to a descriptor, by default the standard error output."""

    def __init__(self, descriptor: int = _STANDARD_ERROR) -> None:
        self._descriptor = descriptor
        self._cut = False

    def write(self, line: bytes) -> None:
        """Write a line with its end. Raises OSError."""
        text = b"\n" + line if self._cut else line
        written = os.write(self._descriptor, text)
        if written < len(text):
            self._cut = not self._undo(written) or self._cut
        else:
            self._cut = False

    def _undo(self, written: int) -> bool:
        """Remove what was written last; return whether that was possible: only a file allows it."""
        with suppress(OSError):
            end = os.lseek(self._descriptor, 0, os.SEEK_CUR)
            # Otherwise another process has written behind it.
            if os.fstat(self._descriptor).st_size == end:
                os.ftruncate(self._descriptor, end - written)
                os.lseek(self._descriptor, end - written, os.SEEK_SET)
                return True
        return False


class LogFile(LineOutput):
    """A file that is renamed when it is full: `x.log.1` is the newest of the old ones, and the oldest is deleted.

    It becomes the standard error of this process, so that tracebacks and output of libraries are in it; and the
    standard output, if that is the same file.
    """

    def __init__(self, path: Path, *, limit: int, kept: int) -> None:
        """Open a file of at most `limit` bytes, and keep so many old ones. Raises OSError."""
        super().__init__()
        self._path = path
        self._limit = limit
        self._kept = kept
        self._unchecked = 0
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._descriptors = (_STANDARD_ERROR, _STANDARD_OUTPUT) if self._is_at(_STANDARD_OUTPUT) else (_STANDARD_ERROR,)
        self._open()

    def write(self, line: bytes) -> None:
        """Write a line with its end, to a new file if this one is full. Raises OSError."""
        self._unchecked -= len(line)
        if self._unchecked < 0:
            # Other processes write to it too.
            if self._room() < len(line):
                # If no other file can be made, this one continues.
                with suppress(OSError):
                    self._rotate()
            self._unchecked = min(self._room() - len(line), self._limit // CHECKS_IN_A_FILE)
        super().write(line)

    def _room(self) -> int:
        return self._limit - os.lseek(self._descriptor, 0, os.SEEK_END)

    def _rotate(self) -> None:
        # Another process may have renamed it, or be about to.
        if self._is_at(self._descriptor):
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self._is_at(self._descriptor):
                for number in range(self._kept, 1, -1):
                    with suppress(FileNotFoundError):
                        self._numbered(number - 1).replace(self._numbered(number))
                self._path.replace(self._numbered(1))
        self._open()

    def _is_at(self, descriptor: int) -> bool:
        """Return whether a descriptor is of the file that has the name now."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(descriptor))
        except OSError:
            return False

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
