"""Messages with a form: sent and shown as messages, and acted on once, in the transaction that stores them."""

from typing import Any

import pytest

from shared.bureaus import BureauCode
from shared.errors import Invalid
from shared.mailbox import rules
from shared.mailbox.models import AcceptedMessage
from shared.mailbox.outbox import OutgoingPayload, enqueue
from shared.mailbox.store import MailStore
from shared.protocol.messages import OpenedMessage
from shared.protocol.payloads import write
from shared.rpc.participant import Participant
from tests.gateway.mesh import Mesh
from tests.gateway.messages.form_samples import AN_ID, HITS, REQUEST, WITHDRAWAL, stated, statement
from tests.gateway.messages.officers import DRAFT, Officer, refusal_of
from tests.gateway.messages.raw_messages import answers, nothing_waits, post, sealed

FR = BureauCode("FR")


@pytest.fixture
def service(mesh: Mesh) -> str:
    """Enter a service into the directory, with a place for what is posted to it, and return its name."""
    mesh.join("vehicles", "service", 100)
    return "vehicles"


class RecordingHandler:
    """A payload handler that records what it was called with."""

    def __init__(self) -> None:
        self.recorded: list[tuple[str, str, Any, int]] = []

    async def act(self, store: MailStore, message: OpenedMessage, form: Any, number: int, bureau: Participant) -> None:
        """Record recipient, message and form, once the message is stored."""
        [row] = await store.find(message.head.id)
        assert row.number == number
        self.recorded.append((bureau.name, message.head.id, form, number))


@pytest.fixture
def recorder(mesh: Mesh) -> RecordingHandler:
    """Register a handler that records forms."""
    recorder = RecordingHandler()
    for form in ("hits", "confirmation-request", "withdrawal"):
        mesh.mailbox_host.handlers.on(form, recorder.act)
    return recorder


async def send_form(mesh: Mesh, bureau: str, statement: OutgoingPayload) -> AcceptedMessage:
    """Send a form as a part of a bureau's gateway does."""
    session = await mesh.mailbox_host.of(BureauCode(bureau))
    accepted = await session.mailbox.write(lambda store: enqueue(store, session.bureau, statement))
    session.mailbox.changes.notify()
    return accepted


