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
    part = ProcessContext(service.name, settings)
    await require_databases(settings, [service.name])
    directory = load_directory(part.home)
    try:
        participant = await part.connect(service.name, directory)
    except BrokerAbsent as error:
        raise StartRefused(str(error)) from error
    except NotAdmitted as refusal:
        part.log.warning("service-not-admitted", error=str(refusal))
        participant = part.join(service.name, directory)
        await participant.transport.reconnected(0)
    except NoKeyInForce as error:
        raise StartRefused(error.detail) from error
    post = ServiceOutbox(participant, part.mailboxes())
    try:
        store_url, processes = settings.store_of(service.name), settings.extraction_workers
        async with post.at_work(), part.keeping(directory):
            await run_service(
                service, participant, store_url, post=post, processes=processes, open_store=part.open_store
            )
    except StorageRefused as error:
        raise StartRefused(f"the store of {service.name}: {error}") from error
    except DatabaseError as error:
        if isinstance(error, OperationalError):
            # Such as a database that is not there yet: to start again may help.
            raise
        raise StartRefused(f"the store of {service.name}: {error.orig}: restore it or move it away") from error
