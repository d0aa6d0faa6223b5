"""The bucket of a bureau on a real NATS server: its chunks, invalid descriptions, and a broker that dies."""

import asyncio
import base64
import hashlib
import io
import json

import pytest

from shared.protocol.parcel import Parcel
from shared.transport import Disconnected, NoObject, Transport
from shared.transport.nats import NatsTransport
from shared.transport.nats.relayed import store
from shared.transport.subjects import BROKER_OPERATOR
from tests.broker import MEMBERS, TESTER, NatsServer
from tests.contract.networks import DEADLINE, Net, OverNats
from tests.contract.objects import LARGE, LIMIT, NAME, fetched

# A removed chunk leaves an empty message behind for a second.
GONE_SECONDS = 5.0


@pytest.fixture
async def france(net_with_streams: Net) -> Transport:
    """Return France, connected."""
    return await net_with_streams.connect("FR")


class Bucket:
    """The bucket of France on a NATS server, and the bare connections behind it."""

    def __init__(self, net: Net, france: NatsTransport, operator: NatsTransport) -> None:
        self.net = net
        self.france = france
        self.operator = operator

    async def left(self, expected: int) -> int:
        """Return how many chunks and descriptions it holds, once the number is as expected or time has run out."""
        deadline = asyncio.get_running_loop().time() + GONE_SECONDS
        while True:
            parts = (await self._state())["messages"]
            if parts == expected or asyncio.get_running_loop().time() > deadline:
                return parts
            await asyncio.sleep(0.1)

    async def size(self) -> int:
        """Return how many bytes it holds."""
        return (await self._state())["bytes"]

    async def _state(self) -> dict[str, int]:
        answer = await self.operator.request("$JS.API.STREAM.INFO.OBJ_FR", Parcel("", b""), timeout=DEADLINE)
        state: dict[str, int] = json.loads(answer.body)["state"]
        return state

    async def write(self, subject: str, body: bytes) -> None:
        """Store any message as France."""
        await store(self.france._replies, subject, body, DEADLINE)


@pytest.fixture
async def bucket(own_server: NatsServer) -> Bucket:
    """Return the bucket of France."""
    net = OverNats(own_server)
    operator, france, tester = [await net.connect(name) for name in (BROKER_OPERATOR, "FR", TESTER)]
    await operator.ensure_streams(MEMBERS)
    assert isinstance(france, NatsTransport)
    assert isinstance(tester, NatsTransport)
    return Bucket(net, france, tester)


@pytest.mark.thorough
async def test_the_chunks_of_a_replaced_or_deleted_object_are_removed(bucket: Bucket) -> None:
    """Empty messages take their place, and are removed a second later."""
    for _ in range(2):
        await bucket.france.put_object(NAME, io.BytesIO(bytes(128 * 1024 * 3)))
        assert await bucket.left(4) == 4
    await bucket.france.delete_object(NAME)
    assert await bucket.size() < 1_000
    assert await bucket.left(0) == 0
    for transport in bucket.net.opened:
        await transport.close()


class Broken(io.BytesIO):
    """A source that fails after some reads."""

    def read(self, size: int | None = -1) -> bytes:
        """Return some bytes, and raise OSError after a while."""
        if self.tell() > 1_000_000:
            raise OSError("the disk fails")
        return super().read(size)


@pytest.mark.thorough
async def test_an_object_whose_source_fails_leaves_no_chunks(bucket: Bucket) -> None:
    """The previous object of that name is kept."""
    await bucket.france.put_object(NAME, io.BytesIO(b"before"))
    with pytest.raises(OSError, match="the disk fails"):
        await bucket.france.put_object(NAME, Broken(LARGE))
    assert await bucket.left(2) == 2
    assert await fetched(bucket.france) == b"before"
    for transport in bucket.net.opened:
        await transport.close()


async def describe(bucket: Bucket, content: bytes) -> None:
    """Write the description of an object with this content."""
    digest = "SHA-256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()
    described = {"name": NAME, "bucket": "FR", "nuid": "n", "size": len(content), "digest": digest}
    subject = "i247.put.MDE4OTBhNWQtYWM5Ni03NzRiLWJjY2UtYjMwMjA5OWE4MDU3LjE=.description.FR"
    await bucket.write(subject, json.dumps(described).encode())


