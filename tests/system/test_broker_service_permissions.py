"""The broker allows a service to answer requests, once and in time, and to publish nothing else."""

import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.broker import NatsServer, another_nats
from tests.system.wire import DENIED_PUBLISH, DENIED_SUBSCRIBE, Party, asked


@pytest.mark.thorough
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


@pytest.mark.thorough
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
