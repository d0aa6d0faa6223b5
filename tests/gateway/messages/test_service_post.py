"""What a service says to bureaus reaches them once, sealed, and the service learns of every signature."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.bureaus import SECRETARIAT, BureauCode
from shared.clock import FixedClock
from shared.ids import uuid7
from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.models import Box, MessageQuery
from shared.mailbox.notifications import Notification, NotificationReceipt
from shared.mailbox.rules import NotStored
from shared.mailbox.service_outbox import VALID_FOR, ServiceOutbox
from shared.mailbox.stores.receipts import ReceiptStore
from shared.mailbox.tables import TABLES
from shared.protocol.directory import Directory
from shared.protocol.envelope import MAX_MESSAGE_LIFETIME_SECONDS
from shared.protocol.evidence import verify
from shared.protocol.parcel import Parcel
from shared.protocol.payloads import Form
from shared.rpc.directory_sync import DirectoryPublisher
from shared.rpc.participant import Participant
from shared.transport.subjects import Lane, message_subject
from tests.gateway.mesh import Mesh
from tests.gateway.messages.form_samples import HITS, WITHDRAWAL
from tests.gateway.messages.officers import PATIENCE, Officer
from tests.gateway.messages.speaking import sealed

FR, DE, KE = map(BureauCode, ("FR", "DE", "KE"))
Signed = list[tuple[str, str]]


@pytest.fixture
def service(mesh: Mesh) -> Participant:
    """Return a service of the mesh."""
    return mesh.join("vehicles", "service", 100)


@pytest.fixture
async def post(mesh: Mesh, service: Participant) -> AsyncIterator[ServiceOutbox]:
    """Return the post of the service, at work."""
    post = mesh.post_of(service)
    async with post.running():
        yield post


def letter(mesh: Mesh, *to: BureauCode, **changed: Any) -> Notification:
    """Return what the service has to say to bureaus."""
    plain: dict[str, Any] = {
        "id": uuid7(mesh.clock.now()),
        "recipients": to,
        "disclosed": True,
        "urgent": True,
        "purpose": "security-check",
        "subject": "vehicles: DE found 1 of the records of FR",
        "form": HITS,
        "written": mesh.clock.now(),
    }
    return Notification(**(plain | changed))


def who_signed_what(proven: Mapping[str, list[NotificationReceipt]], letter: Notification) -> Signed:
    """Return who signed what about a letter, in the order in which it was signed."""
    return [(each.bureau, each.state) for each in proven[letter.id]]


async def until_signed(post: ServiceOutbox, letter: Notification, fits: Callable[[Signed], bool]) -> Signed:
    """Wait until what is signed about a letter fits, and return it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            signed = who_signed_what(await post.proven([letter.id]), letter)
            if fits(signed):
                return signed
            await asyncio.sleep(0.005)


async def test_a_letter_reaches_its_recipients_and_each_step_is_proven(
    mesh: Mesh, france: Officer, germany: Officer, post: ServiceOutbox
) -> None:
    """Delivered, read, applied: as each bureau signed it, when it did, and with the signature."""
    said = letter(mesh, FR, DE, form=WITHDRAWAL, subject="A record was withdrawn")
    await post.send(said)
    for officer in (france, germany):
        shown = await officer.receives(said.id)
        assert (shown["from"], shown["officer"], shown["to"]) == ("vehicles", "vehicles", ["FR", "DE"])
        assert (shown["form"], shown["urgency"], shown["subject"]) == ("withdrawal", "urgent", said.subject)
        assert datetime.fromisoformat(shown["valid_until"]) == said.written + VALID_FOR
    await until_signed(post, said, lambda signed: set(signed) == {("FR", "delivered"), ("DE", "delivered")})
    for minute, step in enumerate(("read", "applied"), 1):
        mesh.clock.advance(timedelta(minutes=1))
        assert (await germany.step(said.id, step)).status_code == 200
        await until_signed(post, said, lambda signed, count=2 + minute: len(signed) == count)
    proven = (await post.proven([said.id]))[said.id]
    assert [(each.bureau, each.state) for each in proven[2:]] == [("DE", "read"), ("DE", "applied")]
    assert [(each.at - said.written).total_seconds() for each in proven] == [0, 0, 60, 120]
    evidence = await germany.ask("GET", f"/{said.id}/evidence")
    findings = verify(evidence.content, mesh.root.public)
    assert findings.message is not None, findings.found
    assert [receipt.state for receipt in findings.message.receipts] == ["delivered", "read", "applied"]
    signatures = {each["signature"] for each in evidence.json()["receipts"]}
    assert signatures == {each.signature for each in proven if each.bureau == "DE"}


async def test_a_bureau_stops_telling_once_the_service_has_noted_it(
    mesh: Mesh, germany: Officer, post: ServiceOutbox
) -> None:
    """Else it would tell it for ever."""
    said = letter(mesh, DE, form=WITHDRAWAL)
    await post.send(said)
    await germany.receives(said.id)
    for step in ("read", "applied"):
        await germany.step(said.id, step)
    store = (await mesh.mailbox_host.of(DE)).mailbox.reading
    async with asyncio.timeout(PATIENCE):
        while (await store.earliest_due()).receipt is not None:  # noqa: ASYNC110 - what is noted tells nobody
            await asyncio.sleep(0.005)


