"""How a service runs as a process, and how a part opens its mailboxes."""

from sqlalchemy.exc import DatabaseError, OperationalError

from deploy.mesh.process_context import ProcessContext
from deploy.state.databases import require_databases
from deploy.state.settings import Settings
from deploy.state.state_dir import StartRefused, load_directory
from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.quotas import Amount, Quotas
from shared.mailbox.service_outbox import ServiceOutbox
from shared.rpc.keyring import NoKeyInForce
from shared.runner import run_service
from shared.service import Service
from shared.storage import OpenDatabase, StorageRefused, Stores
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
    open_store = Stores(settings.store_connections).open
    post = ServiceOutbox(participant, mailboxes_of(part, open_store))
    try:
        store_url, processes = settings.store_of(service.name), settings.extraction_workers
        async with post.at_work(), part.keeping(directory):
            await run_service(service, participant, store_url, post=post, processes=processes, open_store=open_store)
    except StorageRefused as error:
        raise StartRefused(f"the store of {service.name}: {error}") from error
    except DatabaseError as error:
        if isinstance(error, OperationalError):
            # Such as a database that is not there yet: to start again may help.
            raise
        raise StartRefused(f"the store of {service.name}: {error.orig}: restore it or move it away") from error


def mailboxes_of(part: ProcessContext, open_store: OpenDatabase) -> Mailboxes:
    """Return the mailboxes that a part opens."""
    return Mailboxes(part.settings.store_of, part.clock, part.log, quotas_of(part.settings), open_store)


def quotas_of(settings: Settings) -> Quotas:
    """Return how much may be stored in a mailbox and on the broker."""
    return Quotas(
        per_sender=Amount(settings.mailbox_messages_per_sender, settings.mailbox_bytes_per_sender),
        inbox=Amount(settings.mailbox_messages, settings.mailbox_bytes),
        outbox=Amount(settings.outbox_messages, settings.outbox_bytes),
        post=Amount(settings.post_parcels, settings.post_bytes),
        bucket_bytes=settings.bucket_bytes,
    )
