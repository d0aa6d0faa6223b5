"""Writes files in one step: a crash, a full disk or a reader at the same time never meets half of one."""

import os
from contextlib import suppress
from pathlib import Path


def replace_file(file: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file in place of the one that may be there; it is on the disk by then.

    Raises OSError: then the file is what it was before.
    """
    draft = file.with_suffix(f".{os.getpid()}.new")
    try:
        _write(draft, content, mode)
        draft.replace(file)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
    _sync_folder(file.parent)


def secret_in(file: Path) -> bytes:
    """Return the secret in a file, without the end of its line. Raises OSError, and ValueError where it is empty."""
    secret = file.read_bytes().rstrip(b"\r\n")
    if not secret:
        raise ValueError(f"{file} is empty")
    return secret


def _write(file: Path, content: bytes, mode: int) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    # Until then a power failure may bring back the file that was replaced.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
