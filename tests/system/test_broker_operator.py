"""The powers of the broker's operator, or of a holder of one of its NKEYs: see docs/explanation/security.md."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from deploy.broker.nkeys import make_nkey, public_nkey
from shared.protocol.parcel import Parcel
from shared.transport import Arrival, ServiceCard, Transport
from shared.transport.subjects import (
    BROKER_OPERATOR,
    BROKER_RELAY,
    BROKER_SYSTEM,
    RELAY_SUBJECT,
    Lane,
    message_subject,
    object_subject,
    writing_subject,
)
from tests.broker import MEMBERS, NatsServer, another_nats
from tests.system.wire import PATIENCE

FROM_FRANCE = message_subject("DE", Lane.URGENT, "id", "FR")
FORGED = message_subject("DE", Lane.URGENT, "forged", "FR")
SPY = "spy"
LETTER = Parcel("signature", b"sealed letter", "key")
COPIES = {"name": "COPIES", "sources": [{"name": "MESSAGES"}, {"name": "OBJ_FR"}]}
COPIES |= {"republish": {"src": ">", "dest": f"_INBOX.{BROKER_OPERATOR}.copies.>"}}
ORDER = {"name": "ORDER", "subjects": [RELAY_SUBJECT], "republish": {"src": RELAY_SUBJECT, "dest": FORGED}}


class Broker:
    """A broker with its streams, and connections of those who act on it."""

    def __init__(self, server: NatsServer, stack: AsyncExitStack) -> None:
        self.server = server
        self._stack = stack

    async def participant(self, name: str) -> Transport:
        """Return a participant, connected."""
        transport = await self.server.connect(name)
        self._stack.push_async_callback(transport.close)
        return transport

    async def holder(self, name: str) -> Client:
        """Return a connection of an attacker who holds only the NKEY of a user."""
        seed, inbox = self.server.seed(name), f"_INBOX.{name}".encode()
        client = await nats.connect(self.server.url, nkeys_seed_str=seed, inbox_prefix=inbox)
        self._stack.push_async_callback(client.close)
        return client


@pytest.fixture
async def broker(nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[Broker]:
    """Run a separate broker on which the operator has made all streams."""
    with another_nats(nats_server.home, nats_server.directory, tmp_path) as server:
        async with AsyncExitStack() as stack:
            made = Broker(server, stack)
            await (await made.participant(BROKER_OPERATOR)).ensure_streams(MEMBERS)
            yield made


async def ask(client: Client, subject: str, body: Any = None) -> Any:
    """Return the answer of JetStream or of the server."""
    answer = json.loads((await client.request(subject, json.dumps(body or {}).encode(), timeout=PATIENCE)).data)
    assert not answer.get("error"), answer
    return answer


async def subscribed(client: Client, *subjects: str) -> Callable[[bytes], "asyncio.Future[Msg]"]:
    """Subscribe, and return a function that waits for the first message that contains given bytes."""
    messages: list[Msg] = []
    more = asyncio.Event()

    async def note(message: Msg) -> None:
        messages.append(message)
        more.set()

    for subject in subjects:
        await client.subscribe(subject, cb=note)
    await client.flush()

    async def find(content: bytes) -> Msg:
        async with asyncio.timeout(PATIENCE):
            while not (found := [each for each in messages if content in each.data]):
                more.clear()
                await more.wait()
            return found[0]

    return lambda content: asyncio.ensure_future(find(content))


def with_spy(home_nkey: str, text: str) -> str:
    """Return the configuration with one more user of the service notices."""
    configuration = json.loads(text)
    configuration["accounts"]["notices"]["users"].append({"nkey": home_nkey})
    return json.dumps(configuration)


@pytest.mark.thorough
async def test_a_user_added_to_the_configuration_reads_requests_and_answers(broker: Broker) -> None:
    """They are signed and not encrypted; neither the requester nor the service notices."""
    make_nkey(broker.server.home, SPY)
    nkey = public_nkey(broker.server.home.nats_seed(SPY))
    broker.server.reconfigure(partial(with_spy, nkey))
    france, service = await broker.participant("FR"), await broker.participant("notices")

    async def answer(arrival: Arrival) -> None:
        await arrival.reply(Parcel("signed", b"the answer"))

    await service.serve("i247.req.notices.*", answer, senders=["FR"], card=ServiceCard("notices", ""))
    found = await subscribed(await broker.holder(SPY), "i247.req.notices.*", "_R_.>")
    reply = await france.request("i247.req.notices.FR", Parcel("signed", b"the question"), timeout=PATIENCE)
    assert reply.body == b"the answer"
    assert (await found(b"the question")).subject == "i247.req.notices.FR"
    assert await found(b"the answer")
    broker.server.home.nats_seed(SPY).unlink()


@pytest.mark.thorough
async def test_the_operators_nkey_copies_parcels_and_posts_under_any_name(broker: Broker) -> None:
    """By streams that it creates. All parcels are sealed and signed; each stream raises an alarm."""
    france, germany = await broker.participant("FR"), await broker.participant("DE")
    await france.post(FROM_FRANCE, LETTER, seconds=PATIENCE)
    await (await broker.holder("FR")).request(writing_subject("x", 0, "FR"), b"sealed chunk", timeout=PATIENCE)
    thief = await broker.holder(BROKER_OPERATOR)
    found = await subscribed(thief, f"_INBOX.{BROKER_OPERATOR}.copies.>")
    await ask(thief, "$JS.API.STREAM.CREATE.COPIES", COPIES)
    assert (await found(LETTER.body)).subject.endswith(FROM_FRANCE)
    assert await found(b"sealed chunk")
    await ask(thief, "$JS.API.STREAM.CREATE.ORDER", ORDER)
    await thief.publish(RELAY_SUBJECT, b"forged")
    arrivals = [await collected(germany), await collected(germany)]
    assert {each.subject for each in arrivals} == {FROM_FRANCE, FORGED}
    operator = await broker.participant(BROKER_OPERATOR)
    corrections = await operator.ensure_streams(MEMBERS)
    assert {(each.fault, each.about) for each in corrections} == {
        ("stream-unknown", "COPIES"),
        ("stream-unknown", "ORDER"),
    }


@pytest.mark.thorough
async def test_a_stream_removed_before_the_next_check_is_not_detected(broker: Broker) -> None:
    """The gateway of the Secretariat checks every five seconds."""
    operator, thief = await broker.participant(BROKER_OPERATOR), await broker.holder(BROKER_OPERATOR)
    assert await operator.ensure_streams(MEMBERS) == []
    await ask(thief, "$JS.API.STREAM.CREATE.COPIES", COPIES)
    await ask(thief, "$JS.API.STREAM.DELETE.COPIES")
    assert await operator.ensure_streams(MEMBERS) == []


async def test_the_operators_nkey_reads_and_purges_posted_parcels(broker: Broker) -> None:
    """The parcels are sealed; purged ones are sent again, as their senders hold no receipt."""
    france, germany = await broker.participant("FR"), await broker.participant("DE")
    thief = await broker.holder(BROKER_OPERATOR)
    await france.post(FROM_FRANCE, LETTER, seconds=PATIENCE)
    assert "message" in await ask(thief, "$JS.API.STREAM.MSG.GET.MESSAGES", {"last_by_subj": FROM_FRANCE})
    await ask(thief, "$JS.API.STREAM.PURGE.MESSAGES")
    await france.post(FROM_FRANCE, LETTER, seconds=PATIENCE)
    assert (await collected(germany)).parcel == LETTER


@pytest.mark.thorough
async def test_a_bureaus_nkey_takes_its_messages_until_they_are_resent(broker: Broker) -> None:
    """They are sealed. The sender resends for lack of a receipt, which the NKEY cannot sign."""
    france, germany = await broker.participant("FR"), await broker.participant("DE")
    await france.post(FROM_FRANCE, LETTER, seconds=PATIENCE)
    thief = await broker.holder("DE")
    inbox = await thief.subscribe(thief.new_inbox())
    await thief.publish("$JS.API.CONSUMER.MSG.NEXT.MESSAGES.DE-urgent", b"1", reply=inbox.subject)
    taken = await inbox.next_msg(PATIENCE)
    assert taken.data == LETTER.body
    await thief.publish(taken.reply, b"+ACK")
    await thief.flush()
    assert await germany.collect(Lane.URGENT, limit=1, seconds=0.2) == []
    await france.post(FROM_FRANCE, LETTER, seconds=PATIENCE)
    assert (await collected(germany)).parcel == LETTER


@pytest.mark.thorough
async def test_the_relays_nkey_replaces_parcels_and_reads_attachments(broker: Broker) -> None:
    """The recipient is handed a forgery that no key of the sender signed; resent, the genuine parcel arrives."""
    france, germany = await broker.participant("FR"), await broker.participant("DE")
    thief = await broker.holder(BROKER_RELAY)
    await france.post(FROM_FRANCE, LETTER, seconds=PATIENCE)
    await ask(thief, FROM_FRANCE, "forged")
    assert (await collected(germany)).parcel.body == b'"forged"'
    await france.post(FROM_FRANCE, LETTER, seconds=PATIENCE)
    assert (await collected(germany)).parcel == LETTER
    await (await broker.holder("FR")).request(writing_subject("x", 0, "FR"), b"sealed chunk", timeout=PATIENCE)
    read = await thief.request(f"$JS.API.DIRECT.GET.OBJ_FR.{object_subject('FR', 'x', 0)}", b"", timeout=PATIENCE)
    assert read.data == b"sealed chunk"


@pytest.mark.thorough
async def test_the_relays_nkey_confirms_posts_that_are_not_stored(broker: Broker) -> None:
    """The sender gets no receipt of the recipient, and so resends."""
    france, thief = await broker.participant("FR"), await broker.holder(BROKER_RELAY)
    broker.server.kill_relay()

    async def pretend(message: Msg) -> None:
        await message.respond(b"{}")

    await thief.subscribe("i247.post.*.*.*.*", cb=pretend)
    await thief.flush()
    await france.post(FROM_FRANCE, LETTER, seconds=PATIENCE)
    operator = await broker.holder(BROKER_OPERATOR)
    assert (await ask(operator, "$JS.API.STREAM.INFO.MESSAGES"))["state"]["messages"] == 0
    broker.server.start_relay()


@pytest.mark.thorough
async def test_the_system_users_nkey_lists_and_closes_connections(broker: Broker) -> None:
    """It sees the subjects that each connection subscribes to, and receives no message on them."""
    kenya, thief = await broker.holder("KE"), await broker.holder(BROKER_SYSTEM)
    everything = await thief.subscribe(">")
    await thief.flush()
    await (await broker.participant("FR")).post(FROM_FRANCE, LETTER, seconds=PATIENCE)
    ended = asyncio.Event()
    kenya.options["allow_reconnect"] = False
    kenya._closed_cb = _setting(ended)  # type: ignore[assignment]  # nats-py takes it at the start alone
    listed = await ask(thief, "$SYS.REQ.SERVER.PING.CONNZ", {"subscriptions": True, "auth": True})
    [mine] = [each for each in listed["data"]["connections"] if each["account"] == "KE"]
    await ask(thief, f"$SYS.REQ.SERVER.{listed['server']['id']}.KICK", {"cid": mine["cid"]})
    async with asyncio.timeout(PATIENCE):
        await ended.wait()
    events = [await everything.next_msg(PATIENCE) for _ in range(everything.pending_msgs)]
    assert any(each.subject.startswith("$SYS.ACCOUNT.KE.") for each in events)
    assert not [each for each in events if LETTER.body in each.data or each.subject.startswith("i247.")]


def _setting(event: asyncio.Event) -> Callable[[], Any]:
    async def set_event() -> None:
        event.set()

    return set_event


async def collected(recipient: Transport) -> Any:
    """Return the next parcel of a recipient, and settle it."""
    [arrival] = await recipient.collect(Lane.URGENT, limit=1, seconds=PATIENCE)
    await arrival.settle()
    return arrival
