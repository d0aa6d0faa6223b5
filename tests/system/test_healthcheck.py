"""The results of the health checks of containers, with a real broker and with other servers."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest

from deploy.mesh.healthcheck import main
from tests.broker import NatsServer, free_port


def port_of(server: NatsServer) -> str:
    return str(urlsplit(server.url).port)


@pytest.mark.thorough
def test_a_broker_is_healthy_if_it_sends_its_greeting(nats_server: NatsServer) -> None:
    """A free port and a server of another protocol are unhealthy."""
    assert main("greets", port_of(nats_server)) == 0
    assert main("greets", str(free_port())) == 1
    with socket.create_server(("127.0.0.1", 0)) as other:
        Thread(target=send_other_greeting, args=[other], daemon=True).start()
        assert main("greets", str(other.getsockname()[1])) == 1


@pytest.mark.thorough
async def test_a_process_is_healthy_if_it_is_connected_to_the_broker(nats_server: NatsServer) -> None:
    """A port that is merely listened on does not count."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert main("connected", str(port)) == 1
        with socket.create_connection(("127.0.0.1", port)):
            assert main("connected", str(port)) == 0
    transport = await nats_server.connect("FR")
    assert main("connected", port_of(nats_server)) == 0
    await transport.close()


@pytest.mark.thorough
@pytest.mark.parametrize(("status", "exit_"), [(200, 0), (503, 1)])
def test_a_gateway_is_healthy_if_its_health_endpoint_returns_200(status: int, exit_: int) -> None:
    with answering(status) as port:
        assert main("healthy", port) == exit_


def test_a_gateway_that_does_not_listen_is_unhealthy() -> None:
    """The check prints no traceback."""
    assert main("healthy", str(free_port())) == 1


def send_other_greeting(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.sendall(b"220 smtp")


@contextmanager
def answering(status: int) -> Iterator[str]:
    """Answer every request with a status, on a local port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield str(server.server_port)
        finally:
            server.shutdown()
