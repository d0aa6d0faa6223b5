"""Releases the memory that extraction takes in the process that runs the tests."""

from collections.abc import Iterator

import pytest

from services.fingerprints import minutiae


@pytest.fixture(autouse=True, scope="module")
def unloaded() -> Iterator[None]:
    """Unload the network that finds minutiae after the tests of a file: it takes hundreds of megabytes."""
    yield
    minutiae._session.cache_clear()
