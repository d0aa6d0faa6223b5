"""Countries, nationalities, issuers, languages and currencies are codes of lists; a refusal says what to use."""

import re
from typing import Annotated, Any, Final, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.synthetic_names import LANGUAGES as LANGUAGES_OF_NAMES
from shared import codes
from shared.bureaus import MEMBERS
from shared.codes import lists
from shared.codes.code_list import CodeList
from shared.codes.countries import ALPHA_2_OF, COUNTRIES, FORMER
from shared.codes.currencies import CURRENCIES
from shared.codes.documents import BRITISH, KOSOVO, ORGANISATIONS, PERSONS
from shared.codes.languages import LANGUAGES

LISTS: Final = (
    lists.COUNTRY,
    lists.NATIONALITY,
    lists.COUNTRY_OF_BIRTH,
    lists.ISSUER,
    lists.LANGUAGE,
    lists.CURRENCY,
)
EVERY_LIST: Final = pytest.mark.parametrize("codes", LISTS, ids=lambda codes: codes.what)


def refusal(of: CodeList, code: str) -> str:
    with pytest.raises(ValueError, match=r".") as refused:
        of.checked(code)
    return str(refused.value)


def test_the_lists_have_as_many_codes_as_the_standards() -> None:
    """ISO 639-2/B has 486 without `qaa` to `qtz`; ISO 4217 had 178 on 1 January 2026, two of which are no currency."""
    assert (len(COUNTRIES), len(ALPHA_2_OF), len(LANGUAGES), len(CURRENCIES)) == (249, 249, 486, 176)


def test_codes_have_the_form_of_their_standard() -> None:
    assert all(re.fullmatch("[A-Z]{2}", code) for code in COUNTRIES)
    three = (*ALPHA_2_OF, *LANGUAGES, *CURRENCIES, *FORMER, *BRITISH, *KOSOVO, *PERSONS, *ORGANISATIONS)
    assert all(re.fullmatch("[A-Z]{3}", code) for code in three)
    others = [code for entry in LANGUAGES.values() for code in entry[:2] if code != "-"]
    assert len(others) == len(set(others)) == 20 + 184
    assert all(re.fullmatch("[A-Z]{2,3}", code) for code in others)


def test_three_letters_are_for_what_has_no_two() -> None:
    """So each country has one code, and no record about it is missed by a search for the other."""
    for three in (FORMER, BRITISH, KOSOVO, PERSONS, ORGANISATIONS):
        assert not three.keys() & ALPHA_2_OF.keys()


def test_a_country_that_is_no_more_lay_where_countries_of_today_lie() -> None:
    assert {code for former in FORMER.values() for code in former.today} <= COUNTRIES.keys()


def test_every_member_is_a_country() -> None:
    assert MEMBERS.keys() <= COUNTRIES.keys()


def test_synthetic_people_speak_languages_of_the_list() -> None:
    assert LANGUAGES_OF_NAMES.keys() <= LANGUAGES.keys()


@EVERY_LIST
def test_every_code_of_a_list_is_accepted_and_returned_as_it_is(codes: CodeList) -> None:
    assert all(codes.checked(code) == code for code in codes.codes)


@EVERY_LIST
@pytest.mark.parametrize("code", ["ZZ", "QQ", "ZZZ", "xx", "", "0", "-", "IT IT", "\n"])
def test_a_code_of_no_list_is_refused_with_the_form_of_the_list(codes: CodeList, code: str) -> None:
    assert codes.form in refusal(codes, code)


@pytest.mark.parametrize("codes", [lists.NATIONALITY, lists.ISSUER], ids=lambda codes: codes.what)
def test_the_reserved_codes_of_organisations_are_told_what_passports_have(codes: CodeList) -> None:
    for reserved, used in (("EU", "EUE"), ("UN", "UNO")):
        with pytest.raises(ValueError, match=f"use {used}"):
            codes.checked(reserved)


def test_zz_is_named_in_its_refusal() -> None:
    assert refusal(lists.COUNTRY, "ZZ") == "ZZ is on no list of countries: ISO 3166-1 alpha-2, such as IT"


@EVERY_LIST
@given(text=st.text())
def test_a_refusal_repeats_no_more_than_three_letters_or_what_the_lists_know(codes: CodeList, text: str) -> None:
    """A name written into the wrong field is personal data, and problems may be logged."""
    if text in codes.codes:
        return
    said = refusal(codes, f"Rossi {text}")
    assert "Rossi" not in said


