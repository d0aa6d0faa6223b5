"""Runs one service as a process: its store, its application and its connection, until it is stopped."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Final, NamedTuple

from shared.mailbox.notifications import Notifier
from shared.process import settle_memory
from shared.protocol.directory import Directory
from shared.rpc.bridge import Bridge, RequestAudit
from shared.rpc.directory_sync import DirectoryFeed
from shared.rpc.participant import Participant
from shared.service import Service
from shared.service_process import RecordKeeping
from shared.storage import OpenDatabase, open_database
from shared.storage.migrations import upgrade
from shared.transport import FairSubscription, ServiceCard
from shared.transport.subjects import request_subject


class Storage(NamedTuple):
    """What opens the store of a service, and what becomes of its audit log before requests are recorded in it."""

    open: OpenDatabase = open_database
    audit_of: Callable[[RequestAudit], RequestAudit] = lambda audit: audit


DEFAULT_STORAGE: Final = Storage()


async def run_service(
    service: Service,
    participant: Participant,
    store_url: str,
    *,
    post: Notifier | None = None,
    processes: int = 1,
    storage: Storage = DEFAULT_STORAGE,
) -> None:
    """Serve until cancelled; then finish pending work.

    `post` sends the messages of the service to bureaus; `processes` of its own may be started.
    """
    database, directory = storage.open(store_url), DirectoryFeed(participant)
    try:
        # The directory from the last run may be old; without the Secretariat it is used.
        await directory.fetch()
        await upgrade(database, service.tables)
        records = RecordKeeping(service, database, participant, post)
        application = service.create_app(records.context(processes))
        async with application.router.lifespan_context(application), records.running():
            bridge = Bridge(application, participant, audit=storage.audit_of(records.audit))
            card = ServiceCard(service.name, service.summary, lambda: asdict(bridge.metrics))
            senders, pattern = participant.directory.participants(), request_subject(service.name, "*")
            served = await participant.transport.serve(pattern, bridge.handle, senders=senders, card=card)
            settle_memory()
            participant.log.info("service-ready", service=service.name)
            try:
                async with bridge.replicas.answering(), asyncio.TaskGroup() as group:
                    group.create_task(directory.follow())
                    group.create_task(_admit(served, participant.directory))
            finally:
                await served.stop()
    finally:
        await participant.transport.close()
        await database.close()


async def _admit(served: FairSubscription, directory: Directory) -> None:
    """Serve new participants as well, until cancelled."""
    while True:
        version = directory.version
        await served.admit(directory.participants())
        await directory.changed(version)
