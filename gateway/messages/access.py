"""Who may do what with the messages, and the desk of his bureau."""

from typing import Annotated, Final

from fastapi import Depends, Request

from gateway.messages import SERVICE
from gateway.messages.mailroom import Desk, Mailroom
from shared.api import permission
from shared.identity import Caller

NAME: Final = SERVICE.name


async def _desk(request: Request) -> Desk:
    mailroom: Mailroom = request.app.state.mailroom
    caller: Caller = request.scope["state"]["caller"]
    return await mailroom.of(caller.bureau)


Reader = Annotated[Caller, permission(NAME, "read")]
Writer = Annotated[Caller, permission(NAME, "write")]
AtDesk = Annotated[Desk, Depends(_desk)]
