"""Witnesses cosign the checkpoints of logs as they grow, after failures and new keys too."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.witness.rules import PROVEN_WITHIN
from gateway.witness.store import WitnessStore
from gateway.witness.worker import ASSIGNED_EVERY_SECONDS, Witnesses
from shared.audit.verify.leaf_proof import verify_proof
from shared.crypto.signed_note import parse_note
from shared.protocol.envelope import SIGNATURE_HEADER, digest_of
from shared.protocol.witnesses import assigned
from tests.conftest import NOW
from tests.gateway.witness.network import NAME, PATH, SERVICE, Network
from tests.services.stolen_vehicles.samples import ALFA

REFUSE_COSIGNATURES = """
    CREATE TRIGGER refuse BEFORE INSERT ON audit_cosignatures BEGIN SELECT RAISE(ABORT, 'the disk is full'); END
"""


@pytest.mark.thorough
async def test_a_disclosure_is_proven_offline_once_two_bureaus_have_cosigned(network: Network) -> None:
    """The owner's auditor proves what another bureau was shown, with the public root key alone."""
    bearer = network.mesh.bearer("FR", *SERVICE.scopes)
    await network.client.post(PATH, json=ALFA, headers=bearer)
    bearer = network.mesh.bearer("DE", *SERVICE.scopes)
    found = await network.client.get(f"{PATH}/search", params={"vin": ALFA["vin"]}, headers=bearer)
    await network.sign()
    await network.look("DE", "FR")
    request = found.headers["I247-Request-Id"]
    explained = (await network.audit("FR", f"{PATH}/audit/by-request/{request}")).json()
    checked = verify_proof(explained["proof"].encode(), network.mesh.root.public)
    assert checked.ok, checked.found
    assert checked.content is not None
    assert checked.content.leaf.answer == digest_of(found.headers[SIGNATURE_HEADER])
    assert (explained["witnesses"], explained["bureau"], explained["officer"]) == (["DE", "FR"], "DE", "de.officer")
    assert [(each["owner"], each["rule"], each["match"]) for each in explained["records"]] == [("FR", "members", "vin")]


@pytest.mark.thorough
async def test_each_checkpoint_is_cosigned_as_the_log_grows(network: Network) -> None:
    """From the first that a witness sees, whatever came before."""
    await network.grow(3)
    for leaves in (1, 4, 300):
        await network.look("DE", "FR")
        assert await network.witnesses() == ["DE", "FR"]
        await network.grow(leaves)
        assert await network.witnesses() == []
    assert await network.alarms("DE") == []


async def test_a_log_at_rest_is_cosigned_once(network: Network) -> None:
    """Checks neither grow the log nor cause a new checkpoint."""
    await network.grow()
    await network.look("DE")
    cosigned = await network.note()
    for _ in range(3):
        network.mesh.clock.advance(timedelta(seconds=5))
        await network.sign()
        await network.look("DE")
    assert await network.note() == cosigned
    assert len(await network.leaves()) == 1


@pytest.mark.thorough
async def test_a_corrected_log_is_cosigned_again(network: Network) -> None:
    """If it extends what was seen; the alarm is kept."""
    await network.grow(5)
    await network.look("DE")
    true = await network.leaves()
    await network.put_leaves(true[1:])
    await network.grow(2)
    await network.look("DE")
    await network.put_leaves([*true, (await network.leaves())[5]])
    await network.grow(1)
    await network.look("DE")
    assert await network.witnesses() == ["DE"]
    assert len(await network.alarms("DE")) == 1


async def test_a_checkpoint_is_stored_before_it_is_cosigned(network: Network) -> None:
    """A witness whose cosignature was not stored sends it again, for the same tree."""
    await network.grow(2)
    async with network.database.writing() as session:
        await session.execute(sa.text(REFUSE_COSIGNATURES))
    await network.look("DE")
    assert await network.witnesses() == []
    async with network.database.writing() as session:
        await session.execute(sa.text("DROP TRIGGER refuse"))
    await network.look("DE")
    assert await network.witnesses() == ["DE"]
    seen = await WitnessStore((await network.mailbox("DE")).reading.session).seen(NAME)
    assert seen is not None
    assert parse_note(seen).text == (await network.note()).text


async def test_a_restarted_witness_continues_from_its_stored_checkpoint(network: Network) -> None:
    """The log is held to what was seen before the restart as well."""
    await network.grow(3)
    await network.look("DE")
    network.restart_witnesses()
    await network.look("DE")
    await network.grow(2)
    await network.look("DE")
    assert await network.witnesses() == ["DE"]
    network.restart_witnesses()
    await network.put_leaves((await network.leaves())[1:])
    await network.grow(2)
    await network.look("DE")
    assert [alarm.evidence.seen_size for alarm in await network.alarms("DE")] == [5]