async def test_a_refusal_is_proven_as_well(mesh: Mesh, germany: Officer, post: ServiceOutbox) -> None:
    """The caller gets an error."""
    said = letter(mesh, DE, form=WITHDRAWAL)
    await post.send(said)
    await germany.receives(said.id)
    await germany.step(said.id, "refusal", {"reason": "national-law"})
    await until_signed(post, said, lambda signed: signed[1:] == [("DE", "refused")])


async def test_recipients_need_not_be_told_of_each_other(
    mesh: Mesh, france: Officer, germany: Officer, post: ServiceOutbox
) -> None:
    """Who else had a record is not for each of them to know."""
    said = letter(mesh, FR, DE, disclosed=False, form=WITHDRAWAL)
    await post.send(said)
    for officer in (france, germany):
        shown = await officer.receives(said.id)
        assert (shown["to"], shown["disclosed"]) == ([officer.bureau], False)
    await until_signed(post, said, lambda signed: set(signed) == {("FR", "delivered"), ("DE", "delivered")})


async def test_a_letter_is_sent_once_however_often_it_is_handed_over(
    mesh: Mesh, germany: Officer, service: Participant, post: ServiceOutbox
) -> None:
    """Again, at the same time, and by another process of the service; also when it was signed for long ago."""
    said = letter(mesh, DE)
    other = mesh.post_of(service)
    async with other.running():
        await asyncio.gather(*(each.send(said) for each in (post, other) * 4))
        for each in (post, other):
            await until_signed(each, said, lambda signed: signed == [("DE", "delivered")])
        await other.send(said)
        following = letter(mesh, DE)
        await other.send(following)
        await germany.receives(following.id)
    assert await germany.box() == [following.id, said.id]


@pytest.mark.both_databases
async def test_two_processes_hand_over_the_same_letter_in_any_database(
    mesh: Mesh, service: Participant, database_url: str
) -> None:
    """It is one message, and none of them is told of an error."""
    mailboxes = [Mailboxes(lambda _: database_url, mesh.clock, mesh.log) for _ in range(2)]
    posts = [ServiceOutbox(service, each) for each in mailboxes]
    letters = [letter(mesh, DE, FR) for _ in range(20)]
    await asyncio.gather(*(post.send(each) for each in letters for post in posts))
    store = (await mailboxes[0].of("vehicles")).reading
    rows = await store.page(MessageQuery(box=Box.OUTBOX, limit=200))
    assert len(rows) == len(letters)
    progress = await store.deliveries.progress([row.number for row in rows])
    assert [sum(each.values()) for each in progress.values()] == [2] * len(letters)
    for each in mailboxes:
        await each.close()


async def test_a_letter_outlives_the_process_that_took_it_over(
    mesh: Mesh, germany: Officer, service: Participant
) -> None:
    """What was taken over is in the outbox, and the next process brings it."""
    said = letter(mesh, DE)
    before = mesh.post_of(service)
    await before.send(said)
    after = mesh.post_of(service)
    async with after.running():
        await germany.receives(said.id)


@pytest.fixture
async def secretariat(mesh: Mesh) -> None:
    """Have the Secretariat answer those who fetch the directory."""
    await DirectoryPublisher(mesh.bureaus[SECRETARIAT]).start()


@pytest.fixture
def behind(mesh: Mesh, service: Participant) -> Participant:
    """Return the service as it starts from a file that was written before anyone else was entered."""
    own = [mesh.directory.signed_entry_of(entry.kid) for entry in mesh.directory.entries_of(service.name)]
    return replace(service, directory=Directory(mesh.root.public, filter(None, own)))


async def test_who_is_not_known_is_asked_for(
    mesh: Mesh, france: Officer, germany: Officer, behind: Participant, secretariat: None
) -> None:
    """A bureau that was entered while the service was away gets what is said to it."""
    post, said = mesh.post_of(behind), letter(mesh, FR, DE)
    async with post.running():
        await post.send(said)
        for officer in (france, germany):
            assert (await officer.receives(said.id))["to"] == ["FR", "DE"]


@pytest.mark.parametrize("form", [HITS, WITHDRAWAL])
async def test_nobody_is_left_out_by_a_service_that_may_be_behind(
    mesh: Mesh, germany: Officer, behind: Participant, form: Form
) -> None:
    """Without the Secretariat the letter is not taken over, but kept by the service, and handed over again."""
    post, said = mesh.post_of(behind), letter(mesh, DE, form=form)
    with pytest.raises(NotStored):
        await post.send(said)
    await DirectoryPublisher(mesh.bureaus[SECRETARIAT]).start()
    async with post.running():
        await post.send(said)
        await germany.receives(said.id)


