"""A description narrows a search by listed words, and never hides what a number found by a word that is not listed."""

import pytest

from services.stolen_vehicles.vocabulary.makes import fits_model
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.services.stolen_vehicles.vessels.samples import BOAT
from tests.support import ServiceClient


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        ({"make": "VW"}, 1),
        ({"make": "volkswagen ag", "model": "golfplus"}, 1),
        ({"make": "Opel"}, 0),
        ({"colour": "gris"}, 1),
        ({"colour": "gris clair"}, 1),
        ({"colour": "noir"}, 1),
        ({"colour": "rouge"}, 0),
    ],
)
async def test_a_search_is_narrowed_by_any_writing(
    service: ServiceClient, narrowed: dict[str, str], found: int
) -> None:
    """Of make, model and colour; either colour of a vehicle fits, dark or light, and one that is confused with it."""
    described = {"vin": "WVWZZZ1KZ6W000101", "make": "Volkswagen", "model": "Golf Plus"}
    await enter(service, **described, colour="silver", second_colour="black")
    answer = await service.officer("PL").get(f"{PATH}/search", params={"vin": "WVWZZZ1KZ6W000101", **narrowed})
    assert answer.json()["total"] == found, answer.text


@pytest.mark.parametrize(
    ("asked", "found", "make", "fits"),
    [
        ("Golf 7", "Golf", "Volkswagen", True),
        ("golf", "Golf Plus", "Volkswagen", True),
        ("Mégane II", "Megane", "Renault", True),
        ("Polo", "Golf", "Volkswagen", False),
        # What one of them means nobody listed.
        ("320d", "3 Series", "BMW", None),
        ("2", "208", "Peugeot", None),
        ("One", "Other", "a make that is not listed", None),
    ],
)
def test_models_are_compared_by_how_they_begin(asked: str, found: str, make: str, fits: bool | None) -> None:
    """By whole words; two listed models of a make that begin otherwise are two."""
    assert fits_model(asked, found, make) is fits


@pytest.mark.parametrize("stored", [{}, {"make": "Wartburg", "model": "353", "colour": "Mystic Dream"}])
@pytest.mark.parametrize(
    "narrowed",
    [{"make": "VW PKW"}, {"colour": "Polar Dream"}, {"model": "Typ 1K"}, {"make": "VW PKW", "colour": "Polar Dream"}],
)
async def test_a_word_that_is_not_listed_hides_no_exact_hit(
    service: ServiceClient, narrowed: dict[str, str], stored: dict[str, str]
) -> None:
    """Whether it is in the search or in the record; such a hit is further down."""
    described = {"vin": "WVWZZZ1KZ6W000101", "make": "Volkswagen", "model": "Golf", "colour": "white"}
    await enter(service, **{**described, **stored})
    answer = await service.officer("PL").get(f"{PATH}/search", params={"vin": "WVWZZZ1KZ6W000101", **narrowed})
    [hit] = answer.json()["hits"]
    assert hit["score"] < 1
    assert {each["field"]: each["score"] for each in hit["why"]} == {"vin": 1.0, **dict.fromkeys(narrowed, 0.0)}
    codes = [warning["code"] for warning in answer.json()["warnings"]]
    assert codes == [f"{name}-not-listed" for name in narrowed if name != "model"]


async def test_a_word_that_is_not_listed_hides_no_vessel(service: ServiceClient) -> None:
    """Nor does one that its record has; a listed make and colour that contradict the record do."""
    entry = {**BOAT, "make": "Quicksilver", "colour": "white"}
    response = await service.officer("IT").post(f"{PATH}/vessels", json=entry)
    assert response.status_code == 201, response.text
    poland = service.officer("PL")
    found = {}
    asked = {"make": ("Bootswerft Blau", "Quicksilver", "Bavaria"), "colour": ("Polar Dream", "bianco", "rosso")}
    for member, words in asked.items():
        for word in words:
            params = {"hull_number": entry["hull_number"], member: word}
            answer = (await poland.get(f"{PATH}/vessels/search", params=params)).json()
            found[word] = (answer["total"], [warning["code"] for warning in answer["warnings"]])
    assert found == {
        "Bootswerft Blau": (1, ["make-not-listed"]),
        "Quicksilver": (1, []),
        "Bavaria": (0, []),
        "Polar Dream": (1, ["colour-not-listed"]),
        "bianco": (1, []),
        "rosso": (0, []),
    }
