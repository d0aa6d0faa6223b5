"""Notifications of a service are delivered once and sealed, and the service obtains the receipts."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.bureaus import SECRETARIAT, BureauCode
from shared.clock import FixedClock
from shared.ids import uuid7
from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.models import Box, MessageQuery
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
from tests.gateway.messages.notifications import DE, FR, KE, bureaus_and_states, notification, until_signed
from tests.gateway.messages.officers import PATIENCE, Officer
from tests.gateway.messages.raw_messages import sealed


@pytest.fixture
def service(mesh: Mesh) -> Participant:
    """Return a service of the mesh."""
    return mesh.join("vehicles", "service", 100)


@pytest.fixture
async def post(mesh: Mesh, service: Participant) -> AsyncIterator[ServiceOutbox]:
    """Return the running outbox of the service."""
    post = mesh.post_of(service)
    async with post.running():
        yield post


async def test_a_notification_is_delivered_and_each_receipt_is_available_to_the_service(
    mesh: Mesh, france: Officer, germany: Officer, post: ServiceOutbox
) -> None:
    """Delivered, read, applied: with bureau, time and signature of each."""
    sent = notification(mesh, FR, DE, form=WITHDRAWAL, subject="A record was withdrawn")
    await post.send(sent)
    for officer in (france, germany):
        shown = await officer.receives(sent.id)
        assert (shown["from"], shown["officer"], shown["to"]) == ("vehicles", "vehicles", ["FR", "DE"])
        assert (shown["form"], shown["urgency"], shown["subject"]) == ("withdrawal", "urgent", sent.subject)
        assert datetime.fromisoformat(shown["valid_until"]) == sent.written + VALID_FOR
    await until_signed(post, sent, lambda signed: set(signed) == {("FR", "delivered"), ("DE", "delivered")})
    for minute, step in enumerate(("read", "applied"), 1):
        mesh.clock.advance(timedelta(minutes=1))
        assert (await germany.step(sent.id, step)).status_code == 200
        await until_signed(post, sent, lambda signed, count=2 + minute: len(signed) == count)
    proven = (await post.proven([sent.id]))[sent.id]
    assert [(each.head.sender, each.head.state) for each in proven[2:]] == [("DE", "read"), ("DE", "applied")]
    assert [each.head.iat - sent.written.timestamp() for each in proven] == [0, 0, 60, 120]
    evidence = await germany.ask("GET", f"/{sent.id}/evidence")
    findings = verify(evidence.content, mesh.root.public)
    assert findings.message is not None, findings.found
    assert [receipt.state for receipt in findings.message.receipts] == ["delivered", "read", "applied"]
    signatures = {each["signature"] for each in evidence.json()["receipts"]}
    assert signatures == {each.signature for each in proven if each.head.sender == "DE"}


async def test_a_bureau_stops_sending_receipts_once_the_service_has_acknowledged_them(
    mesh: Mesh, germany: Officer, post: ServiceOutbox
) -> None:
    """Otherwise it would send them without end."""
    sent = notification(mesh, DE, form=WITHDRAWAL)
    await post.send(sent)
    await germany.receives(sent.id)
    for step in ("read", "applied"):
        await germany.step(sent.id, step)
    store = (await mesh.mailbox_host.of(DE)).mailbox.reading
    async with asyncio.timeout(PATIENCE):
        while (await store.earliest_due()).receipt is not None:  # noqa: ASYNC110 - an acknowledgement sends no signal
            await asyncio.sleep(0.005)


async def test_a_refusal_of_a_notification_is_available_to_the_service(
    mesh: Mesh, germany: Officer, post: ServiceOutbox
) -> None:
    sent = notification(mesh, DE, form=WITHDRAWAL)
    await post.send(sent)
    await germany.receives(sent.id)
    await germany.step(sent.id, "refusal", {"reason": "national-law"})
    await until_signed(post, sent, lambda signed: signed[1:] == [("DE", "refused")])


async def test_undisclosed_recipients_of_a_notification_see_only_themselves(
    mesh: Mesh, france: Officer, germany: Officer, post: ServiceOutbox
) -> None:
    """Which other bureaus received a record is confidential."""
    sent = notification(mesh, FR, DE, disclosed=False, form=WITHDRAWAL)
    await post.send(sent)
    for officer in (france, germany):
        shown = await officer.receives(sent.id)
        assert (shown["to"], shown["disclosed"]) == ([officer.bureau], False)
    await until_signed(post, sent, lambda signed: set(signed) == {("FR", "delivered"), ("DE", "delivered")})


async def test_a_notification_handed_over_repeatedly_is_sent_once(
    mesh: Mesh, germany: Officer, service: Participant, post: ServiceOutbox
) -> None:
    """Repeated, concurrently and by another process of the service; also after it was signed for."""
    sent = notification(mesh, DE)
    other = mesh.post_of(service)
    async with other.running():
        await asyncio.gather(*(each.send(sent) for each in (post, other) * 4))
        for each in (post, other):
            await until_signed(each, sent, lambda signed: signed == [("DE", "delivered")])
        await other.send(sent)
        following = notification(mesh, DE)
        await other.send(following)
        await germany.receives(following.id)
    assert await germany.box() == [following.id, sent.id]


@pytest.mark.both_databases
async def test_two_processes_enqueue_the_same_notifications_without_duplicates_or_errors(
    mesh: Mesh, service: Participant, database_url: str
) -> None:
    """On both databases."""
    mailboxes = [Mailboxes(lambda _: database_url, mesh.clock, mesh.log) for _ in range(2)]
    posts = [ServiceOutbox(service, each) for each in mailboxes]
    notifications = [notification(mesh, DE, FR) for _ in range(20)]
    await asyncio.gather(*(post.send(each) for each in notifications for post in posts))
    store = (await mailboxes[0].of("vehicles")).reading
    rows = await store.page(MessageQuery(box=Box.OUTBOX, limit=200))
    assert len(rows) == len(notifications)
    progress = await store.deliveries.progress([row.number for row in rows])
    assert [sum(each.values()) for each in progress.values()] == [2] * len(notifications)
    for each in mailboxes:
        await each.close()


async def test_an_enqueued_notification_is_sent_by_the_next_process(
    mesh: Mesh, germany: Officer, service: Participant
) -> None:
    """It is stored in the outbox."""
    sent = notification(mesh, DE)
    before = mesh.post_of(service)
    await before.send(sent)
    after = mesh.post_of(service)
    async with after.running():
        await germany.receives(sent.id)


@pytest.fixture
async def secretariat(mesh: Mesh) -> None:
    """Have the Secretariat serve the directory."""
    await DirectoryPublisher(mesh.bureaus[SECRETARIAT]).start()


@pytest.fixture
def behind(mesh: Mesh, service: Participant) -> Participant:
    """Return the service with a directory that has its own entries only."""
    own = [mesh.directory.signed_entry_of(entry.kid) for entry in mesh.directory.entries_of(service.name)]
    return replace(service, directory=Directory(mesh.root.public, filter(None, own)))


async def test_a_recipient_missing_in_a_stale_directory_is_fetched_from_the_secretariat(
    mesh: Mesh, france: Officer, germany: Officer, behind: Participant, secretariat: None
) -> None:
    """A bureau that was entered while the service was offline gets its notifications."""
    post, sent = mesh.post_of(behind), notification(mesh, FR, DE)
    async with post.running():
        await post.send(sent)
        for officer in (france, germany):
            assert (await officer.receives(sent.id))["to"] == ["FR", "DE"]


@pytest.mark.parametrize("form", [HITS, WITHDRAWAL])
async def test_a_notification_is_not_enqueued_while_the_directory_may_be_stale(
    mesh: Mesh, germany: Officer, behind: Participant, form: Form
) -> None:
    """The service keeps it, and hands it over again once the Secretariat answers."""
    post, sent = mesh.post_of(behind), notification(mesh, DE, form=form)
    with pytest.raises(NotStored):
        await post.send(sent)
    await DirectoryPublisher(mesh.bureaus[SECRETARIAT]).start()
    async with post.running():
        await post.send(sent)
        await germany.receives(sent.id)


async def test_a_suspended_recipient_gets_a_notification_later_and_an_unknown_one_never(
    mesh: Mesh,
    germany: Officer,
    kenya: Officer,
    post: ServiceOutbox,
    secretariat: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A suspended bureau must not keep what was withdrawn meanwhile."""
    monkeypatch.setattr("shared.mailbox.delivery.NO_KEY_SECONDS", 0.0)
    mesh.change_entries("KE", standing="suspended")
    sent = notification(mesh, KE, BureauCode("IT"), DE, KE, form=WITHDRAWAL)
    await post.send(sent)
    assert (await germany.receives(sent.id))["to"] == ["KE", "DE"]
    await until_signed(post, sent, lambda signed: signed == [("DE", "delivered")])
    mesh.change_entries("KE", standing="member")
    await kenya.receives(sent.id)
    await until_signed(post, sent, lambda signed: set(signed) == {("DE", "delivered"), ("KE", "delivered")})


