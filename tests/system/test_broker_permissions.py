"""A real broker with the mesh's configuration allows each user its own subjects and no others.

Tested in the raw protocol, as an attacker need not use a client library.
"""

import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from deploy.broker.nkeys import administrators
from deploy.broker.server_configuration import Listener, server_configuration
from shared.crypto.ed25519 import SigningKey
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import sign_entry
from shared.protocol.parcel import Parcel
from shared.transport import Arrival, ServiceCard
from shared.transport.subjects import BROKER_OPERATOR, request_subject
from tests.broker import NatsServer, another_nats
from tests.system.wire import DENIED_PUBLISH, DENIED_SUBSCRIBE, NOT_ADMITTED, PATIENCE, Party, Wire, credentials


@pytest.fixture
async def party(nats_server: NatsServer) -> AsyncIterator[Party]:
    """Open connections to the broker of the test run, and close them afterwards."""
    async with AsyncExitStack() as stack:
        yield Party(nats_server, stack)


FORBIDDEN_TO_PUBLISH = (
    "i247.req.notices.FR",
    "i247.req.notices.IPSG",
    "i247.req.notices",
    "i247.req.notices.KE.FR",
    "i247.post.DE.FR",
    "i247.post.DE.KE",
    "i247.post.DE.urgent.id.FR",
    "i247.post.DE.urgent.id.KE.FR",
    "i247.post.DE.urgent.id.x.KE",
    "i247.post.FR.urgent.KE.id",
    "i247.post.DE.urgent.id.notices",
    "i247.msg.DE.urgent.id.KE",
    "i247.relay",
    "_INBOX.FR.x",
    "_INBOX.KE.x",
    "i247.directory.changes",
    "i247.directory.other",
    "$JS.API.INFO",
    "$JS.API.CONSUMER.CREATE.MESSAGES",
    "$JS.API.CONSUMER.CREATE.MESSAGES.x",
    "$JS.API.CONSUMER.CREATE.MESSAGES.KE-urgent.i247.msg.FR.urgent.>",
    "$JS.API.CONSUMER.DURABLE.CREATE.MESSAGES.KE-urgent",
    "$JS.API.CONSUMER.INFO.MESSAGES.FR-urgent",
    "$JS.API.CONSUMER.LIST.MESSAGES",
    "$JS.API.CONSUMER.NAMES.MESSAGES",
    "$JS.API.CONSUMER.DELETE.MESSAGES.FR-urgent",
    "$JS.API.CONSUMER.DELETE.MESSAGES.KE-urgent",
    "$JS.API.CONSUMER.PAUSE.MESSAGES.FR-urgent",
    "$JS.API.CONSUMER.RESET.MESSAGES.FR-urgent",
    "$JS.API.CONSUMER.MSG.NEXT.MESSAGES.FR-urgent",
    "$JS.API.CONSUMER.MSG.NEXT.MESSAGES.FR-routine",
    "$JS.API.CONSUMER.MSG.NEXT.MESSAGES.KE-urgent.x",
    "$JS.API.CONSUMER.MSG.NEXT.MESSAGES.notices-urgent",
    "$JS.API.CONSUMER.MSG.NEXT.MESSAGES.KE",
    "$JS.API.CONSUMER.MSG.NEXT.OBJ_KE.KE-urgent",
    "$JS.API.CONSUMER.CREATE.OBJ_FR",
    "$JS.API.CONSUMER.CREATE.OBJ_KE",
    "$JS.API.CONSUMER.CREATE.OBJ_KE.x.i247.obj.KE.>",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.CREATE.KE",
    "$JS.API.STREAM.INFO.MESSAGES",
    "$JS.API.STREAM.UPDATE.MESSAGES",
    "$JS.API.STREAM.PURGE.MESSAGES",
    "$JS.API.STREAM.DELETE.MESSAGES",
    "$JS.API.STREAM.SNAPSHOT.MESSAGES",
    "$JS.API.STREAM.MSG.GET.MESSAGES",
    "$JS.API.STREAM.MSG.DELETE.MESSAGES",
    "$JS.API.DIRECT.GET.MESSAGES",
    "$JS.API.DIRECT.GET.MESSAGES.i247.msg.FR.urgent.id.DE",
    "$JS.API.STREAM.UPDATE.OBJ_KE",
    "$JS.API.STREAM.DELETE.OBJ_KE",
    "$JS.API.STREAM.PURGE.OBJ_FR",
    "$JS.API.STREAM.DELETE.OBJ_FR",
    "$JS.API.STREAM.MSG.GET.OBJ_FR",
    "$JS.API.STREAM.MSG.DELETE.OBJ_FR",
    "$JS.API.DIRECT.GET.OBJ_FR",
    "$JS.API.DIRECT.GET.OBJ_KE.i247.obj.KE.x.0",
    "i247.obj.KE.x.0",
    "i247.put.x.0.FR",
    "i247.put.x.KE",
    "i247.put.x.0.y.KE",
    "i247.get.KE.x.0.FR",
    "i247.get.KE.x.KE",
    "$JS.ACK.MESSAGES.FR-urgent.1.1.1.1.1",
    "$JS.ACK.MESSAGES.FR-routine.1.1.1.1.1",
    "$JS.ACK.MESSAGES.notices-urgent.1.1.1.1.1",
    "$JS.ACK.OBJ_KE.KE-urgent.1.1.1.1.1",
    "$JS.FC.MESSAGES.x",
    "$SRV.PING",
    "$SYS.REQ.SERVER.PING",
    "anything.else",
)
FORBIDDEN_TO_SUBSCRIBE = (
    "i247.req.notices.*",
    "i247.req.notices.KE",
    "i247.req.notices.FR",
    "i247.req.>",
    "i247.>",
    "i247.msg.>",
    "i247.msg.KE.>",
    "i247.msg.KE.urgent.*.*",
    "i247.msg.*.*.*.KE",
    "i247.post.>",
    "i247.post.*.*.*.KE",
    "i247.obj.KE.>",
    "i247.put.*.*.KE",
    "i247.get.*.*.*.KE",
    "i247.relay",
    "_INBOX.FR.>",
    "_INBOX.FR.x",
    "_INBOX.*.x",
    "_INBOX.>",
    "i247.directory",
    "i247.directory.>",
    "$SRV.>",
    "$SRV.PING",
    "$JS.>",
    "$JS.API.STREAM.CREATE.*",
    "$SYS.>",
    "*",
    ">",
)


