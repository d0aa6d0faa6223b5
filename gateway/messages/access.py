"""Who may do what with messages, and the operations of their bureau."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request

from gateway.mailbox_access import caller_of, session_of, with_mailbox_host
from gateway.messages import SERVICE
from gateway.messages.operations import MessageOperations, Messaging
from shared.identity import Caller
from shared.mailbox.host import MailboxHost
from shared.web.routing import permission

NAME: Final = SERVICE.name


def with_messaging(app: FastAPI, host: MailboxHost, messaging: Messaging) -> FastAPI:
    """Let the routes of the messages work on the mailboxes of a gateway."""
    app.state.messaging = messaging
    return with_mailbox_host(app, host)


def messaging_of(request: Request) -> Messaging:
    """Return what the bureaus of the gateway share."""
    messaging: Messaging = request.app.state.messaging
    return messaging


async def operations_of(request: Request) -> MessageOperations:
    """Return the operations of the caller's bureau. Raises Unauthenticated, NotStored."""
    return messaging_of(request).of(await session_of(request))


async def stream_of(request: Request) -> AsyncIterator[None]:
    """Count a stream of events until it has ended. Raises TooManyStreams, Busy."""
    with messaging_of(request).streams.one(caller_of(request)):
        yield


Reader = Annotated[Caller, permission(NAME, "read")]
Writer = Annotated[Caller, permission(NAME, "write")]
Operations = Annotated[MessageOperations, Depends(operations_of)]
CountedStream = Annotated[None, Depends(stream_of)]
