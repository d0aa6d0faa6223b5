"""The OpenAPI document of a gateway, made once for all tests that read it."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gateway.app import describe_gateway
from services import SERVICES
from shared.clock import SharedClock


@cache
def document_of_gateway() -> dict[str, Any]:
    """Return the document of a gateway. No test changes it."""
    return describe_gateway(SERVICES)


@cache
def document_of_sandbox() -> dict[str, Any]:
    """Return the document of a sandbox with a clock, which has every operation that a gateway can have."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "clock"
        SharedClock.make(file)
        return describe_gateway(SERVICES, SharedClock(file), is_sandbox=True)