async def test_a_notification_without_a_known_recipient_is_dropped_and_logged(
    mesh: Mesh, post: ServiceOutbox, secretariat: None
) -> None:
    """With its form, and without the recipients."""
    for to in ((), (BureauCode("IT"),), (BureauCode("vehicles"),)):
        sent = notification(mesh, *to)
        await post.send(sent)
        assert await post.proven([sent.id]) == {sent.id: []}
    dropped = mesh.logged("notification-to-nobody")
    assert [(line["form"], "IT" in str(line)) for line in dropped] == [("hits", False)] * 3


def test_a_notification_is_valid_as_long_as_an_envelope_may_be() -> None:
    """And no longer, whatever the rounding of the two times."""
    for microsecond in range(0, 1_000_000, 997):
        at = datetime(2037, 6, 1, microsecond=microsecond, tzinfo=UTC)
        lifetime = (at + VALID_FOR).timestamp() - at.timestamp()
        assert MAX_MESSAGE_LIFETIME_SECONDS - 2 < lifetime <= MAX_MESSAGE_LIFETIME_SECONDS


async def test_a_notification_that_cannot_be_stored_is_not_enqueued(
    mesh: Mesh, germany: Officer, service: Participant, clock: FixedClock
) -> None:
    """The service keeps it, and hands it over again."""
    urls = iter(["nowhere", *[mesh._store_url((TABLES,), "mailbox-vehicles")] * 9])
    post = ServiceOutbox(service, Mailboxes(lambda _: next(urls), clock, mesh.log))
    sent = notification(mesh, DE)
    with pytest.raises(NotStored):
        await post.send(sent)
    await post.send(sent)
    async with post.running():
        await germany.receives(sent.id)


