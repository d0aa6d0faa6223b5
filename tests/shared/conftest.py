"""A network in memory whose participants keep a directory, for the tests of directories."""

import pytest

from tests.shared.directory_net import Net


@pytest.fixture
def net() -> Net:
    """Return a Secretariat and a service, which has an empty directory."""
    return Net()
