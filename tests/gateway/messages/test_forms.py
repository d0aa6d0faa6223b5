"""What is said in forms: it travels as a message, is shown as one, and is acted on once, as it is kept."""

from typing import Any

import pytest

from shared.bureaus import BureauCode
from shared.errors import Invalid
from shared.mailbox import rules
from shared.mailbox.models import Accepted
from shared.mailbox.outbox import OutgoingPayload, enqueue
from shared.mailbox.store import MailStore
from shared.protocol.messages import OpenedMessage
from shared.protocol.payloads import write
from shared.rpc.participant import Participant
from tests.gateway.mesh import Mesh
from tests.gateway.messages.form_samples import AN_ID, HITS, REQUEST, WITHDRAWAL, stated, statement
from tests.gateway.messages.officers import DRAFT, Officer, refusal_of
from tests.gateway.messages.speaking import answers, nothing_waits, post, sealed

FR = BureauCode("FR")


@pytest.fixture
def service(mesh: Mesh) -> str:
    """Enter a service into the directory, with a place for what is posted to it, and return its name."""
    mesh.join("vehicles", "service", 100)
    return "vehicles"


class Told:
    """Acts on messages by writing down what they say."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, Any, int]] = []

    async def act(self, store: MailStore, message: OpenedMessage, form: Any, number: int, bureau: Participant) -> None:
        """Write down who was told what, once the message is in the box."""
        [row] = await store.find(message.head.id)
        assert row.number == number
        self.heard.append((bureau.name, message.head.id, form, number))


@pytest.fixture
def told(mesh: Mesh) -> Told:
    """Write down what is said in forms."""
    told = Told()
    for form in ("hits", "confirmation-request", "withdrawal"):
        mesh.mailbox_host.handlers.on(form, told.act)
    return told


async def said_by(mesh: Mesh, bureau: str, statement: OutgoingPayload) -> Accepted:
    """Say something as a part of a bureau's gateway does."""
    session = await mesh.mailbox_host.of(BureauCode(bureau))
    accepted = await session.mailbox.write(lambda store: enqueue(store, session.bureau, statement))
    session.mailbox.changes.notify()
    return accepted


