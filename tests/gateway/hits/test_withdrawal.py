"""Withdrawing a record removes the finder's hits on it; correcting it marks them."""

import pytest

from shared.protocol.payloads import HitsNotice
from tests.gateway.hits.actors import Bureau, Service
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.hit_samples import AT, SERVICE, details
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import Officer, refusal_of

ANOTHER_RECORD = "0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7082"


async def gone(bureau: Bureau, hit_id: str) -> None:
    """Wait until a hit is removed from a bureau."""
    await bureau.misses(hit_id)
    assert hit_id not in {hit["id"] for hit in await bureau.listed()}
    assert refusal_of(await bureau.request(hit_id)) == (404, "not-found")


async def test_a_withdrawn_record_removes_the_hits_of_its_finder(
    service: Service, germany: Bureau, france: Bureau
) -> None:
    """The owner keeps its hit, and hits on other records are kept."""
    found, other = await service.finds(), await service.finds(record=ANOTHER_RECORD)
    for bureau in (germany, france):
        await bureau.sees(found.id)
        await bureau.sees(other.id)
    await service.withdraws("DE")
    await gone(germany, found.id)
    assert [hit["id"] for hit in await germany.listed()] == [other.id]
    assert (await france.hit(found.id))["state"] == "unconfirmed"


@pytest.mark.thorough
async def test_a_withdrawal_ends_a_running_confirmation_of_the_finder(
    mesh: Mesh, service: Service, germany: Bureau, france: Bureau, secretariat: Bureau, passing: Pass
) -> None:
    """The finder sends no escalation, and ignores an answer to the removed hit."""
    found = await service.finds()
    await germany.sees(found.id)
    await france.sees(found.id)
    assert (await germany.request(found.id)).status_code == 202
    await france.sees(found.id, lambda hit: hit["state"] == "requested")
    await service.withdraws("DE")
    await gone(germany, found.id)
    await passing(minutes=10)
    assert (await france.hit(found.id))["state"] == "expired"
    answered = await france.answer(found.id, "confirmed")
    message_id = answered.json()["confirmations"][0]["answers"][0]["message"]
    await Officer(germany._client, mesh, "DE").receives(message_id)
    await gone(germany, found.id)
    assert await secretariat.listed() == []


async def test_a_corrected_record_marks_the_hits_of_its_finder(
    service: Service, germany: Bureau, france: Bureau, passing: Pass
) -> None:
    """The hit is kept, and its finder should read the record again."""
    found = await service.finds()
    await germany.sees(found.id)
    await france.sees(found.id)
    await passing(hours=1)
    await service.withdraws("DE", "corrected")
    corrected = await germany.sees(found.id, lambda hit: hit["corrected"] is not None)
    assert (corrected["corrected"], corrected["state"]) == ("2026-06-01T13:00:00Z", "unconfirmed")
    assert (await france.hit(found.id))["corrected"] is None


@pytest.mark.parametrize(("found_after", "kept"), [(-1, False), (0, False), (1, True)])
async def test_a_hit_delayed_until_after_the_withdrawal_is_not_stored(
    service: Service, germany: Bureau, found_after: int, kept: bool
) -> None:
    """One that was found later is stored: the record is visible to the bureau again."""
    earlier, marker = details(record=ANOTHER_RECORD), details(record=ANOTHER_RECORD)
    await service.notifies(HitsNotice(service=SERVICE, hits=(earlier,)), "DE")
    await germany.sees(earlier.id)
    await service.withdraws("DE")
    late = details(first=AT - 5, last=AT + found_after)
    await service.notifies(HitsNotice(service=SERVICE, hits=(late, marker)), "DE")
    await germany.sees(marker.id)
    assert (late.id in {hit["id"] for hit in await germany.listed()}) == kept


async def test_a_delayed_withdrawal_keeps_hits_that_were_found_after_it(
    service: Service, germany: Bureau, passing: Pass
) -> None:
    """Also their running confirmations: the record is visible to the bureau again."""
    earlier, later = await service.finds(), await service.finds(first=AT + 30, last=AT + 30)
    await germany.sees(earlier.id)
    await germany.sees(later.id)
    await passing(minutes=1)
    assert (await germany.request(later.id)).status_code == 202
    await service.withdraws("DE", at=AT)
    await germany.misses(earlier.id)
    assert (await germany.hit(later.id))["state"] == "requested"


async def test_a_delayed_correction_marks_only_hits_on_earlier_versions(service: Service, germany: Bureau) -> None:
    before, since = await service.finds(), await service.finds(version=2)
    await germany.sees(since.id)
    await service.withdraws("DE", "corrected")
    await germany.sees(before.id, lambda hit: hit["corrected"] is not None)
    assert (await germany.hit(since.id))["corrected"] is None


async def test_a_withdrawal_with_an_invalid_time_is_ignored(mesh: Mesh, service: Service, germany: Bureau) -> None:
    """Its time is out of range."""
    found = await service.finds()
    await germany.sees(found.id)
    await service.withdraws("DE", at=1e300)
    marker = await service.finds(record=ANOTHER_RECORD)
    await germany.sees(marker.id)
    assert [line["reason"] for line in mesh.logged("hit-step-ignored")] == ["times"]
    await germany.sees(found.id)
