"""A record that is withdrawn from a bureau leaves no trace among its hits; one that is corrected is marked."""

import pytest

from shared.protocol.payloads import HitsNotice
from tests.gateway.hits.actors import Bureau, Service
from tests.gateway.hits.conftest import Pass
from tests.gateway.hits.notes import AT, SERVICE, note
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import Officer, refusal_of

ANOTHER_RECORD = "0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7082"


async def gone(bureau: Bureau, hit_id: str) -> None:
    """Wait until a bureau has nothing of a hit."""
    await bureau.misses(hit_id)
    assert hit_id not in {hit["id"] for hit in await bureau.listed()}
    assert refusal_of(await bureau.request(hit_id)) == (404, "not-found")


async def test_a_withdrawn_record_leaves_no_hit_at_its_finder(
    service: Service, germany: Bureau, france: Bureau
) -> None:
    """The owner keeps its own, and other records are found as before."""
    found, other = await service.finds(), await service.finds(record=ANOTHER_RECORD)
    for bureau in (germany, france):
        await bureau.sees(found.id)
        await bureau.sees(other.id)
    await service.withdraws("DE")
    await gone(germany, found.id)
    assert [hit["id"] for hit in await germany.listed()] == [other.id]
    assert (await france.hit(found.id))["state"] == "unconfirmed"


async def test_a_withdrawal_ends_what_was_asked(
    mesh: Mesh, service: Service, germany: Bureau, france: Bureau, secretariat: Bureau, passing: Pass
) -> None:
    """The finder neither tells the Secretariat nor takes an answer to what it does not know any more."""
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


async def test_a_corrected_record_is_marked(service: Service, germany: Bureau, france: Bureau, passing: Pass) -> None:
    """What was found stays; the finder is to read it again."""
    found = await service.finds()
    await germany.sees(found.id)
    await france.sees(found.id)
    await passing(hours=1)
    await service.withdraws("DE", "corrected")
    corrected = await germany.sees(found.id, lambda hit: hit["corrected"] is not None)
    assert (corrected["corrected"], corrected["state"]) == ("2026-06-01T13:00:00Z", "unconfirmed")
    assert (await france.hit(found.id))["corrected"] is None


@pytest.mark.parametrize(("found_after", "kept"), [(-1, False), (0, False), (1, True)])
async def test_a_hit_that_was_held_up_until_after_the_withdrawal_is_not_kept(
    service: Service, germany: Bureau, found_after: int, kept: bool
) -> None:
    """One that was found later is: the record is the bureau's to see again."""
    earlier, marker = note(record=ANOTHER_RECORD), note(record=ANOTHER_RECORD)
    await service.tells(HitsNotice(service=SERVICE, hits=(earlier,)), "DE")
    await germany.sees(earlier.id)
    await service.withdraws("DE")
    late = note(first=AT - 5, last=AT + found_after)
    await service.tells(HitsNotice(service=SERVICE, hits=(late, marker)), "DE")
    await germany.sees(marker.id)
    assert (late.id in {hit["id"] for hit in await germany.listed()}) == kept


async def test_a_withdrawal_that_was_held_up_takes_nothing_that_was_found_since(
    service: Service, germany: Bureau, passing: Pass
) -> None:
    """Nor a confirmation that runs: the record is the bureau's to see again."""
    earlier, later = await service.finds(), await service.finds(first=AT + 30, last=AT + 30)
    await germany.sees(earlier.id)
    await germany.sees(later.id)
    await passing(minutes=1)
    assert (await germany.request(later.id)).status_code == 202
    await service.withdraws("DE", at=AT)
    await germany.misses(earlier.id)
    assert (await germany.hit(later.id))["state"] == "requested"


async def test_a_correction_marks_what_was_found_before_it(service: Service, germany: Bureau) -> None:
    """However late it comes; what was found as it is now needs no mark."""
    before, since = await service.finds(), await service.finds(version=2)
    await germany.sees(since.id)
    await service.withdraws("DE", "corrected")
    await germany.sees(before.id, lambda hit: hit["corrected"] is not None)
    assert (await germany.hit(since.id))["corrected"] is None


async def test_a_withdrawal_at_no_time_is_ignored(mesh: Mesh, service: Service, germany: Bureau) -> None:
    """It is not one that could be reckoned with."""
    found = await service.finds()
    await germany.sees(found.id)
    await service.withdraws("DE", at=1e300)
    marker = await service.finds(record=ANOTHER_RECORD)
    await germany.sees(marker.id)
    assert [line["reason"] for line in mesh.logged("hit-step-ignored")] == ["times"]
    await germany.sees(found.id)
