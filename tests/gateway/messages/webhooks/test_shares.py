"""One bureau's webhooks leave capacity to those of other bureaus."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.messages.webhooks import sender, targets
from tests.gateway.messages.officers import Officer, refusal_of
from tests.gateway.messages.webhooks.mesh import PATH, HookedMesh, deliveries, registered
from tests.gateway.messages.webhooks.receiver import Receiver, receiving

TRIALS = 6 * sender.MAX_POSTING


@pytest.mark.thorough
async def test_many_tests_of_one_bureau_do_not_delay_events_of_another(
    france: Officer, germany: Officer, kenya: Officer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few of them run at a time; the others are refused as busy."""
    async with receiving() as silent:
        silent.silent = True
        hook, prompt = await registered(germany, silent.url), await registered(kenya, receiver.url)
        # Modules that the first request imports are loaded then.
        assert (await kenya.ask("POST", f"{PATH}/{prompt['id']}/test")).json()["delivered"]
        monkeypatch.setattr(sender, "ANSWER_SECONDS", 2.0)
        trials = [asyncio.create_task(germany.ask("POST", f"{PATH}/{hook['id']}/test")) for _ in range(TRIALS)]
        await silent.gets(1)
        await france.send(to=["KE"])
        await deliveries(kenya, prompt, 1, "delivered")
        answers = await asyncio.gather(*trials)
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {refusal_of(answer) for answer in refused} == {(503, "busy")}
    assert len(refused) >= TRIALS // 2


@pytest.fixture
def unanswered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have lookups of names in `stalls.test` hang, as with a hostile name server."""
    ends, ask = threading.Event(), socket.getaddrinfo

    def look_up(host: str, *given: Any, **named: Any) -> Any:
        if host.endswith(".stalls.test"):
            ends.wait()
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return ask(host, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield
    ends.set()


async def test_unresolvable_names_of_one_bureau_do_not_block_lookups_of_another(
    germany: Officer, kenya: Officer, mesh: HookedMesh, monkeypatch: pytest.MonkeyPatch, unanswered: None
) -> None:
    """Each lookup holds a thread as long as its name server likes, also after the caller gave up."""
    monkeypatch.setattr(targets, "RESOLVE_SECONDS", 0.3)
    urls = [f"http://{number}.stalls.test/" for number in range(40)]
    asked = await asyncio.gather(*(germany.ask("POST", PATH, json={"url": url}) for url in urls))
    assert {refusal_of(answer) for answer in asked} == {(422, "webhook-target")}
    await registered(kenya, "http://localhost/")
    assert threading.active_count() < 20
