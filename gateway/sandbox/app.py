"""The routes below `/sandbox`, which only a sandbox has."""

from typing import Final

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field
from starlette.routing import BaseRoute

from gateway.sandbox import faults, identities, snapshots
from gateway.sandbox.counterparts import routes as counterparts
from gateway.sandbox.dependencies import TheSandbox
from gateway.sandbox.same_site import REFUSED_TO_OTHERS, SAME_SITE
from shared.compat.strict_routes import StrictRoute

PREFIX: Final = "/sandbox"


class SandboxState(BaseModel):
    """What a sandbox is like at present."""

    now: AwareDatetime = Field(description="The time of its clock.", examples=["2031-01-01T00:00:00Z"])
    clock: str = Field("/clock", description="Where its clock is advanced.", examples=["/clock"])
    faults: int = Field(description="How many faults are not over.", examples=[0])


router = APIRouter(prefix=PREFIX, tags=["sandbox"], route_class=StrictRoute, dependencies=[SAME_SITE])


@router.get("", responses=REFUSED_TO_OTHERS)
async def get_sandbox(sandbox: TheSandbox) -> SandboxState:
    """Get what the sandbox is like at present."""
    now = sandbox.faults.now()
    pending = sum(not fault.is_over(now) for fault in sandbox.faults.all())
    return SandboxState(now=sandbox.clock.now(), faults=pending)


_PARTS: Final = (router, faults.router, snapshots.router, counterparts.router, identities.router)
ROUTES: Final[tuple[BaseRoute, ...]] = tuple(route for part in _PARTS for route in part.routes)
"""All routes below `/sandbox`. A module has a router of its own: `include_router` would make them anew, not strict."""
