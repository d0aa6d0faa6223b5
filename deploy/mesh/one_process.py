"""Runs one process of a mesh: a service, the gateway or a relay. Each imports only what it needs."""

import gc
import socket
from collections.abc import Iterable, Sequence

import uvloop

from deploy.mesh.stopping import until_stopped
from deploy.state.clock import require_clock
from deploy.state.sandbox import require_sandbox
from deploy.state.settings import Settings
from shared.service import Service, in_sandbox


def services_of(settings: Settings, services: Iterable[Service]) -> tuple[Service, ...]:
    """Return services as a mesh with these settings runs them."""
    return in_sandbox(services) if settings.sandbox else tuple(services)


def run_process(options: Sequence[str], settings: Settings, listening: socket.socket | None = None) -> None:
    """Run what these options of `i247 up` name until SIGINT or SIGTERM. Raises StartRefused.

    A gateway listens on a socket that it is given, or opens one.
    """
    # Objects made at start live for ever: searching them for garbage takes a tenth of the time, see `settle_memory`.
    gc.disable()
    require_sandbox(settings.state_dir, settings)
    require_clock(settings.state_dir, settings)
    match options:
        case ["--service", name]:
            from deploy.mesh.service_names import find_service
            from deploy.mesh.service_process import serve_service

            [service] = services_of(settings, [find_service(name)])
            uvloop.run(until_stopped(lambda: serve_service(service, settings)))
        case ["--gateway"]:
            from deploy.mesh.gateway_process import serve_gateway
            from deploy.mesh.listening import listen
            from services import SERVICES

            socket_, services = listening or listen(settings.host, settings.port), services_of(settings, SERVICES)
            uvloop.run(until_stopped(lambda: serve_gateway(services, settings, socket_)))
        case _:
            from deploy.mesh.relay_process import serve_relay

            uvloop.run(until_stopped(lambda: serve_relay(settings)))
