"""What a VIN says of maker and model year, and what an entry is warned of when it says another."""

from datetime import date

import pytest

from services.stolen_vehicles.synthesis.makers import MAKERS
from services.stolen_vehicles.vin_decoding import checked_vin, year_code
from services.stolen_vehicles.vocabulary.makes import makes_of
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.services.stolen_vehicles.samples import described, entered
from tests.support import ServiceClient

TODAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("number", "region", "country", "makes", "years"),
    [
        # Published examples: the Honda and the MCI coach of the articles on the check digit, a Tesla of its manual.
        ("1HGCM82633A004352", "North America", "US", ("Honda",), (2003,)),
        ("1M8GDM9AXKP042788", "North America", "US", (), (1989, 2019)),
        ("5YJ3E1EA5KF317000", "North America", "US", ("Tesla",), (2019, 1989)),
        ("WVWZZZ1KZ6W000101", "Europe", "DE", ("Volkswagen",), (2006,)),
        ("KMHE341CBLA123456", "Asia", "KR", ("Genesis", "Hyundai"), (2020, 1990)),
        ("LRW3E7EK5NC123456", "Asia", "CN", ("Tesla",), (2022, 1992)),
        ("VF1AAAAA512345678", "Europe", "FR", ("Dacia", "Renault"), (2001,)),
        ("ZAR93700005123456", "Europe", "IT", ("Alfa Romeo",), ()),
        ("HJ4AAAAA5T1234567", "Asia", "CN", (), (2026, 1996)),
        ("8AGAAAAA5V1234567", "South America", "AR", ("Chevrolet",), (2027, 1997)),
        ("AAVZZZ6RZW1234567", "Africa", "ZA", ("Volkswagen",), (1998,)),
        # Of the first character of Oceania, and of Mexico's, which other countries share.
        ("7SAYGDEE4NA000000", "North America", "US", ("Tesla",), (2022, 1992)),
        ("6T1AAAAA5V1234567", "Oceania", "AU", ("Toyota",), (2027, 1997)),
        ("CL9AAAAA5V1234567", "Africa", "TN", (), (2027, 1997)),
        ("NAAAAAAA5V1234567", "Asia", "IR", ("Iran Khodro", "Peugeot"), (2027, 1997)),
    ],
)
def test_a_vin_says_who_made_the_vehicle_and_when(
    number: str, region: str, country: str, makes: tuple[str, ...], years: tuple[int, ...]
) -> None:
    """By ISO 3780 and 49 CFR 565.15: a year may be that of two periods, and lies at most one ahead."""
    decoded = checked_vin(number, TODAY).decoded
    assert decoded is not None
    assert (decoded.region, decoded.country, decoded.makes, decoded.model_years) == (region, country, makes, years)
    assert decoded.states_year is (region == "North America")


def test_the_year_codes_are_those_of_the_table() -> None:
    """49 CFR 565.15, table VII: without I, O, Q, U, Z and 0."""
    known = {
        1980: "A",
        1987: "H",
        1988: "J",
        1993: "P",
        1994: "R",
        1996: "T",
        1997: "V",
        2000: "Y",
        2001: "1",
        2009: "9",
    }
    assert {year: year_code(year) for year in known} == known
    assert year_code(2010) == "A"


def test_makers_of_synthetic_vehicles_are_listed_under_their_identifiers() -> None:
    """Otherwise a VIN that is known here is decoded without its make."""
    assert [maker.wmi for maker in MAKERS if maker.make not in makes_of(maker.wmi)] == []


async def test_a_vin_is_decoded_without_a_search(service: ServiceClient) -> None:
    """In any writing; an older number has a verdict alone."""
    poland = service.officer("PL")
    answer = (await poland.get(f"{PATH}/vin-check", params={"vin": "zar-937000 05123456"})).json()
    assert (answer["number"], answer["decoded"]["makes"]) == ("ZAR93700005123456", ["Alfa Romeo"])
    assert answer["verdict"]["iso_3779"] is True
    older = (await poland.get(f"{PATH}/vin-check", params={"vin": "AR 105 4711"})).json()
    assert (older["verdict"]["iso_3779"], older["decoded"]) == (False, None)
    assert (await poland.get(f"{PATH}/vin-check")).status_code == 422


def codes_of(**changes: object) -> list[tuple[str, str]]:
    return [(warning.code, warning.pointer) for warning in entered(**changes).warnings]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"make": "Renault"}, [("vin-other-make", "/vin")]),
        ({"make": "Fiatt"}, [("make-not-listed", "/make")]),
        ({"colour": "Mystic Dream"}, [("colour-not-listed", "/colour")]),
        ({"second_colour": "Mystic Dream"}, [("colour-not-listed", "/second_colour")]),
        ({"vin": "1HGCM82633A004352", "make": "Honda", "year": 2002}, []),
        ({"vin": "1HGCM82633A004352", "make": "Honda", "year": 2004}, []),
        ({"vin": "1HGCM82633A004352", "make": "Honda", "year": 2010}, [("vin-other-year", "/vin")]),
        # A European maker may use position 10 for anything.
        ({"vin": "WVWZZZ1KZ6W000101", "make": "VW", "year": 2020}, []),
    ],
)
def test_a_contradiction_is_a_warning_and_never_a_refusal(
    changes: dict[str, object], codes: list[tuple[str, str]]
) -> None:
    """Between the VIN and what is stated, and of words that are not listed."""
    assert codes_of(**changes) == codes


def test_a_warning_says_what_was_probably_meant() -> None:
    """And does not repeat what was written, as it stays when the word is corrected."""
    [warning] = entered(make="Fiatt").warnings
    assert warning.detail == "is not listed: it stays as written; did you mean Fiat?"


async def test_warnings_follow_a_correction(service: ServiceClient) -> None:
    """They are those of the present description."""
    record = await enter(service, make="Renault", reference="A 2")
    assert [each["code"] for each in record["warnings"]] == ["vin-other-make"]
    corrected = described(reference="A 2").model_dump(mode="json", exclude_unset=True)
    answer = await service.officer("IT").put(f"{PATH}/{record['id']}", json=corrected)
    assert (answer.json()["warnings"], answer.json()["vin_decoded"]["makes"]) == ([], ["Alfa Romeo"])
