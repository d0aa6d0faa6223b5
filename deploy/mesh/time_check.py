"""Whether the clock here is that of the mesh, before the Secretariat ends a key: nobody could take that back."""

import asyncio
from contextlib import suppress
from typing import Final

from deploy.broker.users import is_answering, listening_at
from deploy.mesh.process_context import ProcessContext
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from gateway.edge.health import NOBODY, PING
from shared.bureaus import SECRETARIAT
from shared.errors import Refusal
from shared.protocol.directory import Directory
from shared.protocol.signed_times import NEAR_SECONDS
from shared.rpc.client import Requester
from shared.rpc.participant import Participant
from shared.transport import TransportFailure

ASKED_SECONDS: Final = 1.0
ADMITTED_SECONDS: Final = 1.0


async def require_right_clock(settings: Settings, directory: Directory) -> None:
    """Let nothing pass where the directory or most of the services say that the clock here is wrong.

    Of a mesh that does not run, or in which fewer than two services answer, the directory alone tells. Raises
    StartRefused.
    """
    # Where it was started, whatever port this command was told.
    url = settings.nats_url or listening_at(settings)
    part = ProcessContext("keys", settings.model_copy(update={"log_level": "error", "nats_url": url}))
    behind = max((entry.issued for entry in directory.entries()), default=0.0) - part.clock.now().timestamp()
    if behind > NEAR_SECONDS:
        raise StartRefused(f"the clock here is {behind:.0f} s behind the last change of the directory: set it")
    if await is_answering(url):
        # Without its own key, or let in by nobody, it cannot ask.
        with suppress(Refusal, TransportFailure, StartRefused, TimeoutError):
            await _hear(part, directory)
    judged = part.times.judge(part.clock)
    if judged.doubt == "clock-off" and judged.ahead_seconds is not None:
        where = "ahead of" if judged.ahead_seconds > 0 else "behind"
        raise StartRefused(
            f"the clock here is {abs(judged.ahead_seconds):.0f} s {where} what {judged.signers} services sign: set it, "
            "or keys would end at another time than is meant"
        )


async def _hear(part: ProcessContext, directory: Directory) -> None:
    async with asyncio.timeout(ADMITTED_SECONDS):
        secretariat = await part.connect(SECRETARIAT, directory)
    try:
        await _ask_all(secretariat)
    finally:
        await secretariat.transport.close()


async def _ask_all(secretariat: Participant) -> None:
    requester = Requester(secretariat)

    async def ask(service: str) -> None:
        with suppress(Refusal):
            await requester.ask(service, PING, NOBODY, seconds=ASKED_SECONDS, attempts=1)

    entries = secretariat.directory.entries()
    await asyncio.gather(*map(ask, {entry.participant for entry in entries if entry.kind == "service"}))
