"""Makes the OpenAPI document that a gateway serves, in a separate process, as it takes seconds."""

import asyncio
import os
import sys
from typing import Final

from deploy.state.clock import clock_of
from deploy.state.settings import Settings
from gateway.app import describe_gateway
from gateway.openapi.merge import document_bytes
from services import SERVICES
from shared.errors import Busy

# Requests to the gateway have priority.
NICENESS: Final = 15


def served_document(settings: Settings) -> bytes:
    """Return the document of a gateway with these settings."""
    os.nice(NICENESS)
    clock = clock_of(settings.state_dir)
    return document_bytes(
        describe_gateway(SERVICES, clock, issues_tokens=settings.oidc_issuer is None, is_sandbox=settings.sandbox)
    )


async def describe_in_process() -> bytes:
    """Return this gateway's document, made by another process with the same environment. Raises Busy if that fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy", "openapi", "--print", stdout=asyncio.subprocess.PIPE
    )
    try:
        written, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise Busy("the document cannot be made now: request it later")
    return written
