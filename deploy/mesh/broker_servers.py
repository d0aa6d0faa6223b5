"""The servers of the broker of a mesh, and what each leads, as the system user of the broker sees them."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from deploy.broker.permissions import BROKER_ACCOUNT
from deploy.broker.server_configuration import server_name
from deploy.mesh.process_context import ProcessContext
from deploy.state.settings import Settings
from shared.transport import TransportFailure
from shared.transport.nats.system import JetStreamReply, JetStreamState, ServerReply, SystemAccount
from shared.transport.subjects import MESSAGES

SECONDS: Final = 8.0
PLACES: Final = "placement"


async def servers_of(settings: Settings) -> list[dict[str, Any]] | None:
    """Return the state of each server of a cluster; None where there is one server, or its keys are not here."""
    size = len(settings.broker_urls)
    system = ProcessContext("status", settings.model_copy(update={"log_level": "error"})).connect_system()
    if size == 1 or system is None:
        return None
    try:
        async with asyncio.timeout(SECONDS):
            return list(_rows(*await _ask(system), size))
    except (TransportFailure, TimeoutError):
        return list(_rows([], [], size))
    finally:
        await system.close()


async def _ask(system: SystemAccount) -> tuple[list[ServerReply], list[JetStreamReply]]:
    await system.connected()
    return await system.servers(), await system.leaders(BROKER_ACCOUNT)


def _rows(servers: list[ServerReply], streams: list[JetStreamReply], size: int) -> Iterator[dict[str, Any]]:
    states = {each.server.name: each.data for each in servers}
    led = {each.server.name: each.data for each in streams}
    for name in map(server_name, range(1, size + 1)):
        state, leads = states.get(name), list(_led(name, led[name])) if name in led else []
        found = (
            {"state": "down", "connections": 0} if state is None else {"state": "up", "connections": state.connections}
        )
        yield {"name": name, **found, "leads": leads}


def _led(name: str, state: JetStreamState) -> Iterator[str]:
    """Yield what a server leads: where streams are placed, the messages of all, and how many buckets of attachments."""
    if state.meta_cluster.leader == name:
        yield PLACES
    streams = [stream.name for account in state.account_details for stream in account.stream_detail]
    if MESSAGES in streams:
        yield "messages"
    if buckets := len(streams) - (MESSAGES in streams):
        yield f"{buckets} buckets"
