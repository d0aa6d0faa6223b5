"""Moves old parts of the audit log of a service out of its store into files, whether the service runs or not."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

from deploy.commands.output import Line
from deploy.mesh.service_names import find_service
from deploy.state.clock import clock_of
from deploy.state.directory_file import load_directory
from deploy.state.errors import CommandFailed, StartRefused
from deploy.state.settings import Settings
from shared.audit.archive import Archive, ArchivedPart
from shared.audit.archiving import ArchiveRefused, archive_log
from shared.audit.format.part_file import PART
from shared.audit.rules import LogDamaged
from shared.errors import StoreUnavailable
from shared.service import Service
from shared.storage import StorageRefused, open_database
from shared.storage.migrations import upgraded
from shared.storage.shrinking import shrink


def archive(settings: Settings, name: str, days: int) -> Iterator[Line]:
    """Archive the complete parts of the logs of a service whose leaves are older than some days; yield each.

    Raises StartRefused, WrongUsage, CommandFailed: what was archived before stays so.
    """
    service = find_service(name)
    try:
        with settings.state_dir.stores_written():
            yield from asyncio.run(_lines(settings, service, days))
    except (ArchiveRefused, LogDamaged) as refused:
        raise CommandFailed(f"{name}: {refused}") from refused
    except (StorageRefused, StoreUnavailable) as refused:
        raise StartRefused(f"the store of {name}: {refused}") from refused
    except OSError as error:
        raise CommandFailed(f"the archive of {name} cannot be written: {error.strerror}") from error


async def _lines(settings: Settings, service: Service, days: int) -> list[Line]:
    files = Archive(settings.archive_folder, service.name)
    lines = list[Line]()
    async with aclosing(_moved(settings, service, files, days)) as parts:
        async for part in parts:
            lines.append(_line(files.file(part.log, part.number), part))
            print(lines[-1].words, file=sys.stderr, flush=True)
    if not lines:
        says = f"{service.name} has no part of {PART:,} leaves that are older and that bureaus cosigned"
        return [Line(says, {"message": says, "file": None, "log": None, "first": None, "leaves": 0})]
    return lines


async def _moved(settings: Settings, service: Service, files: Archive, days: int) -> AsyncGenerator[ArchivedPart]:
    directory, now = load_directory(settings.state_dir), clock_of(settings.state_dir).now()
    url = settings.store_of(service.name)
    async with upgraded(open_database(url), service.tables) as database:
        before = now - timedelta(days=days)
        async with aclosing(archive_log(database, files, directory, before=before, now=now)) as parts:
            async for part in parts:
                await shrink(url)
                yield part


def _line(file: Path, part: ArchivedPart) -> Line:
    says = f"{file}: leaves {part.start} to {part.start + PART - 1}"
    return Line(says, {"message": says, "file": str(file), "log": part.log, "first": part.start, "leaves": PART})
