"""The relay: which headers and answers it forwards, which messages it refuses, and how many it handles at a time."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from shared.protocol.parcel import Parcel
from shared.transport import DeadlinePassed, NoResponder
from shared.transport.nats import NatsTransport
from shared.transport.subjects import BROKER_OPERATOR, Lane, message_subject, posting_subject
from tests.broker import MEMBERS, NatsServer
from tests.contract.networks import DEADLINE, PARCEL, Mail, OverNats
from tests.system.wire import Party

SUBJECT = posting_subject(message_subject("DE", Lane.URGENT, "id1", "FR"))
QUESTION = Parcel("signature", b"?")
SOON_SECONDS = 2.0
KEPT = {"I247-Signature": "signature", "I247-Key": "key"}


class Members:
    """France and Germany, which can send any message to the broker."""

    def __init__(self, operator: NatsTransport, france: NatsTransport, germany: NatsTransport) -> None:
        self.operator = operator
        self.mail = Mail(france, germany)
        self.reply = germany
        self.france = france._client
        self.germany = germany._client

    async def connections_of_relay(self, server: NatsServer) -> int:
        """Return how many connections the relay has made since the server was started."""
        async with AsyncExitStack() as stack:
            system = await Party(server, stack).connect("system")
            await system.say(
                "SUB _INBOX.system.> 1", "PUB $SYS.REQ.SERVER.PING.CONNZ _INBOX.system.x 11", '{"state":2}'
            )
            connections = json.loads(await system.until("{"))["data"]["connections"]
        return sum(each.get("name") == "relay" for each in connections)


@pytest.fixture
async def members(own_server: NatsServer) -> AsyncIterator[Members]:
    """Yield the members of a server that has its streams."""
    net = OverNats(own_server)
    made = [await net.connect(name) for name in (BROKER_OPERATOR, "FR", "DE")]
    operator, france, germany = [each for each in made if isinstance(each, NatsTransport)]
    await operator.ensure_streams(MEMBERS)
    members = Members(operator, france, germany)
    await members.mail.post()
    assert len(await members.mail.collect()) == 1
    yield members
    for transport in net.opened:
        await transport.close()


@pytest.mark.thorough
@pytest.mark.parametrize(
    "header",
    [
        {"Nats-Msg-Id": "the same"},
        {"Nats-Rollup": "all"},
        {"Nats-Expected-Stream": "other"},
        {"Nats-Expected-Last-Sequence": "77777777"},
        {"Nats-Expected-Last-Subject-Sequence": "7", "Nats-Expected-Last-Subject-Sequence-Subject": "i247.msg.*.*.*.*"},
        {"Nats-TTL": "1s"},
        {"Nats-Schedule": "@at 2030-01-01T00:00:00Z", "Nats-Schedule-Target": "i247.msg.DE.urgent.x.KE"},
        {"I247-Key": "another", "Other": "header"},
    ],
    ids=lambda header: next(iter(header)),
)
async def test_only_the_headers_of_a_parcel_are_forwarded_to_jetstream(
    members: Members, header: dict[str, str]
) -> None:
    """Other headers are neither obeyed nor refused: they are dropped."""
    for _ in range(2):
        answer = await members.france.request(SUBJECT, PARCEL.body, timeout=DEADLINE, headers=header | KEPT)
        assert answer.data == b"{}"
        [arrival] = await members.mail.collect()
        assert arrival.parcel == PARCEL
        await arrival.settle()


async def test_the_sequence_number_of_a_stored_parcel_is_not_returned_to_its_sender(members: Members) -> None:
    """It would reveal how much other participants post."""
    for subject, body in ((SUBJECT, b"x"), ("i247.put.name.0.FR", b"x"), ("i247.put.name.0.FR", b"")):
        assert (await members.france.request(subject, body, timeout=DEADLINE)).data == b"{}"


@pytest.mark.thorough
async def test_a_post_without_a_reply_subject_is_stored(members: Members) -> None:
    """Its sender does not learn that; otherwise it is like any other post."""
    await members.france.publish(SUBJECT, PARCEL.body, headers=KEPT)
    [arrival] = await members.mail.collect()
    assert arrival.parcel == PARCEL


@pytest.mark.thorough
async def test_a_missing_part_of_an_object_is_answered_with_an_empty_message(members: Members) -> None:
    """Whether the bucket exists or not."""
    for owner in ("DE", "XX"):
        answer = await members.france.request(f"i247.get.{owner}.name.0.FR", b"", timeout=DEADLINE)
        assert (answer.data, answer.headers) == (b"", None)


@pytest.mark.thorough
async def test_a_subject_with_wildcards_is_treated_as_nonexistent(members: Members) -> None:
    """JetStream would search a whole bucket for it, and no participant collects what is posted there."""
    assert (await members.germany.request("i247.put.name.0.DE", b"chunk", timeout=DEADLINE)).data == b"{}"
    for subject in ("i247.get.DE.*.*.FR", "i247.get.DE.name.>.FR"):
        assert (await members.france.request(subject, b"", timeout=DEADLINE)).data == b""
    for subject in ("i247.post.*.urgent.id1.FR", "i247.put.*.0.FR"):
        answer = await members.france.request(subject, b"", timeout=DEADLINE)
        assert json.loads(answer.data)["error"]["code"] == 404


UNREADABLE = {
    "a subject that is no UTF-8": b"PUB i247.post.DE.urgent.a\xffb.FR 1\r\nx\r\n",
    "a vertical tab in a subject": b"PUB i247.post.DE.urgent.a\x0bb.FR 1\r\nx\r\n",
    "a form feed in a subject": b"PUB i247.get.DE.a\x0cb.0.FR 1\r\nx\r\n",
    "a subject as long as a line": b"PUB i247.put.%b.0.FR 1\r\nx\r\n" % (b"x" * 980),
    "a status that is no UTF-8": b"HPUB i247.post.DE.urgent.a.FR 17 18\r\nNATS/1.0 \xff\xff\xff\xff\r\n\r\nx\r\n",
    "headers that are none": b"HPUB i247.post.DE.urgent.a.FR 5 6\r\n\xff\r\n\r\nx\r\n",
    "a body larger than any": b"PUB i247.put.x.0.FR 300000\r\n%b\r\n" % bytes(300_000),
}


@pytest.mark.thorough
@pytest.mark.parametrize("line", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_an_unreadable_message_does_not_affect_other_participants(
    members: Members, own_server: NatsServer, line: bytes
) -> None:
    """One such message must neither stop the relay from reading nor close its connection."""
    async with AsyncExitStack() as stack:
        france = await Party(own_server, stack).connect("FR")
        for _ in range(3):
            france.writer.write(line)
            await france.say()
            async with asyncio.timeout(SOON_SECONDS):
                await members.reply.post(message_subject("FR", Lane.URGENT, "id9", "DE"), PARCEL, seconds=DEADLINE)
    assert "control line exceeded" not in own_server.configuration.with_suffix(".log").read_text()
    assert await members.connections_of_relay(own_server) == 1


@pytest.mark.thorough
async def test_a_gateway_keeps_receiving_after_an_unreadable_answer(members: Members, own_server: NatsServer) -> None:
    """A service that sends an unreadable answer affects that answer alone."""
    async with AsyncExitStack() as stack:
        service = await Party(own_server, stack).connect("notices")
        await service.say("SUB i247.req.notices.* 1")
        asking = asyncio.create_task(members.reply.request("i247.req.notices.DE", QUESTION, timeout=SOON_SECONDS))
        reply = (await service.until("HMSG i247.req.notices.DE 1 _R_.")).split()[3].encode()
        service.writer.write(b"HPUB %b 17 18\r\nNATS/1.0 \xff\xff\xff\xff\r\n\r\nx\r\n" % reply)
        await service.say()
        assert (await asking).signature == ""
    async with asyncio.timeout(SOON_SECONDS):
        await members.mail.post(5)
        assert len(await members.mail.collect()) == 1


@pytest.mark.thorough
@pytest.mark.parametrize("address", ["ZZ.urgent", "DE.soon", "nobody.routine"])
async def test_a_post_to_an_unknown_recipient_or_lane_is_refused(members: Members, address: str) -> None:
    answer = await members.france.request(f"i247.post.{address}.id1.FR", b"x", timeout=DEADLINE)
    assert json.loads(answer.data)["error"]["code"] == 404


@pytest.mark.thorough
async def test_a_post_of_a_sender_that_the_stream_excludes_is_refused_at_once(members: Members) -> None:
    """The operator has removed the subjects of the sender from the stream."""
    await members.operator.ensure_streams([code for code in MEMBERS if code != "FR"], [], ["FR"])
    answer = await members.france.request(SUBJECT, b"x", timeout=DEADLINE)
    assert json.loads(answer.data)["error"]["code"] == 404
    with pytest.raises(NoResponder):
        await members.mail.post()


@pytest.mark.thorough
async def test_a_participant_that_reads_in_a_flood_does_not_delay_others(members: Members) -> None:
    """The number of requests under way is limited for each participant; those beyond it get the status 503."""
    answer = await members.germany.request("i247.put.large.0.DE", bytes(128 * 1024), timeout=DEADLINE)
    assert answer.data == b"{}"
    inbox = members.france.new_inbox()
    answers = await members.france.subscribe(f"{inbox}.*")
    for number in range(1_000):
        await members.france.publish("i247.get.DE.large.0.FR", b"", reply=f"{inbox}.{number}")
    await members.mail.post(2)
    refused = 0
    for _ in range(1_000):
        message = await answers.next_msg(timeout=DEADLINE)
        if message.data:
            assert len(message.data) == 128 * 1024
        else:
            assert (message.headers or {})["Status"] == "503"
            refused += 1
    assert refused > 500


@pytest.mark.thorough
async def test_without_a_relay_posting_raises_an_error_or_waits_until_it_is_back(
    members: Members, own_server: NatsServer
) -> None:
    """No parcel is taken for stored; the check of the operator raises NoResponder meanwhile."""
    own_server.kill_relay()
    # The server may not have noticed yet that the relay is gone, or the deadline may pass first.
    with pytest.raises((NoResponder, DeadlinePassed)):
        await members.mail.france.post(message_subject("DE", Lane.URGENT, "id2", "FR"), PARCEL, seconds=1.0)
    with pytest.raises(NoResponder):
        await members.operator.require_relay()
    waiting = asyncio.create_task(members.mail.post(3, Parcel("third", b"")))
    own_server.start_relay()
    await waiting
    assert [arrival.parcel for arrival in await members.mail.collect()] == [Parcel("third", b"")]
    assert await members.operator.require_relay() == []