async def test_receipts_are_found_in_batches_for_any_number_of_notifications(
    mesh: Mesh, germany: Officer, post: ServiceOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also for one without receipts."""
    monkeypatch.setattr("shared.mailbox.service_outbox.BATCH_SIZE", 2)
    asked: list[int] = []
    real = ReceiptStore.signed_about

    async def counted(store: ReceiptStore, ids: Any) -> Any:
        asked.append(len(ids))
        return await real(store, ids)

    monkeypatch.setattr(ReceiptStore, "signed_about", counted)
    notifications = [notification(mesh, DE) for _ in range(4)]
    for each in notifications:
        await post.send(each)
    await until_signed(post, notifications[-1], bool)
    await until_signed(post, notifications[0], bool)
    never = uuid7(mesh.clock.now())
    asked.clear()
    proven = await post.proven([*(each.id for each in notifications), never])
    assert asked == [2, 2, 1]
    assert proven[never] == []
    assert all(bureaus_and_states(proven, each) == [("DE", "delivered")] for each in notifications)
    assert await post.proven([]) == {}


@pytest.mark.parametrize("lane", list(Lane))
async def test_a_post_to_a_service_that_is_no_receipt_is_dropped_unread(
    mesh: Mesh, post: ServiceOutbox, lane: Lane
) -> None:
    """A service has no sealing key; it neither verifies nor answers such posts."""
    mesh.broker.kept.ensure_streams(["FR"])
    message = sealed(mesh, recipients=(BureauCode("vehicles"),))
    key = mesh.directory.sealing_key_of("DE", mesh.clock.now())
    assert key is not None
    for parcel in (message.parcel_for("vehicles", key), Parcel("garbage", b"", "key")):
        subject = message_subject("vehicles", lane, uuid7(mesh.clock.now()), "FR")
        await mesh.bureaus[FR].transport.post(subject, parcel, seconds=1)
    async with asyncio.timeout(PATIENCE):
        while mesh.broker.kept._lanes[("vehicles", lane)]:  # noqa: ASYNC110 - settling sends no signal
            await asyncio.sleep(0.005)
    assert [line["sender"] for line in mesh.logged("message-to-service")] == ["FR", "FR"]
    assert mesh.broker.kept._lanes[("FR", Lane.URGENT)] == {}
    assert not [line for line in mesh.written.getvalue().splitlines() if b"-failed" in line]
