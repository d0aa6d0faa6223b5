"""The operator keeps streams and consumers in their required state, and reports deviations; on a real NATS server."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.protocol.parcel import Parcel
from shared.transport import BrokerQuotas, Correction, NoResponder
from shared.transport.nats import NatsTransport, pauses
from shared.transport.subjects import BROKER_OPERATOR, Lane, message_subject
from tests.broker import MEMBERS, TESTER, NatsServer
from tests.contract.networks import DEADLINE, PARCEL, Mail, OverNats

FORMER = ("IT",)


class BrokerSetup:
    """A broker with its streams, its operator, and an intruder with all permissions."""

    def __init__(self, net: OverNats, operator: NatsTransport, intruder: NatsTransport, mail: Mail) -> None:
        self.net = net
        self.operator = operator
        self.mail = mail
        self._intruder = intruder

    async def act(self, verb: str, request: object = None) -> Any:
        """Send a request of the intruder to JetStream, and return the answer. Raises AssertionError if refused."""
        body = b"" if request is None else json.dumps(request).encode()
        answer = json.loads((await self._intruder.request(f"$JS.API.{verb}", Parcel("", body), timeout=DEADLINE)).body)
        assert "error" not in answer, answer
        return answer

    async def state(self) -> dict[str, Any]:
        """Return the configurations of all streams and consumers by their names."""
        streams = {each["config"]["name"]: each["config"] for each in (await self.act("STREAM.LIST"))["streams"]}
        found: dict[str, Any] = dict(streams)
        for stream in streams:
            for each in (await self.act(f"CONSUMER.LIST.{stream}"))["consumers"]:
                found[f"{stream}/{each['config']['name']}"] = {
                    name: value for name, value in each["config"].items() if name != "metadata"
                }
        return found

    async def ensure_streams(self) -> list[Correction]:
        """Check the streams and consumers once."""
        return await self.operator.ensure_streams(MEMBERS, ["notices"], FORMER)


@pytest.fixture
async def broker(own_server: NatsServer) -> AsyncIterator[BrokerSetup]:
    """Yield a broker with the streams of three bureaus and a service."""
    net = OverNats(own_server)
    operator, intruder = await net.connect(BROKER_OPERATOR), await net.connect(TESTER)
    assert isinstance(operator, NatsTransport)
    assert isinstance(intruder, NatsTransport)
    opened = BrokerSetup(net, operator, intruder, Mail(await net.connect("FR"), await net.connect("DE")))
    assert await opened.ensure_streams() == []
    yield opened
    for transport in net.opened:
        await transport.close()


@pytest.mark.thorough
async def test_a_correct_setup_is_left_unchanged(broker: BrokerSetup) -> None:
    """A second check changes and reports nothing, also by an operator that has just started."""
    before = await broker.state()
    assert await broker.ensure_streams() == []
    second = await broker.net.connect(BROKER_OPERATOR)
    assert await second.ensure_streams(MEMBERS, ["notices"], FORMER) == []
    assert await broker.state() == before


HARMFUL: dict[str, dict[str, Any]] = {
    "repeats all mail": {"republish": {"src": ">", "dest": "copy.>"}},
    "is read by anyone": {"allow_direct": True},
    "is kept for an hour": {"max_age": 3_600_000_000_000},
    "is bounded otherwise": {"max_bytes": 1_000_000},
    "has no limit": {"max_msg_size": -1},
    "obeys headers": {"allow_rollup_hdrs": True},
    "hears more": {"subjects": ["i247.msg.>", "other.>"]},
    "hears less": {"subjects": ["i247.msg.DE.>"]},
    "refuses purges": {"deny_purge": True},
    "is sealed": {"sealed": True},
    "is described": {"description": "mine", "metadata": {"owner": "me"}},
    "moves what comes": {"subject_transform": {"src": "i247.msg.*.*.*.*", "dest": "i247.msg.KE.{{wildcard(2)}}.x.FR"}},
}


@pytest.mark.thorough
@pytest.mark.parametrize("change", HARMFUL.values(), ids=HARMFUL.keys())
async def test_a_changed_stream_is_restored(broker: BrokerSetup, change: dict[str, Any]) -> None:
    """Whatever was changed in the stream of messages: it works again, and the change is reported."""
    before = await broker.state()
    await broker.act("STREAM.UPDATE.MESSAGES", before["MESSAGES"] | change)
    # If it can only be recreated, its consumers are lost with it.
    correction, *others = await broker.ensure_streams()
    assert (correction.fault, {each.fault for each in others} - {"consumer-lost"}) == ("stream-changed", set())
    assert all(name in correction.says for name in change if name not in ("max_msg_size", "sealed", "metadata"))
    assert await broker.state() == before
    assert await broker.ensure_streams() == []
    await broker.mail.post()
    assert [arrival.parcel for arrival in await broker.mail.collect()] == [PARCEL]


@pytest.mark.thorough
async def test_an_unknown_stream_is_removed(broker: BrokerSetup) -> None:
    """Whether it copies a bucket or stores other subjects; the bucket of a former bureau is kept."""
    await broker.act("STREAM.CREATE.OBJ_IT", {"name": "OBJ_IT", "subjects": ["i247.obj.IT.*.*"]})
    before = await broker.state()
    await broker.act("STREAM.CREATE.SPY", {"name": "SPY", "mirror": {"name": "OBJ_FR"}})
    await broker.act("STREAM.CREATE.SPY2", {"name": "SPY2", "subjects": ["other.>"]})
    assert {each.fault for each in await broker.ensure_streams()} == {"stream-unknown"}
    assert await broker.state() == before


async def test_the_streams_of_a_suspended_bureau_are_kept_and_raise_no_alarm(broker: BrokerSetup) -> None:
    """The bureau may return, and others still fetch its attachments; only its posts are no longer accepted."""
    before = await broker.state()
    assert await broker.operator.ensure_streams(("FR", "DE"), ["notices"], ("KE", *FORMER)) == []
    after = await broker.state()
    assert set(before["MESSAGES"].pop("subjects")) - set(after["MESSAGES"].pop("subjects")) == {"i247.msg.*.*.*.KE"}
    assert after == before
    assert await broker.operator.ensure_streams(MEMBERS, ["notices"], FORMER) == []
    await flood(broker, 1, 10)


@pytest.mark.thorough
async def test_a_change_of_members_before_an_operator_starts_raises_no_alarm(broker: BrokerSetup) -> None:
    """As when the gateway of the Secretariat is restarted."""
    again = await broker.net.connect(BROKER_OPERATOR)
    assert await again.ensure_streams(("FR", "DE"), ["notices"], ("KE", *FORMER)) == []
    subjects = (await broker.state())["MESSAGES"]["subjects"]
    assert sorted(subjects) == [f"i247.msg.*.*.*.{sender}" for sender in ("DE", "FR", "notices")]


@pytest.mark.thorough
async def test_consumers_are_restored_removed_or_recreated(broker: BrokerSetup) -> None:
    """One that is paused or changed, one that is unknown, one that was deleted."""
    before = await broker.state()
    urgent = before["MESSAGES/DE-urgent"]
    name = "CONSUMER.CREATE.MESSAGES.DE-urgent.i247.msg.DE.urgent.>"
    await broker.act(name, {"stream_name": "MESSAGES", "config": urgent | {"max_ack_pending": 1}, "action": ""})
    await broker.act("CONSUMER.PAUSE.MESSAGES.FR-urgent", {"pause_until": "2100-01-01T00:00:00Z"})
    await broker.act("CONSUMER.DELETE.MESSAGES.KE-routine")
    spy = {"name": "spy", "durable_name": "spy", "filter_subject": "i247.obj.KE.>", "ack_policy": "explicit"}
    await broker.act("CONSUMER.CREATE.OBJ_KE.spy.i247.obj.KE.>", {"stream_name": "OBJ_KE", "config": spy, "action": ""})
    faults = sorted(each.fault for each in await broker.ensure_streams())
    assert faults == ["consumer-changed", "consumer-changed", "consumer-lost", "consumer-unknown"]
    assert await broker.state() == before
    assert await broker.ensure_streams() == []


@pytest.mark.thorough
async def test_lost_streams_are_recreated_and_reported(broker: BrokerSetup) -> None:
    """A lost stream takes its consumers with it; at the first start nothing counts as lost."""
    before = await broker.state()
    await broker.act("STREAM.DELETE.MESSAGES")
    await broker.act("STREAM.DELETE.OBJ_KE")
    faults = [each.fault for each in await broker.ensure_streams()]
    assert (faults.count("stream-lost"), faults.count("consumer-lost")) == (2, 2 * (len(MEMBERS) + 1))
    assert await broker.state() == before


QUOTAS = BrokerQuotas(post_parcels=100, post_bytes=8_000_000, store_bytes=64_000_000)


@pytest.fixture
def bounded(own_server: NatsServer) -> None:
    """Limit each sender to 100 waiting parcels or 8 MB."""
    own_server.quotas = QUOTAS


async def flood(broker: BrokerSetup, count: int, size: int) -> None:
    """Post as Kenya to two bureaus, as fast as possible."""
    kenya = await broker.net.connect("KE")
    body = Parcel("signature", bytes(size))
    posts = (message_subject(("FR", "DE")[number % 2], Lane.ROUTINE, f"id{number}", "KE") for number in range(count))
    await asyncio.gather(*(kenya.post(subject, body, seconds=DEADLINE) for subject in posts))


async def waiting(broker: BrokerSetup, sender: str) -> int:
    """Return how many parcels of a sender wait."""
    info = await broker.act("STREAM.INFO.MESSAGES", {"subjects_filter": f"i247.msg.*.*.*.{sender}"})
    return len(info["state"].get("subjects", {}))


@pytest.mark.thorough
@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize(("count", "size", "left"), [(300, 10, 100), (60, 400_000, 20)], ids=["many", "large"])
async def test_the_waiting_parcels_of_a_sender_are_limited(
    broker: BrokerSetup, count: int, size: int, left: int
) -> None:
    """Beyond its quota of parcels or bytes the oldest are removed; no other sender loses any."""
    await broker.mail.post()
    await flood(broker, count, size)
    [correction] = await broker.operator.bound_posts(MEMBERS)
    assert (correction.fault, correction.about) == ("post-over-quota", "KE")
    assert abs(await waiting(broker, "KE") - left) <= 1
    assert [arrival.parcel for arrival in await broker.mail.collect()] == [PARCEL]
    assert await broker.operator.bound_posts(MEMBERS) == []


@pytest.mark.thorough
@pytest.mark.usefixtures("bounded")
async def test_a_sender_above_its_post_quota_is_paused(broker: BrokerSetup, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its posts raise NoResponder, also after a check of the streams; the next pause is longer. Others can post."""
    monkeypatch.setattr(pauses, "FIRST_SECONDS", 1.0)
    await flood(broker, 300, 10)
    [correction] = await broker.operator.bound_posts(MEMBERS)
    assert correction.says.endswith("and no more are accepted for 1 s")
    assert await broker.ensure_streams() == []
    with pytest.raises(NoResponder):
        await flood(broker, 1, 10)
    await broker.mail.post()
    await asyncio.sleep(1.0)
    assert await broker.operator.bound_posts(MEMBERS) == []
    await flood(broker, 1, 10)
    await flood(broker, 300, 10)
    [correction] = await broker.operator.bound_posts(MEMBERS)
    assert correction.says.endswith("and no more are accepted for 2 s")


@pytest.mark.thorough
@pytest.mark.usefixtures("bounded")
async def test_a_sender_within_its_post_quota_loses_no_parcel(broker: BrokerSetup) -> None:
    """Even if all senders together have more waiting than one may have."""
    await flood(broker, 90, 10)
    for number in range(90):
        await broker.mail.post(number)
    assert await broker.operator.bound_posts(MEMBERS) == []
    assert (await waiting(broker, "KE"), await waiting(broker, "FR")) == (90, 90)
