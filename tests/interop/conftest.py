"""Node.js for a bureau that is not written in Python. A missing runtime is a failure, never a skip."""

import pytest

from tests.interop.node import Node


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Return Node.js in a folder with the programs of this folder and the packages that they import."""
    return Node(tmp_path_factory.mktemp("node"))
