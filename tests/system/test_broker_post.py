"""A real broker lets a bureau post, collect its own parcels and store objects, and affect nothing of others.

Tested in the raw protocol, as an attacker need not use a client library.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from shared.protocol.parcel import Parcel
from shared.transport import Transport
from shared.transport.subjects import BROKER_OPERATOR, Lane, message_subject, posting_subject
from tests.broker import MEMBERS, NatsServer, another_nats
from tests.system.wire import DENIED_PUBLISH, PATIENCE, Party, Wire

FROM_FRANCE = message_subject("DE", Lane.URGENT, "id", "FR")
PARCEL = Parcel("signature", b"body", "key")
NEXT, GET = "$JS.API.CONSUMER.MSG.NEXT.MESSAGES", "$JS.API.DIRECT.GET"
DENIED_REPLY = "-ERR 'Permissions Violation for Publish with Reply of"


class BrokerWithPost:
    """A broker on which France has posted to Germany, and raw connections of participants."""

    def __init__(self, party: Party, france: Transport, germany: Transport) -> None:
        self.party = party
        self.france = france
        self.germany = germany

    async def wire(self, name: str) -> Wire:
        """Return a raw connection of a participant that is subscribed to its inbox."""
        wire = await self.party.connect(name)
        await wire.say(f"SUB _INBOX.{name}.> 1")
        return wire

    async def is_untouched(self, *additional: str) -> None:
        """Check that the stream holds only what France posted and `additional`, and that Germany gets it unchanged."""
        operator = await self.wire(BROKER_OPERATOR)
        state = (await ask(operator, BROKER_OPERATOR, "$JS.API.STREAM.INFO.MESSAGES", '{"subjects_filter": ">"}'))[
            "state"
        ]
        assert state["subjects"] == dict.fromkeys([FROM_FRANCE, *additional], 1)
        arrival, *others = await self.germany.collect(Lane.URGENT, limit=10, seconds=PATIENCE)
        assert [other.subject for other in others] == list(additional)
        assert (arrival.parcel, arrival.attempt) == (Parcel("signature", b"body", "key"), 1)


async def ask(wire: Wire, name: str, subject: str, body: str = "{}") -> dict[str, Any]:
    """Send a request to JetStream and return its answer."""
    await wire.say(f"PUB {subject} _INBOX.{name}.answer {len(body)}", body)
    # With headers or without.
    async with asyncio.timeout(PATIENCE):
        while not any(f"MSG _INBOX.{name}.answer " in line for line in wire.heard):
            await wire.say()
    wire.heard = [line for line in wire.heard if f"MSG _INBOX.{name}.answer " not in line]
    answer: dict[str, Any] = json.loads(await wire.until("{"))
    return answer


@pytest.fixture
async def broker(nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[BrokerWithPost]:
    """Run a broker with its streams and a message that waits for Germany."""
    with another_nats(nats_server.home, nats_server.directory, tmp_path) as server:
        async with AsyncExitStack() as stack:
            transports = [await server.connect(name) for name in (BROKER_OPERATOR, "FR", "DE")]
            for transport in transports:
                stack.push_async_callback(transport.close)
            operator, france, germany = transports
            await operator.ensure_streams(MEMBERS)
            await france.post(FROM_FRANCE, Parcel("signature", b"body", "key"), seconds=PATIENCE)
            yield BrokerWithPost(Party(server, stack), france, germany)


@pytest.mark.thorough
async def test_a_bureau_may_post_and_collect_its_own_parcels(broker: BrokerWithPost) -> None:
    """Control for the refusals: what a bureau needs is allowed."""
    kenya = await broker.wire("KE")
    for subject in ("i247.post.KE.urgent.x.KE", "i247.post.DE.routine.y.KE"):
        assert await ask(kenya, "KE", subject) == {}
    await kenya.say(f"PUB {NEXT}.KE-urgent _INBOX.KE.2 1", "1")
    _, subject, _, acknowledge, *_ = (await kenya.until("HMSG i247.msg.KE")).split()
    assert subject == "i247.msg.KE.urgent.x.KE"
    assert [line for line in await kenya.say(f"PUB {acknowledge} 4", "+ACK") if line.startswith("-ERR")] == []


@pytest.mark.thorough
async def test_a_bureau_may_store_objects_and_read_those_of_others(broker: BrokerWithPost) -> None:
    """It writes its own, and reads those of others by name."""
    kenya, germany = await broker.wire("KE"), await broker.wire("DE")
    assert await ask(kenya, "KE", "i247.put.x.0.KE", '{"chunk": 1}') == {}
    assert await ask(germany, "DE", "i247.get.KE.x.0.DE") == {"chunk": 1}


@pytest.mark.thorough
@pytest.mark.parametrize("wanted", ['{"seq": 1, "batch": 9, "next_by_subj": "i247.obj.>"}', '{"multi_last": [">"]}'])
async def test_a_read_request_returns_at_most_one_chunk(broker: BrokerWithPost, wanted: str) -> None:
    """A few small requests that return a whole bucket each would fill the memory of the broker."""
    kenya, germany = await broker.wire("KE"), await broker.wire("DE")
    await ask(kenya, "KE", "i247.put.x.0.KE", '{"chunk": 1}')
    for subject in (f"{GET}.OBJ_KE", f"{GET}.OBJ_KE.i247.obj.KE.x.0"):
        (refused,) = await germany.say(f"PUB {subject} _INBOX.DE.1 {len(wanted)}", wanted)
        assert refused.startswith(DENIED_PUBLISH)
    # The relay does not forward the body of a request.
    assert await ask(germany, "DE", "i247.get.KE.x.0.DE", wanted) == {"chunk": 1}


@pytest.mark.thorough
async def test_a_bureau_can_neither_take_nor_remove_parcels_of_others(broker: BrokerWithPost) -> None:
    """No order of Kenya to JetStream affects what France posted to Germany."""
    kenya = await broker.wire("KE")
    attempts = [
        *(f"{NEXT}.DE-{lane}" for lane in Lane),
        *(f"$JS.ACK.MESSAGES.DE-urgent.1.{sequence}.1.1.0" for sequence in (0, 1, 2)),
        *(f"$JS.API.STREAM.{verb}.MESSAGES" for verb in ("PURGE", "DELETE", "UPDATE", "MSG.GET", "MSG.DELETE")),
        f"{GET}.MESSAGES",
        f"{GET}.MESSAGES.{FROM_FRANCE}",
        f"{GET}.MESSAGES.i247.obj.KE.x.0",
        "$JS.API.CONSUMER.CREATE.MESSAGES.spy.i247.msg.DE.urgent.>",
        "$JS.API.CONSUMER.DELETE.MESSAGES.DE-urgent",
        FROM_FRANCE,
        posting_subject(FROM_FRANCE),
    ]
    for subject in attempts:
        (refused,) = await kenya.say(f"PUB {subject} _INBOX.KE.1 2", "{}")
        assert refused.startswith(DENIED_PUBLISH)
    assert not any(line.startswith(("MSG", "HMSG")) for line in kenya.heard)
    await broker.is_untouched()


@pytest.mark.thorough
async def test_a_bureau_can_neither_write_nor_remove_objects_of_others(broker: BrokerWithPost) -> None:
    kenya, france = await broker.wire("KE"), await broker.wire("FR")
    await ask(france, "FR", "i247.put.x.0.FR", '{"of": "FR"}')
    for subject in ("i247.put.x.0.FR", "i247.obj.FR.x.0", "$JS.API.STREAM.PURGE.OBJ_FR"):
        (refused,) = await kenya.say(f"PUB {subject} _INBOX.KE.1 2", "{}")
        assert refused.startswith(DENIED_PUBLISH)
    assert await ask(france, "FR", "i247.get.FR.x.0.FR") == {"of": "FR"}


@pytest.mark.thorough
@pytest.mark.parametrize("question", [f"{NEXT}.KE-urgent", "i247.get.KE.x.0.KE", "i247.post.KE.urgent.y.KE"])
async def test_an_answer_of_the_broker_does_not_acknowledge_parcels_of_others(
    broker: BrokerWithPost, question: str
) -> None:
    """Kenya names an acknowledgement subject of Germany as its reply subject."""
    kenya = await broker.wire("KE")
    (taken,) = await broker.germany.collect(Lane.URGENT, limit=1, seconds=PATIENCE)
    await kenya.say(f"PUB {question} $JS.ACK.MESSAGES.DE-urgent.1.1.1.1.0 2", "{}")
    await taken.postpone(0)
    (again,) = await broker.germany.collect(Lane.URGENT, limit=1, seconds=PATIENCE)
    assert (again.subject, again.attempt) == (FROM_FRANCE, 2)


@pytest.mark.thorough
async def test_a_pulled_parcel_is_not_delivered_to_another_bureau(broker: BrokerWithPost) -> None:
    """Kenya names a message subject of Germany as its reply subject."""
    kenya, operator = await broker.wire("KE"), await broker.wire(BROKER_OPERATOR)
    await ask(kenya, "KE", "i247.post.KE.urgent.x.KE", '{"forged": 1}')
    await kenya.say(f"PUB {NEXT}.KE-urgent i247.msg.DE.urgent.forged.FR 1", "1")
    state = (await ask(operator, BROKER_OPERATOR, "$JS.API.STREAM.INFO.MESSAGES", '{"subjects_filter": ">"}'))["state"]
    assert set(state["subjects"]) == {FROM_FRANCE, "i247.msg.KE.urgent.x.KE"}


async def test_a_recipient_learns_the_total_number_of_posted_parcels(broker: BrokerWithPost) -> None:
    """The acknowledgement subject has the sequence number of the stream, which counts the parcels of all."""
    kenya = await broker.wire("KE")

    async def collected(message_id: str) -> int:
        assert await ask(kenya, "KE", f"i247.post.KE.urgent.{message_id}.KE") == {}
        await kenya.say(f"PUB {NEXT}.KE-urgent _INBOX.KE.2 1", "1")
        _, _, _, settle, *_ = (await kenya.until("HMSG i247.msg.KE")).split()
        await kenya.say(f"PUB {settle} 4", "+ACK")
        return int(settle.split(".")[5])

    before = await collected("x")
    for number in range(3):
        await broker.france.post(message_subject("DE", Lane.URGENT, f"more-{number}", "FR"), PARCEL, seconds=PATIENCE)
    assert await collected("y") == before + 3 + 1


@pytest.mark.thorough
@pytest.mark.parametrize(
    "header",
    [
        "Nats-Rollup: all",
        "Nats-Rollup: sub",
        "Nats-TTL: 1s",
        "Nats-Schedule: @every 1s\r\nNats-Schedule-Target: i247.msg.DE.urgent.id.FR",
        "Nats-Batch-Id: 1\r\nNats-Batch-Sequence: 1",
        "Nats-Incr: +1",
    ],
)
async def test_jetstream_headers_of_a_parcel_are_not_carried_out(broker: BrokerWithPost, header: str) -> None:
    """JetStream would purge the stream or publish on another subject."""
    kenya = await broker.wire("KE")
    headers = f"NATS/1.0\r\n{header}\r\n\r\n"
    size = len(headers)
    await kenya.say(f"HPUB i247.post.DE.urgent.x.KE _INBOX.KE.answer {size} {size + 1}", f"{headers}x")
    await kenya.until("MSG _INBOX.KE.answer ")
    assert await kenya.until("{") == "{}"
    await broker.is_untouched("i247.msg.DE.urgent.x.KE")


@pytest.mark.thorough
async def test_the_secretariat_has_no_administrative_rights_on_the_broker(broker: BrokerWithPost) -> None:
    """The operator administers streams and consumers, and takes no part in the exchange."""
    secretariat = await broker.wire("IPSG")
    attempts = [
        "$JS.API.STREAM.LIST",
        *(f"$JS.API.STREAM.{verb}.MESSAGES" for verb in ("CREATE", "UPDATE", "PURGE", "DELETE", "MSG.GET")),
        *(f"$JS.API.STREAM.{verb}.OBJ_FR" for verb in ("UPDATE", "PURGE", "DELETE", "SNAPSHOT", "MSG.GET")),
        f"{GET}.MESSAGES",
        f"{GET}.MESSAGES.{FROM_FRANCE}",
        f"{GET}.MESSAGES.i247.obj.KE.x.0",
        "$JS.API.CONSUMER.CREATE.MESSAGES.spy.i247.msg.DE.urgent.>",
        "$JS.API.CONSUMER.DELETE.MESSAGES.DE-urgent",
        f"{NEXT}.DE-urgent",
        "$JS.ACK.MESSAGES.DE-urgent.1.1.1.1.0",
        "i247.put.x.0.FR",
        FROM_FRANCE,
        posting_subject(FROM_FRANCE),
    ]
    for subject in attempts:
        (refused,) = await secretariat.say(f"PUB {subject} _INBOX.IPSG.1 2", "{}")
        assert refused.startswith(DENIED_PUBLISH)
    await broker.is_untouched()


@pytest.mark.thorough
async def test_the_operator_administers_streams_but_can_neither_read_nor_post_parcels(broker: BrokerWithPost) -> None:
    """Not directly; test_broker_operator shows what it reaches by making streams."""
    operator = await broker.wire(BROKER_OPERATOR)
    assert (await ask(operator, BROKER_OPERATOR, "$JS.API.STREAM.LIST"))["total"] == 1 + len(MEMBERS)
    attempts = [
        *(f"$JS.API.STREAM.{verb}.MESSAGES" for verb in ("SNAPSHOT", "MSG.DELETE")),
        *(f"$JS.API.STREAM.{verb}.OBJ_FR" for verb in ("PURGE", "SNAPSHOT", "MSG.GET", "MSG.DELETE")),
        f"{GET}.OBJ_FR",
        f"{GET}.OBJ_FR.i247.obj.FR.x.0",
        "$JS.API.CONSUMER.CREATE.MESSAGES",
        "$JS.API.CONSUMER.CREATE.OBJ_FR.spy",
        f"{NEXT}.DE-urgent",
        "$JS.ACK.MESSAGES.DE-urgent.1.1.1.1.0",
        "i247.put.x.0.FR",
        "i247.obj.FR.x.0",
        FROM_FRANCE,
        posting_subject(FROM_FRANCE),
        "i247.req.notices.FR",
    ]
    for subject in attempts:
        (refused,) = await operator.say(f"PUB {subject} _INBOX.operator.1 2", "{}")
        assert refused.startswith(DENIED_PUBLISH)
    await broker.is_untouched()


@pytest.mark.thorough
async def test_a_second_consumer_for_the_messages_of_a_bureau_is_refused(broker: BrokerWithPost) -> None:
    """The operator can neither create one nor redirect the consumer of a bureau."""
    operator = await broker.wire(BROKER_OPERATOR)
    everything = {"filter_subject": "i247.msg.>", "ack_policy": "explicit"}
    turned = {"durable_name": "DE-urgent", "filter_subject": "i247.msg.DE.urgent.>", "ack_policy": "explicit"}
    for name, configuration in (("spy", everything), ("DE-urgent", turned | {"deliver_subject": "_INBOX.operator.x"})):
        request = json.dumps({"stream_name": "MESSAGES", "config": configuration, "action": ""})
        subject = f"$JS.API.CONSUMER.CREATE.MESSAGES.{name}.{configuration['filter_subject']}"
        assert "error" in await ask(operator, BROKER_OPERATOR, subject, request)
    await broker.is_untouched()
