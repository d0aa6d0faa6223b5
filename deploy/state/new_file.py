"""Writes the file that a command is asked for: it is there whole or not at all, and never in place of another."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from deploy.state.errors import CommandFailed, WrongUsage
from shared.files import sync_folder

_PRIVATE: Final = 0o600


@contextmanager
def new_file(file: Path) -> Iterator[BinaryIO]:
    """Yield what becomes a file, of mode 0600, once the block has ended without an error; else nothing is left of it.

    Until then it is beside, with `.new` after its name. Raises WrongUsage if either exists, and CommandFailed if it
    cannot be written.
    """
    if os.path.lexists(file):
        raise WrongUsage(f"{file} exists, and is not overwritten: give another name")
    draft = file.with_name(f"{file.name}.new")
    try:
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE)
    except FileExistsError as error:
        raise WrongUsage(f"{draft} exists: another command writes it; if none does, remove it") from error
    except OSError as error:
        raise _unwritable(file, error) from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise _unwritable(file, error) from error
    finally:
        draft.unlink(missing_ok=True)


def _unwritable(file: Path, error: OSError) -> CommandFailed:
    return CommandFailed(f"{file} cannot be written: {error.strerror or error}")
