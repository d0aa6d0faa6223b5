"""Messages that publish a record: what they brought is removed with it, and is not passed on against its terms."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from shared.ids import uuid7
from shared.mailbox.notifications import Notification
from shared.mailbox.service_outbox import ServiceOutbox
from shared.mailbox.tables import messages
from shared.protocol.payloads import Publication, read
from shared.protocol.quotes import QuotedRecord
from shared.rpc.participant import Participant
from tests.gateway.mesh import Mesh
from tests.gateway.messages.form_samples import AN_ID, PUBLICATION, WITHDRAWAL
from tests.gateway.messages.notifications import DE, KE, notification, until_signed
from tests.gateway.messages.officers import DRAFT, Officer, refusal_of

SECRET = "FZ 512-KL"
FORM = msgspec.structs.replace(PUBLICATION, version=1)
TERMS = QuotedRecord(
    service="vehicles", kind="vehicle", record=AN_ID, version=1, owner="FR", handling="OFFICIAL_USE", conditions=("H2",)
)
ACTS = ["withdrawn", "cancelled", "corrected"]


@pytest.fixture
def service(mesh: Mesh) -> Participant:
    return mesh.join("vehicles", "service", 100)


@pytest.fixture
async def post(mesh: Mesh, service: Participant) -> AsyncIterator[ServiceOutbox]:
    """Return the running outbox of the service."""
    post = mesh.post_of(service)
    async with post.running():
        yield post


def publication(mesh: Mesh, *, to: Any = DE, **changed: Any) -> Notification:
    form = msgspec.structs.replace(FORM, **changed)
    return notification(mesh, to, form=form, quotes=(TERMS,), urgent=False)


def withdrawal(mesh: Mesh, act: Any = "withdrawn", *, to: Any = DE, **changed: Any) -> Notification:
    return notification(mesh, to, form=msgspec.structs.replace(WITHDRAWAL, act=act, **changed))


async def stored(mesh: Mesh, post: ServiceOutbox, message: str) -> list[bytes]:
    """Return all that the mailboxes of the service and of Germany have of a message, as bytes."""
    own = await post._mailboxes.of("vehicles")
    received = (await mesh.mailbox_host.of(DE)).mailbox
    rows = [
        row
        for mailbox in (own, received)
        for row in await mailbox.reading.session.fetch(sa.select(messages).where(messages.c.id == message))
    ]
    assert len(rows) == 2
    return [b"|".join([row.content, row.sealed, row.content_key, row.summary.encode()]) for row in rows]


async def decoded(officer: Officer, message: str) -> Publication:
    shown = await officer.receives(message)
    form = read(shown["form"], shown["body"])
    assert isinstance(form, Publication)
    return form


@pytest.mark.parametrize("act", ACTS)
async def test_what_a_publication_brought_is_removed_with_its_record(
    mesh: Mesh, germany: Officer, post: ServiceOutbox, act: str
) -> None:
    """In the mailboxes of the bureau and of the service; the message stays, and is no proof any more."""
    sent = publication(mesh)
    await post.send(sent)
    assert await decoded(germany, sent.id) == FORM
    await until_signed(post, sent, lambda signed: signed == [("DE", "delivered")])
    assert all(SECRET.encode() in each for each in await stored(mesh, post, sent.id))
    assert (await germany.ask("GET", f"/{sent.id}/evidence")).status_code == 200
    asked = withdrawal(mesh, act)
    await post.send(asked)
    shown = await germany.receives(asked.id)
    # All about a record is one conversation.
    assert shown["thread"] == (await germany.receives(sent.id))["thread"] == AN_ID
    left = await decoded(germany, sent.id)
    assert (left.content, left.omitted, left.number) == (None, "removed", FORM.number)
    for each in await stored(mesh, post, sent.id):
        assert SECRET.encode() not in each
        # No ciphertext, and no key that opens a copy of it.
        assert b"||" in each
    assert refusal_of(await germany.ask("GET", f"/{sent.id}/evidence")) == (410, "content-removed")
    assert (await germany.step(asked.id, "applied")).status_code == 200


async def test_a_later_version_and_another_record_keep_their_content(
    mesh: Mesh, germany: Officer, post: ServiceOutbox
) -> None:
    """A correction is followed by the corrected version."""
    other = uuid7(mesh.clock.now())
    kept = [publication(mesh, version=2), publication(mesh, record=other)]
    for each in kept:
        await post.send(each)
        await germany.receives(each.id)
    asked = withdrawal(mesh, "corrected")
    await post.send(asked)
    await germany.receives(asked.id)
    for each in kept:
        assert (await decoded(germany, each.id)).content == FORM.content


@pytest.mark.parametrize("act", ACTS)
async def test_a_publication_that_arrives_after_the_withdrawal_of_its_record_is_refused(
    mesh: Mesh, germany: Officer, post: ServiceOutbox, act: str
) -> None:
    """A signed refusal, and nothing is stored; a later version, as when the bureau is admitted again, is taken."""
    asked = withdrawal(mesh, act)
    await post.send(asked)
    await germany.receives(asked.id)
    late = publication(mesh)
    await post.send(late)
    await until_signed(post, late, lambda signed: signed == [("DE", "refused")])
    [receipt] = (await post.proven([late.id]))[late.id]
    assert receipt.head.reason == "record-withdrawn"
    assert await germany.box() == [asked.id]
    again = publication(mesh, version=WITHDRAWAL.version)
    await post.send(again)
    assert (await decoded(germany, again.id)).content == FORM.content


async def test_a_publication_that_waits_is_not_sent_after_the_withdrawal(
    mesh: Mesh, germany: Officer, kenya: Officer, service: Participant
) -> None:
    """The bureau from which the record was withdrawn gets the withdrawal alone, the other gets the record."""
    post = mesh.post_of(service)
    to_germany, to_kenya, asked = publication(mesh), publication(mesh, to=KE), withdrawal(mesh)
    for each in (to_germany, to_kenya, asked):
        await post.send(each)
    async with post.running():
        await germany.receives(asked.id)
        assert (await decoded(kenya, to_kenya.id)).content == FORM.content
    assert await germany.box() == [asked.id]


async def test_a_published_record_with_h2_is_not_passed_on_without_its_owners_release(
    mesh: Mesh, germany: Officer, post: ServiceOutbox
) -> None:
    """The message quotes the record, so that what is forwarded carries the mark."""
    sent = publication(mesh)
    await post.send(sent)
    shown = await germany.receives(sent.id)
    assert [(each["record"], each["conditions"]) for each in shown["quotes"]] == [(AN_ID, ["H2"])]
    refused = await germany.ask("POST", json=DRAFT | {"to": ["KE"], "forwards": sent.id})
    assert refusal_of(refused) == (403, "onward-sharing")


async def test_a_withdrawal_in_the_name_of_another_service_removes_nothing(
    mesh: Mesh, germany: Officer, post: ServiceOutbox
) -> None:
    """Services sign for themselves alone."""
    sent = publication(mesh)
    await post.send(sent)
    await germany.receives(sent.id)
    false = mesh.post_of(mesh.join("notices", "service", 101))
    async with false.running():
        asked = withdrawal(mesh)
        await false.send(asked)
        await germany.receives(asked.id)
    assert (await decoded(germany, sent.id)).content == FORM.content
