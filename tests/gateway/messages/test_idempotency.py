"""A request with an Idempotency-Key is accepted once, however often it is sent."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from shared.bureaus import BureauCode
from shared.errors import Busy, OutcomeUnknown
from shared.identity import Purpose
from shared.mailbox.tables import chunks
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import DRAFT, SCOPES, Officer, refusal_of

KEY = {"Idempotency-Key": "order-247"}


async def test_a_repeated_request_returns_the_same_message(france: Officer, germany: Officer) -> None:
    """It is not sent again."""
    first, again = [await france.ask("POST", json=DRAFT, headers=KEY) for _ in range(2)]
    assert (first.status_code, again.status_code) == (202, 202)
    assert (first.json(), first.headers["location"]) == (again.json(), again.headers["location"])
    assert await france.box(box="outbox") == [first.json()["id"]]
    await germany.receives(first.json()["id"])
    assert await germany.box() == [first.json()["id"]]


async def test_concurrent_requests_with_one_key_store_one_message(mesh: Mesh, france: Officer) -> None:
    """With an attachment: the chunks of the other requests are removed."""
    parts: list[Any] = [("message", (None, json.dumps(DRAFT))), ("attachments", ("a.txt", b"a" * 300_000))]
    answers = await asyncio.gather(*(france.ask("POST", files=parts, headers=KEY) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {202}
    [sent] = {answer.json()["id"] for answer in answers}
    assert await france.box(box="outbox") == [sent]
    mailbox = await mesh.mailbox_host._mailboxes.of(BureauCode("FR"))
    kept = await mailbox.reading.session.fetch(chunks.select())
    assert {(row.message_id, row.number) for row in kept} == {(sent, 0), (sent, 1)}


@pytest.mark.parametrize(
    "other",
    [
        {"json": DRAFT | {"body": "Not seen."}},
        {"json": DRAFT | {"to": ["KE"]}},
        {"json": DRAFT, "headers": {"I247-Purpose": "locate"}},
        {"files": [("message", (None, json.dumps(DRAFT))), ("attachments", ("a.txt", b"a"))]},
    ],
)
async def test_a_key_reused_with_another_request_is_refused(france: Officer, other: dict[str, Any]) -> None:
    """Otherwise the second message would seem to be sent, and never arrive."""
    await france.ask("POST", json=DRAFT, headers=KEY)
    answer = await france.ask("POST", **other | {"headers": KEY | other.get("headers", {})})
    assert refusal_of(answer) == (422, "idempotency-key-reused")
    assert len(await france.box(box="outbox")) == 1


async def test_a_key_reused_with_other_attachment_content_is_refused(france: Officer) -> None:
    """Also if name and size are equal."""
    for content, status in ((b"a", 202), (b"a", 202), (b"b", 422)):
        parts: list[Any] = [("message", (None, json.dumps(DRAFT))), ("attachments", ("a.txt", content))]
        assert (await france.ask("POST", files=parts, headers=KEY)).status_code == status
    assert len(await france.box(box="outbox")) == 1


async def test_an_idempotency_key_belongs_to_one_officer(
    mesh: Mesh, gateway: httpx.AsyncClient, france: Officer
) -> None:
    """Two officers, or two bureaus, may choose the same key."""
    system = Officer(gateway, mesh, "FR", *SCOPES)
    system.headers = {"Authorization": f"Bearer {mesh.token_of('fr.system', 'FR', *SCOPES, purpose=Purpose.WARNING)}"}
    sent = {(await officer.ask("POST", json=DRAFT, headers=KEY)).json()["id"] for officer in (france, system, france)}
    assert len(sent) == 2


@pytest.mark.parametrize("key", ["", "a b", "a" * 129, "\u00e9"])
async def test_an_invalid_idempotency_key_is_refused(france: Officer, key: str) -> None:
    """A key has 1 to 128 visible ASCII characters."""
    headers: Any = [("Idempotency-Key", key.encode()), *france.headers.items()]
    answer = await france._client.post("/api/messages", json=DRAFT, headers=headers)
    assert refusal_of(answer) == (422, "invalid")
    assert await france.box(box="outbox") == []


async def test_a_refused_request_does_not_use_up_its_key(france: Officer) -> None:
    """The corrected request may be sent with it."""
    assert (await france.ask("POST", json=DRAFT | {"to": ["JP"]}, headers=KEY)).status_code == 422
    assert (await france.ask("POST", json=DRAFT, headers=KEY)).status_code == 202


async def test_a_commit_whose_outcome_is_unknown_is_said_to_be_so_although_the_store_is_busy_then(
    mesh: Mesh, france: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chunks of its attachment cannot be deleted at once, which is no matter of the sender."""
    mailbox = await mesh.mailbox_host._mailboxes.of(BureauCode("FR"))
    write, failures = mailbox.write, iter([None, OutcomeUnknown("the connection was lost"), Busy("locked")])

    async def write_or_fail(work: Any) -> Any:
        if (failure := next(failures, None)) is not None:
            raise failure
        return await write(work)

    monkeypatch.setattr(mailbox, "write", write_or_fail)
    parts: list[Any] = [("message", (None, json.dumps(DRAFT))), ("attachments", ("a.txt", b"a"))]
    refused = await france.ask("POST", files=parts, headers=KEY)
    assert refusal_of(refused) == (503, "outcome-unknown")
    assert next(failures, None) is None
