"""Where the answers to lines are written: to the standard output, or to a file with which a repeated command goes on.

Beside the file is another, `FILE.progress`, which says up to which line of the source it is whole. What was written
after that, by a command that was killed, is written again. While a run writes to the file no other does.
"""

import fcntl
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

import msgspec

from deploy.commands.line_source import Position
from deploy.state.errors import WrongUsage, unwritable

_PRIVATE: Final = 0o600
_NEW: Final = ".new"


class Progress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a file of answers has come."""

    offset: int
    number: int
    digest: str
    written: int
    """The bytes of the file that are whole."""

    asked: dict[str, Any]
    """What was asked: with other options the file would be of two kinds."""

    counts: dict[str, int]

    @property
    def place(self) -> Position:
        """The place in the source."""
        return Position(self.offset, self.number, self.digest)


class StandardOutput:
    """Writes to the standard output, which nobody goes on with."""

    def write(self, content: bytes) -> None:
        """Write the answers of a part."""
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()

    def commit(self, end: Position, counts: Mapping[str, int]) -> None:
        """Do nothing: what is printed is printed."""


class OutputFile:
    """Writes to a file, and remembers how far it has come."""

    def __init__(self, file: BinaryIO, path: Path, asked: Mapping[str, Any]) -> None:
        self._file, self._path, self._asked = file, path, dict(asked)

    @classmethod
    def open(
        cls, path: Path, asked: Mapping[str, Any], *, restart: bool, source: BinaryIO
    ) -> tuple[Self, Progress | None]:
        """Open a file, and return how far it has come; None if it is new. Raises WrongUsage, StartRefused."""
        _require_other(source, (path, _beside(path), _beside(path, _NEW)))
        try:
            file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE), "r+b")
            try:
                before = _locked(file, path, asked, restart=restart)
                file.truncate(before.written if before else 0)
                file.seek(0, os.SEEK_END)
            except BaseException:
                file.close()
                raise
        except OSError as error:
            raise unwritable(error) from error
        return cls(file, path, asked), before

    def write(self, content: bytes) -> None:
        """Write the answers of a part."""
        self._file.write(content)

    def commit(self, end: Position, counts: Mapping[str, int]) -> None:
        """Remember that the answers up to a place are written, once they are on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        progress = Progress(*end, written=self._file.tell(), asked=self._asked, counts=dict(counts))
        new = _beside(self._path, _NEW)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "wb") as file:
            file.write(msgspec.json.encode(progress))
            file.flush()
            os.fsync(file.fileno())
        new.replace(_beside(self._path))

    def finish(self) -> None:
        """Forget how far the file has come, as it is whole."""
        self._file.flush()
        _beside(self._path).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@contextmanager
def opened(
    path: Path | None, asked: Mapping[str, Any], *, restart: bool, source: BinaryIO
) -> Iterator[tuple[StandardOutput | OutputFile, Progress | None]]:
    """Open where answers to a source are written, and yield it with how far it has come; None if it is new.

    Raises WrongUsage, StartRefused.
    """
    if path is None:
        yield StandardOutput(), None
        return
    output, before = OutputFile.open(path, asked, restart=restart, source=source)
    try:
        yield output, before
        output.finish()
    finally:
        output.close()


def _require_other(source: BinaryIO, written: Sequence[Path]) -> None:
    """Require that no file that is written is the source, under any name. Raises WrongUsage."""
    try:
        read = os.fstat(source.fileno())
    except OSError:
        # It is no file.
        return
    for path in written:
        if path.exists() and os.path.samestat(read, path.stat()):
            raise WrongUsage(f"{path} is the list itself, which would be lost: give --out another name")


def _locked(file: BinaryIO, path: Path, asked: Mapping[str, Any], *, restart: bool) -> Progress | None:
    """Keep other runs from a file until it is closed, and return how far it has come. Raises WrongUsage."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise WrongUsage(f"another run writes to {path}: wait for its end, or give another name") from error
    before = None if restart else _progress_of(path)
    if before is None and path.stat().st_size and not restart:
        raise WrongUsage(f"{path} exists: give another name, or --restart to overwrite it if nobody needs it")
    if before is not None and before.asked != asked:
        raise WrongUsage(f"{path} was begun with other options: give the same, or --restart to overwrite it")
    return before


def _beside(path: Path, more: str = "") -> Path:
    return path.with_name(f"{path.name}.progress{more}")


def _progress_of(path: Path) -> Progress | None:
    beside = _beside(path)
    if not beside.exists() or not path.stat().st_size:
        return None
    try:
        found = msgspec.json.decode(beside.read_bytes(), type=Progress)
    except (msgspec.MsgspecError, json.JSONDecodeError) as error:
        raise WrongUsage(f"{beside} cannot be read: begin again with --restart") from error
    if path.stat().st_size < found.written:
        raise WrongUsage(f"{path} is shorter than it was: begin again with --restart")
    return found
