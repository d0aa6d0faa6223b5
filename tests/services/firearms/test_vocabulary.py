"""Makes, models, calibres and kinds in any writing become their standard names."""

import re
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.codes.countries import COUNTRIES
from shared.firearms.vocabulary import UNSPECIFIC
from shared.firearms.vocabulary.calibres import CALIBRES, fits_calibre, listed_calibre
from shared.firearms.vocabulary.kinds import KIND_NAMES
from shared.firearms.vocabulary.makes import MAKE_NAMES, MAKES, fits_make, fits_model, standard_model
from shared.firearms.words import FirearmKind

MADE_FOR: Final = {"handgun", "rifle", "rimfire", "shotgun", "other", ""}


@pytest.mark.parametrize(
    ("written", "standard"),
    [
        ("9x19", "9 mm Luger"),
        ("9 x 19 mm", "9 mm Luger"),
        ("9×19", "9 mm Luger"),
        ("9х19", "9 mm Luger"),
        ("9mm Luger", "9 mm Luger"),
        ("9 Para", "9 mm Luger"),
        ("Kal. 9 mm Para", "9 mm Luger"),
        ("9 мм Люгер", "9 mm Luger"),
        (".45 ACP", ".45 ACP"),
        ("45 auto", ".45 ACP"),
        ("11.43x23", ".45 ACP"),
        ("11,43 x 23 mm", ".45 ACP"),
        ("7,62 x 39", "7.62x39"),
        ("38 spl.", ".38 Special"),
        ("9 mm kurz", ".380 ACP"),
        ("cal. 12", "12 gauge"),
        ("12/70", "12 gauge"),
        (".22lr", ".22 LR"),
        ("9 mm", None),
        ("38", None),
        ("", None),
    ],
)
def test_a_calibre_in_any_writing_has_one_name(written: str, standard: str | None) -> None:
    """By C.I.P., SAAMI, metric or inch, with a unit or without; an ambiguous one has none."""
    assert listed_calibre(written) == standard


@pytest.mark.parametrize(
    ("written", "standard"),
    [
        ("HK", "Heckler & Koch"),
        ("Heckler und Koch", "Heckler & Koch"),
        ("S & W", "Smith & Wesson"),
        ("smith wesson", "Smith & Wesson"),
        ("Глок", "Glock"),
        ("Ceska zbrojovka", "CZ"),
        ("IWI", "IMI"),
        ("no make", "Unknown"),
        ("Nobody", None),
    ],
)
def test_a_make_in_any_writing_has_one_name(written: str, standard: str | None) -> None:
    assert MAKE_NAMES.find(written) == standard


def test_the_lists_are_large_and_whole() -> None:
    """Every maker has a country, and every calibre is for something."""
    assert len(MAKES) >= 120
    assert len(CALIBRES) >= 60
    assert {make.name for make in MAKES if make.country is None} == UNSPECIFIC
    assert {make.country for make in MAKES if make.country} <= {*COUNTRIES}
    assert {each.made_for for each in CALIBRES} == MADE_FOR
    assert {each.name for each in CALIBRES if not each.made_for} == {"Unknown", "Other"}
    assert {*KIND_NAMES.names} == {*FirearmKind}


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        ("5.56x45", ".223 Rem", True),
        ("7.62 NATO", ".308", True),
        ("9 Para", "9 mm Kurz", False),
        ("9 Para", "Unknown", None),
        ("Unknown", "Unknown", None),
    ],
)
def test_calibres_of_one_chamber_are_compared_as_one(one: str, other: str, fits: bool | None) -> None:
    """In both directions; an unknown one contradicts nothing."""
    assert fits_calibre(one, other) is fits
    assert fits_calibre(other, one) is fits


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        ("HK", "Heckler & Koch", True),
        ("Glock", "Beretta", False),
        ("Glock", "Other", None),
        ("Unknown", "Unknown", None),
    ],
)
def test_a_make_that_tells_nothing_contradicts_none(one: str, other: str, fits: bool | None) -> None:
    """In both directions."""
    assert fits_make(one, other) is fits
    assert fits_make(other, one) is fits


def test_models_are_compared_by_the_list_of_their_make() -> None:
    """One that is not listed contradicts nothing."""
    assert standard_model("G 17", "Glock") == "17"
    assert fits_model("17 Gen 4", "17", "Glock") is True
    assert fits_model("17", "19", "Glock") is False
    assert fits_model("17", "Custom", "Glock") is None


@given(st.text(max_size=40))
def test_any_text_is_a_calibre_of_the_list_or_none(text: str) -> None:
    """And a standard name stands for itself."""
    found = listed_calibre(text)
    assert found is None or listed_calibre(found) == found


def test_every_standard_name_and_synonym_is_found() -> None:
    """With a unit and a sign of multiplication as well."""
    for each in CALIBRES:
        for word in (each.name, *each.synonyms):
            assert listed_calibre(word) == each.name
            assert listed_calibre(re.sub(r"(?<=\d)x(?=\d)", " × ", word)) == each.name


@pytest.mark.parametrize(
    ("written", "meant"),
    [("Berreta", "Beretta"), ("Bereta", "Beretta"), ("glok", "Glock"), ("Valther", "Walther"), ("Barret", "Barrett")],
)
def test_a_slip_is_answered_with_the_make_that_has_the_same_letters(written: str, meant: str) -> None:
    """Beretta and Barrett are as many edits away from Berreta."""
    assert MAKE_NAMES.suggestion(written) == meant