@pytest.mark.parametrize("subject", FORBIDDEN_TO_PUBLISH)
async def test_a_bureau_publishing_to_subjects_of_others_is_refused(party: Party, subject: str) -> None:
    """As another participant, to another's inbox, or to administer the broker."""
    kenya = await party.connect("KE")
    (refused,) = await kenya.say(f"PUB {subject} _INBOX.KE.1 2", "{}")
    assert refused.startswith(DENIED_PUBLISH)


@pytest.mark.parametrize("group", ["", "notices "], ids=["alone", "in a group"])
@pytest.mark.parametrize("subject", FORBIDDEN_TO_SUBSCRIBE)
async def test_a_bureau_subscribing_to_subjects_of_others_is_refused(party: Party, subject: str, group: str) -> None:
    """To requests, others' inboxes or everything, alone or in a queue group."""
    kenya = await party.connect("KE")
    (refused,) = await kenya.say(f"SUB {subject} {group}1")
    assert refused.startswith(DENIED_SUBSCRIBE)


async def test_each_refusal_is_logged_by_the_broker_with_the_nkey(party: Party) -> None:
    """A participant that causes refusals at full speed fills the log, but not anonymously."""
    kenya, log = await party.connect("KE"), party.server.configuration.with_suffix(".log")
    nkey = credentials(party.server.seed("KE"), "")["nkey"]
    refused = await kenya.say(*(f"SUB _INBOX.FR.{number} {number}" for number in range(100)))
    assert len(refused) == 100
    lines = [line for line in log.read_text().splitlines() if "_INBOX.FR." in line and "Violation" in line]
    assert len([line for line in lines if nkey in line]) >= 100


async def test_a_bureau_may_send_requests_and_receive_answers_and_changes(party: Party) -> None:
    """Control for the refusals: what a bureau needs is allowed."""
    kenya = await party.connect("KE")
    allowed = [f"PUB i247.req.{service}.KE _INBOX.KE.1 0\r\n" for service in ("notices", "fingerprints", "future")]
    fetch = "PUB i247.directory.fetch.KE 0\r\n"
    replies = await kenya.say("SUB _INBOX.KE.> 1", "SUB i247.directory.changes 2", fetch, *allowed)
    assert [line for line in replies if line.startswith("-ERR")] == []


async def asked(service: Wire) -> str:
    """Wait for a request of France, and return its reply subject on the broker."""
    line = await service.until("HMSG i247.req.notices.FR 1 _R_.")
    return line.split()[3]


