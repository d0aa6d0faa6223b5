"""A broker that dies, loses its store, is full or is silent: which errors posting and collecting raise, and when."""

import asyncio
import json
from io import BytesIO

import pytest

from shared.logs import Log
from shared.protocol.parcel import Parcel
from shared.transport import BrokerQuotas, BrokerRefused, Disconnected, NoResponder, Transport
from shared.transport.nats import NatsTransport
from shared.transport.subjects import BROKER_OPERATOR, Lane, message_subject, posting_subject
from tests.broker import MEMBERS, NatsServer
from tests.contract.networks import DEADLINE, PARCEL, Mail, Net, OverNats


async def connected_to(server: NatsServer) -> tuple[OverNats, Transport, Mail]:
    """Return the operator, France and Germany on a server that has its streams."""
    net = OverNats(server)
    operator = await net.connect(BROKER_OPERATOR)
    await operator.ensure_streams(MEMBERS)
    return net, operator, Mail(await net.connect("FR"), await net.connect("DE"))


async def close_all(net: Net) -> None:
    for transport in net.opened:
        await transport.close()


@pytest.mark.thorough
async def test_collecting_ends_when_the_broker_dies_and_no_posted_parcel_is_lost(own_server: NatsServer) -> None:
    """After a kill and a start the same transports deliver what was posted before and after."""
    net, _, mail = await connected_to(own_server)
    await mail.post(1, lane=Lane.ROUTINE)
    collecting = asyncio.ensure_future(mail.collect(seconds=60))
    await mail.nothing_waits()
    own_server.kill()
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(Disconnected):
            await collecting
        own_server.start()
        for transport in (mail.france, mail.germany):
            await transport.reconnected(1)
            assert (transport.connected, transport.connections) == (True, 2)
        collecting = asyncio.ensure_future(mail.collect(seconds=60))
        await mail.post(2)
        assert [arrival.subject for arrival in await collecting] == ["i247.msg.DE.urgent.id2.FR"]
        assert len(await mail.collect(lane=Lane.ROUTINE)) == 1
    await close_all(net)


@pytest.mark.thorough
async def test_the_loss_and_the_return_of_a_connection_are_logged(own_server: NatsServer) -> None:
    """Otherwise the loss would be the last line of the log, although the connection is back."""
    written = BytesIO()
    seed, log = own_server.seed("FR"), Log("test", stream=written)
    transport = await NatsTransport.connect(own_server.broker(), "FR", lambda: seed, log)
    own_server.kill()
    own_server.start()
    async with asyncio.timeout(DEADLINE):
        await transport.reconnected(1)
    await transport.close()
    lost, *_, back = map(json.loads, written.getvalue().splitlines())
    assert (lost["event"], back["event"], back["participant"]) == ("broker-error", "broker-connected", "FR")


