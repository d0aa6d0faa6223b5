"""A cluster with TLS: between participants and servers, and between the servers themselves."""

import socket
import ssl
from pathlib import Path

import pytest

from shared.transport.tls_files import SERVER, TlsFiles
from tests.broker import free_ports
from tests.certificates import FOR_CLIENTS, FOR_SERVERS, HERE, Authority, named
from tests.system.cluster.servers import PORTS, all_up, until
from tests.system.mesh import running_mesh
from tests.system.tls_settings import WHO_CONNECT, settings

pytestmark = pytest.mark.thorough

SECONDS = 10


@pytest.fixture
def certificates(tmp_path: Path) -> TlsFiles:
    """Make certificates: that of the servers is also shown to each other, by the one that connects."""
    authority, folder = Authority(), tmp_path / "certificates"
    authority.write(folder, SERVER, HERE, usage=[FOR_SERVERS, FOR_CLIENTS])
    for name in WHO_CONNECT:
        authority.write(folder, name, *named(name), usage=[FOR_CLIENTS])
    return TlsFiles(folder / "ca.pem", folder / "{participant}.pem", folder / "{participant}.key")


def test_the_servers_of_a_cluster_use_mutual_tls(tmp_path: Path, certificates: TlsFiles) -> None:
    """They admit participants through the relay; a route without a certificate is not even asked for its password."""
    port = free_ports(PORTS)
    secured = {**settings(certificates), "I247_NATS_PORT": str(port)}
    with running_mesh(tmp_path / "var", "--bureaus", "FR", "--nats-cluster", **secured) as mesh:
        until(lambda: all_up(mesh), "all servers are up")
        with mesh.client("FR") as france:
            assert france.get("/api/stolen-vehicles").json()["items"] == []
        revoked = mesh.i247("keys", "revoke", "FR")
        assert "the broker has closed the connections of FR" in revoked.stdout, revoked.stdout + revoked.stderr
        for number in range(3):
            with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
                join_without_certificate(port + 3 + number, certificates.ca)


def join_without_certificate(port: int, authority: Path) -> None:
    """Connect as another server would, but show no certificate."""
    context = ssl.create_default_context(cafile=str(authority))
    context.check_hostname = False
    with socket.create_connection(("127.0.0.1", port), SECONDS) as plain, context.wrap_socket(plain) as secure:
        secure.sendall(b"CONNECT {}\r\nPING\r\n")
        secure.recv(1)
