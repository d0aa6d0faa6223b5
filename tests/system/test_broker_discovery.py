"""The operator of the broker discovers the services, each under its own name, and sends no requests."""

import json
from typing import Any

from shared.protocol.parcel import Parcel
from shared.transport import Arrival, ServiceCard
from shared.transport.subjects import BROKER_OPERATOR, request_subject
from tests.system.wire import DENIED_PUBLISH, DENIED_SUBSCRIBE, PATIENCE, Party, Wire


async def test_the_operator_can_neither_send_nor_receive_requests(party: Party) -> None:
    operator = await party.connect(BROKER_OPERATOR)
    for subject in ("i247.req.notices.FR", "i247.directory.changes", "_INBOX.FR.1"):
        (refused,) = await operator.say(f"PUB {subject} 0\r\n")
        assert refused.startswith(DENIED_PUBLISH)
    for subject in ("i247.req.>", "_INBOX.FR.>", ">"):
        (refused,) = await operator.say(f"SUB {subject} 1")
        assert refused.startswith(DENIED_SUBSCRIBE)


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
        await arrival.reply(arrival.parcel)

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
