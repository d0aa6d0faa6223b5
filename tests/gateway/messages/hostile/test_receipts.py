"""Receipts that another bureau, honest or not, signs."""

import asyncio
from typing import Any

import pytest

from shared.bureaus import BureauCode
from shared.protocol.envelope import MessageHead
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import parse
from shared.transport.subjects import Lane
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import PATIENCE, Officer
from tests.gateway.messages.raw_messages import answers, from_germany, nothing_waits, post, receipt_for

UNKNOWN_ID = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"


@pytest.mark.parametrize(
    ("order", "ends"),
    [
        (("delivered",), "delivered"),
        (("read", "delivered"), "read"),
        (("delivered", "delivered"), "delivered"),
        (("delivered", "refused", "read"), "refused"),
        (("refused", "delivered", "read", "refused"), "refused"),
        (("read", "read", "refused"), "refused"),
        (("applied", "read", "delivered", "applied"), "applied"),
        (("applied", "refused"), "refused"),
    ],
)
async def test_receipts_in_any_order_and_repeated_lead_to_the_same_state(
    mesh: Mesh, germany: Officer, order: tuple[str, ...], ends: str
) -> None:
    """The most advanced state counts, not the latest; each but `delivered` is acknowledged each time."""
    sent, head, signature = await from_germany(mesh, germany)
    for state in order:
        await post(mesh, Parcel(receipt_for(mesh, head, signature, state), b""))
        await nothing_waits(mesh)
    message = await germany.sees(sent, ends)
    assert [each["state"] for each in message["recipients"]] == [ends]
    acknowledged = [state for state in order if state != "delivered"]
    assert [receipt.state for receipt in await answers(mesh, len(acknowledged))] == ["acknowledged"] * len(acknowledged)
    evidence = await germany.get(f"/{sent}/evidence")
    assert len(evidence["receipts"]) == len(set(order))


async def test_a_receipt_of_a_bureau_that_is_no_recipient_has_no_effect(mesh: Mesh, germany: Officer) -> None:
    """Nor has one for a message that was never sent, or an acknowledgement of a receipt."""
    sent = await germany.send(to=["KE"])
    transport = mesh.bureaus[BureauCode("KE")].transport
    async with asyncio.timeout(PATIENCE):
        [arrival] = await transport.collect(Lane.ROUTINE, limit=1, seconds=PATIENCE)
    signature = arrival.parcel.signature
    head = parse(MessageHead, signature)[1]
    await post(mesh, Parcel(receipt_for(mesh, head, signature, "delivered"), b""))
    await post(mesh, Parcel(receipt_for(mesh, head, "never sent", "delivered"), b""))
    await post(mesh, Parcel(receipt_for(mesh, head, signature, "acknowledged"), b""))
    await nothing_waits(mesh)
    await germany.sees(sent, "sent")
    assert len(mesh.logged("receipt-for-nothing")) == 2


@pytest.mark.parametrize(
    "changed",
    [{"reason": "a\0"}, {"reason": "a" * 65}, {"id": "a\0"}, {"id": "a" * 37}, {"digest": "\0" * 43}, {"digest": "a"}],
)
async def test_a_receipt_beyond_its_bounds_is_settled_without_an_answer(
    mesh: Mesh, germany: Officer, changed: dict[str, Any]
) -> None:
    """Nothing of it reaches the store."""
    sent, head, signature = await from_germany(mesh, germany)
    for state in ("refused", "acknowledged"):
        await post(mesh, Parcel(receipt_for(mesh, head, signature, state, **changed), b""))
    await post(mesh, Parcel("garbage", b"garbage"))
    await nothing_waits(mesh)
    await germany.sees(sent, "sent")
    assert mesh.broker.kept._lanes[("FR", "urgent")] == {}


async def test_an_unknown_reason_is_shown_as_other(mesh: Mesh, germany: Officer) -> None:
    """Text that another bureau chooses is not shown."""
    sent, head, signature = await from_germany(mesh, germany)
    await post(mesh, Parcel(receipt_for(mesh, head, signature, "refused", reason="<script>"), b""))
    message = await germany.sees(sent, "refused")
    assert message["recipients"][0]["reason"] == "other"
