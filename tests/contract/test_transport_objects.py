"""Objects that are too large for a parcel: one contract for the transport in memory and for JetStream."""

import asyncio
import io
from collections.abc import Awaitable, Callable

import pytest

from shared.transport import (
    BrokerQuotas,
    BrokerRefused,
    Disconnected,
    MessageTooLarge,
    NoObject,
    NoResponder,
    Transport,
)
from shared.transport.subjects import BROKER_OPERATOR
from tests.broker import MEMBERS, NatsServer
from tests.contract.networks import Net, OverNats
from tests.contract.objects import LARGE, NAME, fetched


@pytest.fixture
async def france(net_with_streams: Net) -> Transport:
    """Return France, connected."""
    return await net_with_streams.connect("FR")


@pytest.fixture
async def germany(net_with_streams: Net) -> Transport:
    """Return Germany, connected."""
    return await net_with_streams.connect("DE")


@pytest.mark.thorough
@pytest.mark.parametrize("content", [b"", b"a", LARGE], ids=["empty", "small", "large"])
async def test_an_object_is_read_as_it_was_written(france: Transport, germany: Transport, content: bytes) -> None:
    """Whatever its size, its owner and another bureau read the same bytes."""
    await france.put_object(NAME, io.BytesIO(content))
    assert await fetched(germany) == content
    assert await fetched(france) == content


@pytest.mark.thorough
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


@pytest.mark.thorough
async def test_writing_an_object_again_replaces_it(france: Transport, germany: Transport) -> None:
    """As when an owner repeats a write after a failure."""
    for content in (b"first", LARGE, b"third"):
        await france.put_object(NAME, io.BytesIO(content))
        assert await fetched(germany) == content


@pytest.mark.thorough
async def test_each_bureau_has_its_own_objects(france: Transport, germany: Transport) -> None:
    """The same name in two buckets is two objects."""
    await france.put_object(NAME, io.BytesIO(b"of France"))
    await germany.put_object(NAME, io.BytesIO(b"of Germany"))
    await germany.delete_object(NAME)
    assert await fetched(germany) == b"of France"


@pytest.mark.thorough
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


@pytest.mark.thorough
async def test_writing_to_a_full_bucket_raises_not_stored(own_server: NatsServer) -> None:
    """An object that does not fit leaves nothing behind, so that a smaller one fits afterwards."""
    own_server.quotas = BrokerQuotas(bucket_bytes=1_000_000)
    net = OverNats(own_server)
    operator, france = await net.connect(BROKER_OPERATOR), await net.connect("FR")
    await operator.ensure_streams(MEMBERS)
    with pytest.raises(BrokerRefused):
        await france.put_object(NAME, io.BytesIO(LARGE))
    await france.put_object(NAME, io.BytesIO(LARGE[:500_000]))
    assert await fetched(france) == LARGE[:500_000]
    for transport in net.opened:
        await transport.close()
