"""Runs a service in this process, and opens the mailboxes of a process."""

from collections.abc import Sequence

from sqlalchemy.exc import DatabaseError, OperationalError

from deploy.mesh.contexts import process_context
from deploy.mesh.process_context import WAITS, ProcessContext, report_absent_broker
from deploy.state.databases import require_databases
from deploy.state.directory_file import load_directory
from deploy.state.errors import CommandFailed, StartRefused, refusing
from deploy.state.settings import Settings
from shared.errors import Busy, StoreUnavailable
from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.quotas import Amount, Quotas
from shared.mailbox.service_outbox import ServiceOutbox
from shared.mailbox.tables import TABLES
from shared.rpc.keyring import NoKeyInForce
from shared.runner import Storage, run_service
from shared.sandbox.restores import CountLost, events_begin_after
from shared.sandbox.stores import FaultyMailboxes, faulty_storage
from shared.service import Service
from shared.storage import OpenDatabase, StorageRefused, Stores
from shared.storage.migrations import TableSet
from shared.transport import BrokerAbsent, NotAdmitted


async def serve_service(service: Service, settings: Settings) -> None:
    """Run one service until cancelled. Raises StartRefused, or CommandFailed where a restart may succeed."""
    context = process_context(service.name, settings)
    await require_databases(settings, [service.name])
    directory = load_directory(context.state_dir)
    await report_absent_broker(settings, f"{service.name} {WAITS}")
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
    open_store = Stores(settings.store_connections).open
    storage = Storage(open_store) if context.faults is None else faulty_storage(open_store, context.faults)
    storage = storage._replace(archives=settings.archive_folder)
    outbox = ServiceOutbox(participant, mailboxes_of(context, open_store))
    try:
        store_url, processes = settings.store_of(service.name), settings.extraction_workers
        async with outbox.running(), context.saving(directory):
            await run_service(service, participant, store_url, post=outbox, processes=processes, storage=storage)
    except (Busy, StoreUnavailable) as error:
        # The supervisor tries again.
        raise CommandFailed(f"the store of {service.name}: {error.detail}") from error
    except StorageRefused as error:
        raise StartRefused(f"the store of {service.name}: {error}") from error
    except DatabaseError as error:
        if isinstance(error, OperationalError):
            # Such as a database that does not exist yet: a restart may succeed.
            raise
        raise StartRefused(f"the store of {service.name}: {error.orig}: restore it or move it away") from error


def mailboxes_of(
    context: ProcessContext, open_store: OpenDatabase, tables: Sequence[TableSet] = (TABLES,)
) -> Mailboxes:
    """Return the mailboxes that a process opens. `tables` are all that each holds, its own included.

    Raises StartRefused if a sandbox does not know how often it was restored.
    """
    settings = context.settings
    quotas = Quotas(
        per_sender=Amount(settings.mailbox_messages_per_sender, settings.mailbox_bytes_per_sender),
        inbox=Amount(settings.mailbox_messages, settings.mailbox_bytes),
        outbox=Amount(settings.outbox_messages, settings.outbox_bytes),
        post=Amount(settings.post_parcels, settings.post_bytes),
        bucket_bytes=settings.bucket_bytes,
    )
    made_of = (settings.store_of, context.clock_of, context.log, quotas, open_store, tables)
    if context.faults is None:
        return Mailboxes(*made_of)
    with refusing(CountLost):
        begin = events_begin_after(context.state_dir.sandbox)
    return FaultyMailboxes(context.faults, begin, *made_of)
