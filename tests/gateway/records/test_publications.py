"""A notice through the mesh: published to all who may see it, who confirm its end although they never searched it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from services import notices
from shared.identity import PURPOSE_SCOPES, Purpose
from shared.records.publisher import GATHERED_FOR
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.messages.officers import PATIENCE, Officer, refusal_of
from tests.services.notices.examples import COMPLETE, complete

SERVICE = notices.SERVICE
PATH = "/api/notices"
CANCELLED = {"reason": "article-3", "remark": "Predominantly political."}


class Network:
    """A mesh with the notices service, whose notifications reach the mailboxes of all bureaus."""

    def __init__(self, mesh: Mesh, client: httpx.AsyncClient) -> None:
        self.mesh = mesh
        self.client = client

    async def ask(self, bureau: str, method: str, path: str = "", **options: Any) -> httpx.Response:
        purpose = Purpose.LOCATE
        bearer = self.mesh.bearer(bureau, *SERVICE.scopes, PURPOSE_SCOPES[purpose], purpose=purpose)
        return await self.client.request(method, PATH + path, headers=bearer, **options)

    async def take(self, bureau: str, notice: str, step: str, body: Any = None) -> dict[str, Any]:
        """Take a step, which must be allowed, and return the notice after it."""
        answer = await self.ask(bureau, "POST", f"/{notice}/{step}", json=body)
        assert answer.status_code == 200, answer.text
        taken: dict[str, Any] = answer.json()
        return taken

    async def draft(self, **changes: Any) -> str:
        answer = await self.ask("FR", "POST", json=complete("blue", **changes))
        assert answer.status_code == 201, answer.text
        drafted: str = answer.json()["id"]
        return drafted

    async def publish(self, **changes: Any) -> dict[str, Any]:
        """Draft, review and publish a notice of France."""
        notice = await self.draft(**changes)
        await self.take("FR", notice, "submission")
        await self.take("IPSG", notice, "review")
        return await self.take("IPSG", notice, "publication")

    def officer(self, bureau: str) -> Officer:
        return Officer(self.client, self.mesh, bureau)

    async def inbox(self, bureau: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.officer(bureau).get(limit=100))["items"]
        return items

    async def receives(self, bureau: str, form: str, act: str) -> dict[str, Any]:
        """Wait until a bureau has a message of a form that states an act, and return it with its form decoded."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for item in await self.inbox(bureau):
                    if item["form"] == form:
                        message: dict[str, Any] = await self.officer(bureau).get(f"/{item['id']}")
                        message["decoded"] = msgspec.json.decode(message["body"])
                        if message["decoded"]["act"] == act:
                            return message
                await asyncio.sleep(0.005)

    async def disclosed(
        self, notice: str, fits: Callable[[dict[str, Any]], Any] = bool, by: str = "FR"
    ) -> dict[str, Any]:
        """Return the recipients of a notice by bureau, once they fit, as its owner or the Secretariat sees them."""
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self.ask(by, "GET", f"/{notice}/disclosures")
                assert answer.status_code == 200, answer.text
                recipients = {each["bureau"]: each for each in answer.json()["recipients"]}
                if fits(recipients):
                    return recipients
                await asyncio.sleep(0.005)


@pytest.fixture
async def network(mesh: Mesh, tmp_path: Path) -> AsyncIterator[Network]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(mesh.handling_mail())
        await mesh.start(SERVICE, tmp_path, stack, number=100)
        yield Network(mesh, await stack.enter_async_context(client_of(mesh.gateway(SERVICE))))


@pytest.mark.thorough
async def test_a_bureau_that_never_searched_confirms_the_withdrawal_of_a_notice_it_was_sent(network: Network) -> None:
    """Published, updated, withdrawn; Germany signs that it has removed it, Kenya has not, and France sees both."""
    notice = await network.publish()
    number, record = notice["number"], notice["id"]
    message = await network.receives("DE", "publication", "published")
    form = message["decoded"]
    assert (form["number"], form["colour"], form["version"], form["record"]) == (number, "blue", 4, record)
    assert form["content"] == (await network.ask("KE", "GET", f"/{record}")).json()
    assert (message["from"], message["to"], message["disclosed"]) == ("notices", ["DE"], True)
    assert message["subject"] == f"notices: notice {number} of FR is published"
    own = await network.receives("FR", "publication", "published")
    assert (own["decoded"]["omitted"], own["decoded"]["number"]) == ("own-record", number)
    # A trace, which changes without review.
    subject = {**COMPLETE["blue"]["subject"], "languages": ["FRE"]}
    changed = await network.ask("FR", "PUT", f"/{record}", json=complete("blue", subject=subject))
    assert changed.status_code == 200, changed.text
    network.mesh.clock.advance(GATHERED_FOR)
    for bureau in ("DE", "KE", "IPSG", "FR"):
        assert (await network.receives(bureau, "publication", "updated"))["decoded"]["version"] == 5
    received = await network.disclosed(record, lambda seen: {"DE", "IPSG", "KE"} <= set(seen))
    assert (received["DE"]["sent"], received["DE"]["versions"], received["DE"]["recall"]) == (True, [4, 5], None)
    await network.take("FR", record, "withdrawal")
    asked = await network.receives("DE", "withdrawal", "withdrawn")
    assert asked["subject"] == f"notices: remove your copies of notice {number}"
    assert (await network.officer("DE").step(asked["id"], "applied")).status_code == 200
    received = await network.disclosed(record, lambda seen: seen["DE"]["recall"]["applied"])
    assert received["DE"]["recall"]["message"] == asked["id"]
    assert received["DE"]["recall"]["applied"]["signature"]
    assert received["KE"]["recall"]["applied"] is None
    # What the publication brought was removed from the mailbox.
    left = msgspec.json.decode((await network.officer("DE").get(f"/{message['id']}"))["body"])
    assert (left.get("content"), left["omitted"]) == (None, "removed")


