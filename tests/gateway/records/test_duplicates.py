"""Two bureaus that entered the same vehicle are notified of the record of the other, as far as each may see it."""

from typing import Any

import pytest
import sqlalchemy as sa

from shared.audit.tables import disclosures
from tests.gateway.records.matching_network import VEHICLES, Network, with_service
from tests.services.stolen_vehicles.samples import ALFA

OTHER = {"vin": "ZAR93700005123499", "plate": "XX 111 YY"}


async def enter(network: Network, bureau: str, **changes: Any) -> str:
    record: str = (await network.ask(bureau, "POST", "", json={**ALFA, **changes}))["id"]
    return record


async def duplicates(network: Network) -> list[tuple[str, str]]:
    """Match pending records; return which bureau was notified of which record."""
    await network.notified()
    row = disclosures.c
    found = sa.select(row.bureau, row.record_id).where(row.how == "duplicate").order_by(row.number)
    return [tuple(each) for each in await network.database.reading.fetch(found)]


@with_service(VEHICLES)
async def test_both_owners_of_a_vehicle_are_notified_of_the_record_of_the_other(network: Network) -> None:
    """Once, however often the records are changed; not of a vehicle with a VIN that only looks alike."""
    first, second = await enter(network, "KE"), await enter(network, "FR", plate="FR 1", country="FR")
    await enter(network, "DE", vin="ZAR937000O512345G")
    assert sorted(await duplicates(network)) == [("FR", first), ("KE", second)]
    await network.ask("FR", "PUT", f"/{second}", json={**ALFA, "colour": "red"})
    assert len(await duplicates(network)) == 2


@with_service(VEHICLES)
async def test_a_third_owner_and_those_before_it_are_notified(network: Network) -> None:
    """Each pair of records, in both directions."""
    first, second, third = [await enter(network, bureau) for bureau in ("KE", "FR", "DE")]
    expected = {("KE", second), ("KE", third), ("FR", first), ("FR", third), ("DE", first), ("DE", second)}
    assert set(await duplicates(network)) == expected


@with_service(VEHICLES)
@pytest.mark.parametrize(
    ("of_first", "of_second", "notified"),
    [
        ({"restricted": ["FR"]}, {}, {"KE"}),
        ({}, {"restricted": ["KE"]}, {"FR"}),
        ({"restricted": ["FR"]}, {"restricted": ["KE"]}, set()),
        ({"addressed": ["DE"]}, {}, {"KE"}),
    ],
)
async def test_an_owner_is_not_notified_of_a_record_that_it_may_not_see(
    network: Network, of_first: dict[str, Any], of_second: dict[str, Any], notified: set[str]
) -> None:
    """Nor does it see in the list of its disclosures that the other was."""
    first = await enter(network, "KE", **of_first)
    second = await enter(network, "FR", **of_second)
    assert {bureau for bureau, _ in await duplicates(network)} == notified
    for bureau, record in (("KE", first), ("FR", second)):
        assert (await network.ask(bureau, "GET", f"/{record}/disclosures"))["recipients"] == []


@with_service(VEHICLES)
async def test_owners_are_notified_once_a_change_makes_the_vehicles_the_same(network: Network) -> None:
    """The VIN is corrected, or a restriction lifted; a recovered vehicle is no longer sought."""
    first, second = await enter(network, "KE", restricted=["FR"]), await enter(network, "FR", **OTHER)
    assert await duplicates(network) == []
    await network.ask("FR", "PUT", f"/{second}", json=ALFA)
    assert await duplicates(network) == [("KE", second)]
    await network.ask("KE", "PUT", f"/{first}/restriction", json={"restricted": []})
    assert await duplicates(network) == [("KE", second), ("FR", first)]
    await network.ask("KE", "POST", f"/{first}/recovery")
    await enter(network, "DE")
    assert {bureau for bureau, _ in (await duplicates(network))[2:]} == {"FR", "DE"}


@with_service(VEHICLES)
async def test_a_suspended_bureau_is_not_notified_of_another_record(network: Network) -> None:
    """As it could not search now."""
    await enter(network, "KE")
    network.mesh.change_entries("KE", standing="suspended")
    await enter(network, "FR")
    assert {bureau for bureau, _ in await duplicates(network)} == {"FR"}


@with_service(VEHICLES)
async def test_a_duplicate_is_logged_with_the_request_that_entered_the_own_record(network: Network) -> None:
    """So that the officer who entered it is notified, and the hit says which record it is about."""
    first = await enter(network, "KE")
    await enter(network, "FR")
    await duplicates(network)
    row = disclosures.c
    found = sa.select(row.request, row.officer, row.match).where(row.bureau == "KE").order_by(row.number)
    entry, hit = await network.database.reading.fetch(found)
    assert (entry.request, entry.officer) == (hit.request, hit.officer)
    assert hit.match == f"vin as in record {first}"
