"""Runs a relay in this process."""

import asyncio
from typing import Final

from deploy.broker.admission import admission
from deploy.broker.nkeys import public_nkey
from deploy.mesh.process_context import WAITS, ProcessContext, broker_of, report_absent_broker
from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from shared.bureaus import EXPECTED
from shared.transport import Disconnected
from shared.transport.nats.relay import Relay
from shared.transport.subjects import BROKER_RELAY

POLL_SECONDS: Final = 2.0


async def serve_relay(settings: Settings) -> None:
    """Run a relay until cancelled. Raises StartRefused."""
    context = ProcessContext(BROKER_RELAY, settings)
    # Fail now: without a directory no service would be relayed.
    load_directory(context.state_dir)
    seed = context.state_dir.nats_seed(BROKER_RELAY)
    if not seed.exists():
        raise StartRefused(f"the broker key of the relay, {seed}, is missing: copy it there")
    public_nkey(seed)
    admits = admission(context.state_dir) if settings.nats_tls is not None else None
    await report_absent_broker(settings, f"the relay {WAITS}")
    try:
        relay = await Relay.connect(broker_of(settings), seed.read_text, context.log)
    except Disconnected as error:
        raise StartRefused(str(error)) from error
    context.log.info("relay-ready")
    try:
        if admits is not None:
            await relay.admit_by(admits)
        await _admit_all(relay, context)
    finally:
        await relay.close()


async def _admit_all(relay: Relay, context: ProcessContext) -> None:
    """Serve all participants that are expected, and others and the services as they are entered in the directory."""
    await relay.admit(EXPECTED, [])
    read_at = 0
    while True:
        try:
            if (changed := context.state_dir.directory.stat().st_mtime_ns) != read_at:
                kinds = {entry.participant: entry.kind for entry in load_directory(context.state_dir).entries()}
                services = {name for name, kind in kinds.items() if kind == "service"}
                await relay.admit(sorted(kinds.keys() - services - EXPECTED), sorted(services))
                read_at = changed
        except (Disconnected, StartRefused, OSError) as error:
            context.log.warning("services-not-admitted", error=str(error))
        await asyncio.sleep(POLL_SECONDS)
