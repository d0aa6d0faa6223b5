"""An event goes to the address that was judged, and nowhere else."""

from contextlib import AsyncExitStack

import pytest

from tests.gateway.messages.officers import Officer
from tests.gateway.messages.webhooks.mesh import HookedMesh, attempted, deliveries, registered
from tests.gateway.messages.webhooks.receiver import Receiver, answer, receiving


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(france: Officer, germany: Officer, receiver: Receiver, status: int) -> None:
    """Where it leads nobody has checked."""
    async with receiving() as other:
        receiver.usually = answer(status, f"location: {other.url}")
        webhook = await registered(germany, receiver.url)
        await france.send()
        assert (await attempted(germany, webhook, 1))["outcome"] == str(status)
        assert other.got == []


async def test_the_connection_goes_to_the_address_that_was_judged(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    """The name is looked up once for each attempt, and the target is asked by its name."""
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


async def test_a_name_that_changes_its_address_leads_nowhere_private(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    """Public when the webhook is registered, loopback when the event is posted: nothing is connected to."""
    answers = [["93.184.216.34"]]

    async def resolve(_host: str, _port: int) -> list[str]:
        return answers.pop() if answers else ["127.0.0.1"]

    mesh.resolve_with(resolve, private=False)
    webhook = await registered(germany, f"https://hooks.test:{receiver.port}/a")
    await france.send()
    delivery = await attempted(germany, webhook, 1)
    assert (delivery["state"], delivery["outcome"]) == ("pending", "refused-target")
    assert receiver.got == []


async def test_a_name_that_vanished_is_asked_for_again(
    france: Officer, germany: Officer, receiver: Receiver, mesh: HookedMesh
) -> None:
    """It may come back."""
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


async def test_no_proxy_of_the_environment_is_used(
    france: Officer, germany: Officer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would look up the name by itself."""
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(receiving())
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        webhook = await registered(germany, receiver.url)
        await france.send()
        await deliveries(germany, webhook, 1, "delivered")
        assert proxy.got == []
