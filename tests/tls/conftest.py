"""A NATS server with TLS, and certificates for every participant that connects to it, each in its own file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.provisioning.provision import Provisioner
from deploy.state.state_dir import StateDir
from shared.bureaus import SECRETARIAT
from shared.clock import SystemClock
from shared.transport.subjects import BROKER_OPERATOR, BROKER_RELAY, BROKER_SYSTEM
from shared.transport.tls_files import PLACEHOLDER, SERVER, TlsFiles
from tests.broker import MEMBERS, SERVICES, NatsServer, another_nats
from tests.certificates import FOR_CLIENTS, FOR_SERVERS, HERE, Authority, named

NAMES = (
    *MEMBERS,
    SECRETARIAT,
    *(service.name for service in SERVICES),
    BROKER_OPERATOR,
    BROKER_RELAY,
    BROKER_SYSTEM,
)


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Return the authority that server and participants trust."""
    return Authority()


def write_certificates(authority: Authority, folder: Path) -> TlsFiles:
    """Write certificates for the server and for each participant, and return their paths by name."""
    authority.write(folder, SERVER, HERE, usage=[FOR_SERVERS])
    for name in NAMES:
        authority.write(folder, name, *named(name), usage=[FOR_CLIENTS])
    return TlsFiles(folder / "ca.pem", folder / f"{PLACEHOLDER}.pem", folder / f"{PLACEHOLDER}.key")


@pytest.fixture(scope="module")
def tls_server(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """Run a NATS server with TLS and a relay that decides admission."""
    yield from _running(authority, tmp_path_factory.mktemp("tls"))


@pytest.fixture
def own_tls_server(authority: Authority, tmp_path: Path) -> Iterator[NatsServer]:
    """Run another server for one test, which may stop its relay."""
    yield from _running(authority, tmp_path)


def _running(authority: Authority, folder: Path) -> Iterator[NatsServer]:
    home = StateDir(folder / "home")
    home.open()
    directory = Provisioner(home, SystemClock()).provision(MEMBERS, SERVICES)
    with another_nats(home, directory, folder, write_certificates(authority, folder / "certificates")) as server:
        yield server
