"""Stolen vehicles through the application, as an officer's system sees them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services import stolen_vehicles
from shared.clock import FixedClock
from tests.conftest import client_of
from tests.services.stolen_vehicles.samples import ALFA
from tests.support import ServiceClient

PATH = "/api/stolen-vehicles"
WRONG_AMERICAN = "1M8GDM9A1KP042788"


@pytest.fixture
async def service(tmp_path: Path, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    async with client_of(stolen_vehicles.SERVICE, tmp_path, clock) as client:
        yield client


async def enter(service: ServiceClient, bureau: str = "IT", **changes: Any) -> dict[str, Any]:
    response = await service.officer(bureau).post(PATH, json={**ALFA, **changes})
    assert response.status_code == 201, response.text
    record: dict[str, Any] = response.json()
    return record


async def found_by(service: ServiceClient, **keys: str) -> list[str]:
    answer = (await service.officer("PL").get(f"{PATH}/search", params=keys)).json()
    return [hit["record"]["id"] for hit in answer["hits"]]


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("urn:i247:problem:")


async def test_an_entered_vehicle_can_be_read_at_the_location_in_the_answer(service: ServiceClient) -> None:
    """The record that is read equals the one in the answer."""
    response = await service.officer("IT").post(PATH, json=ALFA)
    read = await service.officer("PL").get(response.headers["location"])
    assert response.status_code == 201
    assert read.json() == response.json()
    assert (read.json()["owner"], read.json()["status"], read.json()["version"]) == ("IT", "stolen", 1)


async def test_a_vin_is_found_in_any_spelling(service: ServiceClient) -> None:
    """Case, spaces, dashes and the letter O in place of a zero make no difference."""
    record = await enter(service)
    assert await found_by(service, vin="zar-937OOO-05123456") == [record["id"]]


async def test_a_plate_is_found_in_any_spelling(service: ServiceClient) -> None:
    """A Cyrillic plate is found as it is typed on a Latin keyboard, and only with its country."""
    record = await enter(service, plate="А123ВС 77", country="RU")
    assert await found_by(service, plate="a 123 bc-77", country="RU") == [record["id"]]
    assert await found_by(service, plate="А123ВС77", country="BG") == []


async def test_a_vehicle_is_found_by_its_engine_number_alone(service: ServiceClient) -> None:
    """As when it has lost its plates and its VIN."""
    record = await enter(service, vin=None, plate=None, country=None, engine_number="AR 67203 1O34567")
    assert await found_by(service, engine_number="ar672031034567") == [record["id"]]


async def test_the_checks_of_a_batch_are_answered_in_order(service: ServiceClient) -> None:
    """Each check has its own answer at the same position, even if it finds nothing."""
    first, second = await enter(service), await enter(service, vin="WVWZZZ1JZ1W000001", plate="AA 000 AA")
    checks = [{"vin": second["vin"]}, {"vin": "UNKNOWN1"}, {"plate": "FZ512KL", "country": "IT"}]
    answer = (await service.officer("PL").post(f"{PATH}/checks", json={"checks": checks})).json()
    found = [[hit["record"]["id"] for hit in result["hits"]] for result in answer["results"]]
    assert found == [[second["id"]], [], [first["id"]]]


async def test_a_large_batch_shows_the_best_hits_and_the_total_of_each_check(service: ServiceClient) -> None:
    """So that the answer fits into an envelope."""
    for _ in range(3):
        await enter(service)
    checks = [{"plate": "FZ512KL", "country": "IT"}] * 500
    answer = (await service.officer("PL").post(f"{PATH}/checks", json={"checks": checks})).json()
    assert {(len(result["hits"]), result["total"]) for result in answer["results"]} == {(2, 3)}


@pytest.mark.parametrize(("number", "status"), [(0, 422), (1, 200), (500, 200), (501, 422)])
async def test_a_batch_holds_up_to_five_hundred_checks(service: ServiceClient, number: int, status: int) -> None:
    """A longer one must be divided, and an empty one is a mistake."""
    response = await service.officer("PL").post(f"{PATH}/checks", json={"checks": [{"vin": "A1"}] * number})
    assert response.status_code == status


async def test_one_invalid_check_refuses_the_batch_with_its_pointer(service: ServiceClient) -> None:
    """So that the client learns which of its checks to correct."""
    checks = [{"vin": "A1"}, {"plate": "FZ512KL"}]
    response = await service.officer("PL").post(f"{PATH}/checks", json={"checks": checks})
    assert refusal(response) == (422, "invalid")
    assert [error["pointer"] for error in response.json()["errors"]] == ["body/checks/1"]


@pytest.mark.parametrize(
    "keys", [{}, {"country": "IT"}, {"plate": "FZ512KL"}, {"vin": "A1", "country": "IT"}, {"vin": "---"}, {"vim": "A1"}]
)
async def test_a_search_without_a_complete_key_is_refused(service: ServiceClient, keys: dict[str, str]) -> None:
    """An answer without hits would look like an all-clear."""
    response = await service.officer("PL").get(f"{PATH}/search", params=keys)
    assert refusal(response) == (422, "invalid")


@pytest.mark.parametrize("changes", [{"vin": None, "plate": None}, {"country": None}, {"make": ""}, {"driver": "X"}])
async def test_an_unusable_record_is_refused(service: ServiceClient, changes: dict[str, Any]) -> None:
    """Without a key, with a plate but no country, without a make, or with an unknown field."""
    response = await service.officer("IT").post(PATH, json={**ALFA, **changes})
    assert refusal(response) == (422, "invalid")


async def test_a_wrong_check_digit_is_reported_with_the_expected_one(service: ServiceClient) -> None:
    """It is refused for a North American maker, who must use one; for others it is a warning."""
    response = await service.officer("US").post(PATH, json={**ALFA, "vin": WRONG_AMERICAN})
    assert refusal(response) == (422, "vin-check-digit")
    assert "as a check digit it would be X" in response.json()["detail"]
    verdict = (await enter(service, vin="ZAR93700005123456"))["vin_verdict"]
    assert (verdict["check_digit"], verdict["check_digit_required"]) == ("invalid", False)
    assert "as a check digit it would be" in verdict["warning"]


async def test_a_theft_in_the_future_is_refused(service: ServiceClient, clock: FixedClock) -> None:
    """The same date is accepted once its day has come."""
    response = await service.officer("IT").post(PATH, json={**ALFA, "theft_date": "2026-06-30"})
    assert refusal(response) == (422, "theft-in-future")
    clock.advance(timedelta(days=30))
    await enter(service, theft_date="2026-06-30")


async def test_a_corrected_vehicle_is_found_by_its_new_keys_alone(service: ServiceClient) -> None:
    """The former plate finds nothing, and the version increases."""
    record = await enter(service)
    path = f"{PATH}/{record['id']}"
    corrected = (await service.officer("IT").put(path, json={**ALFA, "plate": "GA 001 AA"})).json()
    assert (corrected["plate"], corrected["version"]) == ("GA 001 AA", 2)
    assert await found_by(service, plate="FZ512KL", country="IT") == []
    assert await found_by(service, plate="ga001aa", country="IT") == [record["id"]]


async def test_a_recovered_vehicle_is_visible_to_its_owner_alone(service: ServiceClient) -> None:
    """Its driver must not be stopped; it can be neither recovered again nor corrected."""
    record = await enter(service)
    path = f"{PATH}/{record['id']}"
    italy = service.officer("IT")
    assert (await italy.post(f"{path}/recovery")).json()["status"] == "recovered"
    assert await found_by(service, vin=ALFA["vin"]) == []
    assert (await italy.get(path)).json()["status"] == "recovered"
    assert refusal(await service.officer("PL").get(path)) == (404, "not-found")
    assert refusal(await italy.post(f"{path}/recovery")) == (409, "illegal-step")
    assert refusal(await italy.put(path, json=ALFA)) == (409, "illegal-step")


async def test_a_barred_bureau_cannot_distinguish_a_record_from_a_missing_one(service: ServiceClient) -> None:
    """It gets the same answer to a search, a list, a read and a change as if the record did not exist."""
    record = await enter(service, restricted=["PL"])
    poland = service.officer("PL")
    assert (await poland.get(f"{PATH}/search", params={"vin": ALFA["vin"]})).json() == {
        "hits": [],
        "total": 0,
        "warnings": [],
    }
    assert (await poland.get(PATH)).json() == {"items": [], "next": None, "withheld": 0}
    assert refusal(await poland.get(f"{PATH}/{record['id']}")) == (404, "not-found")
    assert refusal(await poland.put(f"{PATH}/{record['id']}", json=ALFA)) == (404, "not-found")
    assert refusal(await poland.post(f"{PATH}/{record['id']}/withdrawal")) == (404, "not-found")


async def test_only_the_owner_sees_the_list_of_barred_bureaus(service: ServiceClient) -> None:
    record = await enter(service, restricted=["KE"])
    assert record["restricted"] == ["KE"]
    assert (await service.officer("PL").get(f"{PATH}/{record['id']}")).json()["restricted"] == []


async def test_only_the_owner_withdraws_a_record(service: ServiceClient) -> None:
    """Another bureau gets 403 not-the-owner; a withdrawn record is visible to its owner alone."""
    record = (await enter(service))["id"]
    assert refusal(await service.officer("PL").post(f"{PATH}/{record}/withdrawal")) == (403, "not-the-owner")
    assert (await service.officer("IT").post(f"{PATH}/{record}/withdrawal")).json()["status"] == "withdrawn"
    assert (await service.officer("PL").get(f"{PATH}/{record}")).status_code == 404
    assert (await service.officer("IT").get(f"{PATH}/{record}")).json()["status"] == "withdrawn"


async def test_a_list_is_read_page_by_page(service: ServiceClient, clock: FixedClock) -> None:
    """Newest first; `next` leads to the next page until it is null."""
    entered = []
    for _ in range(3):
        clock.advance(timedelta(minutes=1))
        entered.append((await enter(service))["id"])
    poland = service.officer("PL")
    first = (await poland.get(PATH, params={"limit": 2})).json()
    last = (await poland.get(PATH, params={"limit": 2, "after": first["next"]})).json()
    assert [item["id"] for item in first["items"] + last["items"]] == entered[::-1]
    assert last["next"] is None


async def test_a_vehicle_is_visible_to_no_bureau_after_its_retention(service: ServiceClient, clock: FixedClock) -> None:
    """Which ends five years after it was entered."""
    record = await enter(service)
    clock.advance(timedelta(days=5 * 365))
    assert await found_by(service, vin=ALFA["vin"]) == []
    assert (await service.officer("IT").get(f"{PATH}/{record['id']}")).status_code == 404
