"""How a relay runs in this process."""

import asyncio
from typing import Final

from deploy.broker.admission import admission
from deploy.broker.nkeys import public_nkey
from deploy.mesh.process_context import ProcessContext, broker_of
from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.bureaus import PARTICIPATING
from shared.transport import BROKER_RELAY, Disconnected
from shared.transport.nats.relay import Relay

LOOK_SECONDS: Final = 2.0


async def serve_relay(settings: Settings) -> None:
    """Run a relay until cancelled. Raises StartRefused."""
    part = ProcessContext(BROKER_RELAY, settings)
    # Without it nothing of a service would be relayed.
    load_directory(part.home)
    seed = part.home.nats_seed(BROKER_RELAY)
    if not seed.exists():
        raise StartRefused(f"the broker key of the relay, {seed}, is missing: put it there")
    public_nkey(seed)
    admits = admission(part.home) if settings.nats_tls is not None else None
    try:
        relay = await Relay.connect(broker_of(settings), seed.read_text, part.log)
    except Disconnected as error:
        raise StartRefused(str(error)) from error
    part.log.info("relay-ready")
    try:
        if admits is not None:
            await relay.admit_by(admits)
        await _admit_all(relay, part)
    finally:
        await relay.close()


async def _admit_all(relay: Relay, part: ProcessContext) -> None:
    """Serve every bureau that may ever join, and the services that are in the directory by and by."""
    await relay.admit(PARTICIPATING, [])
    seen = 0
    while True:
        try:
            if (changed := part.home.directory.stat().st_mtime_ns) != seen:
                await relay.admit([], _services(part.home))
                seen = changed
        except (Disconnected, StartRefused, OSError) as error:
            part.log.warning("services-not-admitted", error=str(error))
        await asyncio.sleep(LOOK_SECONDS)


def _services(home: StateDir) -> list[str]:
    return sorted({entry.participant for entry in load_directory(home).entries() if entry.kind == "service"})