async def test_who_cannot_be_reached_at_the_moment_gets_it_later_and_a_stranger_never(
    mesh: Mesh,
    germany: Officer,
    kenya: Officer,
    post: ServiceOutbox,
    secretariat: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bureau that is suspended must not keep for ever what was withdrawn meanwhile."""
    monkeypatch.setattr("shared.mailbox.delivery.NO_KEY_SECONDS", 0.0)
    mesh.change_entries("KE", standing="suspended")
    said = letter(mesh, KE, BureauCode("IT"), DE, KE, form=WITHDRAWAL)
    await post.send(said)
    assert (await germany.receives(said.id))["to"] == ["KE", "DE"]
    await until_signed(post, said, lambda signed: signed == [("DE", "delivered")])
    mesh.change_entries("KE", standing="member")
    await kenya.receives(said.id)
    await until_signed(post, said, lambda signed: set(signed) == {("DE", "delivered"), ("KE", "delivered")})


async def test_a_letter_to_nobody_is_dropped(mesh: Mesh, post: ServiceOutbox, secretariat: None) -> None:
    """It is said in the log, by its id and form alone; nobody was ever told anything about it."""
    for to in ((), (BureauCode("IT"),), (BureauCode("vehicles"),)):
        said = letter(mesh, *to)
        await post.send(said)
        assert await post.proven([said.id]) == {said.id: []}
    dropped = mesh.logged("notification-to-nobody")
    assert [(line["form"], "IT" in str(line)) for line in dropped] == [("hits", False)] * 3


def test_a_letter_is_tried_for_as_long_as_an_envelope_may_be() -> None:
    """No longer, not even by what is rounded up when one of two times takes a bit more than the other."""
    for microsecond in range(0, 1_000_000, 997):
        at = datetime(2037, 6, 1, microsecond=microsecond, tzinfo=UTC)
        lifetime = (at + VALID_FOR).timestamp() - at.timestamp()
        assert MAX_MESSAGE_LIFETIME_SECONDS - 2 < lifetime <= MAX_MESSAGE_LIFETIME_SECONDS


async def test_what_cannot_be_stored_is_not_taken_over(
    mesh: Mesh, germany: Officer, service: Participant, clock: FixedClock
) -> None:
    """The service keeps it, and hands it over again."""
    urls = iter(["nowhere", *[mesh._store_url((TABLES,), "mailbox-vehicles")] * 9])
    post = ServiceOutbox(service, Mailboxes(lambda _: next(urls), clock, mesh.log))
    said = letter(mesh, DE)
    with pytest.raises(NotStored):
        await post.send(said)
    await post.send(said)
    async with post.running():
        await germany.receives(said.id)


async def test_signatures_are_found_for_any_number_of_letters(
    mesh: Mesh, germany: Officer, post: ServiceOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with its own, and those with none as well."""
    monkeypatch.setattr("shared.mailbox.service_outbox.BATCH_SIZE", 2)
    asked: list[int] = []
    real = ReceiptStore.signed_about

    async def counted(store: ReceiptStore, ids: Any) -> Any:
        asked.append(len(ids))
        return await real(store, ids)

    monkeypatch.setattr(ReceiptStore, "signed_about", counted)
    letters = [letter(mesh, DE) for _ in range(4)]
    for each in letters:
        await post.send(each)
    await until_signed(post, letters[-1], bool)
    await until_signed(post, letters[0], bool)
    never = uuid7(mesh.clock.now())
    asked.clear()
    proven = await post.proven([*(each.id for each in letters), never])
    assert asked == [2, 2, 1]
    assert proven[never] == []
    assert all(who_signed_what(proven, each) == [("DE", "delivered")] for each in letters)
    assert await post.proven([]) == {}


@pytest.mark.parametrize("lane", list(Lane))
async def test_what_is_no_receipt_is_thrown_away_unread(mesh: Mesh, post: ServiceOutbox, lane: Lane) -> None:
    """A service has no key to which a message could be sealed; nobody has it verify what is none, nor answer it."""
    mesh.broker.kept.ensure_streams(["FR"])
    message = sealed(mesh, recipients=(BureauCode("vehicles"),))
    key = mesh.directory.sealing_key_of("DE", mesh.clock.now())
    assert key is not None
    for parcel in (message.parcel_for("vehicles", key), Parcel("garbage", b"", "key")):
        subject = message_subject("vehicles", lane, uuid7(mesh.clock.now()), "FR")
        await mesh.bureaus[FR].transport.post(subject, parcel, seconds=1)
    async with asyncio.timeout(PATIENCE):
        while mesh.broker.kept._lanes[("vehicles", lane)]:  # noqa: ASYNC110 - what is settled tells nobody
            await asyncio.sleep(0.005)
    assert [line["sender"] for line in mesh.logged("message-to-service")] == ["FR", "FR"]
    assert mesh.broker.kept._lanes[("FR", Lane.URGENT)] == {}
    assert not [line for line in mesh.written.getvalue().splitlines() if b"-failed" in line]