async def test_what_is_said_in_a_form_is_a_message(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """With its form, in the list and alone, at both ends; a message of an officer has none."""
    accepted = await said_by(mesh, "FR", statement(REQUEST, urgency="urgent"))
    text = await france.send()
    shown = await germany.receives(accepted.id)
    assert (shown["form"], shown["body"], shown["urgency"]) == ("confirmation-request", write(REQUEST), "urgent")
    assert (shown["thread"], shown["officer"], shown["from"]) == (accepted.id, "fr.officer", "FR")
    assert (await germany.receives(text))["form"] is None
    await france.sees(accepted.id, "delivered")
    for officer, box in ((germany, "inbox"), (france, "outbox")):
        forms = {item["id"]: item["form"] for item in (await officer.get(box=box))["items"]}
        assert forms == {accepted.id: "confirmation-request", text: None}
    evidence = await germany.get(f"/{accepted.id}/evidence")
    assert '"form":"confirmation-request"' in evidence["content"]


async def test_an_officer_cannot_state_a_form(france: Officer) -> None:
    """He writes text; what programs read is for programs to say."""
    refused = await france.ask("POST", json=DRAFT | {"form": "confirmation-request", "body": write(REQUEST)})
    assert refusal_of(refused) == (422, "invalid")


async def test_what_is_said_goes_with_what_it_is_about_or_not_at_all(
    mesh: Mesh, france: Officer, germany: Officer
) -> None:
    """Put out in a transaction of others, it is in the outbox if that is committed, and only then."""
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


async def test_what_is_said_must_be_readable_and_for_others(mesh: Mesh, france: Officer) -> None:
    """Nobody would take it otherwise, and it would be sent for ever."""
    for unfit in ({"subject": "a" * 201}, {"officer": "a\0"}, {"thread": "no id"}):
        with pytest.raises(Invalid):
            await said_by(mesh, "FR", statement(REQUEST, **unfit))
    with pytest.raises(rules.OwnAddress):
        await said_by(mesh, "FR", statement(REQUEST, "FR"))
    assert await france.box(box="outbox") == []


async def test_a_form_is_acted_on_once(mesh: Mesh, germany: Officer, told: Told) -> None:
    """In the transaction in which its message is kept, however often that comes again."""
    message = sealed(mesh, said=stated(REQUEST))
    for lane in ("urgent", "routine", "urgent"):
        await post(mesh, message, lane)
        await answers(mesh)
    [(bureau, message_id, form, _)] = told.heard
    assert (bureau, message_id, form.form) == ("DE", message.head.id, REQUEST)
    await post(mesh, sealed(mesh))
    await nothing_waits(mesh)
    assert len(told.heard) == 1


async def test_a_message_on_which_nobody_could_act_is_not_kept(
    mesh: Mesh, germany: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done about it before is undone; when it comes again it is acted on as if for the first time."""
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


async def test_a_message_on_which_nobody_can_act_comes_again_but_not_for_ever(
    mesh: Mesh, germany: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the end it is let go without a word: its sender sends it again as long as it matters."""
    monkeypatch.setattr("shared.mailbox.receiving.BROKEN_SECONDS", 0.01)

    async def act(*_what: Any) -> None:
        raise ZeroDivisionError

    mesh.mailbox_host.handlers.on("confirmation-request", act)
    await post(mesh, sealed(mesh, said=stated(REQUEST)))
    await nothing_waits(mesh)
    assert mesh.broker.kept._lanes[("FR", "urgent")] == {}
    assert await germany.box() == []


def test_nobody_acts_on_a_form_that_there_is_not(mesh: Mesh, told: Told) -> None:
    """A misspelled one is an error at the start."""
    with pytest.raises(ValueError, match="there is no form 'hit'"):
        mesh.mailbox_host.handlers.on("hit", told.act)


async def test_a_form_that_is_not_known_here_is_kept_as_a_text(mesh: Mesh, germany: Officer, told: Told) -> None:
    """Of a newer gateway, say: its officers read it as it is."""
    message = sealed(mesh, said={"form": "invitation", "body": "{}"})
    await post(mesh, message)
    shown = await germany.receives(message.head.id)
    assert (shown["form"], shown["body"]) == ("invitation", "{}")
    assert told.heard == []


async def test_a_service_says_what_is_for_it_to_say(
    mesh: Mesh, germany: Officer, france: Officer, told: Told, service: str
) -> None:
    """It is shown with its name as the sender, is found by it, and is answered with receipts as a bureau is."""
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
    assert [(form, number) for _, _, form, number in told.heard] == [(HITS, event.message)]
    await germany.step(message.head.id, "read")
    [read] = await answers(mesh, to=service)
    assert (read.state, read.re) == ("read", message.head.id)


async def test_a_conversation_begins_with_what_a_service_said(
    mesh: Mesh, france: Officer, germany: Officer, service: str
) -> None:
    """Text and forms of both bureaus join the thread of the message that they both had."""
    message = sealed(mesh, said=stated(HITS), by=service, recipients=(BureauCode("DE"), FR))
    await post(mesh, message, by=service)
    subject = f"i247.msg.FR.urgent.{message.head.id}.{service}"
    key = mesh.directory.sealing_key_of("FR", mesh.clock.now())
    assert key is not None
    await mesh.participants[service].transport.post(subject, message.parcel_for("FR", key), seconds=1)
    for officer in (france, germany):
        await officer.receives(message.head.id)
    text = await germany.send(to=["FR"], thread=message.head.id)
    form = await said_by(mesh, "DE", statement(REQUEST, "FR", thread=message.head.id, in_reply_to=message.head.id))
    for sent in (text, form.id):
        shown = await france.receives(sent)
        assert shown["thread"] == message.head.id
    reply = await france.send(in_reply_to=form.id)
    await germany.receives(reply)
    for officer in (france, germany):
        assert set(await officer.box(thread=message.head.id)) == {message.head.id, text, form.id, reply}


async def test_what_is_said_to_the_secretariat_belongs_to_a_thread_that_it_does_not_have(
    mesh: Mesh, gateway: Any, france: Officer
) -> None:
    """The thread is stated nevertheless, so that a bureau that has it finds the message there."""
    secretariat = Officer(gateway, mesh, "IPSG")
    accepted = await said_by(mesh, "FR", statement(REQUEST, "IPSG", thread=AN_ID))
    assert (await secretariat.receives(accepted.id))["thread"] == AN_ID
    assert await france.box(thread=AN_ID) == [accepted.id]
    assert WITHDRAWAL.record == AN_ID
