"""Runs the gateway of one or many bureaus as a process: a connection for each, and one HTTP server."""

import asyncio
import logging
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

import uvicorn

from gateway.app import Gateway
from gateway.connection import BoundedConnection
from gateway.hosting import Hosting
from shared.logs import Log
from shared.runner import settle_memory

GRACE_SECONDS: Final = 5


async def run_gateway(
    gateway: Gateway, listening: socket.socket, hosting: Hosting, trusted_proxies: Sequence[str] = ()
) -> None:
    """Serve HTTP until cancelled; then finish what is under way."""
    following = asyncio.create_task(hosting.follow())
    server = _Server(_configuration(gateway, trusted_proxies))
    server_log = ServerLog(gateway.log)
    logging.getLogger("uvicorn").addHandler(server_log)
    settle_memory()
    hosting.welcome(gateway.mailroom.host)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(serving)
    finally:
        # Those who listen to events would wait for ever.
        gateway.mailroom.closing = True
        server.should_exit = True
        await serving
        logging.getLogger("uvicorn").removeHandler(server_log)
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await gateway.mailroom.close()
        await hosting.close()


def _configuration(gateway: Gateway, trusted_proxies: Sequence[str]) -> uvicorn.Config:
    return uvicorn.Config(
        gateway,
        http=BoundedConnection,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        # Failed logins are counted by the address of the caller: nobody else is believed who states one.
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class ServerLog(logging.Handler):
    """Writes what the HTTP server below has to say in the form of all logs, without what was sent to it."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one message; its values and the message of an error may hold personal data."""
        message = str(record.msg).strip()
        if record.exc_info and record.exc_info[1] is not None:
            self._log.failure("http-server", record.exc_info[1], message=message)
        else:
            # Such as a request that is none, of which anyone can send any number.
            self._log.refusal("http-server", message=message)


class _Server(uvicorn.Server):
    """The server without signal handlers: whoever runs it says when to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield
