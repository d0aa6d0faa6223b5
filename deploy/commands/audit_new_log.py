"""Retires the audit log of a service that lost leaves, as by a restore from a backup, and opens another one.

It writes to the store of the service, in one transaction, whether the service runs or not.
"""

import asyncio
from collections.abc import Iterator

from deploy.mesh.service_names import find_service
from deploy.state.clock import clock_of
from deploy.state.directory_file import load_directory
from deploy.state.errors import CommandFailed, StartRefused, WrongUsage
from deploy.state.settings import Settings
from shared.audit.format.leaf import MAX_REASON
from shared.audit.new_log import NewLogRefused, open_new_log
from shared.crypto.signed_note import log_name, parse_note, read_checkpoint
from shared.errors import StoreUnavailable
from shared.service import Service
from shared.storage import StorageRefused, open_database
from shared.storage.migrations import upgraded


def new_log(settings: Settings, name: str, reason: str, number: int | None) -> Iterator[str]:
    """Retire the log of a service and open the next one, or the one of a number; yield what was done.

    Raises StartRefused, WrongUsage, CommandFailed where nothing was changed.
    """
    service = find_service(name)
    if not reason.strip() or len(reason) > MAX_REASON or not reason.isprintable():
        raise WrongUsage(f"--reason takes one line of at most {MAX_REASON} characters")
    try:
        with settings.state_dir.stores_written():
            says = asyncio.run(_open(settings, service, reason, number))
    except NewLogRefused as refused:
        raise CommandFailed(f"no log of {name} is opened: {refused}") from refused
    except (StorageRefused, StoreUnavailable) as refused:
        raise StartRefused(f"the store of {name}: {refused}") from refused
    yield says
    yield f"each witness of {name} raises the alarm new-log, and cosigns the new log"


async def _open(settings: Settings, service: Service, reason: str, number: int | None) -> str:
    state_dir = settings.state_dir
    directory, at = load_directory(state_dir), clock_of(state_dir).now()
    async with (
        upgraded(open_database(settings.store_of(service.name)), service.tables) as database,
        database.writing(exclusive=True) as session,
    ):
        new = await open_new_log(session, service.name, directory, reason=reason, at=at, log=number)
    kept = None if new.retired is None else read_checkpoint(parse_note(new.retired))
    retired = f"{kept.origin} is retired with {kept.size} leaves" if kept else "nothing is kept that bureaus cosigned"
    return f"{log_name(service.name, new.log)} is opened; {retired}"
