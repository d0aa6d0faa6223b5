"""Moves old parts of the audit log of a service out of its store into files, whether the service runs or not."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Final

from deploy.commands.output import Line
from deploy.mesh.service_names import find_service
from deploy.state.clock import clock_of
from deploy.state.directory_file import load_directory
from deploy.state.errors import CommandFailed, StartRefused
from deploy.state.settings import Settings
from shared.audit.archive import Archive, ArchivedPart
from shared.audit.archiving import ArchiveRefused, absent_files, archive_log
from shared.audit.format.part_file import PART
from shared.audit.rules import LogDamaged
from shared.errors import StoreUnavailable
from shared.service import Service
from shared.storage import StorageRefused, open_database
from shared.storage.migrations import upgraded
from shared.storage.shrinking import shrink

MAX_NAMED: Final = 3


def archive(settings: Settings, name: str, days: int) -> Iterator[Line]:
    """Archive the complete parts of the logs of a service whose leaves are older than some days; yield each.

    Raises StartRefused, WrongUsage, CommandFailed: what was archived before stays so. Fails at the end if files of
    earlier parts are missing.
    """
    service, files = find_service(name), Archive(settings.archive_folder, name)
    try:
        with settings.state_dir.stores_written():
            lines, absent = asyncio.run(_moved(settings, service, files, days))
    except (ArchiveRefused, LogDamaged) as refused:
        raise CommandFailed(f"{name}: {refused}") from refused
    except (StorageRefused, StoreUnavailable) as refused:
        raise StartRefused(f"the store of {name}: {refused}") from refused
    except OSError as error:
        raise CommandFailed(f"the archive of {name} cannot be written: {error.strerror}") from error
    yield from lines or [_nothing(name)]
    if absent:
        raise CommandFailed(_missing(name, absent))


async def _moved(settings: Settings, service: Service, files: Archive, days: int) -> tuple[list[Line], list[Path]]:
    """Return a line for each part that was archived, and the files that are missing."""
    directory, now = load_directory(settings.state_dir), clock_of(settings.state_dir).now()
    url, before = settings.store_of(service.name), now - timedelta(days=days)
    async with upgraded(open_database(url), service.tables) as database:
        async with aclosing(archive_log(database, files, directory, before=before, now=now)) as parts:
            lines = [await _line(url, files.file(part.log, part.number), part) async for part in parts]
        return lines, await absent_files(database, files)


async def _line(url: str, file: Path, part: ArchivedPart) -> Line:
    """Give the space of a part back, and return its line, which is printed at once for those who wait."""
    await shrink(url)
    says = f"{file}: leaves {part.start} to {part.start + PART - 1}"
    print(says, file=sys.stderr, flush=True)
    return Line(says, {"message": says, "file": str(file), "log": part.log, "first": part.start, "leaves": PART})


def _nothing(name: str) -> Line:
    says = f"{name} has no part of {PART:,} leaves that are older and that bureaus cosigned"
    return Line(says, {"message": says, "file": None, "log": None, "first": None, "leaves": 0})


def _missing(name: str, files: Sequence[Path]) -> str:
    named = ", ".join(map(str, files[:MAX_NAMED])) + ("" if len(files) <= MAX_NAMED else ", ...")
    return (
        f"the archive of {name} lacks {len(files)} of its files ({named}): what needs their leaves is refused "
        "until they are back in their folder, so put them back from a copy, or let I247_AUDIT_ARCHIVE name the folder"
    )
