"""Chooses the context of a process: that of a sandbox lets faults happen, in its gateway also what a script says."""

from typing import Final

from deploy.mesh.process_context import ProcessContext
from deploy.state.settings import Settings

GATEWAY: Final = "gateway"


def process_context(name: str, settings: Settings) -> ProcessContext:
    """Return the context of a process. Raises StartRefused."""
    if not settings.sandbox:
        return ProcessContext(name, settings)
    # Only here, as no other mesh needs them.
    if name == GATEWAY:
        from deploy.mesh.sandbox_gateway import SandboxGatewayContext

        return SandboxGatewayContext(name, settings)
    from deploy.mesh.sandbox_context import SandboxContext

    return SandboxContext(name, settings)
