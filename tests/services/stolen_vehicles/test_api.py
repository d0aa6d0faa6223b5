"""Stolen vehicles through the application, as an officer's system sees them."""

from datetime import timedelta
from typing import Any

import pytest

from services import stolen_vehicles
from shared.clock import FixedClock
from shared.identity import Purpose
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.services.stolen_vehicles.samples import ALFA
from tests.support import ServiceClient, caller

NOTHING = {"hits": [], "total": 0, "near": [], "warnings": []}
WRONG_AMERICAN = "1M8GDM9A1KP042788"


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


async def test_a_hit_explains_each_key_that_was_asked(service: ServiceClient) -> None:
    """As it was asked and as the owner wrote it; a number that is only near says how."""
    await enter(service, engine_number=None)
    asked = {"vin": "zar-93700005123456", "plate": "fz 512-kl", "country": "FR", "engine_number": "AR 67203"}
    [hit] = (await service.officer("PL").get(f"{PATH}/search", params=asked)).json()["hits"]
    assert hit["why"] == [
        {"field": "vin", "asked": "zar-93700005123456", "found": "ZAR 937000 05123456", "score": 1.0, "reading": None},
        {
            "field": "plate",
            "asked": "fz 512-kl",
            "found": "FZ 512 KL",
            "score": 0.7,
            "reading": "of another country: IT, asked FR",
        },
        {"field": "engine_number", "asked": "AR 67203", "found": None, "score": 0.0, "reading": None},
    ]
    assert (hit["score"], hit["match"]) == (0.5667, "vin")


@pytest.mark.parametrize("number", ["vin", "plate", "engine_number", "document_number"])
async def test_a_number_with_a_telephone_number_is_refused_with_its_pointer(
    service: ServiceClient, number: str
) -> None:
    response = await service.officer("IT").post(PATH, json={**ALFA, number: "Smith +49 1701234567"})
    assert refusal(response) == (422, "personal-data")
    assert [error["pointer"] for error in response.json()["errors"]] == [f"/{number}"]


@pytest.mark.parametrize("text", ["make", "model", "colour", "theft_place"])
async def test_free_text_with_personal_data_is_refused_with_its_pointer(service: ServiceClient, text: str) -> None:
    """On entry, in a correction and in one by the Commission."""
    personal = {text: "Herr Müller, Tel. 0171 2345678"}
    record = await enter(service)
    italy = service.officer("IT")
    for response in (
        await italy.post(PATH, json={**ALFA, **personal}),
        await italy.put(f"{PATH}/{record['id']}", json={**ALFA, **personal}),
    ):
        assert refusal(response) == (422, "personal-data")
        assert [error["pointer"] for error in response.json()["errors"]] == [f"/{text}"]
        assert "telephone number" in response.json()["detail"]
        assert "Müller" not in response.text
    decided = await decide(service, record["id"], personal)
    assert refusal(decided) == (422, "personal-data")
    assert [error["pointer"] for error in decided.json()["errors"]] == [f"/corrections/{text}"]


async def decide(service: ServiceClient, record: str, corrections: dict[str, Any]) -> Any:
    commission = caller("CCF", *stolen_vehicles.SERVICE.scopes, purpose=Purpose.DATA_SUBJECT_REQUEST)
    decision = {"decision": "correct", "reference": "CCF/2026/12", "corrections": corrections}
    return await service.calling(lambda: commission).post(f"{PATH}/{record}/decision", json=decision)


async def test_a_wrong_check_digit_is_accepted_as_it_stands_on_the_vehicle(service: ServiceClient) -> None:
    """Altered numbers exist: the record has the verdict. On entry, in a correction and in one by the Commission."""
    record = await enter(service)
    path, italy = f"{PATH}/{record['id']}", service.officer("IT")
    wrong = {**ALFA, "vin": WRONG_AMERICAN}
    assert refusal(await italy.post(PATH, json=wrong)) == (422, "vin-check-digit")
    refused = await italy.put(path, json=wrong)
    assert refusal(refused) == (422, "vin-check-digit")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/vin"]
    decided = await decide(service, record["id"], {"vin": WRONG_AMERICAN})
    assert refusal(decided) == (422, "vin-check-digit")
    assert [error["pointer"] for error in decided.json()["errors"]] == ["/corrections/vin"]
    altered = await italy.put(path, json={**wrong, "as_on_vehicle": True})
    assert altered.json()["vin_verdict"]["check_digit"] == "invalid"
    assert (await enter(service, "FR", vin=WRONG_AMERICAN, as_on_vehicle=True))["as_on_vehicle"] is True
    assert (await decide(service, record["id"], {"colour": "red"})).status_code == 200


async def test_as_on_vehicle_needs_a_vin(service: ServiceClient) -> None:
    """Without one there is nothing that could stand so."""
    response = await service.officer("IT").post(PATH, json={**ALFA, "vin": None, "as_on_vehicle": True})
    assert refusal(response) == (422, "invalid")
    assert [error["pointer"] for error in response.json()["errors"]] == ["/vin"]
    assert "as_on_vehicle needs a vin" in response.json()["detail"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"country": "IT"},
        {"make": "Fiat"},
        {"plate": "FZ5*"},
        {"vin": "A1", "country": "IT"},
        {"vin": "---"},
        {"vim": "A1"},
    ],
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
    poland = service.officer("PL")
    searches = [{"vin": ALFA["vin"]}, {"vin": "zar937"}]
    before = [(await poland.get(f"{PATH}/search", params=search)).content for search in searches]
    record = await enter(service, restricted=["PL"])
    await enter(service, vin="zar937", restricted=["PL"])
    assert [(await poland.get(f"{PATH}/search", params=search)).content for search in searches] == before
    assert (await poland.get(f"{PATH}/search", params=searches[0])).json() == NOTHING
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
    for number in range(3):
        clock.advance(timedelta(minutes=1))
        entered.append((await enter(service, vin=f"ZAR9370000512345{number}"))["id"])
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


async def test_a_stolen_vehicle_is_to_be_located_or_belongs_to_an_investigation(service: ServiceClient) -> None:
    """Border management is the purpose of those who search, not of the record; a correction keeps the rule."""
    record = await enter(service)
    assert record["purpose"] == "locate"
    italy, path = service.officer("IT"), f"{PATH}/{record['id']}"
    corrected = await italy.put(path, json={**ALFA, "purpose": "criminal-investigation"})
    assert corrected.json()["purpose"] == "criminal-investigation"
    wrong = {**ALFA, "purpose": "border-management"}
    for refused in (await italy.post(PATH, json=wrong), await italy.put(path, json=wrong)):
        assert refusal(refused) == (422, "purpose-does-not-fit")
        [fault] = refused.json()["errors"]
        assert (fault["in"], fault["pointer"]) == ("body", "/purpose")
        assert fault["detail"].endswith("locate or criminal-investigation")


async def test_a_correction_to_a_theft_in_the_future_is_refused(service: ServiceClient) -> None:
    """With a pointer into the corrections."""
    entered = await service.officer("FR").post(
        PATH, json={"vin": "WVWZZZ1JZXW000001", "make": "Volkswagen", "theft_date": "2026-03"}
    )
    refused = await decide(service, entered.json()["id"], {"theft_date": "2099"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:i247:problem:theft-in-future")
    assert refused.json()["errors"][0]["pointer"] == "/corrections/theft_date"
