"""Makes, models and colours in any writing become their standard names; what is not listed stays as written."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.stolen_vehicles.models import VehicleKind
from services.stolen_vehicles.vocabulary.colours import COLOURS, base_colour, standard_colour
from services.stolen_vehicles.vocabulary.makes import MAKE_NAMES, MAKES, makes_of, standard_make, standard_model
from services.stolen_vehicles.words import BodyStyle
from shared.codes.word_list import WordList
from tests.documents import PROJECT
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.support import ServiceClient

PAGE = PROJECT / "docs" / "how-to" / "vehicles.md"


@pytest.mark.parametrize(
    ("written", "standard"),
    [
        ("VW", "Volkswagen"),
        ("VOLKSWAGEN AG", "Volkswagen"),
        ("فولكس فاجن", "Volkswagen"),
        ("mercedes benz", "Mercedes-Benz"),
        ("ŠKODA", "Skoda"),
        ("citroen", "Citroën"),
        ("J.C.B.", "JCB"),
        ("Тойота", "Toyota"),
        ("丰田", "Toyota"),
        ("ВАЗ", "Lada"),
        ("BMW Motorrad", "BMW"),
        ("Wartburg", "Wartburg"),
    ],
)
def test_a_make_in_any_writing_has_one_name(written: str, standard: str) -> None:
    """In any case and script, with or without accents and separators; an unknown one stays."""
    assert standard_make(written) == standard


@pytest.mark.parametrize(
    ("written", "make", "standard"),
    [
        ("f150", "Ford", "F-150"),
        ("CRV", "Honda", "CR-V"),
        ("C Klasse", "Mercedes-Benz", "C-Class"),
        ("f150", "x", "f150"),
    ],
)
def test_a_model_is_that_of_its_make(written: str, make: str, standard: str) -> None:
    """A model of a make that is not listed stays as written."""
    assert standard_model(written, make) == standard


@pytest.mark.parametrize(
    ("written", "standard", "base"),
    [
        ("grey", "grey", "grey"),
        ("GRAY", "grey", "grey"),
        ("gris", "grey", "grey"),
        ("رمادي", "grey", "grey"),
        ("silver/grey", "silver", "silver"),
        ("dark red", "dark red", "red"),
        ("rouge foncé métallisé", "dark red", "red"),
        ("azul claro", "light blue", "blue"),
        ("أحمر غامق", "dark red", "red"),
        ("weiß", "white", "white"),
        ("Dunkelblau-metallic", "dark blue", "blue"),
        ("hellgrün", "light green", "green"),
        ("grigio scuro metallizzato", "dark grey", "grey"),
        ("prata", "silver", "silver"),
        ("тёмно-синий", "dark blue", "blue"),
        ("KIRMIZI", "red", "red"),
        ("BLK", "black", "black"),
        ("gris anthracite", "grey", "grey"),
        ("rouge noir", "rouge noir", None),
        ("dark light blue", "dark light blue", None),
        ("Mystic Dream", "Mystic Dream", None),
        ("dark", "dark", None),
    ],
)
def test_a_colour_in_nine_languages_has_one_name(written: str, standard: str, base: str | None) -> None:
    """With its shade, without its finish; an unknown one stays as written."""
    assert (standard_colour(written), base_colour(written)) == (standard, base)


@given(st.text(max_size=80))
def test_a_standard_name_stays_what_it_is(text: str) -> None:
    """A stored record is read through the same types again."""
    assert standard_colour(standard_colour(text)) == standard_colour(text)
    assert standard_make(standard_make(text)) == standard_make(text)


def test_all_that_is_listed_is_its_own_standard_name() -> None:
    """Each make, each model of it, and each word for a colour."""
    for make in MAKES:
        assert {standard_make(word) for word in (make.name, *make.synonyms)} == {make.name}
        assert all(standard_model(model, make.name) == model for model in make.models)
    for colour in COLOURS:
        assert {standard_colour(word) for words in colour.words.values() for word in words} <= {colour.name}


def test_each_colour_has_a_word_in_each_language() -> None:
    """English is that of the name itself."""
    for colour in COLOURS:
        assert all(colour.words[language] for language in ("fr", "es", "ar", "de", "it", "pt", "ru", "tr")), colour.name


def test_identifiers_of_makes_have_the_form_of_iso_3780() -> None:
    """Three characters, each once for a make."""
    for make in MAKES:
        assert all(re.fullmatch("[A-HJ-NPR-Z0-9]{3}", wmi) for wmi in make.wmis), make.name
        assert not [wmi for wmi, times in Counter(make.wmis).items() if times > 1]
    assert makes_of("VF1") == ("Dacia", "Renault")
    assert makes_of("QQQ") == ()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("VW PKW", "Volkswagen"),
        ("Range Rover Sport", "Land Rover"),
        ("Мерседесс", "Mercedes-Benz"),
        ("DaimlerChrysler", "Mercedes-Benz"),
        # Two makes, a make with one sign otherwise, and nothing like any.
        ("Hyundai/Kia", None),
        ("MAS", None),
        ("北京", None),
    ],
)
def test_a_word_that_is_not_listed_is_compared_with_all_that_mean_the_same(written: str, meant: str | None) -> None:
    """Word by word, then as a slip; of three signs none, as other makes have such names."""
    assert MAKE_NAMES.suggestion(written) == meant


def test_a_word_that_stands_for_two_names_is_refused() -> None:
    """So that a list that contradicts itself does not start."""
    with pytest.raises(ValueError, match="Fox stands for A and for B"):
        WordList({"A": ["fox"], "B": ["Fox"]})


async def test_a_record_states_standard_names(service: ServiceClient) -> None:
    """Whatever synonym the entry has, also in a correction; entered again by its reference it is the same record."""
    synonyms = {"make": "alfa", "model": "giulia", "colour": "rojo oscuro", "second_colour": "noir", "reference": "A 1"}
    record = await enter(service, **synonyms)
    stated = {name: record[name] for name in ("make", "model", "colour", "second_colour")}
    expected = {"make": "Alfa Romeo", "model": "Giulia", "colour": "dark red", "second_colour": "black"}
    assert stated == expected
    assert (await enter(service, **{**synonyms, **expected}))["id"] == record["id"]


async def test_the_codes_are_listed_with_their_synonyms(service: ServiceClient) -> None:
    """Each listed synonym is accepted."""
    codes = (await service.officer("PL").get(f"{PATH}/codes")).json()
    [make] = [each for each in codes["makes"] if each["name"] == "Volkswagen"]
    [colour] = [each for each in codes["colours"] if each["name"] == "grey"]
    assert "VW" in make["synonyms"]
    assert {"Golf", "Polo"} <= {model["name"] for model in make["models"]}
    assert {standard_colour(word) for word in colour["synonyms"]} == {"grey"}


def test_the_page_says_what_is_entered_as_what() -> None:
    """Each kind and each form of a body is in its table, and nothing that is none."""
    table = [line.split("|") for line in PAGE.read_text().splitlines() if line.startswith("| ")][1:]
    named = [{word for row in table for word in re.findall("`(.*?)`", row[column])} for column in (2, 3)]
    assert named == [{*VehicleKind}, {*BodyStyle}]
