"""One mesh for all system tests that leave it as they found it; those that end it start their own."""

from collections.abc import Iterator

import pytest

from tests.system.mesh import RunningMesh, running_mesh


@pytest.fixture(scope="package")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """Run a mesh of the default ten bureaus."""
    with running_mesh(tmp_path_factory.mktemp("system") / "var") as running:
        yield running
