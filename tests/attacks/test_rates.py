"""Traffic of one participant at full speed has little effect on others: the participant is soon paused.

The mesh has its default settings.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from statistics import median

import httpx
import pytest
from nats import errors

from shared.transport.subjects import reading_subject, writing_subject
from tests.attacks.flood import NUMBER
from tests.attacks.flood_effects import (
    ALARM_SECONDS,
    DELIVERY_SECONDS,
    MEBIBYTE,
    NOISE_SECONDS,
    SEARCHED,
    begin_flood,
    delivery,
    fill,
    listed_alarms,
    posting,
)
from tests.attacks.network import ATTACKING_BUREAU, ATTACKING_SERVICE, AWAY, HOSTED, SERVICES, Network, running_network

pytestmark = pytest.mark.thorough

# A killed process is restarted, and its first check of the broker ends all pauses; a pause lasts 30 s.
BACK_SECONDS = 20.0
LAST = "Nats-Expected-Last-Subject-Sequence"
# The buffers of the NATS server for the eight connections of a member, which it frees from half a GiB on.
BROKER_MEMORY = 1536 * MEBIBYTE


@pytest.fixture(scope="module")
def as_delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Run a mesh with its default settings."""
    with running_network(tmp_path_factory.mktemp("rates")) as network:
        yield network


def test_posts_with_costly_conditions_do_not_delay_messages_of_others(as_delivered: Network) -> None:
    """JetStream would compare each with all waiting messages before it refuses it; the relay drops conditions."""
    waiting = posting(AWAY, NUMBER, SERVICES[0])
    asyncio.run(fill(as_delivered, AWAY, SERVICES[0], 3_500))
    headers = f"{LAST}: 77777777\r\n{LAST}-Subject: i247.msg.*.*.*.*"
    with as_delivered.mesh.client("DE") as officer, as_delivered.mesh.client("PL") as reader:
        usual = median([delivery(officer, reader) for _ in range(10)])
        flood = begin_flood(as_delivered, waiting.replace(NUMBER, "x"), 36_000, SERVICES[0], headers=headers)
        meanwhile = [delivery(officer, reader) for _ in range(10)]
        while flood.poll() is None:
            meanwhile.append(delivery(officer, reader))
        # Its posts are still processed after its connection has ended.
        afterwards = [delivery(officer, reader) for _ in range(10)]
        assert max(*meanwhile, *afterwards) < DELIVERY_SECONDS
        assert median(afterwards) < max(2 * usual, NOISE_SECONDS)


def test_pulls_at_full_speed_do_not_delay_messages_of_others(as_delivered: Network) -> None:
    """Their answers share a queue with all posts and pulls of others, so a bureau that pulls too fast is paused."""
    pull = f"$JS.API.CONSUMER.MSG.NEXT.MESSAGES.{ATTACKING_BUREAU}-urgent"
    with as_delivered.mesh.client("DE") as officer, as_delivered.mesh.client("PL") as reader:
        flooding = [begin_flood(as_delivered, pull, 2_000_000, body='{"batch":1,"no_wait":true}') for _ in range(3)]
        meanwhile = [delivery(officer, reader) for _ in range(10)]
        while any(flood.poll() is None for flood in flooding):
            meanwhile.append(delivery(officer, reader))
        # The median is not asserted: it depends on the processors, which three programs load.
        assert max(meanwhile) < DELIVERY_SECONDS
        assert is_paused(as_delivered, ATTACKING_BUREAU)


def test_reads_at_full_speed_do_not_fill_the_memory_of_the_broker(as_delivered: Network) -> None:
    """Each connection is sent what any of them requests; a slow reader is disconnected, and a fast one paused."""
    write_chunk(as_delivered)
    read = reading_subject("DE", "large", 0, AWAY)
    with as_delivered.mesh.client("DE") as officer, as_delivered.mesh.client("PL") as reader:
        flooding = [begin_flood(as_delivered, read, 500_000, who=AWAY, body="{}") for _ in range(7)]
        memory, meanwhile = 0, [0.0]
        while any(flood.poll() is None for flood in flooding):
            memory = max(memory, memory_of_broker(as_delivered))
            meanwhile.append(delivery(officer, reader))
        assert memory < BROKER_MEMORY
        assert max(meanwhile) < DELIVERY_SECONDS


def test_a_restarted_gateway_ends_the_pauses_of_its_bureaus(as_delivered: Network) -> None:
    """Also the pause of a bureau that the gateway hosts itself: no other process could end it."""
    pull = f"$JS.API.CONSUMER.MSG.NEXT.MESSAGES.{HOSTED[1]}-urgent"
    flooding = [begin_flood(as_delivered, pull, 2_000_000, HOSTED[1], '{"batch":1,"no_wait":true}') for _ in range(3)]
    assert is_paused(as_delivered, HOSTED[1])
    [gateway] = [process for process in as_delivered.mesh.family() if "--gateway" in " ".join(process.cmdline())]
    gateway.kill()
    with as_delivered.mesh.client(HOSTED[1]) as officer:
        deadline = time.monotonic() + BACK_SECONDS
        while True:
            with suppress(httpx.TransportError):
                if officer.get(f"/api/{ATTACKING_SERVICE}/search", params=SEARCHED).status_code == 200:
                    break
            assert time.monotonic() < deadline, "the bureau is still paused"
            time.sleep(0.2)
    for flood in flooding:
        flood.wait()


def write_chunk(network: Network) -> None:
    """Have DE store the largest chunk that its bucket accepts."""

    async def write() -> None:
        owner = await network.connect("DE")
        deadline = time.monotonic() + ALARM_SECONDS
        while True:
            # Until the operator has made the bucket, or the relay is there.
            with suppress(errors.NoRespondersError):
                answer = await owner.request(writing_subject("large", 0, "DE"), bytes(131 * 1024), timeout=10)
                if "error" not in json.loads(answer.data):
                    break
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        await owner.close()

    asyncio.run(write())


def is_paused(network: Network, bureau: str) -> bool:
    """Return whether an alarm reports a pause of a bureau, waiting for it as long as it may take."""
    deadline = time.monotonic() + ALARM_SECONDS
    while time.monotonic() < deadline:
        for _, fault, says in listed_alarms(network, "IPSG"):
            if fault == "rate-exceeded" and says.startswith(f"{bureau} ") and "is not admitted for" in says:
                return True
        time.sleep(0.2)
    return False


def memory_of_broker(network: Network) -> int:
    """Return the resident memory of the NATS server, in bytes."""
    [server] = [process for process in network.mesh.family() if process.name() == "nats-server"]
    return int(server.memory_info().rss)
