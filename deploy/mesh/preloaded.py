"""Imports what the parts of a mesh share, in the process from which they are forked; nothing else imports this.

What it imports must start no thread, open nothing and read no key.
"""

import gc
from importlib import import_module
from typing import Final

MODULES: Final = (
    "deploy.mesh.forked",
    "uvloop",
    "deploy.cli",
    "deploy.mesh.service_process",
    "shared.web.app",
    "shared.audit.routes",
    "shared.records.routes",
)

# Next to nothing of this is garbage, and it stays: see `settle_memory`.
gc.disable()
for module in MODULES:
    import_module(module)
gc.freeze()
