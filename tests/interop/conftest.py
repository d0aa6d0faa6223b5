"""Node.js for a bureau that is not written in Python. One that cannot be had is a failure, never a skip."""

import pytest

from tests.interop.node import Node


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Return Node.js in a folder with the programs of this one and the packages that they import."""
    return Node(tmp_path_factory.mktemp("node"))
