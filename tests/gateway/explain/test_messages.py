"""Any message of a sandbox is explained step by step, to its sender and its recipients alone."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa

from shared.bureaus import BureauCode
from shared.mailbox.tables import messages
from shared.protocol.messages import SealedMessage
from shared.protocol.parcel import Parcel
from tests.gateway.explain.conftest import sandbox_in
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.messages.officers import Officer
from tests.gateway.messages.raw_messages import answers, parcel_of, post, sealed


@pytest.fixture
async def client(mesh: Mesh, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the gateway of a sandbox that handles the mail of all bureaus."""
    async with AsyncExitStack() as stack:
        # First the gateway, which keeps what the mailboxes refuse.
        gateway = mesh.gateway(sandbox=sandbox_in(tmp_path, mesh.clock))
        await stack.enter_async_context(mesh.handling_mail())
        yield await stack.enter_async_context(client_of(gateway))


async def explained(client: httpx.AsyncClient, officer: Officer, message: str) -> Any:
    """Return the explanation of a message, to an officer."""
    answer = await client.get(f"/sandbox/explain/{message}", headers=officer.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def steps_of(explanation: Any) -> dict[str, tuple[str, str]]:
    """Return the result of each step, and what it says."""
    return {each["step"]: (each["result"], each["says"]) for each in explanation["steps"]}


async def test_a_message_is_explained_to_its_sender_and_its_recipient(client: httpx.AsyncClient, mesh: Mesh) -> None:
    """Signature, key, recipients, seal and policy for both; how far it came for its sender."""
    france, germany = Officer(client, mesh, "FR"), Officer(client, mesh, "DE")
    message = await france.send()
    await germany.receives(message)
    await france.sees(message, "delivered")
    sent, received = await explained(client, france, message), await explained(client, germany, message)
    for explanation in (sent, received):
        assert {each["result"] for each in explanation["steps"]} == {"ok"}
        assert {"message", "content", "recipients", "seal", "policy", "key", "time"} <= steps_of(explanation).keys()
        assert explanation["request"]["head"]["id"] == message
        assert "Seen at the border" not in str(explanation)
    assert steps_of(sent)["delivery to DE"][1].startswith("delivered")
    assert "seal for DE" in steps_of(sent)
    assert "delivery to DE" not in steps_of(received)


async def test_a_bureau_that_took_no_part_gets_no_explanation(client: httpx.AsyncClient, mesh: Mesh) -> None:
    """As if there were no such message."""
    message = await Officer(client, mesh, "FR").send()
    answer = await client.get(f"/sandbox/explain/{message}", headers=Officer(client, mesh, "KE").headers)
    assert answer.status_code == 404


async def test_an_officer_without_the_scope_to_read_messages_gets_none(client: httpx.AsyncClient, mesh: Mesh) -> None:
    """A reader without a right to it is shown nothing of it."""
    message = await Officer(client, mesh, "FR").send()
    answer = await client.get(f"/sandbox/explain/{message}", headers=mesh.bearer("FR", "messages:write"))
    assert answer.status_code == 403


async def test_what_a_mailbox_lost_of_a_message_fails_in_its_steps(client: httpx.AsyncClient, mesh: Mesh) -> None:
    """A ciphertext that was changed in the store fits neither the signature nor the seal."""
    france = Officer(client, mesh, "FR")
    message = await france.send()
    mailbox, _ = await mesh.mailbox_host.of(BureauCode("FR"))
    async with mailbox._database.writing() as session:
        await session.execute(sa.update(messages).where(messages.c.id == message).values(sealed=b"x" * 200), {})
    steps = steps_of(await explained(client, france, message))
    assert {step for step, (result, _) in steps.items() if result == "failed"} >= {"message", "seal"}


async def test_a_message_that_waits_is_undecided(client: httpx.AsyncClient, mesh: Mesh) -> None:
    """Its recipient has not signed anything yet."""
    await mesh.bureaus[BureauCode("DE")].transport.close()
    france = Officer(client, mesh, "FR")
    steps = steps_of(await explained(client, france, await france.send()))
    assert steps["delivery to DE"][0] == "undecided"


def with_broken_seal(mesh: Mesh, message: SealedMessage) -> Parcel:
    """Return a message with the wrapped content key of another one."""
    return msgspec.structs.replace(parcel_of(mesh, message), key=parcel_of(mesh, sealed(mesh)).key)


def with_broken_signature(mesh: Mesh, message: SealedMessage) -> Parcel:
    """Return a message whose ciphertext was changed on its way."""
    parcel = parcel_of(mesh, message)
    return msgspec.structs.replace(parcel, body=parcel.body[:-1] + bytes([parcel.body[-1] ^ 1]))


@pytest.mark.parametrize(
    ("spoil", "fails"),
    [(with_broken_seal, ["seal"]), (with_broken_signature, ["signature", "verifier"])],
)
async def test_a_message_that_a_bureau_refused_is_explained_to_it(
    client: httpx.AsyncClient, mesh: Mesh, spoil: Callable[[Mesh, SealedMessage], Parcel], fails: list[str]
) -> None:
    """It is in no mailbox of the bureau, and kept as it arrived; others learn nothing of it."""
    message = sealed(mesh)
    await post(mesh, spoil(mesh, message))
    await answers(mesh)
    explanation = await explained(client, Officer(client, mesh, "DE"), message.head.id)
    failing = [step for step, (result, _) in steps_of(explanation).items() if result == "failed"]
    assert failing == [*fails, "result"]
    kenya = Officer(client, mesh, "KE")
    answer = await client.get(f"/sandbox/explain/{message.head.id}", headers=kenya.headers)
    assert answer.status_code == 404
