"""Helpers for tests of floods: start one, measure its effect on others, and list the alarms that auditors see."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import httpx

from shared.transport.subjects import Lane, message_subject, posting_subject
from tests.attacks.network import ATTACKING_BUREAU, Network

MEBIBYTE = 1024 * 1024
# A smaller difference may be caused by the machine, which the flood loads as well.
NOISE_SECONDS = 1.0
ALARM_SECONDS = 15.0
# The maximum while a flood delays the stream of messages, until its sender is paused.
DELIVERY_SECONDS = 5.0
# The relay allows slightly more pending posts of each participant.
AT_ONCE = 32
SEARCHED = {"plate": "AB123CD", "country": "DE"}


def begin_flood(
    network: Network, subject: str, count: int, who: str = ATTACKING_BUREAU, body: str = "x", headers: str = ""
) -> "subprocess.Popen[bytes]":
    """Start a program that floods a subject as a participant."""
    seed = network.home.nats_seed(who)
    command = [sys.executable, "-m", "tests.attacks.flood", network.url, str(seed), subject, str(count), body, headers]
    return subprocess.Popen(command, cwd=Path(__file__).parents[2])


def posting(recipient: str, message_id: str, sender: str) -> str:
    """Return the subject on which a sender posts a routine message."""
    return posting_subject(message_subject(recipient, Lane.ROUTINE, message_id, sender))


async def fill(network: Network, recipient: str, sender: str, count: int, padding: str = "") -> None:
    """Post `count` messages, each once the relay has room for it."""
    client = await network.connect(sender)
    for first in range(0, count, AT_ONCE):
        asked = (posting(recipient, f"{padding}{number}", sender) for number in range(first, first + AT_ONCE))
        await asyncio.gather(*(client.request(subject, b"x", timeout=10) for subject in asked), return_exceptions=True)
    await client.close()


def delivery(officer: httpx.Client, reader: httpx.Client) -> float:
    """Send a message from DE to PL, and return the seconds until PL has it."""
    begun = time.perf_counter()
    sent = officer.post("/api/messages", json={"to": ["PL"], "subject": "Canary", "body": "?"})
    assert sent.status_code == 202, sent.text
    while reader.get(f"/api/messages/{sent.json()['id']}", params={"from": "DE"}).status_code != 200:
        assert time.perf_counter() - begun < 2 * DELIVERY_SECONDS, "the message did not arrive"
        time.sleep(0.01)
    return time.perf_counter() - begun


def listed_alarms(network: Network, bureau: str) -> list[tuple[str, str, str]]:
    """Return the alarms that an auditor of a bureau sees."""
    token = network.mesh.i247("token", bureau, "--officer", "auditor").stdout.strip()
    headers = {"Authorization": f"Bearer {token}"}
    page = httpx.get(f"{network.mesh.base}/api/audit/alarms", headers=headers, timeout=10).json()
    return [(each["service"], each["fault"], each["says"]) for each in page["items"]]
