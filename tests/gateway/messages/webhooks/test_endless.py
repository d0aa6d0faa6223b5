"""A webhook target whose answer does not end fails its own delivery, and delays no other."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest

from gateway.messages.webhooks import sender
from tests.gateway.messages.officers import Officer
from tests.gateway.messages.webhooks.mesh import PATH, attempted, deliveries, registered
from tests.gateway.messages.webhooks.receiver import Receiver, receiving

ENDLESS = {
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "processing": (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "early hints": (b"", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
    "status line": (b"HTTP/1.1 200 S", b"o"),
    "header": (b"HTTP/1.1 200 So\r\nx: ", b"y"),
    "headers": (b"HTTP/1.1 200 So\r\n", b"x: y\r\n"),
}
EVERY_KIND = pytest.mark.parametrize("kind", ENDLESS)
TARGETS = 8
# Of processor time: eight targets once blocked the loop for half a second at a time.
LONGEST_TURN_SECONDS = 0.15


def go_on_without_end(receiver: Receiver, kind: str) -> None:
    receiver.usually, once = ENDLESS[kind]
    receiver.forever = once * (64 * 1024 // len(once))


@EVERY_KIND
async def test_an_answer_without_a_final_status_ends_at_16_kib(
    france: Officer, germany: Officer, receiver: Receiver, kind: str
) -> None:
    """The delivery and the test of the webhook report too-long."""
    go_on_without_end(receiver, kind)
    webhook = await registered(germany, receiver.url)
    await france.send()
    delivery = await attempted(germany, webhook, 1)
    assert (delivery["state"], delivery["outcome"]) == ("pending", "too-long")
    tried = await germany.ask("POST", f"{PATH}/{webhook['id']}/test")
    assert tried.json() == {"delivered": False, "outcome": "too-long"}


async def test_an_endless_body_is_not_read(france: Officer, germany: Officer, receiver: Receiver) -> None:
    """The status is enough."""
    receiver.usually, receiver.forever = b"HTTP/1.1 200 So\r\n\r\n", b"x" * 64 * 1024
    webhook = await registered(germany, receiver.url)
    await france.send()
    [delivery] = await deliveries(germany, webhook, 1, "delivered")
    assert delivery["outcome"] == "200"


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["continue", "status line"])
async def test_a_trickling_answer_times_out(
    france: Officer, germany: Officer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The timeout is for the whole answer, not for each read."""
    monkeypatch.setattr(sender, "ANSWER_SECONDS", 0.3)
    receiver.usually, receiver.forever = ENDLESS[kind]
    receiver.every_seconds = 0.02
    webhook = await registered(germany, receiver.url)
    await france.send()
    assert (await attempted(germany, webhook, 1))["outcome"] == "timeout"


@asynccontextmanager
async def longest_turn() -> AsyncIterator[list[float]]:
    """Measure for how long nothing else could run in this loop, in seconds of the processor."""
    longest = [0.0]

    async def watch() -> None:
        before = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            longest[0], before = max(longest[0], now - before), now

    watching = asyncio.create_task(watch())
    try:
        yield longest
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


@pytest.mark.thorough
async def test_endless_answers_do_not_delay_other_webhooks(
    france: Officer, germany: Officer, receiver: Receiver
) -> None:
    """The gateway parses a little of each at a time."""
    async with AsyncExitStack() as stack:
        hooks = []
        for _ in range(TARGETS):
            endless = await stack.enter_async_context(receiving())
            go_on_without_end(endless, "continue")
            hooks.append(await registered(germany, endless.url))
        prompt = await registered(germany, receiver.url)
        assert (await germany.ask("POST", f"{PATH}/{hooks[0]['id']}/test")).json()["outcome"] == "too-long"
        async with longest_turn() as longest:
            await france.send()
            await deliveries(germany, prompt, 1, "delivered")
            for hook in hooks:
                assert (await attempted(germany, hook, 1))["outcome"] == "too-long"
        assert longest[0] < LONGEST_TURN_SECONDS
