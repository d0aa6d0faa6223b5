"""An event is sent only to the address that was checked."""

from contextlib import AsyncExitStack

import pytest

from tests.gateway.messages.officers import Officer
from tests.gateway.messages.webhooks.mesh import HookedMesh, attempted, deliveries, registered
from tests.gateway.messages.webhooks.receiver import Receiver, answer, receiving


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(france: Officer, germany: Officer, receiver: Receiver, status: int) -> None:
    """Its target was not checked."""
    async with receiving() as other:
        receiver.usually = answer(status, f"location: {other.url}")
        webhook = await registered(germany, receiver.url)
        await france.send()
        assert (await attempted(germany, webhook, 1))["outcome"] == str(status)
        assert other.got == []


async def test_the_connection_goes_to_an_address_of_the_checked_lookup(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    """The name is looked up once for each attempt, and is sent as the Host header."""
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        # The first one does not answer.
        return ["127.0.0.9", "127.0.0.1"]

    mesh.resolve_with(resolve, private=True)
    webhook = await registered(germany, f"http://hooks.test:{receiver.port}/a")
    await france.send()
    [delivery] = await deliveries(germany, webhook, 1, "delivered")
    assert (delivery["attempts"], asked) == (1, ["hooks.test"] * 2)
    assert receiver.got[0].headers["host"] == f"hooks.test:{receiver.port}"


async def test_a_name_that_resolves_to_a_private_address_at_delivery_is_refused(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    """Public at registration and loopback at delivery (DNS rebinding): no connection is made."""
    answers = [["93.184.216.34"]]

    async def resolve(_host: str, _port: int) -> list[str]:
        return answers.pop() if answers else ["127.0.0.1"]

    mesh.resolve_with(resolve, private=False)
    webhook = await registered(germany, f"https://hooks.test:{receiver.port}/a")
    await france.send()
    delivery = await attempted(germany, webhook, 1)
    assert (delivery["state"], delivery["outcome"]) == ("pending", "refused-target")
    assert receiver.got == []


async def test_a_name_that_does_not_resolve_is_retried(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    answers: list[list[str] | OSError] = [["127.0.0.1"], OSError("no such name"), ["127.0.0.1"]]

    async def resolve(_host: str, _port: int) -> list[str]:
        found = answers.pop(0)
        if isinstance(found, OSError):
            raise found
        return found

    mesh.resolve_with(resolve, private=True)
    webhook = await registered(germany, f"http://hooks.test:{receiver.port}/a")
    await france.send()
    assert (await attempted(germany, webhook, 1))["outcome"] == "unresolved"
    await mesh.pass_time("DE", 5)
    await deliveries(germany, webhook, 1, "delivered")


async def test_proxies_of_the_environment_are_not_used(
    france: Officer, germany: Officer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would look up the name itself."""
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(receiving())
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        webhook = await registered(germany, receiver.url)
        await france.send()
        await deliveries(germany, webhook, 1, "delivered")
        assert proxy.got == []