@pytest.mark.thorough
async def test_an_expired_notice_is_removed_by_those_it_was_sent_to(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody withdraws it; the service deletes it, and Kenya confirms."""
    monkeypatch.setattr("shared.records.service_kit.DEFAULT_RETENTION", timedelta(days=2))
    record = (await network.publish())["id"]
    await network.receives("KE", "publication", "published")
    network.mesh.clock.advance(timedelta(days=2))
    asked = await network.receives("KE", "withdrawal", "withdrawn")
    assert (await network.officer("KE").step(asked["id"], "applied")).status_code == 200
    await network.disclosed(record, lambda seen: seen["KE"]["recall"]["applied"])


@pytest.mark.thorough
async def test_recipients_of_a_cancelled_diffusion_confirm_its_deletion_to_secretariat_and_issuer(
    network: Network,
) -> None:
    """They read that the Secretariat instructs them, and nothing of why; both follow it, and its owner keeps it."""
    record = await network.draft(addressed=["DE"])
    await network.take("FR", record, "diffusion")
    sent = await network.receives("DE", "publication", "diffused")
    assert sent["subject"] == f"notices: notice {record} of FR is sent to you"
    # Until it cancels it, the Secretariat does not follow the copies of others' records.
    refused = await network.ask("IPSG", "GET", f"/{record}/disclosures")
    assert refusal_of(refused) == (403, "not-the-owner")
    await network.take("IPSG", record, "cancellation", CANCELLED)
    asked = await network.receives("DE", "withdrawal", "cancelled")
    assert asked["subject"] == (
        f"notices: by instruction of the General Secretariat, delete your copies of notice {record}"
    )
    assert "article-3" not in asked["body"]
    assert "political" not in asked["body"]
    assert (await network.officer("DE").step(asked["id"], "applied")).status_code == 200
    for by in ("FR", "IPSG"):
        received = await network.disclosed(record, lambda seen: seen["DE"]["recall"]["applied"], by)
        assert (received["DE"]["recall"]["act"], received["DE"]["recall"]["message"]) == ("cancelled", asked["id"])
        report = (await network.ask(by, "GET", f"/{record}/disclosures")).json()["confirmations"]
        assert (report["notified"], report["applied"], report["outstanding"]) == (["DE"], ["DE"], [])
    assert (await network.ask("FR", "DELETE", f"/{record}")).status_code == 409
    for bureau in ("DE", "KE"):
        assert (await network.ask(bureau, "GET", f"/{record}/disclosures")).status_code == 404


@pytest.mark.thorough
async def test_a_withdrawn_notice_is_not_followed_by_the_secretariat(network: Network) -> None:
    """As if it had never been, whether its recipients confirmed or not."""
    record = (await network.publish())["id"]
    await network.receives("DE", "publication", "published")
    await network.take("FR", record, "withdrawal")
    await network.receives("IPSG", "withdrawal", "withdrawn")
    assert (await network.ask("IPSG", "GET", f"/{record}/disclosures")).status_code == 404


@pytest.mark.thorough
async def test_a_barred_bureau_is_sent_nothing_and_the_others_do_not_learn_of_it(network: Network) -> None:
    """Germany gets the next notice, and nothing of the one before; Kenya's two messages look alike."""
    hidden = await network.publish(restricted=["DE"])
    shown = await network.publish()
    await network.receives("DE", "publication", "published")
    await network.officer("KE").until("", lambda page: len(page["items"]) == 2)
    [of_germany] = await network.inbox("DE")
    assert shown["number"] in of_germany["subject"]
    assert hidden["number"] not in str(await network.inbox("DE"))
    messages = [await network.officer("KE").get(f"/{each['id']}") for each in await network.inbox("KE")]
    bodies = [msgspec.json.decode(each["body"]) for each in messages]
    assert bodies[0].keys() == bodies[1].keys()
    assert [each["content"]["restricted"] for each in bodies] == [[], []]
    assert {len(each["to"]) for each in messages} == {1}