async def test_a_form_is_sent_and_shown_as_a_message(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """The list, the message and the evidence of both bureaus show its form; an officer's text has none."""
    accepted = await send_form(mesh, "FR", statement(REQUEST, urgency="urgent"))
    text = await france.send()
    shown = await germany.receives(accepted.id)
    assert (shown["form"], shown["body"], shown["urgency"]) == ("confirmation-request", write(REQUEST), "urgent")
    assert (shown["thread"], shown["officer"], shown["from"]) == (accepted.id, "fr.officer", "FR")
    assert (await germany.receives(text))["form"] is None
    await france.sees(accepted.id, "delivered")
    for officer, box in ((germany, "inbox"), (france, "outbox")):
        forms = {item["id"]: item["form"] for item in (await officer.get(box=box))["items"]}
        assert forms == {accepted.id: "confirmation-request", text: None}
        assert [item["id"] for item in (await officer.get(box=box, form="text"))["items"]] == [text]
    evidence = await germany.get(f"/{accepted.id}/evidence")
    assert '"form":"confirmation-request"' in evidence["content"]


async def test_an_officer_cannot_send_a_form(france: Officer) -> None:
    """Officers write text; forms are written by programs."""
    refused = await france.ask("POST", json=DRAFT | {"form": "confirmation-request", "body": write(REQUEST)})
    assert refusal_of(refused) == (422, "invalid")


async def test_a_form_is_sent_only_if_its_transaction_commits(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """It is put into the outbox in the transaction of the change that it reports."""
    session = await mesh.mailbox_host.of(FR)

    async def fail(store: MailStore) -> None:
        await enqueue(store, session.bureau, statement(REQUEST))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await session.mailbox.write(fail)
    assert await france.box(box="outbox") == []
    accepted = await session.mailbox.write(lambda store: enqueue(store, session.bureau, statement(REQUEST)))
    session.mailbox.changes.notify()
    assert (await germany.receives(accepted.id))["form"] == "confirmation-request"


async def test_a_form_with_invalid_members_or_to_its_own_bureau_is_refused_at_enqueue(
    mesh: Mesh, france: Officer
) -> None:
    """No recipient would accept it, so it would be sent until it expires."""
    for unfit in ({"subject": "a" * 201}, {"officer": "a\0"}, {"thread": "no id"}):
        with pytest.raises(Invalid):
            await send_form(mesh, "FR", statement(REQUEST, **unfit))
    with pytest.raises(rules.OwnAddress):
        await send_form(mesh, "FR", statement(REQUEST, "FR"))
    assert await france.box(box="outbox") == []


async def test_a_form_received_repeatedly_is_acted_on_once(
    mesh: Mesh, germany: Officer, recorder: RecordingHandler
) -> None:
    """In the transaction in which its message is stored."""
    message = sealed(mesh, said=stated(REQUEST))
    for lane in ("urgent", "routine", "urgent"):
        await post(mesh, message, lane)
        await answers(mesh)
    [(bureau, message_id, form, _)] = recorder.recorded
    assert (bureau, message_id, form.form) == ("DE", message.head.id, REQUEST)
    await post(mesh, sealed(mesh))
    await nothing_waits(mesh)
    assert len(recorder.recorded) == 1


async def test_a_message_is_not_stored_until_its_payload_handler_succeeds(
    mesh: Mesh, germany: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure rolls back what the handler did; the next delivery is handled as the first."""
    monkeypatch.setattr("shared.mailbox.receiving.BROKEN_SECONDS", 0.01)
    failures = [ZeroDivisionError(), ZeroDivisionError()]
    acted: list[int] = []

    async def act(_store: MailStore, _message: OpenedMessage, _form: Any, number: int, _by: Participant) -> None:
        acted.append(number)
        if failures:
            raise failures.pop()

    mesh.mailbox_host.handlers.on("confirmation-request", act)
    message = sealed(mesh, said=stated(REQUEST))
    await post(mesh, message)
    [receipt] = await answers(mesh)
    assert (receipt.state, receipt.re) == ("delivered", message.head.id)
    assert len(acted) == 3
    assert await germany.box() == [message.head.id]


@pytest.mark.thorough
async def test_redelivery_ends_when_a_payload_handler_keeps_failing(
    mesh: Mesh, germany: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is dropped without a receipt; its sender sends it again while it is valid."""
    monkeypatch.setattr("shared.mailbox.receiving.BROKEN_SECONDS", 0.01)

    async def act(*_what: Any) -> None:
        raise ZeroDivisionError

    mesh.mailbox_host.handlers.on("confirmation-request", act)
    await post(mesh, sealed(mesh, said=stated(REQUEST)))
    await nothing_waits(mesh)
    assert mesh.broker.kept._lanes[("FR", "urgent")] == {}
    assert await germany.box() == []


def test_a_payload_handler_for_an_unknown_form_raises_at_registration(mesh: Mesh, recorder: RecordingHandler) -> None:
    """A misspelled form is an error at the start."""
    with pytest.raises(ValueError, match="there is no form 'hit'"):
        mesh.mailbox_host.handlers.on("hit", recorder.act)


async def test_a_form_unknown_to_this_gateway_is_stored_as_text(
    mesh: Mesh, germany: Officer, recorder: RecordingHandler
) -> None:
    """Such as one of a newer gateway: officers read it as it is."""
    message = sealed(mesh, said={"form": "invitation", "body": "{}"})
    await post(mesh, message)
    shown = await germany.receives(message.head.id)
    assert (shown["form"], shown["body"]) == ("invitation", "{}")
    assert recorder.recorded == []


async def test_a_form_of_a_service_is_shown_filtered_and_acknowledged_as_one_of_a_bureau(
    mesh: Mesh, germany: Officer, france: Officer, recorder: RecordingHandler, service: str
) -> None:
    """The service is shown as its sender, is accepted as a filter, and gets receipts."""
    message = sealed(mesh, said=stated(HITS, officer=service), by=service)
    await post(mesh, message, by=service)
    [receipt] = await answers(mesh, to=service)
    assert (receipt.state, receipt.to, receipt.re) == ("delivered", service, message.head.id)
    shown = await germany.receives(message.head.id, **{"from": service})
    assert (shown["from"], shown["form"], shown["officer"]) == (service, "hits", service)
    assert await germany.box(**{"from": service}) == [message.head.id]
    assert await germany.box(**{"from": "notices"}) == []
    [event] = await (await mesh.mailbox_host.of(BureauCode("DE"))).mailbox.reading.events.after(0, 10)
    assert event.bureau == service
    assert [(form, number) for _, _, form, number in recorder.recorded] == [(HITS, event.message)]
    await germany.step(message.head.id, "read")
    [read] = await answers(mesh, to=service)
    assert (read.state, read.re) == ("read", message.head.id)


async def test_a_message_of_a_service_starts_a_conversation_of_both_bureaus(
    mesh: Mesh, france: Officer, germany: Officer, service: str
) -> None:
    """Text and forms of both recipients join the thread of the message."""
    message = sealed(mesh, said=stated(HITS), by=service, recipients=(BureauCode("DE"), FR))
    await post(mesh, message, by=service)
    subject = f"i247.msg.FR.urgent.{message.head.id}.{service}"
    key = mesh.directory.sealing_key_of("FR", mesh.clock.now())
    assert key is not None
    await mesh.participants[service].transport.post(subject, message.parcel_for("FR", key), seconds=1)
    for officer in (france, germany):
        await officer.receives(message.head.id)
    text = await germany.send(to=["FR"], thread=message.head.id)
    form = await send_form(mesh, "DE", statement(REQUEST, "FR", thread=message.head.id, in_reply_to=message.head.id))
    for sent in (text, form.id):
        shown = await france.receives(sent)
        assert shown["thread"] == message.head.id
    reply = await france.send(in_reply_to=form.id)
    await germany.receives(reply)
    for officer in (france, germany):
        assert set(await officer.box(thread=message.head.id)) == {message.head.id, text, form.id, reply}


async def test_a_message_to_the_secretariat_keeps_a_thread_that_is_unknown_there(
    mesh: Mesh, gateway: Any, france: Officer
) -> None:
    """A bureau that has the thread finds the message in it."""
    secretariat = Officer(gateway, mesh, "IPSG")
    accepted = await send_form(mesh, "FR", statement(REQUEST, "IPSG", thread=AN_ID))
    assert (await secretariat.receives(accepted.id))["thread"] == AN_ID
    assert await france.box(thread=AN_ID) == [accepted.id]
    assert WITHDRAWAL.record == AN_ID
