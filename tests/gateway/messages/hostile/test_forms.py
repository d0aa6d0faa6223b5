"""Forms that are invalid or not allowed for their sender: refused with a signed reason, and not acted on."""

from typing import Any

import pytest

from shared.protocol.messages import AttachmentMetadata
from shared.protocol.payloads import Form
from tests.gateway.mesh import Mesh
from tests.gateway.messages.form_samples import AN_ID, HITS, OF_SERVICES, REQUEST, STANDING, stated
from tests.gateway.messages.officers import Officer
from tests.gateway.messages.raw_messages import answers, nothing_waits, post, sealed

ATTACHMENT = AttachmentMetadata("a", "b", 1, "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg")


@pytest.fixture(autouse=True)
async def acted(mesh: Mesh, germany: Officer) -> list[Any]:
    """Record every form that is acted on."""
    acted: list[Any] = []

    async def act(*what: Any) -> None:
        acted.append(what)

    for form in ("hits", "withdrawal", "publication", "review-due", "confirmation-request", "standing"):
        mesh.mailbox_host.handlers.on(form, act)
    mesh.join("vehicles", "service", 100)
    return acted


async def refused(mesh: Mesh, said: dict[str, Any], *, by: str = "FR", lane: str = "urgent") -> str | None:
    """Send a form that must be refused, and return the reason that Germany signed."""
    message = sealed(mesh, said=said, by=by)
    await post(mesh, message, lane, by=by)
    [receipt] = await answers(mesh, to=by)
    await nothing_waits(mesh)
    assert (receipt.state, receipt.re) == ("refused", message.head.id)
    return receipt.reason


@pytest.mark.parametrize("form", OF_SERVICES, ids=lambda form: type(form).__name__)
async def test_a_form_reserved_for_services_is_refused_from_a_bureau(mesh: Mesh, acted: list[Any], form: Form) -> None:
    """However valid the envelope: otherwise a bureau could withdraw records of others or invent hits."""
    assert await refused(mesh, stated(form)) == "envelope-sender"
    assert acted == []


@pytest.mark.parametrize("sender", ["FR", "vehicles"])
async def test_nobody_but_the_secretariat_tells_a_bureau_of_its_standing(
    mesh: Mesh, acted: list[Any], sender: str
) -> None:
    """A measure that somebody made up is refused."""
    assert await refused(mesh, stated(STANDING), by=sender) == "envelope-sender"
    assert acted == []


@pytest.mark.parametrize("said", [{}, stated(REQUEST), {"form": "invitation"}, {"form": ""}])
async def test_anything_but_its_own_forms_is_refused_from_a_service(
    mesh: Mesh, acted: list[Any], said: dict[str, Any]
) -> None:
    """No text, and nothing in the name of an officer."""
    assert await refused(mesh, said, by="vehicles") == "envelope-sender"
    assert acted == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "no JSON",
        "[" * 100_000,
        '{"hit":"HIT","number":4,"urgency":"urgent","due":1.0}',
        '{"hit":"HIT","number":1,"urgency":"urgent","due":1.0,"more":1}',
        '{"hit":"HIT","number":1,"urgency":"urgent","due":1.0,"number":2}',
        '{"hit":"HIT","number":1,"urgency":"urgent","due":"soon"}',
    ],
)
async def test_a_body_that_does_not_match_its_form_is_refused(mesh: Mesh, acted: list[Any], body: str) -> None:
    """Payload handlers see valid forms only."""
    assert await refused(mesh, stated(REQUEST, body=body.replace("HIT", AN_ID))) == "envelope-content"
    assert acted == []


async def test_a_form_with_attachments_is_refused(mesh: Mesh, germany: Officer, acted: list[Any]) -> None:
    """A service has no bucket from which they could be fetched."""
    assert await refused(mesh, stated(REQUEST, attachments=(ATTACHMENT,))) == "envelope-content"
    assert await refused(mesh, stated(HITS, attachments=(ATTACHMENT,)), by="vehicles") == "envelope-content"
    assert acted == []


async def test_a_bureau_cannot_impersonate_a_service(mesh: Mesh, germany: Officer, acted: list[Any]) -> None:
    """Neither by naming it as the sender, nor by relaying what it signed."""
    genuine = sealed(mesh, said=stated(HITS), by="vehicles")
    await post(mesh, genuine)
    await post(mesh, sealed(mesh, said=stated(HITS), sender="vehicles"))
    await nothing_waits(mesh)
    assert acted == []
    assert await germany.box() == []
