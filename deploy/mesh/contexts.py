"""Chooses the context of a process: that of a sandbox lets faults happen."""

from deploy.mesh.process_context import ProcessContext
from deploy.state.settings import Settings


def process_context(name: str, settings: Settings) -> ProcessContext:
    """Return the context of a process. Raises StartRefused."""
    if not settings.sandbox:
        return ProcessContext(name, settings)
    # Only here, as no other mesh needs it.
    from deploy.mesh.sandbox_context import SandboxContext

    return SandboxContext(name, settings)
