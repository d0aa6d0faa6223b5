"""Stolen valuables through the application, as an officer's system sees them."""

from typing import Any

import pytest

from tests.services.cultural_property.samples import PATH as WORKS
from tests.services.cultural_property.samples import refusal
from tests.services.cultural_property.valuables.samples import (
    PATH,
    TELEPHONE,
    WATCH,
    WHERE,
    enter_valuable,
    found,
    search,
)
from tests.support import ServiceClient

RING: dict[str, Any] = {
    **WHERE,
    "kind": "jewel",
    "materials": ["gold"],
    "features": ["small dent inside"],
    "measurements": [
        {"dimension": "diameter", "value": 18, "unit": "mm"},
        {"dimension": "weight", "value": 5.2, "unit": "g"},
    ],
}


@pytest.mark.parametrize(
    ("stated", "asked"),
    [
        ({}, {"serial_number": "77204913"}),
        ({}, {"serial_number": "772O4-9I3", "make": "omega sa"}),
        ({}, {"serial_number": "77204*", "make": "Omega"}),
        ({"other_numbers": ["24 118 650"]}, {"serial_number": "24118650"}),
        ({}, {"engraving": "ASTRA ad"}),
        ({}, {"serial_number": "77204913", "kind": "watch", "model": "Speedmaster Professional"}),
        ({}, {"serial_number": "77204913", "make": "Unheard Of"}),
    ],
)
async def test_a_valuable_is_found_by_its_numbers_and_engraving(
    service: ServiceClient, stated: dict[str, Any], asked: dict[str, str]
) -> None:
    """In any writing, with look-alikes, that of a part as well."""
    record = await enter_valuable(service, **{**WATCH, **stated})
    await enter_valuable(service, **{**WATCH, "serial_number": "11 111 111", "engraving": None})
    assert await found(service, **asked) == [record["id"]]


async def test_a_telephone_is_found_by_either_imei(service: ServiceClient) -> None:
    """With letters that look like figures, and in part."""
    record = await enter_valuable(service, **TELEPHONE, second_imei="490154203237518")
    for asked in ("IMEI 35-693803-564380-9", "3569380356438O9", "49015420*", "49015420323751?"):
        assert await found(service, imei=asked) == [record["id"]]


@pytest.mark.parametrize(
    ("asked", "warning"),
    [
        ({"serial_number": "77204913"}, "serial-without-make"),
        ({"imei": "35693803564380"}, "imei-length"),
        ({"imei": "356938035643808"}, "imei-check-digit"),
        ({"engraving": "ad astra"}, "engraving-alone"),
        ({"imei": "356938035643809", "make": "Unheard Of"}, "make-not-listed"),
    ],
)
async def test_what_proves_little_or_looks_mistyped_is_a_warning(
    service: ServiceClient, asked: dict[str, str], warning: str
) -> None:
    """Makers number alike, so a serial number without its make is warned of clearly."""
    assert [each["code"] for each in (await search(service, **asked))["warnings"]] == [warning]


async def test_another_make_hides_what_a_serial_number_found(service: ServiceClient) -> None:
    """If both are listed."""
    await enter_valuable(service, **WATCH)
    assert await found(service, serial_number="77204913", make="Rolex") == []


async def test_one_wrong_sign_is_near(service: ServiceClient) -> None:
    """Apart from the hits, if the search asks for it."""
    record = await enter_valuable(service, **WATCH)
    answer = await search(service, serial_number="77204917", make="Omega", near="true")
    assert (answer["hits"], [hit["record"]["id"] for hit in answer["near"]]) == ([], [record["id"]])


@pytest.mark.parametrize(
    ("entry", "code", "pointer"),
    [
        ({**WATCH, "make": None}, "invalid", "/make"),
        ({**WATCH, "serial_number": None, "engraving": None}, "invalid", "/serial_number"),
        ({**WATCH, "serial_number": None, "other_numbers": ["1"]}, "invalid", "/serial_number"),
        ({**WATCH, "imei": "356938035643809"}, "invalid", "/imei"),
        ({**TELEPHONE, "imei": "35693803564380"}, "invalid", "/imei"),
        ({**TELEPHONE, "imei": "3569380356438091"}, "invalid", "/imei"),
        ({**TELEPHONE, "imei": "356938035643808"}, "imei-check-digit", "/imei"),
        ({**TELEPHONE, "second_imei": "490154203237519"}, "imei-check-digit", "/second_imei"),
        ({**TELEPHONE, "second_imei": "356938035643809"}, "invalid", "/second_imei"),
        ({**WATCH, "as_on_device": True}, "invalid", "/imei"),
        ({**WATCH, "event_date": "2099"}, "event-in-future", "/event_date"),
        ({**WATCH, "engraving": "call +49 30 1234567"}, "personal-data", "/engraving"),
        ({**WATCH, "description": "holder: Max Mustermann"}, "personal-data", "/description"),
        ({**RING, "features": []}, "invalid", "/serial_number"),
    ],
)
async def test_an_unusable_entry_is_refused_with_what_to_change(
    service: ServiceClient, entry: dict[str, Any], code: str, pointer: str
) -> None:
    """A serial number without its make, a wrong check digit, personal data, what nothing tells from others."""
    response = await service.officer("NL").post(PATH, json=entry)
    assert refusal(response) == (422, code, [pointer]), response.text


async def test_what_has_no_number_is_entered_by_what_tells_it_apart(service: ServiceClient) -> None:
    """As a work of art is."""
    assert (await enter_valuable(service, **RING))["status"] == "stolen"


async def test_an_altered_imei_is_accepted_as_it_stands_on_the_device(service: ServiceClient) -> None:
    """As with a VIN."""
    record = await enter_valuable(service, **{**TELEPHONE, "imei": "356938035643808", "as_on_device": True})
    assert await found(service, imei="356938035643808") == [record["id"]]


async def test_a_number_that_the_bureau_entered_is_refused(service: ServiceClient) -> None:
    """Of the same make, with the record that has it; another bureau may enter it."""
    first = await enter_valuable(service, **WATCH)
    response = await service.officer("NL").post(PATH, json={**WATCH, "serial_number": "77-204-913"})
    assert refusal(response) == (409, "already-entered", ["/serial_number"])
    assert response.json()["record"] == first["id"]
    await enter_valuable(service, **{**WATCH, "make": "Rolex"})
    await enter_valuable(service, "FR", **WATCH)


async def test_works_and_valuables_are_apart(service: ServiceClient) -> None:
    """A list and a read of one kind do not show the other; what was recovered is for its owner alone."""
    record = await enter_valuable(service, **WATCH)
    poland, path = service.officer("PL"), f"{PATH}/{record['id']}"
    assert (await poland.get(path)).json() == record
    assert (await poland.get(f"{WORKS}/{record['id']}")).status_code == 404
    assert (await poland.get(WORKS)).json()["items"] == []
    assert [item["id"] for item in (await poland.get(PATH, params={"kind": "watch"})).json()["items"]] == [record["id"]]
    assert (await service.officer("NL").post(f"{path}/recovery")).json()["status"] == "recovered"
    assert (await poland.get(path)).status_code == 404
    assert await found(service, serial_number="77204913") == []
