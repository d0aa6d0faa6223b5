"""Messages that are handed over at once are those that nats-py reads, however they are cut into pieces."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.errors import ProtocolError
from nats.protocol.parser import Parser

from shared.compat.nats_messages import DirectSubscription, MessageParser, command_to_publish, header_lines

OF_DIRECT, OF_OTHER = 1, 2
WITH_HEADERS = b"HMSG a.b 1 _INBOX.x 25 30\r\nNATS/1.0\r\nName: value\r\n\r\nhello\r\n"
WITHOUT_REPLY = b"HMSG a.\x0bb 1 25 25\r\nNATS/1.0\r\nName: value\r\n\r\n\r\n"
WITHOUT_HEADERS = b"MSG a.b 1 3\r\nHMS\r\n"
OF_ANOTHER = b"HMSG a.b 2 25 27\r\nNATS/1.0\r\nName: value\r\n\r\nhi\r\n"
NO_RESPONDER = b"HMSG a.b 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n"
TRAFFIC = (WITH_HEADERS, WITHOUT_REPLY, WITHOUT_HEADERS, OF_ANOTHER, NO_RESPONDER, b"PING\r\n", b"+OK\r\n")


class Heard:
    """A client that records what a parser hands to it."""

    def __init__(self) -> None:
        self.messages: list[tuple[Any, ...]] = []
        self.direct = 0

    async def _process_msg(self, *message: Any) -> None:
        self.messages.append(message)

    async def _process_ping(self) -> None:
        self.messages.append(("ping",))

    def receive_directly(self, number: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> bool:
        """Take the messages of one subscription."""
        if number != OF_DIRECT or header_lines(headers) is None:
            return False
        self.direct += 1
        self.messages.append((number, subject, reply, data, headers))
        return True


async def heard_by(parser: Any, pieces: list[bytes]) -> list[tuple[Any, ...]]:
    """Return what a parser reads from pieces of what a server sends."""
    for piece in pieces:
        await parser.parse(piece)
    return list(parser.nc.messages)


def cut(sent: bytes, at: set[int]) -> list[bytes]:
    """Return what was sent in pieces."""
    places = [0, *sorted(each % len(sent) for each in at), len(sent)]
    return [sent[start:end] for start, end in pairwise(places) if start < end]


@given(st.lists(st.sampled_from(TRAFFIC), min_size=1, max_size=8), st.sets(st.integers(1, 400), max_size=6))
async def test_messages_are_read_as_nats_py_reads_them(sent: list[bytes], at: set[int]) -> None:
    """Of whatever kind they are, and wherever one read from the connection ends and the next begins."""
    pieces = cut(b"".join(sent), at)
    assert await heard_by(MessageParser(Heard()), pieces) == await heard_by(Parser(Heard()), pieces)  # type: ignore[no-untyped-call]


async def test_whole_messages_with_headers_are_handed_over_at_once() -> None:
    """Without the coroutines of nats-py, which only get what is left."""
    parser = MessageParser(Heard())  # type: ignore[no-untyped-call]
    await parser.parse(WITH_HEADERS * 3 + WITHOUT_HEADERS)
    assert parser.nc.direct == 3
    assert len(parser.nc.messages) == 4


@pytest.mark.parametrize("sent", [b"HMSG a.b x 24 29\r\n", b"HMSG a.b 1 2 3 4 5\r\n", b"HMSG a.b 1 b x\r\n"])
async def test_what_is_no_message_ends_the_connection(sent: bytes) -> None:
    """As nats-py decides."""
    with pytest.raises(ProtocolError):
        await MessageParser(Heard()).parse(sent)  # type: ignore[no-untyped-call]


def test_a_header_with_a_line_end_is_left_to_nats_py() -> None:
    """It would begin another header."""
    assert command_to_publish("a", "", b"", {"Name": "x\r\nOther: y"}) is None
    assert command_to_publish("a", "b", b"hi", {"Name": "x"}) == b"HPUB a b 21 23\r\nNATS/1.0\r\nName: x\r\n\r\nhi\r\n"


def test_a_subscription_ends_with_its_last_message() -> None:
    """It counts those that come past nats-py."""
    subscription = DirectSubscription(Client(), "a", lambda _: None, 1, limit=2)  # type: ignore[no-untyped-call]
    assert [subscription.count(), subscription.is_used, subscription.count(), subscription.is_used] == [
        False,
        False,
        True,
        True,
    ]
