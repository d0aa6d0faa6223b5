"""The gateway of each bureau has its list of disclosures proven: what was deleted of it raises an alarm."""

from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from gateway.witness import own_lists
from gateway.witness.rules import Fault
from gateway.witness.store import WitnessStore
from shared.audit.tables import audit_cosignatures, audit_leaves, audit_logs, disclosures
from tests.gateway.messages.officers import refusal_of
from tests.gateway.witness.network import NAME, PATH, SERVICE, Network
from tests.services.stolen_vehicles.samples import ALFA

WITNESSES = ("DE", "FR", "KE")


async def show(network: Network, times: int = 1, *, bureau: str = "DE") -> None:
    """Have a bureau find the car of France, which enters it first."""
    bearer = network.mesh.bearer("FR", *SERVICE.scopes)
    if not (await found(network, "FR")).json()["hits"]:
        entered = await network.client.post(PATH, json=ALFA, headers=bearer)
        assert entered.status_code == 201, entered.text
    for _ in range(times):
        await found(network, bureau)


async def found(network: Network, bureau: str) -> httpx.Response:
    """Have an officer of a bureau search for the car."""
    bearer = network.mesh.bearer(bureau, *SERVICE.scopes)
    return await network.client.get(f"{PATH}/search", params={"vin": ALFA["vin"]}, headers=bearer)


async def witnessed(network: Network) -> None:
    """Have the log signed and cosigned."""
    await network.sign()
    await network.look(*WITNESSES)


async def proven(network: Network, bureau: str) -> int | None:
    """Return how long the list of a bureau was proven to be."""
    kept = await WitnessStore((await network.mailbox(bureau)).reading.session).proven_lists(NAME)
    return kept[-1].length if kept else None


async def faults(network: Network, bureau: str = "FR") -> list[Fault]:
    return [each.evidence.fault for each in await network.alarms(bureau)]


async def delete(network: Network, table: sa.Table, which: Any) -> None:
    """Delete what the log holds, behind its back."""
    async with network.database.writing() as session:
        assert await session.execute(sa.delete(table).where(which)) == 1


async def test_what_is_new_is_proven_at_each_look(network: Network) -> None:
    """To the owner; who owns nothing has it proven that nothing was shown."""
    await show(network, 3)
    await witnessed(network)
    for bureau in ("FR", "DE", "IPSG"):
        await network.check_list(bureau)
    assert [await proven(network, bureau) for bureau in ("FR", "DE", "IPSG")] == [4, 0, 0]
    await show(network, 2)
    await network.check_list("FR")
    assert await proven(network, "FR") == 4
    await witnessed(network)
    await network.check_list("FR")
    # The owner's own search is one of them.
    assert await proven(network, "FR") == 7
    assert await faults(network) == []


async def test_a_long_list_is_proven_in_parts(network: Network) -> None:
    """Of which each is as long as one answer bears."""
    await show(network, 250)
    await witnessed(network)
    await network.check_list("FR")
    assert await proven(network, "FR") == 251
    assert await faults(network) == []


