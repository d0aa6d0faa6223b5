"""What officers do with the messages of their bureau, who may, and what the bureaus of a gateway share for it."""

from collections.abc import AsyncIterator
from typing import Annotated, Final, NamedTuple

from fastapi import Depends, FastAPI, Request

from gateway.mailbox_access import caller_of, session_of, with_mailbox_host
from gateway.messages import SERVICE
from gateway.messages.events import Streams
from gateway.messages.reading import MailboxReader
from gateway.messages.sending import MessageSender
from gateway.messages.webhooks.operations import WebhookOperations
from gateway.messages.webhooks.sender import WebhookSender
from gateway.messages.webhooks.targets import Targets
from gateway.messages.webhooks.worker import WebhookWorker
from shared.identity import Caller
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from shared.rpc.participant import Participant
from shared.web.routing import permission

NAME: Final = SERVICE.name


class MessageOperations(NamedTuple):
    """The operations of an officer of one bureau."""

    mailbox: Mailbox
    bureau: Participant
    sending: MessageSender
    reading: MailboxReader
    webhooks: WebhookOperations


class Messaging:
    """The event streams and the webhook sender, which the bureaus of a gateway share."""

    def __init__(self, *, private_targets: bool = False) -> None:
        """`private_targets`: webhooks may go to addresses that are not public."""
        self.streams = Streams()
        self.webhook_sender = WebhookSender(Targets(private=private_targets))

    def register(self, host: MailboxHost) -> None:
        """Have the events of every bureau that is hosted from now on posted to its webhooks."""

        async def post_webhooks(mailbox: Mailbox, _bureau: Participant) -> None:
            await WebhookWorker(mailbox, self.webhook_sender).run()

        host.add_job(post_webhooks)


def with_messaging(app: FastAPI, host: MailboxHost, messaging: Messaging) -> FastAPI:
    """Let the routes of messages work on the mailboxes of a gateway."""
    app.state.messaging = messaging
    return with_mailbox_host(app, host)


def messaging_of(request: Request) -> Messaging:
    """Return what the bureaus of the gateway share."""
    messaging: Messaging = request.app.state.messaging
    return messaging


async def operations_of(request: Request) -> MessageOperations:
    """Return the operations of the caller's bureau. Raises Unauthenticated, NotStored."""
    mailbox, bureau = await session_of(request)
    webhooks = WebhookOperations(mailbox, messaging_of(request).webhook_sender, bureau.clock)
    sending, reading = MessageSender(mailbox, bureau), MailboxReader(mailbox, bureau)
    return MessageOperations(mailbox, bureau, sending, reading, webhooks)


async def stream_of(request: Request) -> AsyncIterator[None]:
    """Count an event stream until it has ended. Raises TooManyStreams, Busy."""
    with messaging_of(request).streams.one(caller_of(request)):
        yield


Reader = Annotated[Caller, permission(NAME, "read")]
Writer = Annotated[Caller, permission(NAME, "write")]
Operations = Annotated[MessageOperations, Depends(operations_of)]
CountedStream = Annotated[None, Depends(stream_of)]
