"""What every route of checks needs: its caller, and what asks the registers."""

from typing import Annotated, Final

from fastapi import Depends, Request

from gateway.checks import SERVICE
from gateway.checks.operations import CheckOperations
from shared.identity import Caller
from shared.web.routing import permission

NAME: Final = SERVICE.name


async def _operations(request: Request) -> CheckOperations:
    operations: CheckOperations = request.app.state.checks
    return operations


Reader = Annotated[Caller, permission(NAME, "read")]
Operations = Annotated[CheckOperations, Depends(_operations)]
