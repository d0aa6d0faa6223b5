"""Compares the local clock with the mesh before the Secretariat ends a key, which cannot be undone."""

import asyncio
from contextlib import suppress
from typing import Final

from deploy.broker.users import configured_url, is_reachable
from deploy.mesh.process_context import ProcessContext
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from gateway.edge.health import HEALTH_CHECKER, PING
from shared.bureaus import SECRETARIAT
from shared.errors import Refusal
from shared.protocol.directory import Directory
from shared.protocol.signed_times import NEAR_SECONDS
from shared.rpc.client import Requester
from shared.transport import TransportFailure

REPLY_SECONDS: Final = 1.0
ADMITTED_SECONDS: Final = 1.0


def command_context(settings: Settings) -> ProcessContext:
    """Return what a command of the Secretariat needs to ask the running mesh."""
    # The broker is where the mesh was started, whatever port this command was given. Expected refusals are not logged.
    url = settings.nats_url or configured_url(settings)
    return ProcessContext("keys", settings.model_copy(update={"log_level": "error", "nats_url": url}))


async def require_correct_clock(settings: Settings, directory: Directory) -> None:
    """Raise StartRefused if the directory, or most services, show that the local clock is wrong.

    If fewer than two services answer, or the mesh does not run, only the directory is compared.
    """
    context = command_context(settings)
    behind = max((entry.issued for entry in directory.entries()), default=0.0) - context.clock.now().timestamp()
    if behind > NEAR_SECONDS:
        raise StartRefused(f"the local clock is {behind:.0f} s behind the last change of the directory: set it")
    if await is_reachable(context.settings.broker_url):
        # It cannot ask without its key, or if the broker does not admit it.
        with suppress(Refusal, TransportFailure, StartRefused, TimeoutError):
            await _collect_times(context, directory)
    verdict = context.times.assess(context.clock)
    if verdict.doubt == "clock-off" and verdict.ahead_seconds is not None:
        where = "ahead of" if verdict.ahead_seconds > 0 else "behind"
        raise StartRefused(
            f"the local clock is {abs(verdict.ahead_seconds):.0f} s {where} what {verdict.signers} services "
            "sign: set it, or keys would end at the wrong time"
        )


async def _collect_times(context: ProcessContext, directory: Directory) -> None:
    async with asyncio.timeout(ADMITTED_SECONDS):
        secretariat = await context.connect(SECRETARIAT, directory)
    requester = Requester(secretariat)

    async def ask(service: str) -> None:
        with suppress(Refusal):
            await requester.ask(service, PING, HEALTH_CHECKER, seconds=REPLY_SECONDS, attempts=1)

    try:
        await asyncio.gather(*map(ask, {entry.participant for entry in directory.entries() if entry.kind == "service"}))
    finally:
        await secretariat.transport.close()
