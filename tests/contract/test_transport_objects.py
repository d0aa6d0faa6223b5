"""Objects that are too large for a parcel: one contract for the transport in memory and for JetStream."""

import asyncio
import base64
import hashlib
import io
import json
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from shared.protocol.parcel import Parcel
from shared.transport import BrokerQuotas, Disconnected, MessageTooLarge, NoObject, NoResponder, NotStored, Transport
from shared.transport.nats import NatsTransport
from shared.transport.nats.relayed import store
from shared.transport.subjects import BROKER_OPERATOR
from tests.broker import MEMBERS, TESTER, NatsServer
from tests.contract.networks import DEADLINE, Net, OverNats

NAME = "01890a5d-ac96-774b-bcce-b302099a8057.1"
# More chunks than are under way at once, of which the last is incomplete.
LARGE = Random(247).randbytes(3_000_001)  # noqa: S311 - nothing secret is drawn
LIMIT = 64 * 1024 * 1024
# A removed chunk leaves an empty message behind for a second.
GONE_SECONDS = 5.0


async def fetched(transport: Transport, name: str = NAME, *, owner: str = "FR", max_bytes: int = LIMIT) -> bytes:
    """Return an object."""
    target = io.BytesIO()
    await transport.get_object(owner, name, target, max_bytes=max_bytes)
    return target.getvalue()


@pytest.fixture
async def france(net_with_streams: Net) -> Transport:
    """Return France, connected."""
    return await net_with_streams.connect("FR")


@pytest.fixture
async def germany(net_with_streams: Net) -> Transport:
    """Return Germany, connected."""
    return await net_with_streams.connect("DE")


@pytest.mark.parametrize("content", [b"", b"a", LARGE], ids=["empty", "small", "large"])
async def test_an_object_is_read_as_it_was_written(france: Transport, germany: Transport, content: bytes) -> None:
    """Whatever its size, its owner and another bureau read the same bytes."""
    await france.put_object(NAME, io.BytesIO(content))
    assert await fetched(germany) == content
    assert await fetched(france) == content


async def test_an_object_exists_until_it_is_deleted(france: Transport, germany: Transport) -> None:
    """To delete an object that does not exist is no error."""
    assert not await france.has_object(NAME)
    await france.delete_object(NAME)
    await france.put_object(NAME, io.BytesIO(LARGE))
    assert await france.has_object(NAME)
    for _ in range(2):
        await france.delete_object(NAME)
        assert not await france.has_object(NAME)
        with pytest.raises(NoObject):
            await fetched(germany)


async def test_writing_an_object_again_replaces_it(france: Transport, germany: Transport) -> None:
    """As when an owner repeats a write after a failure."""
    for content in (b"first", LARGE, b"third"):
        await france.put_object(NAME, io.BytesIO(content))
        assert await fetched(germany) == content


async def test_each_bureau_has_its_own_objects(france: Transport, germany: Transport) -> None:
    """The same name in two buckets is two objects."""
    await france.put_object(NAME, io.BytesIO(b"of France"))
    await germany.put_object(NAME, io.BytesIO(b"of Germany"))
    await germany.delete_object(NAME)
    assert await fetched(germany) == b"of France"


async def test_an_object_above_the_limit_is_refused_before_anything_is_written(
    france: Transport, germany: Transport
) -> None:
    """At the limit it is read."""
    await france.put_object(NAME, io.BytesIO(b"12345"))
    target = io.BytesIO()
    with pytest.raises(MessageTooLarge):
        await germany.get_object("FR", NAME, target, max_bytes=4)
    assert target.getvalue() == b""
    assert await fetched(germany, max_bytes=5) == b"12345"


async def test_objects_written_and_read_concurrently_are_not_mixed_up(france: Transport, germany: Transport) -> None:
    contents = {f"object.{number}": LARGE[number:] for number in range(8)}
    await asyncio.gather(*(france.put_object(name, io.BytesIO(content)) for name, content in contents.items()))
    found = await asyncio.gather(*(fetched(germany, name) for name in contents))
    assert found == list(contents.values())


async def test_without_a_bucket_no_object_can_be_written_or_found(net: Net) -> None:
    """Writing raises NoResponder and reading raises NoObject; deleting is no error."""
    france = await net.connect("FR")
    with pytest.raises(NoResponder):
        await france.put_object(NAME, io.BytesIO(b"x"))
    with pytest.raises(NoObject):
        await fetched(france)
    assert not await france.has_object(NAME)
    await france.delete_object(NAME)


async def test_object_operations_on_a_closed_transport_raise_disconnected(france: Transport) -> None:
    await france.close()
    acts: list[Callable[[], Awaitable[object]]] = [
        lambda: france.put_object(NAME, io.BytesIO(b"x")),
        lambda: fetched(france),
        lambda: france.has_object(NAME),
        lambda: france.delete_object(NAME),
    ]
    for act in acts:
        with pytest.raises(Disconnected):
            await act()


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


async def test_writing_to_a_full_bucket_raises_not_stored(own_server: NatsServer) -> None:
    """An object that does not fit leaves nothing behind, so that a smaller one fits afterwards."""
    own_server.quotas = BrokerQuotas(bucket_bytes=1_000_000)
    net = OverNats(own_server)
    operator, france = await net.connect(BROKER_OPERATOR), await net.connect("FR")
    await operator.ensure_streams(MEMBERS)
    with pytest.raises(NotStored):
        await france.put_object(NAME, io.BytesIO(LARGE))
    await france.put_object(NAME, io.BytesIO(LARGE[:500_000]))
    assert await fetched(france) == LARGE[:500_000]
    for transport in net.opened:
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
