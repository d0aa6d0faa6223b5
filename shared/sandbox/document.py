"""Documents that all processes of a sandbox read and change: each is a file, and a counter of its changes in memory.

A read costs no system call unless there was a change. Does NOT survive a failure of power.
"""

import fcntl
import mmap
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)
R = TypeVar("R")

_CELL_BYTES: Final = 8
SUFFIX: Final = ".json"
CHANGES_SUFFIX: Final = ".changes"


class SharedDocument(Generic[T]):
    """One document. Every process of a sandbox makes its own object of it, with the same folder and name."""

    def __init__(self, folder: Path, name: str, empty: T) -> None:
        """Open a document; it is `empty`, whose type it has, until it is first changed. Raises OSError."""
        self._file = folder / f"{name}{SUFFIX}"
        self._changes_file = folder / f"{name}{CHANGES_SUFFIX}"
        self._empty = empty
        self._decode = msgspec.json.Decoder(type(empty)).decode
        # The counter outlives the document: a reader never takes a new document for the one that it knows.
        self._changes = memoryview(_map(self._changes_file)).cast("q")
        self._known: tuple[int, T] = -1, empty

    def read(self) -> T:
        """Return the document as it is now: do not change it. Raises OSError, msgspec.DecodeError."""
        changes, (known, document) = self._changes[0], self._known
        if changes != known:
            document = self._load()
            self._known = changes, document
        return document

    def change(self, change: Callable[[T], tuple[T, R]]) -> R:
        """Replace the document by what `change` makes of it, and return the other value that it returns.

        No other process changes it meanwhile; where the document is the same object, nothing is written. Raises what
        `change` raises, OSError, and msgspec.DecodeError.
        """
        with self._changes_file.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = self._load()
            after, result = change(before)
            if after is not before:
                self._save(after)
        return result

    def _load(self) -> T:
        try:
            return self._decode(self._file.read_bytes())
        except FileNotFoundError:
            return self._empty

    def _save(self, document: T) -> None:
        draft = self._file.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(msgspec.json.encode(document))
        draft.replace(self._file)
        self._changes[0] += 1


def _map(file: Path) -> mmap.mmap:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(descriptor).st_size == 0:
            os.ftruncate(descriptor, _CELL_BYTES)
        # Writes of other processes are visible at once.
        return mmap.mmap(descriptor, _CELL_BYTES)
    finally:
        os.close(descriptor)