async def test_a_refused_subscription_receives_no_messages(party: Party) -> None:
    """Requests and answers reach their recipients though another participant tried to share them."""
    kenya, france, service = [await party.connect(name) for name in ("KE", "FR", "notices")]
    await france.say("SUB _INBOX.FR.> 1")
    await service.say("SUB i247.req.notices.* notices 1")
    await kenya.say("SUB i247.req.notices.* notices 1", "SUB _INBOX.FR.> 2")
    for turn in range(10):
        await france.say(f"PUB i247.req.notices.FR _INBOX.FR.{turn} 1", "?")
        await service.say(f"PUB {await asked(service)} 1", "!")
        await france.until(f"MSG _INBOX.FR.{turn} 1 1")
    assert not any(line.startswith("MSG") for line in kenya.heard)


@pytest.mark.parametrize(
    "subject",
    [
        "i247.req.fingerprints.FR",
        "i247.req.fingerprints.notices",
        "i247.directory.changes",
        "_INBOX.FR.x",
        "$JS.API.INFO",
        "$SRV.PING",
        "i247.post.FR.urgent.id.DE",
        "i247.post.FR.urgent.id.fingerprints",
        "i247.post.FR.notices",
        "i247.msg.FR.urgent.id.notices",
        "$JS.API.CONSUMER.MSG.NEXT.MESSAGES.fingerprints-urgent",
        "$JS.API.CONSUMER.MSG.NEXT.MESSAGES.FR-urgent",
        "$JS.API.CONSUMER.CREATE.MESSAGES.notices-urgent.i247.msg.FR.urgent.>",
        "$JS.ACK.MESSAGES.FR-urgent.1.1.1.1.1",
        "$JS.API.DIRECT.GET.MESSAGES",
        "$JS.API.STREAM.CREATE.OBJ_notices",
        "i247.get.FR.x.0.notices",
        "i247.put.x.0.notices",
    ],
)
async def test_a_service_publishing_without_a_request_is_refused(party: Party, subject: str) -> None:
    """It can neither send requests, nor answer where it was not asked, nor post or collect as another."""
    service = await party.connect("notices")
    (refused,) = await service.say(f"PUB {subject} _INBOX.notices.1 2", "{}")
    assert refused.startswith(DENIED_PUBLISH)


@pytest.mark.parametrize(
    "subject", ["i247.req.fingerprints.*", "i247.req.fingerprints.FR", "i247.req.>", "_INBOX.FR.>", "_INBOX.>", ">"]
)
async def test_a_service_subscribing_to_subjects_of_others_is_refused(party: Party, subject: str) -> None:
    """To requests of another service, or to inboxes of bureaus."""
    service = await party.connect("notices")
    (refused,) = await service.say(f"SUB {subject} 1")
    assert refused.startswith(DENIED_SUBSCRIBE)


async def test_a_service_may_post_and_collect_under_its_own_name(party: Party) -> None:
    """Control for the refusals: it posts to any bureau and collects its own messages."""
    service = await party.connect("notices")
    collected = [f"$JS.API.CONSUMER.MSG.NEXT.MESSAGES.notices-{lane}" for lane in ("urgent", "routine")]
    settled = [f"$JS.ACK.MESSAGES.notices-{lane}.1.1.1.1.1" for lane in ("urgent", "routine")]
    for subject in ("i247.post.FR.urgent.id.notices", "i247.post.KE.routine.id.notices", *collected, *settled):
        replies = await service.say(f"PUB {subject} _INBOX.notices.1 2", "{}")
        assert [line for line in replies if line.startswith("-ERR")] == [], subject


async def test_a_second_answer_to_a_request_is_refused(party: Party) -> None:
    """The first arrives."""
    france, service = await party.connect("FR"), await party.connect("notices")
    await france.say("SUB _INBOX.FR.> 1")
    await service.say("SUB i247.req.notices.* notices 1")
    await france.say("PUB i247.req.notices.FR _INBOX.FR.1 1", "?")
    reply = await asked(service)
    assert DENIED_PUBLISH not in str(await service.say(f"PUB {reply} 5", "first"))
    (refused,) = [line for line in await service.say(f"PUB {reply} 6", "second") if line != "?"]
    assert refused.startswith(DENIED_PUBLISH)
    await france.until("MSG _INBOX.FR.1 1 5")
    assert await france.say() in ([], ["first"])


@pytest.fixture
def hasty_server(nats_server: NatsServer, tmp_path: Path) -> Iterator[NatsServer]:
    """Run a broker that gives services 50 ms to answer."""
    with another_nats(nats_server.home, nats_server.directory, tmp_path) as server:
        server.reconfigure(lambda text: text.replace('"expires": "2m"', '"expires": "50ms"'))
        yield server


