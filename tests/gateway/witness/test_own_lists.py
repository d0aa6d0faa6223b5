"""The gateway of each bureau has its list of disclosures proven: a deletion from it raises an alarm."""

from typing import Any

import pytest
import sqlalchemy as sa

from gateway.witness import own_lists
from gateway.witness.rules import Fault
from shared.audit.tables import audit_cosignatures, audit_leaves, audit_logs, disclosures
from tests.gateway.messages.officers import refusal_of
from tests.gateway.witness.network import NAME, PATH, SERVICE, Network
from tests.gateway.witness.own_lists import proven, show, witnessed


async def faults(network: Network, bureau: str = "FR") -> list[Fault]:
    return [each.evidence.fault for each in await network.alarms(bureau)]


async def delete(network: Network, table: sa.Table, which: Any) -> None:
    """Delete rows from the store of the log, as a dishonest operator could."""
    async with network.database.writing() as session:
        assert await session.execute(sa.delete(table).where(which)) == 1


@pytest.mark.thorough
async def test_new_disclosures_are_proven_at_each_check(network: Network) -> None:
    """To a bureau without records it is proven that nothing of it was disclosed."""
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


@pytest.mark.thorough
async def test_a_long_list_is_proven_in_parts(network: Network) -> None:
    """Each as long as one answer allows."""
    await show(network, 250)
    await witnessed(network)
    await network.check_list("FR")
    assert await proven(network, "FR") == 251
    assert await faults(network) == []


@pytest.mark.thorough
async def test_a_list_too_long_for_one_check_is_proven_by_several(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each continues where the last ended."""
    monkeypatch.setattr(own_lists, "MAX_NEW", 2)
    await show(network, 4)
    await witnessed(network)
    for expected in (None, None, 5):
        await network.check_list("FR")
        assert await proven(network, "FR") == expected
    assert await faults(network) == []


@pytest.mark.thorough
async def test_a_list_that_became_shorter_raises_an_alarm(network: Network) -> None:
    """Although all that it holds now is complete."""
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


@pytest.mark.thorough
@pytest.mark.parametrize("nth", [1, 2, 4])
async def test_a_deleted_disclosure_raises_an_alarm_for_the_auditors_of_the_owner(network: Network, nth: int) -> None:
    """Whichever it is; the list does not count as proven."""
    await show(network, 3)
    await witnessed(network)
    await delete(network, disclosures, disclosures.c.nth == nth)
    await network.check_list("FR")
    [alarm] = (await network.audit("FR", "/api/audit/alarms")).json()["items"]
    assert (alarm["fault"], alarm["service"]) == ("disclosure-gap", NAME)
    assert f"number {nth} of 4 disclosures in the list of FR" in alarm["says"]
    assert await proven(network, "FR") is None


@pytest.mark.thorough
async def test_a_disclosure_that_was_proven_and_deleted_later_raises_an_alarm(network: Network) -> None:
    """The list is read again, part by part, although nothing is new."""
    await show(network, 250)
    await witnessed(network)
    await network.check_list("FR")
    await delete(network, disclosures, disclosures.c.nth == 130)
    await network.check_list("FR")
    assert await faults(network) == []
    await network.check_list("FR")
    assert await faults(network) == [Fault.GAP]


async def test_a_changed_disclosure_raises_an_alarm(network: Network) -> None:
    """Here another version than the one disclosed."""
    await show(network)
    await witnessed(network)
    async with network.database.writing() as session:
        await session.execute(sa.update(disclosures).where(disclosures.c.nth == 2).values(version=7))
    await network.check_list("FR")
    assert await faults(network) == [Fault.GAP]


@pytest.mark.thorough
async def test_a_deleted_or_rewritten_leaf_of_a_disclosure_raises_an_alarm(network: Network) -> None:
    """Although the list itself is complete."""
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


@pytest.mark.thorough
async def test_a_list_shortened_with_its_length_raises_an_alarm(network: Network) -> None:
    """The true length was signed, and cannot be signed differently for the same size."""
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


@pytest.mark.thorough
async def test_a_list_is_not_proven_by_a_checkpoint_without_enough_cosignatures(network: Network) -> None:
    """It takes two; until then the check is repeated, without an alarm."""
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


@pytest.mark.thorough
@pytest.mark.parametrize(
    "changed", [{"bureau": "KE"}, {"officer": "ke.officer"}, {"purpose": "crime-analysis"}, {"at": 1.0}]
)
async def test_a_disclosure_with_changed_recipient_purpose_or_time_raises_an_alarm(
    network: Network, changed: dict[str, Any]
) -> None:
    """The list has no gap then; the owner's own requests about the record are refused too."""
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
