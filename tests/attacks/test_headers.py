"""No header of JetStream on a message or an object makes the broker touch what is others'."""

import re
from functools import partial

import pytest

from tests.attacks.attacker import Attacker
from tests.attacks.canaries import MARKER
from tests.attacks.judge import Act, Judge
from tests.attacks.network import ATTACKING_BUREAU, AWAY
from tests.attacks.observer import WAITING, Observer

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
    """Return a message with each of these headers."""
    return [
        Act(f"{headers} on {subject}", partial(attacker.say, subject, MARKER, headers=headers)) for headers in HEADERS
    ]


async def test_no_header_of_a_message_touches_others(attacker: Attacker, judge: Judge) -> None:
    """On messages to a bureau with a gateway, to one that is away, and to a service."""
    recipients = ("DE", AWAY, "notices")
    subjects = [f"i247.msg.{recipient}.urgent.attack.{attacker.name}" for recipient in recipients]
    await judge.hold([act for subject in subjects for act in acts(attacker, subject)])


async def test_no_header_of_a_request_touches_others(attacker: Attacker, judge: Judge) -> None:
    """On requests to a service and to the Secretariat, and on the administration of the own messages and objects."""
    subjects = (
        f"i247.req.notices.{attacker.name}",
        "i247.directory",
        f"i247.directory.fetch.{attacker.name}",
        f"$JS.API.CONSUMER.MSG.NEXT.MESSAGES.{attacker.name}-urgent",
        f"$JS.API.DIRECT.GET.OBJ_{attacker.name}.$O.{attacker.name}.C.attack.0",
        f"$JS.API.STREAM.PURGE.OBJ_{attacker.name}",
    )
    await judge.hold([act for subject in subjects for act in acts(attacker, subject)])


@pytest.mark.parametrize("attacker", [ATTACKING_BUREAU], indirect=True)
async def test_no_header_of_an_object_touches_others(attacker: Attacker, judge: Judge) -> None:
    """On chunks and descriptions in the own bucket."""
    subjects = [f"$O.{attacker.name}.{part}" for part in ("C.attack.0", "M.attack")]
    await judge.hold([act for subject in subjects for act in acts(attacker, subject)])


async def test_a_header_tells_that_a_message_waits_for_another_and_nothing_of_it(
    attacker: Attacker, observer: Observer
) -> None:
    """A limit of JetStream, stated in docs/security.md: a refusal says the number of the last message on a subject.

    It has no setting against the header that names the subject, and all messages are in one stream.
    """
    name = f"i247.msg.DE.urgent.attack.{attacker.name}"
    waiting = [await refusal(attacker, name, f"i247.msg.{AWAY}.urgent.*.{sender}") for sender in ("DE", "PL")]
    assert waiting[0] != waiting[1]
    assert len({re.sub(rb"[0-9]+", b"N", each) for each in waiting}) == 1


async def refusal(attacker: Attacker, name: str, expected: str) -> bytes:
    """Return what is answered to a message that expects another to be the last on a subject."""
    number = {"Nats-Expected-Last-Subject-Sequence": "999999999"}
    headers = number | {"Nats-Expected-Last-Subject-Sequence-Subject": expected}
    answer = await attacker.ask(name, MARKER, headers)
    assert answer is not None
    return bytes(answer.data)
