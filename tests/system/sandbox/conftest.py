"""One sandbox for the tests that leave it as it was; those that reset it start their own."""

from collections.abc import Iterator

import httpx
import pytest

from tests.system.mesh import RunningMesh, running_mesh
from tests.system.sandbox.client import Client


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """Run a sandbox of two bureaus, with two processes of each service."""
    home = tmp_path_factory.mktemp("sandbox") / "var"
    with running_mesh(home, "--sandbox", "--bureaus", "FR,DE", I247_WORKERS="2") as mesh:
        yield mesh


@pytest.fixture
def sandbox(running: RunningMesh) -> Iterator[Client]:
    """Return a client of the sandbox, without any fault before and afterwards."""
    with httpx.Client(base_url=running.base, timeout=30) as client:
        tester = Client(running, client)
        try:
            yield tester
        finally:
            assert client.delete("/sandbox/faults").status_code == 204


@pytest.fixture(scope="package")
def replaced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """Run a sandbox of two bureaus, whose state these tests replace."""
    with running_mesh(tmp_path_factory.mktemp("replaced") / "var", "--sandbox", "--bureaus", "FR,DE") as mesh:
        yield mesh


@pytest.fixture
def own(replaced: RunningMesh) -> Iterator[Client]:
    """Return a client of that sandbox, without a snapshot afterwards."""
    with httpx.Client(base_url=replaced.base, timeout=60) as client:
        yield Client(replaced, client)
        for snapshot in client.get("/sandbox/snapshots").json()["items"]:
            if snapshot["name"] != "start":
                client.delete(f"/sandbox/snapshots/{snapshot['name']}").raise_for_status()
