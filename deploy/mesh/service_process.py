"""Runs a service in this process."""

from sqlalchemy.exc import DatabaseError, OperationalError

from deploy.mesh.process_context import ProcessContext
from deploy.state.databases import require_databases
from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from shared.mailbox.service_outbox import ServiceOutbox
from shared.rpc.keyring import NoKeyInForce
from shared.runner import run_service
from shared.service import Service
from shared.storage import StorageRefused
from shared.transport import BrokerAbsent, NotAdmitted


async def serve_service(service: Service, settings: Settings) -> None:
    """Run one service until cancelled. Raises StartRefused."""
    context = ProcessContext(service.name, settings)
    await require_databases(settings, [service.name])
    directory = load_directory(context.state_dir)
    try:
        participant = await context.connect(service.name, directory)
    except BrokerAbsent as error:
        raise StartRefused(str(error)) from error
    except NotAdmitted as refusal:
        context.log.warning("service-not-admitted", error=str(refusal))
        participant = context.join(service.name, directory)
        await participant.transport.reconnected(0)
    except NoKeyInForce as error:
        raise StartRefused(error.detail) from error
    outbox = ServiceOutbox(participant, context.mailboxes())
    try:
        store_url, processes = settings.store_of(service.name), settings.extraction_workers
        async with outbox.at_work(), context.saving(directory):
            await run_service(
                service, participant, store_url, post=outbox, processes=processes, open_store=context.open_store
            )
    except StorageRefused as error:
        raise StartRefused(f"the store of {service.name}: {error}") from error
    except DatabaseError as error:
        if isinstance(error, OperationalError):
            # Such as a database that does not exist yet: a restart may succeed.
            raise
        raise StartRefused(f"the store of {service.name}: {error.orig}: restore it or move it away") from error
