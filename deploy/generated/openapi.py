"""Makes the documents that a gateway serves: that of its operations in a separate process, as it takes seconds."""

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
from shared.process import die_with_parent

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
        sys.executable,
        "-m",
        "deploy",
        "openapi",
        "--print",
        stdout=asyncio.subprocess.PIPE,
        # On a busy machine it takes minutes, and nobody reads what it writes if the gateway is killed.
        preexec_fn=die_with_parent,
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


async def describe_network_in_thread() -> bytes:
    """Return the AsyncAPI document of the network, which takes two tenths of a second of work."""

    def describe() -> bytes:
        # Loaded once the document is requested: no start waits for it.
        from deploy.generated.asyncapi import describe_network

        return document_bytes(describe_network(SERVICES))

    return await asyncio.to_thread(describe)
