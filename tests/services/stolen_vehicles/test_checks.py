"""Many vehicles checked at once, and what a hit explains."""

import pytest

from tests.services.stolen_vehicles.entries import PATH, enter
from tests.services.stolen_vehicles.samples import ALFA
from tests.support import ServiceClient


async def test_the_checks_of_a_batch_are_answered_in_order(service: ServiceClient) -> None:
    """Each check has its own answer at the same position, even if it finds nothing."""
    first, second = await enter(service), await enter(service, vin="WVWZZZ1JZ1W000001", plate="AA 000 AA")
    checks = [{"vin": second["vin"]}, {"vin": "UNKNOWN1"}, {"plate": "FZ512KL", "country": "IT"}]
    answer = (await service.officer("PL").post(f"{PATH}/checks", json={"checks": checks})).json()
    found = [[hit["record"]["id"] for hit in result["hits"]] for result in answer["results"]]
    assert found == [[second["id"]], [], [first["id"]]]


@pytest.mark.thorough
async def test_a_large_batch_shows_the_best_hits_and_the_total_of_each_check(service: ServiceClient) -> None:
    """So that the answer fits into an envelope."""
    for number in range(3):
        await enter(service, vin=f"WVWZZZ1JZ1W{number:06d}")
    checks = [{"plate": "FZ512KL", "country": "IT"}] * 500
    answer = (await service.officer("PL").post(f"{PATH}/checks", json={"checks": checks})).json()
    assert {(len(result["hits"]), result["total"]) for result in answer["results"]} == {(2, 3)}


async def test_a_batch_is_not_empty(service: ServiceClient) -> None:
    """That would be a mistake."""
    response = await service.officer("PL").post(f"{PATH}/checks", json={"checks": []})
    assert response.status_code == 422


async def test_an_invalid_check_has_an_error_and_the_others_are_made(service: ServiceClient) -> None:
    """Its hits are null and not empty, which would look like an all-clear; the pointer is within the check."""
    record = await enter(service)
    checks = [{"country": "IT", "vin": "A1"}, {"vin": ALFA["vin"]}, {"vin": "---"}, {"a/b": "X"}, 7, {"vin": "A1"}]
    response = await service.officer("PL").post(f"{PATH}/checks", json={"checks": checks})
    results = response.json()["results"]
    errors = [result["error"] and (result["error"]["code"], result["error"]["pointer"]) for result in results]
    assert errors == [("invalid", "/plate"), None, ("invalid", "/vin"), ("invalid", "/a~1b"), ("invalid", ""), None]
    assert results[0]["error"]["detail"] == "a country goes with a plate"
    assert [result["total"] for result in results] == [None, 1, None, None, None, 0]
    assert [result["hits"] is None for result in results] == [True, False, True, True, True, False]
    assert results[1]["hits"][0]["record"]["id"] == record["id"]
    assert [[each["code"] for each in result["warnings"]] for result in results] == [[], [], [], [], [], ["vin-length"]]


async def test_the_error_of_a_check_is_short(service: ServiceClient) -> None:
    """However long the check is, as there may be five hundred of them."""
    checks = [{"x" * 8_000: 1}] * 500
    response = await service.officer("PL").post(f"{PATH}/checks", json={"checks": checks})
    assert response.status_code == 200
    assert len(response.content) < 500 * 600
