"""No JetStream header on a message, a request or an object affects the data of others."""

from functools import partial

import pytest

from tests.attacks.attacker import Attacker
from tests.attacks.canaries import MARKER
from tests.attacks.network import ATTACKING_BUREAU, AWAY
from tests.attacks.observer import WAITING, Observer
from tests.attacks.runner import Act, AttackRunner

FORGED = f"i247.msg.{AWAY}.urgent.forged.DE"
HEADERS: tuple[dict[str, str], ...] = (
    {"Nats-Rollup": "all"},
    {"Nats-Rollup": "sub"},
    {"Nats-Expected-Stream": "OBJ_DE"},
    {"Nats-Expected-Last-Sequence": "0"},
    {"Nats-Expected-Last-Subject-Sequence": "0", "Nats-Expected-Last-Subject-Sequence-Subject": WAITING[0]},
    {"Nats-Expected-Last-Subject-Sequence": "1", "Nats-Expected-Last-Subject-Sequence-Subject": f"i247.msg.{AWAY}.>"},
    {"Nats-Expected-Last-Msg-Id": "waiting-1"},
    {"Nats-Msg-Id": "waiting-1"},
    {"Nats-TTL": "1s"},
    {"Nats-TTL": "never"},
    {"Nats-Schedule": "@every 1s", "Nats-Schedule-Target": FORGED},
    {"Nats-Schedule": "@at 2020-01-01T00:00:00Z", "Nats-Schedule-Target": FORGED, "Nats-Schedule-Source": WAITING[0]},
    {"Nats-Batch-Id": "attack", "Nats-Batch-Sequence": "1", "Nats-Batch-Commit": "1"},
    {"Nats-Batch-Id": "attack", "Nats-Batch-Sequence": "1"},
    {"Nats-Incr": "+1"},
    {"KV-Operation": "PURGE"},
    {"Nats-Marker-Reason": "Purge"},
    {"Nats-Stream-Source": f"OBJ_DE 1 > > {WAITING[0]}", "Nats-Subject": WAITING[0], "Nats-Sequence": "1"},
    {"Nats-Trace-Dest": FORGED},
    {"Nats-Trace-Dest": "$JS.API.STREAM.DELETE.MESSAGES"},
    {"Nats-Trace-Dest": "_INBOX.DE.attacked", "Nats-Trace-Only": "true"},
    {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
    {"Nats-Request-Info": '{"acc": "DE", "user": "DE", "rtt": 1}'},
    {"Nats-Required-Api-Level": "0"},
    {"Nats-Pin-Id": "attack"},
    {"Status": "503"},
    {"Status": "404", "Description": "No Messages"},
    {"Status": "409", "Description": "Consumer Deleted"},
    {"Status": "100", "Description": "FlowControl Request"},
)


def acts(attacker: Attacker, subject: str) -> list[Act]:
    """Return an act for each of these headers."""
    return [
        Act(f"{headers} on {subject}", partial(attacker.publish, subject, MARKER, headers=headers))
        for headers in HEADERS
    ]


async def test_jetstream_headers_on_messages_do_not_affect_others(attacker: Attacker, runner: AttackRunner) -> None:
    """On messages to a bureau with a gateway, to an absent bureau, and to a service."""
    recipients = ("DE", AWAY, "notices")
    subjects = [f"i247.post.{recipient}.urgent.attack.{attacker.name}" for recipient in recipients]
    await runner.run([act for subject in subjects for act in acts(attacker, subject)])


async def test_jetstream_headers_on_requests_do_not_affect_others(attacker: Attacker, runner: AttackRunner) -> None:
    """On requests to a service and to the Secretariat, and on operations on the own messages and objects."""
    subjects = (
        f"i247.req.notices.{attacker.name}",
        "i247.directory",
        f"i247.directory.fetch.{attacker.name}",
        f"$JS.API.CONSUMER.MSG.NEXT.MESSAGES.{attacker.name}-urgent",
        f"i247.get.{attacker.name}.attack.0.{attacker.name}",
        f"$JS.API.DIRECT.GET.OBJ_{attacker.name}.i247.obj.{attacker.name}.attack.0",
        f"$JS.API.STREAM.PURGE.OBJ_{attacker.name}",
    )
    await runner.run([act for subject in subjects for act in acts(attacker, subject)])


@pytest.mark.parametrize("attacker", [ATTACKING_BUREAU], indirect=True)
async def test_jetstream_headers_on_objects_do_not_affect_others(attacker: Attacker, runner: AttackRunner) -> None:
    """On chunks and descriptions in the own bucket."""
    subjects = [f"i247.put.attack.{part}.{attacker.name}" for part in ("0", "description")]
    await runner.run([act for subject in subjects for act in acts(attacker, subject)])


async def test_jetstream_headers_do_not_reveal_messages_of_others(attacker: Attacker, observer: Observer) -> None:
    """JetStream would refuse with the last sequence number of any subject; the relay passes no header on."""
    assert observer.pending_ack
    name = f"i247.post.DE.urgent.attack.{attacker.name}"
    for sender in ("DE", "PL"):
        number = {"Nats-Expected-Last-Subject-Sequence": "999999999"}
        expected = {"Nats-Expected-Last-Subject-Sequence-Subject": f"i247.msg.{AWAY}.urgent.*.{sender}"}
        answer = await attacker.ask(name, MARKER, number | expected)
        assert answer is not None
        assert answer.data == b"{}"
