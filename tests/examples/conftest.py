"""One mesh for all operations: each is sent once, after those that it needs."""

from collections.abc import Iterator

import pytest

from tests.examples.mesh import touring
from tests.examples.tour import Tour


@pytest.fixture(scope="package")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    """Run a mesh with the example records."""
    with touring(tmp_path_factory.mktemp("examples")) as running:
        yield running