async def test_a_list_that_is_too_long_for_one_look_takes_several(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each goes on where the one before ended."""
    monkeypatch.setattr(own_lists, "MAX_NEW", 2)
    await show(network, 4)
    await witnessed(network)
    for expected in (None, None, 5):
        await network.check_list("FR")
        assert await proven(network, "FR") == expected
    assert await faults(network) == []


async def test_a_list_that_became_shorter_raises_an_alarm(network: Network) -> None:
    """Though what it has now is all there."""
    await show(network, 3)
    await witnessed(network)
    await network.check_list("FR")
    async with network.database.writing() as session:
        await session.execute(sa.delete(disclosures))
        await session.execute(sa.update(audit_logs).values(lengths=b"{}"))
    await network.search()
    await witnessed(network)
    await network.check_list("FR")
    [alarm] = await network.alarms("FR")
    assert alarm.evidence.says == "the list of FR has 0 disclosures, of which 4 were proven before"


@pytest.mark.parametrize("nth", [1, 2, 4])
async def test_a_disclosure_that_was_deleted_raises_an_alarm(network: Network, nth: int) -> None:
    """Whichever it is, and it is not proven then; the auditors of the owner are told of it."""
    await show(network, 3)
    await witnessed(network)
    await delete(network, disclosures, disclosures.c.nth == nth)
    await network.check_list("FR")
    [alarm] = (await network.audit("FR", "/api/audit/alarms")).json()["items"]
    assert (alarm["fault"], alarm["service"]) == ("disclosure-gap", NAME)
    assert f"number {nth} of 4 disclosures in the list of FR" in alarm["says"]
    assert await proven(network, "FR") is None


async def test_a_disclosure_that_was_proven_and_deleted_later_raises_an_alarm(network: Network) -> None:
    """The list is read again, part by part, though nothing is new."""
    await show(network, 250)
    await witnessed(network)
    await network.check_list("FR")
    await delete(network, disclosures, disclosures.c.nth == 130)
    await network.check_list("FR")
    assert await faults(network) == []
    await network.check_list("FR")
    assert await faults(network) == [Fault.GAP]


async def test_a_disclosure_that_was_changed_raises_an_alarm(network: Network) -> None:
    """As if another had been shown it."""
    await show(network)
    await witnessed(network)
    async with network.database.writing() as session:
        await session.execute(sa.update(disclosures).where(disclosures.c.nth == 2).values(version=7))
    await network.check_list("FR")
    assert await faults(network) == [Fault.GAP]


async def test_a_leaf_that_was_deleted_or_rewritten_raises_an_alarm(network: Network) -> None:
    """Though the list itself is whole."""
    await show(network, 2)
    await witnessed(network)
    first = await network.database.reading.fetch(sa.select(disclosures.c.leaf).where(disclosures.c.nth == 2))
    await network.rewrite(first[0].leaf)
    await network.check_list("FR")
    assert [each.times for each in await network.alarms("FR")] == [1]
    await delete(network, audit_leaves, audit_leaves.c.number == first[0].leaf)
    await network.check_list("FR")
    [alarm] = await network.alarms("FR")
    assert (alarm.evidence.fault, alarm.times) == (Fault.GAP, 2)


async def test_a_length_that_is_changed_is_not_what_was_signed(network: Network) -> None:
    """Who deletes a disclosure and counts anew has signed the true count, and signs another for no same size."""
    await show(network, 3)
    await witnessed(network)
    await network.check_list("FR")
    async with network.database.writing() as session:
        await session.execute(sa.delete(disclosures).where(disclosures.c.nth == 4))
        await session.execute(sa.update(audit_logs).values(lengths=b'{"FR":3}'))
    await network.search()
    await witnessed(network)
    await network.check_list("FR")
    assert await faults(network) == [Fault.GAP]


async def test_a_checkpoint_that_its_witnesses_have_not_cosigned_proves_nothing(network: Network) -> None:
    """It takes two of them; until then the list is asked for again."""
    await show(network)
    await network.sign()
    await network.look("DE", "FR")
    async with network.database.writing() as session:
        await session.execute(
            sa.update(audit_cosignatures).where(audit_cosignatures.c.witness == "DE").values(line="x\n")
        )
    await network.check_list("FR")
    assert (await proven(network, "FR"), await faults(network)) == (None, [])
    await network.look("KE")
    await network.check_list("FR")
    assert await faults(network) == []


@pytest.mark.parametrize(
    "changed", [{"bureau": "KE"}, {"officer": "ke.officer"}, {"purpose": "crime-analysis"}, {"at": 1.0}]
)
async def test_another_in_the_place_of_who_was_shown_a_record_raises_an_alarm(
    network: Network, changed: dict[str, Any]
) -> None:
    """The list has no gap by that; its owner would be told of another, who would have to remove what it never had."""
    await show(network, 2)
    await witnessed(network)
    await network.check_list("FR")
    async with network.database.writing() as session:
        of_germany = sa.update(disclosures).where(disclosures.c.bureau == "DE").values(**changed)
        assert await session.execute(of_germany) == 2
    await network.check_list("FR")
    assert await faults(network) == [Fault.GAP]
    bearer = network.mesh.bearer("FR", *SERVICE.scopes)
    [car] = (await network.client.get(PATH, params={"owner": "FR"}, headers=bearer)).json()["items"]
    for method, path in (("GET", "disclosures"), ("POST", "withdrawal")):
        refused = await network.client.request(method, f"{PATH}/{car['id']}/{path}", headers=bearer)
        assert refusal_of(refused) == (500, "audit-log-damaged")
