"""Messages of partners: exchanged as the agreement says, also where the partner's own gateway is hostile."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from shared.agreements import Agreement
from tests.gateway.accounts import BUREAUS
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import DRAFT, Officer, refusal_of
from tests.gateway.messages.raw_messages import answers, post, sealed

CODE = "PARTNER-ICC"


def join(mesh: Mesh, **changed: object) -> None:
    """Enter a partner with an agreement."""
    stated = {"services": ("notices",), "verbs": ("read", "message"), "purposes": ("security-check",)}
    until = mesh.clock.now().date() + timedelta(days=1)
    mesh.join(CODE, "partner", 200)
    mesh.broker.kept.ensure_streams([*BUREAUS, CODE], [])
    mesh.change_entries(CODE, agreement=Agreement(**{**stated, "until": until, "resolution": "AG-1"} | changed))


async def test_a_partner_can_be_addressed_if_its_agreement_allows_messages(mesh: Mesh, france: Officer) -> None:
    """Until the last day of its agreement; the word `all` does not mean it."""
    join(mesh)
    await france.send(to=[CODE])
    everybody = await france.ask("POST", json=DRAFT | {"to": "all"})
    assert CODE not in everybody.json()["to"]
    ended = mesh.clock.now().date() - timedelta(days=1)
    mesh.change_entries(CODE, agreement=replace(mesh.directory.agreement_of(CODE), until=ended))
    assert refusal_of(await france.ask("POST", json=DRAFT | {"to": [CODE]})) == (422, "unknown-recipient")


async def test_a_partner_without_the_verb_message_cannot_be_addressed(mesh: Mesh, france: Officer) -> None:
    join(mesh, verbs=("read",))
    assert refusal_of(await france.ask("POST", json=DRAFT | {"to": [CODE]})) == (422, "unknown-recipient")


async def test_a_message_for_the_purpose_of_the_commission_is_its_own_alone(mesh: Mesh, germany: Officer) -> None:
    """Whatever the gateway of another participant allows."""
    await post(mesh, sealed(mesh, purpose="data-subject-request"))
    [receipt] = await answers(mesh)
    assert (receipt.state, receipt.reason) == ("refused", "envelope-purpose")
    assert await germany.box() == []


async def test_the_public_cannot_be_addressed(mesh: Mesh, france: Officer) -> None:
    """It has no sealing key."""
    mesh.join("PUBLIC", "public", 201)
    assert refusal_of(await france.ask("POST", json=DRAFT | {"to": ["PUBLIC"]})) == (422, "unknown-recipient")


@pytest.mark.parametrize(
    ("changed", "state", "reason"),
    [
        ({}, "delivered", None),
        ({"verbs": ("read",)}, "refused", "envelope-agreement"),
        ({"purposes": ("border-management",)}, "refused", "envelope-agreement"),
    ],
    ids=["agreed", "not agreed", "for another purpose"],
)
async def test_a_message_of_a_partner_beyond_its_agreement_is_refused_by_the_recipient(
    mesh: Mesh, germany: Officer, changed: dict[str, object], state: str, reason: str | None
) -> None:
    """With a signed reason, whatever the gateway of the partner allows."""
    join(mesh, **changed)
    message = sealed(mesh, by=CODE)
    await post(mesh, message, by=CODE)
    [receipt] = await answers(mesh, to=CODE)
    assert (receipt.state, receipt.reason) == (state, reason)
    assert (await germany.box()) == ([message.head.id] if state == "delivered" else [])
