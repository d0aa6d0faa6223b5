"""What officers do with the messages of their bureau, and who may."""

from collections.abc import AsyncIterator
from typing import Annotated, Final, NamedTuple

from fastapi import Depends, Request

from gateway.mailbox_access import caller_of, session_of
from gateway.messages import SERVICE
from gateway.messages.events import Streams
from gateway.messages.quotes import MessageQuotes
from gateway.messages.reading import MailboxReader
from gateway.messages.record_reader import RecordReader
from gateway.messages.releases import Releasing
from gateway.messages.sending import MessageSender
from shared.identity import Caller
from shared.mailbox.mailbox import Mailbox
from shared.rpc.participant import Participant
from shared.web.routing import permission

NAME: Final = SERVICE.name


class MessageOperations(NamedTuple):
    """The operations of an officer of one bureau."""

    mailbox: Mailbox
    bureau: Participant
    sending: MessageSender
    releasing: Releasing
    reading: MailboxReader


def streams_of(request: Request) -> Streams:
    """Return the event streams, which the bureaus of a gateway share."""
    streams: Streams = request.app.state.event_streams
    return streams


async def operations_of(request: Request) -> MessageOperations:
    """Return the operations of the caller's bureau. Raises Unauthenticated, NotStored."""
    mailbox, bureau = await session_of(request)
    records: RecordReader = request.app.state.records
    sending = MessageSender(mailbox, bureau, MessageQuotes(mailbox, records))
    return MessageOperations(
        mailbox, bureau, sending, Releasing(mailbox, bureau, records), MailboxReader(mailbox, bureau)
    )


async def stream_of(request: Request) -> AsyncIterator[None]:
    """Count an event stream until it has ended. Raises TooManyStreams, Busy."""
    with streams_of(request).one(caller_of(request)):
        yield


Reader = Annotated[Caller, permission(NAME, "read")]
Writer = Annotated[Caller, permission(NAME, "write")]
Operations = Annotated[MessageOperations, Depends(operations_of)]
CountedStream = Annotated[None, Depends(stream_of)]
