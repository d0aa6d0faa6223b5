"""Runs the gateway of one or many bureaus as a process: a connection for each, and one HTTP server."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import uvicorn

from gateway.app import Gateway
from gateway.edge.http_limits import BoundedConnection, Lost
from gateway.edge.listener import ConnectionLimits, Listener
from gateway.hosted_bureaus import HostedBureaus
from gateway.public_notices.links import TrustedForwarding
from gateway.sandbox.edge import SandboxEdge
from gateway.sandbox.identity_triggers import IdentityTriggers
from gateway.sandbox.sandbox import Sandbox
from shared.background import end_all
from shared.logs import Log
from shared.process import settle_memory

GRACE_SECONDS: Final = 5
TICKS_OF_A_SECOND: Final = 10


async def run_gateway(
    gateway: Gateway,
    listening: socket.socket,
    hosting: HostedBureaus,
    limits: ConnectionLimits | None = None,
    trusted_proxies: Sequence[str] = (),
) -> None:
    """Serve HTTP until cancelled; then finish the requests in progress."""
    limits = limits or ConnectionLimits()
    # An event stream holds a connection for long: half of the connections are for other requests.
    streams = gateway.context.event_streams
    streams.total = min(streams.total, limits.total // 2)
    following = asyncio.create_task(hosting.follow())
    making = asyncio.create_task(gateway.document.make_later())
    preparing = asyncio.create_task(gateway.prepare_later())
    server = _Server(_configuration(gateway, trusted_proxies), limits, gateway.log)
    if (sandbox := gateway.context.sandbox) is not None:
        server.on_closed = sandbox.close
    server_log = ServerLog(gateway.log)
    logging.getLogger("uvicorn").addHandler(server_log)
    settle_memory()
    hosting.welcome(gateway.context.mailbox_host.host)
    address, port = listening.getsockname()[:2]
    gateway.log.info("gateway-ready", address=address, port=port, bureaus=sorted(hosting.bureaus))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(serving)
    finally:
        # Event streams would not end.
        streams.closed = True
        server.should_exit = True
        await serving
        logging.getLogger("uvicorn").removeHandler(server_log)
        await end_all((following, making, preparing))
        await gateway.document.close()
        await gateway.alarms.kept()
        await gateway.context.mailbox_host.close()
        await hosting.close()


def _sandbox_edge(gateway: Gateway, sandbox: Sandbox) -> SandboxEdge:
    triggers = IdentityTriggers(sandbox.identities, sandbox.faults, gateway.context.requesters, gateway.log)
    return SandboxEdge(gateway, sandbox, triggers)


def _configuration(gateway: Gateway, trusted_proxies: Sequence[str]) -> uvicorn.Config:
    sandbox = gateway.context.sandbox
    app = gateway if sandbox is None else _sandbox_edge(gateway, sandbox)
    return uvicorn.Config(
        # Failed logins are counted by the address of the client, which only these proxies may state.
        TrustedForwarding(app, tuple(trusted_proxies)) if trusted_proxies else app,
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class ServerLog(logging.Handler):
    """Writes the log of uvicorn in the form of all logs, without anything that a client sent."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one message, without its values and the text of an error: these may contain personal data."""
        message = str(record.msg).strip()
        if record.exc_info and record.exc_info[1] is not None:
            self._log.failure("http-server", record.exc_info[1], message=message)
        else:
            # Such as a malformed request, of which anyone can send any number.
            self._log.refusal("http-server", message=message)


class _Server(uvicorn.Server):
    """uvicorn with its own listener and without signal handlers: the caller stops it."""

    def __init__(self, config: uvicorn.Config, limits: ConnectionLimits, log: Log) -> None:
        super().__init__(config)
        self._limits = limits
        self._log = log
        self._listener: Listener | None = None
        self.on_closed: Callable[[], None] = lambda: None
        """Called once no more connections are accepted."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept connections, within the limits."""
        [listening] = sockets or []
        self._listener = Listener(listening, self._connect, self._limits)
        self.servers = []
        self.started = True

    async def on_tick(self, counter: int) -> bool:
        """Once a second, close the connections that are too slow, and log how many were refused or closed."""
        if counter % TICKS_OF_A_SECOND == 0 and self._listener is not None:
            self._listener.enforce()
            if any(self._listener.events.values()):
                self._log.warning("connections-limited", **self._listener.events)
                self._listener.events.clear()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more connections, and let uvicorn end the open ones."""
        if self._listener is not None:
            self._listener.close()
        self.on_closed()
        await super().shutdown(sockets)

    def _connect(self, lost: Lost) -> BoundedConnection:
        return BoundedConnection(self.config, self.server_state, lost)
