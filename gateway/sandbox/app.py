"""The routes below `/sandbox`, which only a sandbox has."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, Field

from gateway.sandbox.counterparts import routes as counterparts
from gateway.sandbox.sandbox import Sandbox
from shared.compat.strict_routes import StrictRoute

PREFIX: Final = "/sandbox"


class SandboxState(BaseModel):
    """What a sandbox is like at present."""

    now: AwareDatetime = Field(description="The time of its clock.", examples=["2031-01-01T00:00:00Z"])


router = APIRouter(prefix=PREFIX, tags=["sandbox"], route_class=StrictRoute)


def _sandbox_of(request: Request) -> Sandbox:
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox


TheSandbox = Annotated[Sandbox, Depends(_sandbox_of)]


@router.get("")
async def get_sandbox(sandbox: TheSandbox) -> SandboxState:
    """Get what the sandbox is like at present."""
    return SandboxState(now=sandbox.clock.now())


# Not `include_router`, which makes the routes again, without their strict class.
router.routes.extend(counterparts.router.routes)
