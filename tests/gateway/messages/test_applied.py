"""A bureau applies what a service asks for, and signs that it did."""

import pytest

from shared.protocol.messages import SealedMessage
from shared.protocol.payloads import Form
from tests.gateway.mesh import Mesh
from tests.gateway.messages.form_samples import HITS, REVIEW, WITHDRAWAL, stated
from tests.gateway.messages.officers import Officer, refusal_of
from tests.gateway.messages.raw_messages import answers, post, sealed

SERVICE = "vehicles"


@pytest.fixture
def mesh(mesh: Mesh) -> Mesh:
    """Enter a service into the directory, with a place for what is posted to it."""
    mesh.join(SERVICE, "service", 100)
    return mesh


async def asked(mesh: Mesh, germany: Officer, form: Form = WITHDRAWAL) -> SealedMessage:
    """Send a form from the service to Germany, and wait until it is delivered."""
    message = sealed(mesh, said=stated(form, officer=SERVICE), by=SERVICE)
    await post(mesh, message, by=SERVICE)
    [receipt] = await answers(mesh, to=SERVICE)
    assert receipt.state == "delivered"
    await germany.receives(message.head.id)
    return message


async def test_a_bureau_signs_that_it_applied_a_withdrawal(mesh: Mesh, germany: Officer) -> None:
    """The service gets the receipt, and the evidence holds it."""
    message = await asked(mesh, germany)
    done = await germany.step(message.head.id, "applied")
    assert (done.status_code, done.json()["state"]) == (200, "applied")
    [receipt] = await answers(mesh, to=SERVICE)
    assert (receipt.state, receipt.re, receipt.reason) == ("applied", message.head.id, None)
    assert (await germany.get(f"/{message.head.id}"))["state"] == "applied"
    assert await germany.box(unread=True) == []
    evidence = await germany.get(f"/{message.head.id}/evidence")
    assert sorted(each["head"]["state"] for each in evidence["receipts"]) == ["applied", "delivered"]


async def test_a_read_message_can_be_applied_and_applied_is_final(mesh: Mesh, germany: Officer) -> None:
    """Repeating a step changes nothing; reading after applying leaves the state at applied."""
    message = await asked(mesh, germany)
    assert (await germany.step(message.head.id, "read")).json()["state"] == "read"
    first = await germany.step(message.head.id, "applied")
    for step in ("applied", "read"):
        assert (await germany.step(message.head.id, step)).json() == first.json()
    refused = await germany.step(message.head.id, "refusal", {"reason": "other"})
    assert refusal_of(refused) == (409, "illegal-step")
    assert [receipt.state for receipt in await answers(mesh, 2, to=SERVICE)] == ["read", "applied"]


async def test_a_refused_message_cannot_be_applied(mesh: Mesh, germany: Officer) -> None:
    """A refusal is final, as of any other message."""
    message = await asked(mesh, germany)
    await germany.step(message.head.id, "refusal", {"reason": "national-law"})
    assert refusal_of(await germany.step(message.head.id, "applied")) == (409, "illegal-step")
    assert (await germany.get(f"/{message.head.id}"))["state"] == "refused"


@pytest.mark.parametrize("form", [HITS, REVIEW], ids=lambda form: type(form).__name__)
async def test_a_form_that_requests_nothing_cannot_be_applied(mesh: Mesh, germany: Officer, form: Form) -> None:
    """Such as a notice of hits, which only informs."""
    message = await asked(mesh, germany, form)
    assert refusal_of(await germany.step(message.head.id, "applied")) == (409, "illegal-step")
    assert (await germany.get(f"/{message.head.id}"))["state"] == "delivered"


async def test_a_text_cannot_be_applied(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """Texts are read or answered; senders cannot apply their own messages."""
    sent = await france.send()
    await germany.receives(sent)
    assert refusal_of(await germany.step(sent, "applied")) == (409, "illegal-step")
    assert refusal_of(await france.step(sent, "applied")) == (404, "not-found")
    await france.sees(sent, "delivered")
