"""Imports also what only some processes need, in the fork server of a sandbox: it starts all of them again and again.

Making an application once builds its models, which takes most of the time of its start. The rules of `preloaded` hold.
"""

import gc

import deploy.mesh.gateway_process
import deploy.mesh.preloaded
import deploy.mesh.relay_process
from services import SERVICES
from shared.clock import SystemClock
from shared.service import Context

for service in SERVICES:
    service.create_app(Context(None, SystemClock()))
gc.freeze()

__all__ = ["deploy"]
