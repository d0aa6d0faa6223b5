"""The servers of the broker of a mesh, and what each leads, as the system user of the broker sees them."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from deploy.broker.permissions import BROKER_ACCOUNT
from deploy.broker.server_configuration import server_name
from deploy.mesh.process_context import ProcessContext
from deploy.state.settings import Settings
from shared.transport import TransportFailure
from shared.transport.nats.system import Health, JetStreamState, ServerState, SystemAccount
from shared.transport.subjects import MESSAGES

SECONDS: Final = 8.0
UP: Final = "up"
BEHIND: Final = "behind"
DOWN: Final = "down"


class Found(NamedTuple):
    """What the servers said of themselves, by their names."""

    states: dict[str, ServerState]
    health: dict[str, Health]
    streams: dict[str, JetStreamState]


async def servers_of(settings: Settings) -> list[dict[str, Any]] | None:
    """Return the state of each server of a cluster; None where there is one server, or its keys are not here."""
    urls = settings.broker_urls
    # One connection begins with each server: one that hangs would keep a single connection for seconds.
    orders = [",".join([*urls[number:], *urls[:number]]) for number in range(len(urls))]
    systems = [system for order in orders if (system := _connect(settings, order)) is not None]
    if len(systems) <= 1:
        return None
    found = await _first(systems)
    return [_row(server_name(number), found) for number in range(1, len(urls) + 1)]


def _connect(settings: Settings, urls: str) -> SystemAccount | None:
    return ProcessContext(
        "status", settings.model_copy(update={"log_level": "error", "nats_url": urls})
    ).connect_system()


async def _first(systems: Sequence[SystemAccount]) -> Found:
    """Return what is found over the connection that has it first; nothing if none has it in time."""
    asking = [asyncio.create_task(_ask(system)) for system in systems]
    try:
        for asked in asyncio.as_completed(asking, timeout=SECONDS):
            with suppress(TransportFailure, TimeoutError):
                return await asked
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await asyncio.gather(*(system.close() for system in systems))
    return Found({}, {}, {})


async def _ask(system: SystemAccount) -> Found:
    await system.connected()
    states, health, streams = await asyncio.gather(system.servers(), system.health(), system.leaders(BROKER_ACCOUNT))
    return Found(
        {each.server.name: each.data for each in states},
        {each.server.name: each.data for each in health},
        {each.server.name: each.data for each in streams},
    )


def _row(name: str, found: Found) -> dict[str, Any]:
    state, health, streams = found.states.get(name), found.health.get(name), found.streams.get(name)
    if state is None:
        return {"name": name, "state": DOWN, "connections": 0, "leads": []}
    is_complete = health is not None and health.is_complete
    leads = [] if streams is None else list(_led(name, streams))
    return {"name": name, "state": UP if is_complete else BEHIND, "connections": state.connections, "leads": leads}


def _led(name: str, state: JetStreamState) -> Iterator[str]:
    """Yield what a server leads: where streams are placed, the messages of all, and how many buckets of attachments."""
    if state.meta_cluster.leader == name:
        yield "placement"
    streams = [stream.name for account in state.account_details for stream in account.stream_detail]
    if MESSAGES in streams:
        yield "messages"
    if buckets := len(streams) - (MESSAGES in streams):
        yield f"{buckets} buckets"
