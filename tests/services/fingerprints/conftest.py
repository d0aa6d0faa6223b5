"""Ends the process that extracts minutiae for tests."""

from collections.abc import Iterator

import pytest

from tests.services.fingerprints.extracting import end_process


@pytest.fixture(autouse=True, scope="session")
def ended() -> Iterator[None]:
    """End the process at the end of the run."""
    yield
    end_process()
