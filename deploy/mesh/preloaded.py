"""Imports the modules that the processes of a mesh share, in the fork server; nothing else imports this module.

These modules must not start a thread, open a file or connection, or read a key when they are imported.
"""

import gc
from importlib import import_module
from typing import Final

MODULES: Final = (
    "deploy.mesh.forked",
    "deploy.mesh.one_process",
    "deploy.mesh.service_process",
    "shared.web.app",
    "shared.audit.routes",
    "shared.records.service_kit",
    # FastAPI imports it when it makes the first route.
    "pydantic.v1",
)

# Imported objects live for ever: see `settle_memory`.
gc.disable()
for module in MODULES:
    import_module(module)
gc.freeze()
