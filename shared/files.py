"""Writes files atomically: a crash, a full disk or a concurrent reader never leaves or sees a partial file."""

import os
from contextlib import suppress
from pathlib import Path


def replace_file(file: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace or create a file, durably. Raises OSError; the file is unchanged then."""
    draft = file.with_suffix(f".{os.getpid()}.new")
    try:
        _write(draft, content, mode)
        draft.replace(file)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
    sync_folder(file.parent)


def secret_in(file: Path) -> bytes:
    """Return the secret in a file, without line ends. Raises OSError, and ValueError if it is empty."""
    secret = file.read_bytes().rstrip(b"\r\n")
    if not secret:
        raise ValueError(f"{file} is empty")
    return secret


def _write(file: Path, content: bytes, mode: int) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Make what was created or replaced in a folder durable: otherwise a power failure may restore what was there."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