FULL = bytes(128 * 1024)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("content", "chunks"),
    [
        (b"1234", [b"12345"]),
        (b"1234", [b"12"]),
        (b"1234", [b"123x"]),
        (b"1234", []),
        (b"1234", [b""]),
        (FULL + b"1234", [FULL]),
        (FULL + b"1234", [b"1234", FULL]),
        (FULL + b"1234", [FULL[1:], b"01234"]),
    ],
)
async def test_an_object_that_differs_from_its_description_is_refused(
    bucket: Bucket, content: bytes, chunks: list[bytes]
) -> None:
    """A hostile owner cannot make a reader write more bytes than the description announces."""
    for place, chunk in enumerate(chunks):
        await bucket.write(f"i247.put.n.{place}.FR", chunk)
    await describe(bucket, content)
    target = io.BytesIO()
    with pytest.raises(NoObject):
        await bucket.france.get_object("FR", NAME, target, max_bytes=LIMIT)
    assert len(target.getvalue()) <= len(content)
    for transport in bucket.net.opened:
        await transport.close()


INJECTED = {
    "name": NAME,
    "bucket": "FR",
    "nuid": "x.0.DE 0\r\n\r\nPUB i247.post.KE.urgent.forged.DE 1\r\nx\r\nPUB i247.get.FR.x",
    "size": 1,
    "digest": "",
}
UNFIT = (
    b"",
    b"{}",
    b"not JSON",
    b'{"name": "\xff"}',
    b"[" * 100_000,
    b'{"deleted": true}',
    b'{"name": 1}',
    json.dumps(INJECTED).encode(),
    json.dumps(INJECTED | {"nuid": "n", "size": -1}).encode(),
    json.dumps(INJECTED | {"nuid": "n" * 33}).encode(),
)


@pytest.mark.thorough
@pytest.mark.parametrize("description", UNFIT)
async def test_an_invalid_description_counts_as_no_object(bucket: Bucket, description: bytes) -> None:
    """What a hostile owner writes in place of a description can be replaced by an object."""
    await bucket.write("i247.put.MDE4OTBhNWQtYWM5Ni03NzRiLWJjY2UtYjMwMjA5OWE4MDU3LjE=.description.FR", description)
    assert not await bucket.france.has_object(NAME)
    with pytest.raises(NoObject):
        await fetched(bucket.france)
    await bucket.france.put_object(NAME, io.BytesIO(b"x"))
    assert await fetched(bucket.france) == b"x"
    for transport in bucket.net.opened:
        await transport.close()


class Deadly(io.BytesIO):
    """A file whose first use kills the broker."""

    def __init__(self, server: NatsServer, content: bytes = b"") -> None:
        super().__init__(content)
        self._kill = server.kill

    def read(self, size: int | None = -1) -> bytes:
        """Read from it."""
        self._kill()
        return super().read(size)

    def write(self, content: object) -> int:
        """Write to it."""
        self._kill()
        return len(bytes(content))


@pytest.mark.thorough
async def test_writing_an_object_raises_disconnected_at_once_when_the_broker_dies(
    bucket: Bucket, own_server: NatsServer
) -> None:
    """A partial object is not taken for an object."""
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(Disconnected):
            await bucket.france.put_object(NAME, Deadly(own_server, LARGE))
        own_server.start()
        await bucket.france.reconnected(1)
        assert not await bucket.france.has_object(NAME)
    for transport in bucket.net.opened:
        await transport.close()


@pytest.mark.thorough
async def test_reading_an_object_raises_disconnected_at_once_when_the_broker_dies(
    bucket: Bucket, own_server: NatsServer
) -> None:
    """Once the broker is back, the whole object can be read."""
    await bucket.france.put_object(NAME, io.BytesIO(LARGE))
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(Disconnected):
            await bucket.france.get_object("FR", NAME, Deadly(own_server), max_bytes=LIMIT)
        own_server.start()
        await bucket.france.reconnected(1)
        assert await fetched(bucket.france) == LARGE
    for transport in bucket.net.opened:
        await transport.close()
