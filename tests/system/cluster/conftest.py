"""One mesh with three NATS servers for the tests that leave it as it is."""

from collections.abc import Iterator

import pytest

from tests.broker import free_ports
from tests.system.cluster.servers import PORTS, all_up, until
from tests.system.mesh import RunningMesh, running_mesh


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """Run a mesh of two bureaus."""
    home, port = tmp_path_factory.mktemp("cluster") / "var", str(free_ports(PORTS))
    with running_mesh(home, "--nats-cluster", "--bureaus", "FR,DE", I247_NATS_PORT=port) as running:
        until(lambda: all_up(running), "all servers are up")
        yield running
