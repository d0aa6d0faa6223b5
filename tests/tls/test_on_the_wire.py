"""What a man in the middle between a participant and the broker can read and change, with TLS and without."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.logs import Log
from shared.protocol.parcel import Parcel
from shared.transport.nats import Broker, NatsTransport
from shared.transport.subjects import Lane, message_subject
from tests.broker import NatsServer
from tests.man_in_the_middle import ManInTheMiddle
from tests.system.wire import PATIENCE

MESSAGE = Parcel("a signature", b"letter" * 10_000, "a key")


@asynccontextmanager
async def france_through(server: NatsServer) -> AsyncIterator[tuple[NatsTransport, ManInTheMiddle]]:
    """Connect France through a man in the middle."""
    scheme, _, address = server.url.partition("://")
    async with ManInTheMiddle(int(address.rpartition(":")[2])).running() as middle:
        broker = Broker(f"{scheme}://127.0.0.1:{middle.port}", server.tls)
        france = await NatsTransport.connect(broker, "FR", lambda: server.seed("FR"), Log("FR", level="error"))
        yield france, middle
        await france.close()


async def post(server: NatsServer, france: NatsTransport, message_id: str) -> str:
    """Have France post to Germany, and return the subject."""
    operator = await server.connect("operator")
    await operator.ensure_streams(["FR", "DE"])
    await operator.close()
    subject = message_subject("DE", Lane.URGENT, message_id, "FR")
    await france.post(subject, MESSAGE, seconds=PATIENCE)
    return subject


@pytest.mark.thorough
async def test_with_tls_only_size_and_time_of_messages_are_visible(tls_server: NatsServer) -> None:
    """Neither content nor subject nor credentials."""
    async with france_through(tls_server) as (france, middle):
        before = len(middle.seen)
        await post(tls_server, france, "id")
        assert len(MESSAGE.body) < len(middle.seen) - before < 2 * len(MESSAGE.body)
        for text in (b"letter", b"a signature", b"i247.", b"CONNECT", b"nkey"):
            assert text not in middle.seen


@pytest.mark.parametrize("instead", [(b"", b""), (b"letterletter", b"LETTERLETTER")], ids=["read", "changed"])
async def test_without_tls_subjects_and_bodies_can_be_read_and_changed(
    nats_server: NatsServer, instead: tuple[bytes, bytes]
) -> None:
    """The broker stores the changed message."""
    async with france_through(nats_server) as (france, middle):
        middle.instead = instead
        subject = await post(nats_server, france, f"without-{len(instead[0])}")
        for text in (subject.removeprefix("i247.msg").encode(), MESSAGE.signature.encode(), MESSAGE.body[:100]):
            assert text in middle.seen
    germany = await nats_server.connect("DE")
    [arrival] = await germany.collect(Lane.URGENT, limit=1, seconds=PATIENCE)
    assert (arrival.parcel == MESSAGE) is (not instead[0])
    await arrival.settle()
    await germany.close()