async def test_a_late_answer_of_a_service_is_refused(hasty_server: NatsServer) -> None:
    """The permission to answer has expired."""
    async with AsyncExitStack() as stack:
        party = Party(hasty_server, stack)
        france, service = await party.connect("FR"), await party.connect("notices")
        await service.say("SUB i247.req.notices.* notices 1")
        await france.say("PUB i247.req.notices.FR _INBOX.FR.1 1", "?")
        reply = await asked(service)
        late = time.monotonic() + 0.06
        while time.monotonic() < late:
            await service.say()
        (refused,) = [line for line in await service.say(f"PUB {reply} 4", "late") if line != "?"]
        assert refused.startswith(DENIED_PUBLISH)


async def test_the_secretariat_announces_changes_and_publishes_nothing_else(party: Party) -> None:
    """Bureaus and services receive its announcements."""
    secretariat, kenya, service = [await party.connect(name) for name in ("IPSG", "KE", "notices")]
    for wire in (kenya, service):
        await wire.say("SUB i247.directory.changes 7")
    assert await secretariat.say("PUB i247.directory.changes 4", "news") == []
    for wire in (kenya, service):
        await wire.until("MSG i247.directory.changes 7 4")
    for subject in ("i247.req.notices.FR", "_INBOX.FR.1", "$JS.API.INFO"):
        (refused,) = await secretariat.say(f"PUB {subject} 0\r\n")
        assert refused.startswith(DENIED_PUBLISH)


async def test_the_operator_can_neither_send_nor_receive_requests(party: Party) -> None:
    operator = await party.connect(BROKER_OPERATOR)
    for subject in ("i247.req.notices.FR", "i247.directory.changes", "_INBOX.FR.1"):
        (refused,) = await operator.say(f"PUB {subject} 0\r\n")
        assert refused.startswith(DENIED_PUBLISH)
    for subject in ("i247.req.>", "_INBOX.FR.>", ">"):
        (refused,) = await operator.say(f"SUB {subject} 1")
        assert refused.startswith(DENIED_SUBSCRIBE)


async def test_a_connection_without_a_known_key_is_refused(party: Party) -> None:
    """With no key, an unknown one, or a known one without a valid proof of possession."""
    stranger = "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY"
    known = credentials(party.server.seed("KE"), "the nonce of another connection")
    proofs: list[dict[str, str]] = [{}, known, {"nkey": known["nkey"], "sig": ""}, {"user": "KE", "pass": "KE"}]
    for proof in proofs:
        wire, replies = await party.introduced(proof)
        assert replies == [NOT_ADMITTED]
        assert await wire.ended()
    wire, info = await party.greeted()
    assert await wire.say(f"CONNECT {json.dumps(credentials(stranger, info['nonce']))}") == [NOT_ADMITTED]


async def test_commands_before_connect_are_refused(party: Party) -> None:
    """A connection without a CONNECT can neither publish nor subscribe."""
    for line in ("PUB i247.req.notices.FR 0\r\n", "SUB > 1"):
        wire, _ = await party.greeted()
        assert NOT_ADMITTED in await wire.say(line)
        assert await wire.ended()


@pytest.fixture
def own_server(nats_server: NatsServer, tmp_path: Path) -> Iterator[NatsServer]:
    """Run a separate broker whose members a test may change."""
    with another_nats(nats_server.home, nats_server.directory, tmp_path) as server:
        yield server


def with_directory(server: NatsServer, book: Directory) -> str:
    """Return the configuration of a server for the members of a directory."""
    port = int(server.url.rpartition(":")[2])
    listener = Listener("127.0.0.1", port, server.configuration.parent / "jetstream")
    return server_configuration(listener, book.entries(), administrators(server.home))


async def test_a_revocation_closes_only_the_connections_of_that_bureau(own_server: NatsServer) -> None:
    """After the configuration is reloaded, the bureau cannot connect again with that key."""
    root = SigningKey.load(own_server.home.root_key)
    book = Directory(root.public, own_server.directory.signed_entries())
    (kenya_entry,) = [entry for entry in book.entries() if entry.participant == "KE"]
    book.learn(sign_entry(msgspec.structs.replace(kenya_entry, revoked_at=kenya_entry.issued + 1), root))
    async with AsyncExitStack() as stack:
        party = Party(own_server, stack)
        kenya, france = await party.connect("KE"), await party.connect("FR")
        own_server.reconfigure(lambda _text: with_directory(own_server, book))
        assert await kenya.ended()
        assert await france.say("PUB i247.req.notices.FR 0\r\n") == []
        wire, info = await party.greeted()
        proof = credentials(own_server.seed("KE"), info["nonce"])
        assert await wire.say(f"CONNECT {json.dumps(proof)}") == [NOT_ADMITTED]


