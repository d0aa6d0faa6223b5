"""The file that a command reads, or its standard input."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from deploy.state.errors import WrongUsage


@contextmanager
def reading(name: str) -> Iterator[BinaryIO]:
    """Open a file, or the standard input if it is called `-`. Raises WrongUsage."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        source = Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise WrongUsage(f"{name} cannot be read: {error.strerror}") from error
    with source:
        yield source


def size_of(stream: BinaryIO) -> int | None:
    """Return the bytes of a file; None of a pipe."""
    found = os.fstat(stream.fileno())
    return found.st_size if stat.S_ISREG(found.st_mode) else None
