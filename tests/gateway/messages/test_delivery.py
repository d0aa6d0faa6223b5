"""Delivery under changing conditions: urgent messages, rotated and revoked keys, late receipts and failures."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Row

from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.errors import StoreUnavailable
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.rules import FIRST_RESEND_SECONDS, LATE_FACTOR
from shared.mailbox.stores.deliveries import DeliveryStore
from shared.rpc.participant import Participant
from shared.transport.memory import MemoryTransport
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import PATIENCE, Officer

FR, DE = BureauCode("FR"), BureauCode("DE")
ROUTINE = 150
LATENCY_SECONDS = 24
# Each receipt counts for an eighth of the average.
USUAL_SECONDS = LATENCY_SECONDS / 8


@pytest.mark.thorough
async def test_an_urgent_message_overtakes_routine_ones(mesh: Mesh) -> None:
    """For a bureau that was offline it arrives before most of those that were sent earlier."""
    async with mesh.handling_mail("FR") as client:
        france, germany = Officer(client, mesh, "FR"), Officer(client, mesh, "DE")
        routine = [await france.send() for _ in range(ROUTINE)]
        urgent = await france.send(urgency="urgent")
        for sent in (routine[-1], urgent):
            await france.sees(sent, "sent")
        mesh.mailbox_host.host(mesh.bureaus[DE])
        await germany.receives(urgent)
        await germany.receives(routine[-1])
        newest_first = [*await germany.box(limit=200)]
        assert sorted(newest_first) == sorted([*routine, urgent])
        assert newest_first[::-1].index(urgent) < ROUTINE // 2


@pytest.mark.thorough
async def test_a_message_in_transit_is_opened_after_its_keys_were_rotated(mesh: Mesh, clock: FixedClock) -> None:
    """The signing key has expired and the sealing key was replaced; the time of signing counts."""
    async with mesh.handling_mail("FR") as client:
        france, germany = Officer(client, mesh, "FR"), Officer(client, mesh, "DE")
        sent = await france.send()
        await france.sees(sent, "sent")
        # So that it is not sent again with the new keys.
        connection = mesh.bureaus[FR].transport
        assert isinstance(connection, MemoryTransport)
        connection.disconnect()
        for bureau, number in (("FR", 60), ("DE", 61)):
            mesh.change_entries(bureau, not_after=(clock.now() + timedelta(minutes=20)).timestamp())
            mesh.give_key(bureau, "bureau", number)
        clock.advance(timedelta(minutes=30))
        mesh.mailbox_host.host(mesh.bureaus[DE])
        assert (await germany.receives(sent))["from"] == "FR"
        connection.reconnect()
        await france.sees(sent, "delivered")
        evidence = await germany.get(f"/{sent}/evidence")
        assert evidence["message"]["head"]["kid"] != evidence["receipts"][0]["head"]["kid"]


async def test_a_message_in_transit_is_refused_after_its_key_was_revoked(mesh: Mesh, clock: FixedClock) -> None:
    """The holder of a revoked key could state any time; the sender is notified and may send again with a new key."""
    async with mesh.handling_mail("FR") as client:
        france, germany = Officer(client, mesh, "FR"), Officer(client, mesh, "DE")
        sent = await france.send()
        await france.sees(sent, "sent")
        clock.advance(timedelta(seconds=10))
        mesh.change_entries("FR", revoked_at=clock.now().timestamp())
        mesh.give_key("FR", "bureau", 60)
        mesh.mailbox_host.host(mesh.bureaus[DE])
        [recipient] = (await france.sees(sent, "refused"))["recipients"]
        assert recipient["reason"] == "envelope-key-not-valid"
        assert await germany.box() == []
        again = await france.send()
        await germany.receives(again)


@pytest.mark.thorough
async def test_messages_claimed_when_the_mailbox_failed_are_retried(
    mesh: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Soon, and not only when the claim has expired: the clock does not advance here."""
    usual, failures = DeliveryStore.to_seal, 0

    async def fail_once(store: DeliveryStore, numbers: Sequence[int]) -> dict[int, Row[Any]]:
        nonlocal failures
        failures += 1
        if failures == 1:
            raise StoreUnavailable
        return await usual(store, numbers)

    monkeypatch.setattr(DeliveryStore, "to_seal", fail_once)
    async with mesh.handling_mail("FR", "DE") as client:
        france, germany = Officer(client, mesh, "FR"), Officer(client, mesh, "DE")
        await germany.receives(await france.send())
    assert failures > 1


async def test_the_resend_delay_grows_with_the_latency_of_receipts(mesh: Mesh, clock: FixedClock) -> None:
    """Resending sooner would add to the load that delays them."""
    async with mesh.handling_mail("FR") as client:
        france = Officer(client, mesh, "FR")
        first = await france.send()
        await france.sees(first, "sent")
        clock.advance(timedelta(seconds=LATENCY_SECONDS))
        mesh.mailbox_host.host(mesh.bureaus[DE])
        await france.sees(first, "delivered")
        connection = mesh.bureaus[DE].transport
        assert isinstance(connection, MemoryTransport)
        connection.disconnect()
        await france.sees(await france.send(), "sent")
        mailbox = await mesh.mailbox_host._mailboxes.of(FR)
        due = (await mailbox.reading.earliest_due()).delivery
        assert mailbox.receipt_latency.usual_seconds == USUAL_SECONDS
        assert due is not None
        delay_seconds = (due - mailbox.now()) / 1000
        # A delay varies by up to a tenth.
        assert delay_seconds >= 0.9 * LATE_FACTOR * USUAL_SECONDS > 1.1 * FIRST_RESEND_SECONDS


async def test_a_failed_job_is_restarted_and_logged(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed job is restarted."""
    monkeypatch.setattr("shared.mailbox.host.RETRY_SECONDS", 0.0)
    begun, again = list[str](), asyncio.Event()

    async def fail_once(_: Mailbox, bureau: Participant) -> None:
        begun.append(bureau.name)
        if len(begun) == 1:
            raise UnicodeError
        again.set()

    mesh.mailbox_host.add_job("test", fail_once)
    async with mesh.handling_mail("FR"), asyncio.timeout(PATIENCE):
        await again.wait()
    assert begun == ["FR", "FR"]
    assert [line["error"] for line in mesh.logged("job-failed")] == ["UnicodeError"]
