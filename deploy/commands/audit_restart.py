"""Lets the audit log of a service go on whose store was restored from a backup, and says so in the log for all to see.

It works on the store itself, in one transaction, whether the service runs or not: what the service signs next says it.
"""

import asyncio
import sys
from collections.abc import Sequence

from deploy.commands.offline_check import WRONG_USAGE, printable
from deploy.mesh.service_names import find_service
from deploy.state.clock import clock_of
from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.audit.damaged import LogDamaged
from shared.audit.format.leaf import MAX_REASON
from shared.audit.restart import RestartRefused, largest, restart
from shared.audit.verify.restarted import Restarted
from shared.crypto.signed_note import NoteRefused
from shared.errors import StoreUnavailable
from shared.service import Service
from shared.storage import StorageRefused, open_database
from shared.storage.migrations import upgrade


def restart_log(settings: Settings, name: str, lost: Sequence[str], reason: str) -> int:
    """Restart the log of a service that lost what it had signed up to the largest of some checkpoints.

    Returns 0 if it was done, 1 if nothing was changed, 2 for wrong usage. Raises StartRefused.
    """
    service = find_service(name)
    if not reason.strip() or len(reason) > MAX_REASON or not reason.isprintable():
        return _refuse(f"--reason takes one line of {MAX_REASON} characters at the most", WRONG_USAGE)
    try:
        told = asyncio.run(_restart(settings, service, lost, reason))
    except NoteRefused as refused:
        return _refuse(f"--lost is of no use: {refused}", WRONG_USAGE)
    except (RestartRefused, LogDamaged) as refused:
        return _refuse(f"the audit log of {name} is not restarted: {refused}", 1)
    except (StorageRefused, StoreUnavailable) as refused:
        raise StartRefused(f"the store of {name}: {refused}") from refused
    print(f"{printable(told.says)}\nwitnesses of {name} are alarmed, and cosign it again as soon as they find it so")
    return 0


async def _restart(settings: Settings, service: Service, lost: Sequence[str], reason: str) -> Restarted:
    state_dir = StateDir(settings.home)
    directory = load_directory(state_dir)
    note = largest(lost, service.name, directory)
    database = open_database(settings.store_of(service.name))
    try:
        await upgrade(database, service.tables)
        async with database.writing(alone=True) as session:
            return await restart(session, note, reason, clock_of(state_dir).now(), directory)
    finally:
        await database.close()


def _refuse(why: str, status: int) -> int:
    print(f"i247: {printable(why)}", file=sys.stderr)
    return status
