"""Who may do what with the messages, and the desk of his bureau; of what else lies in its mailbox as well."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request

from gateway.messages import SERVICE
from gateway.messages.mailroom import MailboxHost, MailboxSession
from shared.identity import Caller
from shared.web.routing import permission

NAME: Final = SERVICE.name


def with_mailbox_host(app: FastAPI, mailroom: MailboxHost) -> FastAPI:
    """Let an application handle what is in the mailboxes of the bureaus of a gateway."""
    app.state.mailroom = mailroom
    return app


async def session_of(request: Request) -> MailboxSession:
    """Return the desk of the caller's bureau. Raises Unauthenticated, NotStored."""
    mailroom: MailboxHost = request.app.state.mailroom
    caller: Caller = request.scope["state"]["caller"]
    return await mailroom.of(caller.bureau)


async def stream_of(request: Request) -> AsyncIterator[None]:
    """Count a stream of events until it has ended. Raises TooManyStreams, Busy."""
    mailroom: MailboxHost = request.app.state.mailroom
    with mailroom.streams.one(request.scope["state"]["caller"]):
        yield


Reader = Annotated[Caller, permission(NAME, "read")]
Writer = Annotated[Caller, permission(NAME, "write")]
CallerSession = Annotated[MailboxSession, Depends(session_of)]
CountedStream = Annotated[None, Depends(stream_of)]