@pytest.mark.thorough
async def test_a_log_is_cosigned_again_if_it_proves_its_growth_within_a_minute(network: Network) -> None:
    """The minute starts anew each time, as a service may fail at the wrong moment."""
    await network.grow()
    await network.look("DE")
    for _ in range(3):
        await network.grow()
        async with network.database.writing() as session:
            await session.execute(sa.text("ALTER TABLE audit_blocks RENAME TO elsewhere"))
        await network.look("DE")
        network.mesh.clock.advance(PROVEN_WITHIN - timedelta(seconds=1))
        await network.look("DE")
        async with network.database.writing() as session:
            await session.execute(sa.text("ALTER TABLE elsewhere RENAME TO audit_blocks"))
        await network.look("DE")
        assert await network.witnesses() == ["DE"]
    assert await network.alarms("DE") == []


async def test_a_suspended_bureau_does_not_cosign_until_it_is_a_member_again(network: Network) -> None:
    await network.grow()
    network.mesh.change_entries("DE", standing="suspended")
    await network.look("DE")
    assert await network.witnesses() == []
    network.mesh.clock.advance(timedelta(seconds=1))
    network.mesh.change_entries("DE", standing="member")
    await network.look("DE")
    assert await network.witnesses() == ["DE"]


async def test_a_witness_with_a_new_key_cosigns_again(network: Network) -> None:
    """The cosignature of a revoked key no longer counts."""
    await network.grow()
    await network.look("DE", "FR")
    before = await network.note()
    network.mesh.clock.advance(timedelta(seconds=10))
    network.mesh.change_entries("DE", revoked_at=network.mesh.clock.now().timestamp())
    network.mesh.give_key("DE", "bureau", 77)
    network.mesh.clock.advance(timedelta(seconds=10))
    await network.look("DE", "FR")
    after = await network.note()
    assert await network.witnesses() == ["DE", "FR"]
    assert [old == new for old, new in zip(before.signatures, after.signatures, strict=True)] == [True, False, True]


@pytest.mark.parametrize(
    "changed",
    [
        {"standing": "suspended", "revoked_at": NOW.timestamp()},
        {"revoked_at": NOW.timestamp()},
        {"not_after": NOW.timestamp()},
    ],
    ids=["suspended", "revoked", "expired"],
)
async def test_three_bureaus_that_can_sign_are_assigned_as_witnesses(network: Network, changed: dict[str, Any]) -> None:
    """Never the Secretariat; a bureau that cannot sign at present is replaced."""
    for number, name in enumerate(("PL", "IT"), 30):
        network.mesh.join(name, "bureau", number)
    at = network.mesh.clock.now().timestamp()
    first = assigned(NAME, network.mesh.directory.entries(), at)
    away = min(first)
    network.mesh.change_entries(away, **changed)
    network.mesh.clock.advance(timedelta(seconds=ASSIGNED_EVERY_SECONDS))
    witnesses = Witnesses([NAME])
    now = {name for name, each in network.mesh.participants.items() if witnesses.witnessed_by(each)}
    assert first - {away} < now
    assert (len(now), away in now, "IPSG" in now) == (3, False, False)


async def test_a_service_missing_from_the_directory_is_not_witnessed(network: Network) -> None:
    """Nor is a bureau reported as idle there."""
    bureaus, looking = network.mesh.bureaus.values(), Witnesses(["never"])
    assert [looking.witnessed_by(bureau) for bureau in bureaus] == [[]] * len(bureaus)
    network.mesh.join("never", "service", 101)
    assert {bureau.name for bureau in bureaus if looking.witnessed_by(bureau) == ["never"]} == {"DE", "FR", "KE"}


async def test_witnesses_cosign_in_the_background_until_cancelled(network: Network) -> None:
    """Every second; the Secretariat never."""
    await network.grow()
    witnesses = Witnesses([NAME])
    watching = [
        asyncio.create_task(witnesses.watch(await network.mailbox(code), bureau))
        for code, bureau in network.mesh.bureaus.items()
    ]
    try:
        await cosigned_by(network, 3)
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    assert await network.witnesses() == ["DE", "FR", "KE"]


async def cosigned_by(network: Network, witnesses: int) -> None:
    """Wait until the newest checkpoint has this many cosignatures."""
    async with asyncio.timeout(10):
        while len(await network.witnesses()) < witnesses:  # noqa: ASYNC110 - the store has no notification
            await asyncio.sleep(0.01)
