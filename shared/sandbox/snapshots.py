"""The snapshots of a sandbox: where they are, and what is known of each. Does NOT take or restore any."""

from pathlib import Path
from typing import Final

import msgspec

from shared.patterns import in_words

FOLDER: Final = "snapshots"
DESCRIPTION: Final = "snapshot.json"
NAME_PATTERN: Final = in_words(
    "^[a-z0-9][a-z0-9-]{0,39}$", "must be 1 to 40 lower-case letters, digits and hyphens, and not begin with a hyphen"
)
# What a sandbox was when it was first started: `reset` restores it.
START: Final = "start"
# Of the files of test identities in the folder of the sandbox: the same after each reset, and in no snapshot.
IDENTITY_FILES: Final = "identities"
MAX_SNAPSHOTS: Final = 20
MAX_BYTES: Final = 8 * 1024**3


class Snapshot(msgspec.Struct, frozen=True):
    """One snapshot."""

    name: str
    taken: float
    """By the clock of the mesh, in seconds since 1970."""

    bytes: int


def snapshot_folder(sandbox: Path, name: str) -> Path:
    """Return the folder of a snapshot in the folder of a sandbox."""
    return sandbox / FOLDER / name


def hidden(folder: Path) -> Path:
    """Return where the folder of a snapshot is while it is being taken or deleted."""
    return folder.with_name(f".{folder.name}")


def snapshots_in(sandbox: Path) -> list[Snapshot]:
    """Return the snapshots, the oldest first. What a crash left of one is none."""
    found = [read_snapshot(folder) for folder in (sandbox / FOLDER).glob("[!.]*/")]
    return sorted((each for each in found if each is not None), key=lambda each: (each.taken, each.name))


def read_snapshot(folder: Path) -> Snapshot | None:
    """Return the snapshot in a folder; None if there is none, or not a whole one."""
    try:
        return msgspec.json.decode((folder / DESCRIPTION).read_bytes(), type=Snapshot)
    except (OSError, msgspec.DecodeError):
        return None
