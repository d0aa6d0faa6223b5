"""The network of the tests of requests and answers."""

import pytest

from tests.shared.rpc.network import Net


@pytest.fixture
def net() -> Net:
    """Return a small network in memory."""
    return Net()