async def test_a_bureau_with_two_signing_keys_connects_with_one_nkey(own_server: NatsServer) -> None:
    """Two entries of one bureau with the same NKEY are one user of the broker."""
    root = SigningKey.load(own_server.home.root_key)
    book = Directory(root.public, own_server.directory.signed_entries())
    (kenya_entry,) = [entry for entry in book.entries() if entry.participant == "KE"]
    new_key = SigningKey.generate().public.jwk["x"]
    book.learn(sign_entry(msgspec.structs.replace(kenya_entry, signing_key=new_key), root))
    own_server.kill()
    own_server.configuration.write_text(with_directory(own_server, book))
    own_server.start()
    async with AsyncExitStack() as stack:
        kenya = await Party(own_server, stack).connect("KE")
        assert await kenya.say("SUB _INBOX.KE.> 1") == []


async def discovered(operator: Wire, verb: str, *services: str) -> dict[str, dict[str, Any]]:
    """Return the answers of services to discovery requests as the NATS command line sends them."""
    answers: dict[str, dict[str, Any]] = {}
    for name in services:
        await operator.say(f"PUB $SRV.{verb}.{name} _INBOX.{BROKER_OPERATOR}.{verb} 0\r\n")
        await operator.until(f"HMSG _INBOX.{BROKER_OPERATOR}.{verb} ")
        answers[name] = json.loads(await operator.until("{"))
        assert answers[name]["name"] == name
    return answers


async def test_a_service_receives_only_its_own_discovery_requests(party: Party) -> None:
    """Not those to other services, nor those to all."""
    operator, notices, other = [await party.connect(name) for name in (BROKER_OPERATOR, "notices", "fingerprints")]
    await operator.say(f"SUB _INBOX.{BROKER_OPERATOR}.> 1")
    assert await notices.say("SUB $SRV.> 1") == []
    assert await other.say("SUB $SRV.INFO.fingerprints 1") == []
    [refused] = await operator.say(f"PUB $SRV.INFO _INBOX.{BROKER_OPERATOR}.all 0\r\n")
    assert refused.startswith(DENIED_PUBLISH)
    for name in ("fingerprints", "notices"):
        await operator.say(f"PUB $SRV.INFO.{name} _INBOX.{BROKER_OPERATOR}.{name} 0\r\n")
    await other.until("HMSG $SRV.INFO.fingerprints 1 ")
    # The later request has arrived, and the earlier one was not delivered.
    await notices.until("HMSG $SRV.INFO.notices 1 ")
    assert not any("$SRV" in line for line in notices.heard)


async def test_the_operator_discovers_the_services(party: Party) -> None:
    """Services answer $SRV.PING, INFO and STATS in the form of NATS ADR-32, with their subject and statistics."""

    async def handler(arrival: Arrival) -> None:
        await arrival.answer(arrival.parcel)

    operator = await party.connect(BROKER_OPERATOR)
    await operator.say(f"SUB _INBOX.{BROKER_OPERATOR}.> 1")
    transports = []
    for name in ("notices", "fingerprints"):
        transport = await party.server.connect(name)
        card = ServiceCard(name, f"The service {name}.", lambda: {"answered": 3})
        await transport.serve(request_subject(name, "*"), handler, senders=["FR"], card=card)
        transports.append(transport)
    france = await party.server.connect("FR")
    assert (await france.request("i247.req.notices.FR", Parcel("s", b"b"), timeout=PATIENCE)).body == b"b"

    pings, infos, statistics = [
        await discovered(operator, verb, "notices", "fingerprints") for verb in ("PING", "INFO", "STATS")
    ]
    for name in ("notices", "fingerprints"):
        ping, info, statistic = pings[name], infos[name], statistics[name]
        assert ping["type"] == "io.nats.micro.v1.ping_response"
        assert info["type"] == "io.nats.micro.v1.info_response"
        assert statistic["type"] == "io.nats.micro.v1.stats_response"
        assert ping["id"] == info["id"] == statistic["id"]
        assert {answer["version"] for answer in (ping, info, statistic)} == {"1.0.0"}
        assert {type(answer["metadata"]) for answer in (ping, info, statistic)} == {dict}
        assert info["description"] == f"The service {name}."
        (endpoint,) = info["endpoints"]
        assert (endpoint["name"], info["metadata"]) == ("requests", {"requests": f"i247.req.{name}.*"})
        assert endpoint["queue_group"] == name
        (figures,) = statistic["endpoints"]
        assert figures["num_requests"] == (1 if name == "notices" else 0)
        assert figures["data"] == {"answered": 3}
    assert pings["notices"]["id"] != pings["fingerprints"]["id"]
    for transport in (*transports, france):
        await transport.close()
