"""Officers register webhooks, and what they may not."""

import base64
from pathlib import Path

import httpx
import pytest

from shared.clock import FixedClock
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import Officer, refusal_of
from tests.gateway.messages.webhooks.mesh import PATH, HookedMesh
from tests.gateway.messages.webhooks.receiver import Receiver, answer


async def test_a_webhook_is_registered_and_its_secret_shown_once(
    germany: Officer, receiver: Receiver, mesh: Mesh
) -> None:
    """It is listed without its secret afterwards, which no log has either."""
    answered = await germany.ask("POST", PATH, json={"url": receiver.url, "events": ["message"]})
    assert answered.status_code == 201, answered.text
    registered = answered.json()
    secret = registered.pop("secret")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert (registered["url"], registered["events"], registered["officer"]) == (
        receiver.url,
        ["message"],
        "de.officer",
    )
    assert answered.headers["location"] == f"/api/messages/webhooks/{registered['id']}"
    assert await germany.get(PATH) == {"items": [registered]}
    assert await germany.get(f"{PATH}/{registered['id']}") == registered
    assert secret.encode() not in mesh.written.getvalue()


async def test_by_default_it_is_told_of_all_events(germany: Officer, receiver: Receiver) -> None:
    """Of messages and of states."""
    answered = await germany.ask("POST", PATH, json={"url": receiver.url})
    assert answered.json()["events"] == ["message", "state"]


async def test_two_webhooks_have_two_secrets(germany: Officer, receiver: Receiver) -> None:
    """Even for the same URL."""
    first, second = [(await germany.ask("POST", PATH, json={"url": receiver.url})).json() for _ in range(2)]
    assert first["secret"] != second["secret"]


async def test_a_deleted_webhook_is_gone(germany: Officer, receiver: Receiver) -> None:
    """It is not listed any more, and cannot be deleted again."""
    path = f"{PATH}/{(await germany.ask('POST', PATH, json={'url': receiver.url})).json()['id']}"
    assert (await germany.ask("DELETE", path)).status_code == 204
    assert await germany.get(PATH) == {"items": []}
    for method, below in (("GET", ""), ("DELETE", ""), ("GET", "/deliveries"), ("POST", "/test")):
        assert refusal_of(await germany.ask(method, path + below)) == (404, "not-found")


async def test_the_webhooks_of_a_bureau_are_its_own(germany: Officer, france: Officer, receiver: Receiver) -> None:
    """Another bureau neither sees nor deletes nor tests them."""
    path = f"{PATH}/{(await germany.ask('POST', PATH, json={'url': receiver.url})).json()['id']}"
    assert await france.get(PATH) == {"items": []}
    for method, below in (("GET", ""), ("DELETE", ""), ("GET", "/deliveries"), ("POST", "/test")):
        assert refusal_of(await france.ask(method, path + below)) == (404, "not-found")
    assert (await germany.ask("GET", path)).status_code == 200


async def test_a_bureau_has_at_most_twenty(germany: Officer, receiver: Receiver) -> None:
    """One more is refused until another is deleted."""
    for _ in range(20):
        last = await germany.ask("POST", PATH, json={"url": receiver.url})
        assert last.status_code == 201
    assert refusal_of(await germany.ask("POST", PATH, json={"url": receiver.url})) == (409, "too-many-webhooks")
    await germany.ask("DELETE", f"{PATH}/{last.json()['id']}")
    assert (await germany.ask("POST", PATH, json={"url": receiver.url})).status_code == 201


async def test_who_may_only_read_registers_nothing(gateway: httpx.AsyncClient, mesh: Mesh, receiver: Receiver) -> None:
    """He sees what is registered; to register, to test and to delete needs the scope to write."""
    writer, reader = Officer(gateway, mesh, "DE"), Officer(gateway, mesh, "DE", "messages:read")
    path = f"{PATH}/{(await writer.ask('POST', PATH, json={'url': receiver.url})).json()['id']}"
    for method, asked in (("POST", PATH), ("DELETE", path), ("POST", f"{path}/test")):
        assert refusal_of(await reader.ask(method, asked, json={"url": receiver.url})) == (403, "scope-missing")
    for asked in (PATH, path, f"{path}/deliveries"):
        assert (await reader.ask("GET", asked)).status_code == 200


@pytest.mark.parametrize(
    "draft",
    [
        {},
        {"url": 7},
        {"url": ""},
        {"url": "http://127.0.0.1/" + "x" * 2000},
        {"url": "http://127.0.0.1/", "events": []},
        {"url": "http://127.0.0.1/", "events": ["message", "message"]},
        {"url": "http://127.0.0.1/", "events": ["other"]},
        {"url": "http://127.0.0.1/", "secret": "whsec_mine"},
    ],
)
async def test_what_does_not_fit_is_refused(germany: Officer, draft: object) -> None:
    """A draft states a URL of bounded length and known events, and nothing else."""
    assert refusal_of(await germany.ask("POST", PATH, json=draft)) == (422, "invalid")
    assert await germany.get(PATH) == {"items": []}


async def test_a_test_posts_a_ping_and_tells_what_came_of_it(germany: Officer, receiver: Receiver) -> None:
    """It is signed like an event, and is in no list."""
    path = f"{PATH}/{(await germany.ask('POST', PATH, json={'url': receiver.url})).json()['id']}"
    assert (await germany.ask("POST", f"{path}/test")).json() == {"delivered": True, "outcome": "204"}
    receiver.usually = answer(410)
    assert (await germany.ask("POST", f"{path}/test")).json() == {"delivered": False, "outcome": "410"}
    first, second = receiver.got
    assert first.event == {"type": "ping"}
    assert first.headers["webhook-signature"].startswith("v1,")
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert (await germany.get(f"{path}/deliveries")) == {"items": [], "next": None}


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://2130706433/",
        "https://0x7f.1/",
    ],
)
async def test_without_the_setting_a_target_is_public(clock: FixedClock, tmp_path: Path, url: str) -> None:
    """Plain HTTP, loopback and all ways to write it are refused when the webhook is registered."""
    mesh = Mesh(clock, tmp_path)
    async with mesh.handling_mail("DE") as client:
        officer = Officer(client, mesh, "DE")
        assert refusal_of(await officer.ask("POST", PATH, json={"url": url})) == (422, "webhook-target")
        assert await officer.get(PATH) == {"items": []}


async def test_a_name_without_an_address_is_refused(germany: Officer, mesh: HookedMesh) -> None:
    """Whoever misspells it is told at once."""

    async def nowhere(host: str, port: int) -> list[str]:
        raise OSError(host)

    mesh.resolve_with(nowhere, private=True)
    answered = await germany.ask("POST", PATH, json={"url": "https://hoks.example.org/"})
    assert refusal_of(answered) == (422, "webhook-target")
    assert "hoks.example.org" in answered.json()["detail"]