@pytest.mark.parametrize(
    ("of", "written", "says"),
    [
        (lists.COUNTRY, "UK", "UK: use GB"),
        (lists.COUNTRY, "EL", "EL: use GR"),
        (lists.COUNTRY, "ITA", "ITA: use IT"),
        (lists.COUNTRY, "it", "it: use IT"),
        (lists.COUNTRY, " IT", "IT: use IT"),
        (lists.COUNTRY, "Italy", "Italy: use IT"),
        (lists.COUNTRY, "YU", "YU: withdrawn in 2003, use BA or HR or ME or MK or RS or SI"),
        (lists.COUNTRY, "CS", "CS: withdrawn in 2006, use CZ or SK or ME or RS"),
        (lists.COUNTRY, "DDR", "DDR: withdrawn in 1990, use DE"),
        (lists.NATIONALITY, "ITA", "ITA: use IT"),
        (lists.NATIONALITY, "SU", "SU: withdrawn in 1992, use AM or AZ"),
        (lists.NATIONALITY, "XK", "XK: not of ISO 3166-1, use RKS or UNK"),
        (lists.COUNTRY_OF_BIRTH, "SU", "SU: withdrawn in 1992, use SUN"),
        (lists.COUNTRY_OF_BIRTH, "CS", "CS: withdrawn in 2006, use CSK or SCG"),
        (lists.COUNTRY_OF_BIRTH, "XXA", "XXA is on no list of countries of birth"),
        (lists.ISSUER, "ZR", "ZR: withdrawn in 1997, use ZAR"),
        (lists.ISSUER, "D", "D: use DE"),
        (lists.LANGUAGE, "EN", "EN: use ENG"),
        (lists.LANGUAGE, "FRA", "FRA: use FRE"),
        (lists.LANGUAGE, "German", "German: use GER"),
        (lists.CURRENCY, "Euro", "Euro: use EUR"),
        (lists.CURRENCY, "XXX", "XXX is on no list of currencies"),
    ],
)
def test_a_common_mistake_is_told_what_to_use(of: CodeList, written: str, says: str) -> None:
    assert refusal(of, written).startswith(says)


@pytest.mark.parametrize(
    ("of", "accepted", "refused"),
    [
        (lists.COUNTRY, "IT", "XXA SUN UNO"),
        (lists.NATIONALITY, "IT XXA XXB XXC XXX UNO UNA UNK RKS XPO XOM EUE GBD GBN GBO GBP GBS", "SUN ITA"),
        (lists.COUNTRY_OF_BIRTH, "IT SUN YUG CSK SCG DDR ANT ZAR TMP BUR RKS", "XXA UNO GBD ITA"),
        (lists.ISSUER, "IT XPO XOM UNO XCC XCE XCO XDC XEC XES XBA XIM XMP EUE GBD SUN YUG", "XXA XXX ITA"),
    ],
)
def test_what_has_no_two_letters_is_accepted_where_it_can_be(of: CodeList, accepted: str, refused: str) -> None:
    """A stateless person has no issuer of that name, and nobody is born in an organisation."""
    assert {*accepted.split()} <= of.codes
    assert not {*refused.split()} & of.codes


@pytest.mark.parametrize(
    ("kind", "of", "wrong"),
    [
        (codes.Country, lists.COUNTRY, "ITA"),
        (codes.Nationality, lists.NATIONALITY, "SUN"),
        (codes.CountryOfBirth, lists.COUNTRY_OF_BIRTH, "XXA"),
        (codes.Issuer, lists.ISSUER, "XXX"),
        (codes.Language, lists.LANGUAGE, "FRA"),
        (codes.Currency, lists.CURRENCY, "XXX"),
    ],
)
def test_a_type_accepts_the_codes_of_its_list_alone(kind: Any, of: CodeList, wrong: str) -> None:
    """Its schema has their form, which each of them has, an example and the name of the list."""
    adapter: TypeAdapter[str] = TypeAdapter(Annotated[kind, "as in a model"])
    assert all(adapter.validate_python(code) == code for code in of.codes)
    with pytest.raises(ValidationError):
        adapter.validate_python(wrong)
    schema = adapter.json_schema()
    assert (schema["type"], schema[codes.CODE_LIST]) == ("string", of.what)
    assert all(re.fullmatch(schema["pattern"], code) for code in of.codes)
    assert {*schema["examples"]} <= of.codes
    assert get_args(kind)[0] is str
