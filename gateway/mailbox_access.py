"""The mailbox of the caller's bureau, for the routes of applications in the gateway."""

from fastapi import Request

from shared.identity import Caller
from shared.mailbox.host import MailboxHost, MailboxSession


def caller_of(request: Request) -> Caller:
    """Return the officer that the edge has authenticated."""
    caller: Caller = request.scope["state"]["caller"]
    return caller


async def session_of(request: Request) -> MailboxSession:
    """Return the mailbox of the caller's bureau. Raises Unauthenticated, NotStored."""
    host: MailboxHost = request.app.state.mailbox_host
    return await host.of(caller_of(request).bureau)
