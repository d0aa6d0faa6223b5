"""Registration, listing, testing and deletion of webhooks, and what is refused."""

import base64
from pathlib import Path

import httpx
import pytest

from shared.clock import FixedClock
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import Officer, refusal_of
from tests.gateway.messages.webhooks.mesh import PATH, HookedMesh
from tests.gateway.messages.webhooks.receiver import Receiver, answer


async def test_a_webhook_is_registered_and_its_secret_is_shown_once(
    germany: Officer, receiver: Receiver, mesh: Mesh
) -> None:
    """Neither the list nor the log contains the secret."""
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


async def test_a_webhook_subscribes_to_all_event_types_by_default(germany: Officer, receiver: Receiver) -> None:
    """Messages and states."""
    answered = await germany.ask("POST", PATH, json={"url": receiver.url})
    assert answered.json()["events"] == ["message", "state"]


async def test_two_webhooks_have_different_secrets(germany: Officer, receiver: Receiver) -> None:
    """Even for the same URL."""
    first, second = [(await germany.ask("POST", PATH, json={"url": receiver.url})).json() for _ in range(2)]
    assert first["secret"] != second["secret"]


async def test_a_deleted_webhook_is_not_found(germany: Officer, receiver: Receiver) -> None:
    """It is not listed, and cannot be deleted again."""
    path = f"{PATH}/{(await germany.ask('POST', PATH, json={'url': receiver.url})).json()['id']}"
    assert (await germany.ask("DELETE", path)).status_code == 204
    assert await germany.get(PATH) == {"items": []}
    for method, below in (("GET", ""), ("DELETE", ""), ("GET", "/deliveries"), ("POST", "/test")):
        assert refusal_of(await germany.ask(method, path + below)) == (404, "not-found")


async def test_another_bureau_cannot_see_test_or_delete_a_webhook(
    germany: Officer, france: Officer, receiver: Receiver
) -> None:
    path = f"{PATH}/{(await germany.ask('POST', PATH, json={'url': receiver.url})).json()['id']}"
    assert await france.get(PATH) == {"items": []}
    for method, below in (("GET", ""), ("DELETE", ""), ("GET", "/deliveries"), ("POST", "/test")):
        assert refusal_of(await france.ask(method, path + below)) == (404, "not-found")
    assert (await germany.ask("GET", path)).status_code == 200


@pytest.mark.thorough
async def test_a_bureau_has_at_most_twenty_webhooks(germany: Officer, receiver: Receiver) -> None:
    """One more is refused until another is deleted."""
    for _ in range(20):
        last = await germany.ask("POST", PATH, json={"url": receiver.url})
        assert last.status_code == 201
    assert refusal_of(await germany.ask("POST", PATH, json={"url": receiver.url})) == (409, "too-many-webhooks")
    await germany.ask("DELETE", f"{PATH}/{last.json()['id']}")
    assert (await germany.ask("POST", PATH, json={"url": receiver.url})).status_code == 201


async def test_registering_testing_and_deleting_a_webhook_needs_the_write_scope(
    gateway: httpx.AsyncClient, mesh: Mesh, receiver: Receiver
) -> None:
    """Listing needs the read scope only."""
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
async def test_an_invalid_registration_is_refused(germany: Officer, draft: object) -> None:
    """It has a URL of bounded length and known event types, and nothing else."""
    assert refusal_of(await germany.ask("POST", PATH, json=draft)) == (422, "invalid")
    assert await germany.get(PATH) == {"items": []}


async def test_testing_a_webhook_posts_a_ping_and_returns_the_outcome(germany: Officer, receiver: Receiver) -> None:
    """It is signed like an event, and not listed as a delivery."""
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
async def test_a_target_that_is_not_public_https_is_refused_without_the_setting(
    clock: FixedClock, tmp_path: Path, url: str
) -> None:
    """Plain HTTP, and loopback in all notations."""
    mesh = Mesh(clock, tmp_path)
    async with mesh.handling_mail("DE") as client:
        officer = Officer(client, mesh, "DE")
        assert refusal_of(await officer.ask("POST", PATH, json={"url": url})) == (422, "webhook-target")
        assert await officer.get(PATH) == {"items": []}


async def test_a_url_whose_name_does_not_resolve_is_refused(germany: Officer, mesh: HookedMesh) -> None:
    """A misspelled name is reported at registration."""

    async def nowhere(host: str, port: int) -> list[str]:
        raise OSError(host)

    mesh.resolve_with(nowhere, private=True)
    answered = await germany.ask("POST", PATH, json={"url": "https://hoks.example.org/"})
    assert refusal_of(answered) == (422, "webhook-target")
    assert "hoks.example.org" in answered.json()["detail"]
