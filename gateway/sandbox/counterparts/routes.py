"""The routes of counterparts, below `/sandbox`."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request

from gateway.sandbox.counterparts.models import Counterpart, Counterparts, CounterpartScript
from gateway.sandbox.counterparts.operations import CounterpartOperations
from gateway.sandbox.same_site import REFUSED_TO_OTHERS, SAME_SITE
from shared.bureaus import Member
from shared.compat.strict_routes import StrictRoute
from shared.errors import Invalid, Malformed, NotFound, OutcomeUnknown, TooLarge, UnsupportedMediaType
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
    """List the counterparts, with what each does by its script.

    It says what each did lately, and what came back.
    """
    return await operations.all()


@router.put(
    "/{bureau}",
    responses=REFUSED_TO_OTHERS
    | refusals(NotFound, Malformed, TooLarge, UnsupportedMediaType, Invalid, NotStored, OutcomeUnknown),
)
async def update_counterpart(code: Code, script: CounterpartScript, operations: Operations) -> Counterpart:
    """Update the script of a counterpart, or make a bureau one.

    From now on it acts by the script on all its unread messages, also those that arrived before. Its own officers can
    still act as well.
    """
    return await operations.put(code, script)


@router.delete("/{bureau}", status_code=204, responses=REFUSED_TO_OTHERS | refusals(NotFound, Invalid, NotStored))
async def delete_counterpart(code: Code, operations: Operations) -> None:
    """Delete the script of a counterpart, which is an ordinary bureau then.

    Nothing is answered for it any more, and its clock and connection work. A bureau without a script stays as it is,
    with the same answer, so that a test can end by this whatever it did.
    """
    await operations.remove(code)
