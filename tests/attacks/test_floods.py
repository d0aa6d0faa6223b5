"""A flood of one member takes from others neither answers, nor memory, nor storage on the broker.

Each flood is bounded. Its effect is measured as a ratio of two figures of one run, as machines differ.
"""

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from statistics import median, quantiles
from typing import Any

import httpx
import pytest
from nats import errors
from nats.aio.client import Client

from shared.transport.nats.post_quota import TOLERANCE
from shared.transport.subjects import directory_subject, message_subject, request_subject, writing_subject
from tests.attacks.attacker import Attacker
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
from tests.attacks.network import ANY_RATE, ATTACKING_BUREAU, ATTACKING_SERVICE, AWAY, Network, running_network

pytestmark = pytest.mark.thorough

# The operator limits a sender to twice the limit that a gateway keeps itself.
POST_PARCELS, BUCKET_BYTES = 1_000, 80 * MEBIBYTE
CALM_SECONDS, AFTER_SECONDS = 1.5, 5.0
PLACED_SECONDS = 10
# Of all processes together: each search increases it slightly, also without a flood.
MORE_MEMORY = 128 * MEBIBYTE


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Run a mesh with small quotas, and rate limits that are never reached, so that the other limits are tested."""
    quotas = {"I247_POST_PARCELS": str(POST_PARCELS // 2), "I247_BUCKET_BYTES": str(BUCKET_BYTES)}
    with running_network(tmp_path_factory.mktemp("floods"), **quotas, **ANY_RATE) as network:
        asyncio.run(placed(network))
        yield network


async def placed(network: Network) -> None:
    """Return when the broker has a place for what the attacking bureau writes, which is soon after the start."""
    attacker = await Attacker.connect(network, ATTACKING_BUREAU)
    try:
        async with asyncio.timeout(PLACED_SECONDS):
            while True:
                answer = await attacker.ask(writing_subject("begin", 0, ATTACKING_BUREAU), b"")
                if answer is not None and b"error" not in answer.data:
                    return
                await asyncio.sleep(0.05)
    finally:
        await attacker.close()


@pytest.fixture
def officer(flooded: Network) -> Iterator[httpx.Client]:
    """Return a client of an officer whose bureau takes no part in the flood."""
    with flooded.mesh.client("DE") as client:
        # The first search after the start may take long.
        client.get(f"/api/{ATTACKING_SERVICE}/search", params=SEARCHED).raise_for_status()
        yield client


def p90_of(officer: httpx.Client, seconds: float, other: "subprocess.Popen[bytes] | None" = None) -> float:
    """Search for some seconds, or while another program runs, and return the 90th percentile of the latency."""
    taken: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until or (other is not None and other.poll() is None):
        begun = time.perf_counter()
        answer = officer.get(f"/api/{ATTACKING_SERVICE}/search", params=SEARCHED)
        taken.append(time.perf_counter() - begun)
        assert answer.status_code == 200, answer.text
        time.sleep(0.005)
    return quantiles(taken, n=10)[8]


def memory_of(network: Network) -> int:
    """Return the resident memory of all processes of a mesh, in bytes."""
    return sum(process.memory_info().rss for process in network.mesh.family())


FLOODS = {
    "requests of one byte": (request_subject(ATTACKING_SERVICE, ATTACKING_BUREAU), 300_000),
    "questions for the directory": (directory_subject(ATTACKING_BUREAU), 200_000),
}


@pytest.mark.parametrize(("subject", "count"), FLOODS.values(), ids=FLOODS.keys())
def test_a_flood_of_requests_does_not_slow_other_bureaus(
    flooded: Network, officer: httpx.Client, subject: str, count: int
) -> None:
    """Others are answered within twice the usual time, during and after the flood, and memory stays bounded."""
    usual, before = p90_of(officer, CALM_SECONDS), memory_of(flooded)
    flood = begin_flood(flooded, subject, count)
    meanwhile = p90_of(officer, CALM_SECONDS, flood)
    assert flood.wait() == 0
    assert memory_of(flooded) - before < MORE_MEMORY
    assert meanwhile < max(2 * usual, NOISE_SECONDS)
    time.sleep(AFTER_SECONDS)
    assert p90_of(officer, CALM_SECONDS) < max(2 * usual, NOISE_SECONDS)
    assert officer.get("/health").json()["status"] == "up"


async def test_a_full_bucket_affects_only_its_owner(flooded: Network, officer: httpx.Client) -> None:
    """Beyond the limit only the owner is refused; others still exchange messages with attachments."""
    attacker = await Attacker.connect(flooded, ATTACKING_BUREAU)
    chunk, stored, refusal = bytes(128 * 1024), 0, {}
    while not refusal and stored < 2 * BUCKET_BYTES:
        answer = await attacker.ask(writing_subject("full", stored // len(chunk), ATTACKING_BUREAU), chunk)
        assert answer is not None
        refusal = json.loads(answer.data).get("error", {})
        stored += len(chunk)
    assert refusal["description"] == "maximum bytes exceeded"
    assert abs(stored - BUCKET_BYTES) < 4 * MEBIBYTE
    await asyncio.to_thread(exchange, flooded, officer)
    for place in range(stored // len(chunk)):
        assert await attacker.ask(writing_subject("full", place, ATTACKING_BUREAU), b"") is not None
    await attacker.close()


def exchange(network: Network, officer: httpx.Client) -> None:
    """Send a message with an attachment from DE to PL, and return when PL has it. Raises AssertionError."""
    letter = {"message": (None, json.dumps({"to": ["PL"], "subject": "Canary", "body": "?"}), "application/json")}
    sent = officer.post("/api/messages", files={**letter, "attachments": ("a.bin", bytes(2 * MEBIBYTE))})
    assert sent.status_code == 202, sent.text
    with network.mesh.client("PL") as reader:
        deadline = time.monotonic() + 10
        while reader.get(f"/api/messages/{sent.json()['id']}", params={"from": "DE"}).status_code != 200:
            assert time.monotonic() < deadline, "the message did not arrive"
            time.sleep(0.05)


async def posts_of(network: Network, sender: str) -> int:
    """Return the number of waiting parcels of a sender."""
    operator = await network.connect("operator")
    wanted = json.dumps({"subjects_filter": message_subject("*", "*", "*", sender)}).encode()
    info = json.loads((await operator.request("$JS.API.STREAM.INFO.MESSAGES", wanted, timeout=10)).data)
    await operator.close()
    return len(info["state"].get("subjects", {}))


async def test_posts_beyond_the_quota_of_their_sender_are_removed(flooded: Network, officer: httpx.Client) -> None:
    """The broker drops them within seconds, with an alarm; posts of others stay."""
    await asyncio.to_thread(write_to_the_absent, officer)
    # Nearly the maximum length of a subject, which makes listing them expensive.
    padding = "x" * 200
    await fill(flooded, AWAY, ATTACKING_BUREAU, 3 * POST_PARCELS, padding)
    assert await asyncio.to_thread(alarms, officer, "post-over-quota")
    [says] = [each for _, fault, each in await asyncio.to_thread(listed_alarms, flooded, "IPSG") if "quota" in fault]
    assert says.startswith(f"{ATTACKING_BUREAU} had more waiting than its quota")
    # The stream still stores posts that had arrived before it refused more.
    assert await posts_of(flooded, ATTACKING_BUREAU) <= POST_PARCELS + POST_PARCELS // TOLERANCE
    assert await posts_of(flooded, "DE") >= 1
    await asyncio.to_thread(exchange, flooded, officer)


def test_a_flood_of_posts_does_not_delay_messages_of_others(flooded: Network, officer: httpx.Client) -> None:
    """The flooder is soon refused: a message of others takes at most four times its usual time."""
    with flooded.mesh.client("PL") as reader:
        usual = median([delivery(officer, reader) for _ in range(10)])
        flood = begin_flood(flooded, posting(ATTACKING_BUREAU, NUMBER, AWAY), 600_000, AWAY)
        meanwhile = []
        while flood.poll() is None:
            meanwhile.append(delivery(officer, reader))
        assert flood.wait() == 0
        assert median(meanwhile) < max(4 * usual, NOISE_SECONDS)
        assert max(meanwhile) < DELIVERY_SECONDS
        time.sleep(AFTER_SECONDS)
        assert median([delivery(officer, reader) for _ in range(10)]) < max(2 * usual, NOISE_SECONDS)


def write_to_the_absent(officer: httpx.Client) -> None:
    """Send a message from DE to the absent bureau, so that a parcel waits on the broker."""
    waiting = officer.post("/api/messages", json={"to": [AWAY], "subject": "Canary", "body": "?"})
    assert waiting.status_code == 202, waiting.text


def alarms(officer: httpx.Client, fault: str) -> list[dict[str, Any]]:
    """Wait until the health endpoint lists alarms of a kind, and return them."""
    deadline = time.monotonic() + ALARM_SECONDS
    while time.monotonic() < deadline:
        found = [each for each in officer.get("/health").json()["alarms"] if each["fault"] == fault]
        if found:
            return found
        time.sleep(0.2)
    return []


async def test_connections_of_a_member_beyond_the_limit_are_refused(flooded: Network, officer: httpx.Client) -> None:
    """The connections of other members still work."""
    opened: list[Client] = []
    with suppress(errors.Error, OSError):
        while len(opened) < 100:
            opened += [await flooded.connect(ATTACKING_BUREAU)]
    assert 4 <= len(opened) <= 8
    assert (await asyncio.to_thread(officer.get, "/health")).json()["status"] == "up"
    await asyncio.to_thread(exchange, flooded, officer)
    for client in opened:
        await client.close()


async def test_an_unplanned_stream_is_removed_and_raises_an_alarm(flooded: Network, officer: httpx.Client) -> None:
    """`/health` shows it, and so does the list of alarms for auditors of the Secretariat, but not of members."""
    operator = await flooded.connect("operator")
    spy = {"name": "SPY", "subjects": ["spied.>"]}
    made = await operator.request("$JS.API.STREAM.CREATE.SPY", json.dumps(spy).encode(), timeout=10)
    assert "error" not in json.loads(made.data)
    assert await asyncio.to_thread(alarms, officer, "stream-unknown")
    gone = await operator.request("$JS.API.STREAM.INFO.SPY", b"", timeout=10)
    assert json.loads(gone.data)["error"]["code"] == 404
    await operator.close()
    listed = await asyncio.to_thread(listed_alarms, flooded, "IPSG")
    assert ("broker", "stream-unknown", "the unknown stream SPY was removed") in listed
    assert await asyncio.to_thread(listed_alarms, flooded, "DE") == []
