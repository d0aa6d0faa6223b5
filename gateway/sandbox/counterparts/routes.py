"""The routes of counterparts, below `/sandbox`."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request

from gateway.sandbox.counterparts.models import Counterpart, Counterparts, CounterpartScript
from gateway.sandbox.counterparts.operations import CounterpartOperations
from gateway.sandbox.same_site import REFUSED_TO_OTHERS, SAME_SITE
from shared.bureaus import Member
from shared.compat.strict_routes import StrictRoute
from shared.errors import Invalid, Malformed, NotFound, UnsupportedMediaType
from shared.mailbox.rules import NotStored
from shared.web.problems import refusals

PREFIX: Final = "/sandbox/counterparts"

router = APIRouter(prefix=PREFIX, tags=["sandbox"], route_class=StrictRoute, dependencies=[SAME_SITE])


def _operations_of(request: Request) -> CounterpartOperations:
    operations: CounterpartOperations = request.app.state.counterparts
    return operations


Operations = Annotated[CounterpartOperations, Depends(_operations_of)]
Code = Annotated[Member, Path(alias="bureau", description="A bureau of this mesh.", examples=["DE"])]


@router.get("", responses=REFUSED_TO_OTHERS | refusals(NotStored))
async def list_counterparts(operations: Operations) -> Counterparts:
    """List the counterparts: what each does by its script, what it did lately, and what came back."""
    return await operations.all()


@router.put(
    "/{bureau}", responses=REFUSED_TO_OTHERS | refusals(NotFound, Malformed, UnsupportedMediaType, Invalid, NotStored)
)
async def put_counterpart(code: Code, script: CounterpartScript, operations: Operations) -> Counterpart:
    """Make a bureau a counterpart, or give it another script.

    From now on it acts by the script on all its unread messages, also those that arrived before. Its own officers can
    still act as well.
    """
    return await operations.put(code, script)


@router.delete("/{bureau}", status_code=204, responses=REFUSED_TO_OTHERS | refusals(NotFound, Invalid, NotStored))
async def delete_counterpart(code: Code, operations: Operations) -> None:
    """Make a counterpart an ordinary bureau again: nothing is answered for it, and its clock and connection work."""
    await operations.remove(code)