@pytest.mark.thorough
async def test_the_connection_to_a_silent_broker_is_closed(
    own_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing reports that it is lost, and there is still much to send; the next connection works all the same."""
    monkeypatch.setattr("shared.transport.nats.client.PING_SECONDS", 0.1)
    monkeypatch.setattr("shared.transport.nats.client.CONNECT_SECONDS", 0.2)
    net, _, mail = await connected_to(own_server)
    own_server.pause()
    large = Parcel("signature", bytes(2_000_000))
    posting = [asyncio.ensure_future(mail.post(number, large)) for number in range(15)]
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(Disconnected):
            await mail.collect(seconds=60)
        outcomes = await asyncio.gather(*posting, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {Disconnected}
        own_server.resume()
        await mail.france.reconnected(1)
        await mail.germany.reconnected(1)
        # The first may be delivered to the former connection, which the broker has not closed yet.
        number = 100
        while not await mail.collect(seconds=0.3):
            number += 1
            await mail.post(number)
    await close_all(net)


@pytest.mark.thorough
async def test_posting_raises_disconnected_at_once_when_the_broker_dies(own_server: NatsServer) -> None:
    """The sender does not wait for its deadline to learn that it must post again."""
    net, _, mail = await connected_to(own_server)
    own_server.pause()
    posting = [asyncio.ensure_future(mail.post(number)) for number in range(10)]
    await asyncio.sleep(0)
    own_server.kill()
    async with asyncio.timeout(DEADLINE / 2):
        outcomes = await asyncio.gather(*posting, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Disconnected}
    await close_all(net)


@pytest.mark.thorough
async def test_streams_are_recreated_after_the_broker_has_lost_its_store(own_server: NatsServer) -> None:
    """Until then posting and collecting raise NoResponder at once."""
    net, operator, mail = await connected_to(own_server)
    await mail.post(1)
    own_server.kill()
    own_server.lose_store()
    own_server.start()
    async with asyncio.timeout(DEADLINE):
        for transport in (operator, mail.france, mail.germany):
            await transport.reconnected(1)
        with pytest.raises(NoResponder):
            await mail.collect()
        with pytest.raises(NoResponder):
            await mail.post(2)
        await operator.ensure_streams(MEMBERS)
        assert await mail.nothing_waits()
        await mail.post(3)
        assert [arrival.subject for arrival in await mail.collect()] == ["i247.msg.DE.urgent.id3.FR"]
    await close_all(net)


@pytest.mark.thorough
async def test_collecting_raises_no_responder_when_its_stream_is_deleted(own_server: NatsServer) -> None:
    """The bureau does not wait for parcels that can never arrive."""
    net, operator, mail = await connected_to(own_server)
    collecting = asyncio.ensure_future(mail.collect(seconds=60))
    await mail.nothing_waits()
    await operator.request("$JS.API.STREAM.DELETE.MESSAGES", Parcel("", b""), timeout=DEADLINE)
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(NoResponder):
            await collecting
    await close_all(net)


@pytest.mark.thorough
async def test_posting_to_a_full_store_raises_not_stored(own_server: NatsServer) -> None:
    """All parcels that were stored before can be collected."""
    own_server.quotas = BrokerQuotas(store_bytes=300_000)
    net, _, mail = await connected_to(own_server)
    posting = [mail.post(number, Parcel("signature", bytes(50_000))) for number in range(20)]
    outcomes = await asyncio.gather(*posting, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {type(None), BrokerRefused}
    assert len(await mail.collect_all(outcomes.count(None))) == outcomes.count(None)
    await close_all(net)


async def configuration_of(operator: Transport, verb: str) -> dict[str, object]:
    """Return the configuration of a stream or consumer."""
    answer = await operator.request(f"$JS.API.{verb}", Parcel("", b""), timeout=DEADLINE)
    configuration: dict[str, object] = json.loads(answer.body)["config"]
    return configuration


async def test_ensure_streams_corrects_deviations_and_keeps_posted_parcels(own_server: NatsServer) -> None:
    """After manual changes; to repeat it is harmless."""
    net, operator, mail = await connected_to(own_server)
    await mail.post()
    right = await configuration_of(operator, "STREAM.INFO.MESSAGES")
    changed = right | {"max_age": 3_600_000_000_000, "allow_direct": True}
    await operator.request("$JS.API.STREAM.UPDATE.MESSAGES", Parcel("", json.dumps(changed).encode()), timeout=DEADLINE)
    await operator.request("$JS.API.CONSUMER.DELETE.MESSAGES.KE-routine", Parcel("", b""), timeout=DEADLINE)
    await operator.request("$JS.API.STREAM.DELETE.OBJ_KE", Parcel("", b""), timeout=DEADLINE)
    for _ in range(2):
        await operator.ensure_streams(MEMBERS)
        assert await configuration_of(operator, "STREAM.INFO.MESSAGES") == right
        consumer = await configuration_of(operator, "CONSUMER.INFO.MESSAGES.KE-routine")
        assert consumer["filter_subject"] == "i247.msg.KE.routine.>"
        assert (await configuration_of(operator, "STREAM.INFO.OBJ_KE"))["subjects"] == ["i247.obj.KE.*.*"]
    assert len(await mail.collect()) == 1
    await close_all(net)


@pytest.mark.thorough
async def test_ensure_streams_handles_more_bureaus_than_one_page_of_a_list(own_server: NatsServer) -> None:
    """JetStream lists streams in pages; existing ones are found on all of them."""
    net = OverNats(own_server)
    own_server.quotas = BrokerQuotas(bucket_bytes=1_000_000)
    operator = await net.connect(BROKER_OPERATOR)
    for count in (150, 300):
        await operator.ensure_streams([f"X{number}" for number in range(count)])
        answer = await operator.request("$JS.API.INFO", Parcel("", b""), timeout=DEADLINE)
        info = json.loads(answer.body)
        assert (info["streams"], info["consumers"]) == (1 + count, 2 * count)
    await close_all(net)


@pytest.mark.thorough
async def test_an_answer_to_a_forged_reply_subject_stays_in_the_account_of_its_bureau(own_server: NatsServer) -> None:
    """A bureau can name any reply subject, but in its own account alone: no other participant sees the answer."""
    net, _, mail = await connected_to(own_server)
    kenya = await net.connect("KE")
    assert isinstance(kenya, NatsTransport)
    await kenya.request("i247.put.x.0.KE", Parcel("signature", b"forged"), timeout=DEADLINE)
    own = posting_subject(message_subject("KE", Lane.URGENT, "id", "KE"))
    for number, (subject, body) in enumerate((("i247.get.KE.x.0.KE", b""), (own, b"x"))):
        for sender in ("FR", "KE"):
            forged = message_subject("DE", Lane.URGENT, f"forged{number}", sender)
            await kenya._client.send(subject, body, reply=forged)
    # It may post the same under its own name.
    assert {arrival.sender for arrival in await mail.collect(seconds=0.3)} <= {"KE"}
    await mail.post()
    assert [arrival.parcel for arrival in await mail.collect()] == [PARCEL]
    await close_all(net)
