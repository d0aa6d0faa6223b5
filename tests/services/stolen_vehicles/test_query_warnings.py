"""What looks mistyped in a check of a vehicle, and what does not."""

from collections.abc import Mapping
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.stolen_vehicles.models import VehicleQuery
from services.stolen_vehicles.query_warnings import KINDS, query_warnings
from shared.records.search.number_search import NUMBER_COMMON
from tests.conftest import NOW

CODES: Final = {kind.code for kind in KINDS}
CASES: Final[list[tuple[dict[str, str], list[tuple[str, str]]]]] = [
    ({"vin": "ZAR 937000 05123456"}, []),
    ({"vin": "1M8GDM9AXKP042788"}, []),
    ({"vin": "1M8-GDM9AX-KP042788"}, []),
    ({"vin": "1M8GDM9A1KP042788"}, [("vin-check-digit", "/vin")]),
    # The United States have a part of the range of Oceania.
    ({"vin": "7SAYGDEE4NA000000"}, [("vin-check-digit", "/vin")]),
    ({"vin": "7A0YGDEE4NA000000"}, []),
    # Outside the countries with check digits a wrong one means nothing.
    ({"vin": "WVWZZZ1JZ1W000001"}, []),
    ({"vin": "AB12"}, [("vin-length", "/vin")]),
    ({"vin": "ZAR93700005123456X"}, [("vin-length", "/vin")]),
    # The last eight signs, and what is known of a number.
    ({"vin": "05123456"}, []),
    ({"vin": "ZAR93*"}, []),
    ({"vin": "*ZAR 937000 05123456*"}, [("number-in-stars", "/vin")]),
    ({"plate": "*FZ51*"}, [("number-in-stars", "/plate")]),
    ({"plate": "FZKL*", "country": "IT"}, []),
    ({"engine_number": "A1?"}, []),
    ({"vin": "ZAR9370OO05123456"}, [("vin-letters", "/vin")]),
    ({"vin": "zar937oo0qi123456"}, [("vin-letters", "/vin")]),
    # Read as figures first: then the check digit is right.
    ({"vin": "1M8GDM9AXKPO42788"}, [("vin-letters", "/vin")]),
    ({"vin": "ZZZZZZZZZZZZZZZZZ"}, [("vin-uniform", "/vin")]),
    ({"vin": "11111111111111111"}, [("vin-uniform", "/vin")]),
    ({"vin": "0000"}, [("vin-length", "/vin"), ("vin-uniform", "/vin")]),
    # Written with signs of other scripts it is the same number: none hides a wrong check digit.
    ({"vin": "1M8GDM9A1KP042788\u200b"}, [("vin-check-digit", "/vin")]),
    ({"vin": "1М8GDM9А1КР042788"}, [("vin-check-digit", "/vin")]),
    ({"vin": "1M8GDM9A1·KP04278٨"}, [("vin-check-digit", "/vin")]),
    ({"vin": "1M8GDM9AXKP04278Ж"}, [("vin-characters", "/vin")]),
    ({"plate": "FZ 512 KL", "country": "IT"}, []),
    ({"plate": "А123ВС 77", "country": "RU"}, []),
    ({"plate": "1234", "country": "EG"}, []),
    ({"plate": "١٢٣٤", "country": "EG"}, []),
    ({"plate": "品川 三〇〇 あ", "country": "JP"}, []),
    ({"plate": "FZ KL", "country": "IT"}, [("plate-no-figure", "/plate")]),
    ({"plate": "XXXX-XX", "country": "DE"}, [("plate-no-figure", "/plate"), ("plate-uniform", "/plate")]),
    ({"plate": "000 000", "country": "FR"}, [("plate-uniform", "/plate")]),
    ({"engine_number": "AR 67203 1234567"}, []),
    ({"engine_number": "A-12"}, [("engine-number-short", "/engine_number")]),
    ({"engine_number": "A123"}, []),
    ({"plate": "FZ 512 KL", "make": "VW", "colour": "dunkelblau metallic", "model": "x"}, []),
    ({"plate": "FZ 512 KL", "make": "VW PKW"}, [("make-not-listed", "/make")]),
    ({"plate": "FZ 512 KL", "colour": "Mystic Dream"}, [("colour-not-listed", "/colour")]),
    (
        {"vin": "A1", "plate": "AA", "country": "IT", "engine_number": "1"},
        [("vin-length", "/vin"), ("plate-no-figure", "/plate"), ("engine-number-short", "/engine_number")],
    ),
]


@pytest.mark.parametrize(("keys", "expected"), CASES, ids=[" ".join(keys.values()) for keys, _ in CASES])
def test_each_sign_of_a_mistyped_key_is_a_warning(keys: Mapping[str, str], expected: list[tuple[str, str]]) -> None:
    """With a pointer to the key; a key that can be right has none."""
    found = [(each.code, each.pointer) for each in query_warnings(VehicleQuery.model_validate(keys), NOW)]
    assert found == expected


def test_a_word_that_is_not_listed_is_said_to_hide_nothing() -> None:
    """With what was probably meant, and without what was written."""
    query = VehicleQuery.model_validate({"plate": "FZ 512 KL", "make": "VW PKW", "colour": "Mystic Dream"})
    details = [each.detail for each in query_warnings(query, NOW)]
    nothing_hidden = "is not listed: any other fits, further down"
    assert details == [f"{nothing_hidden}; did you mean Volkswagen?", nothing_hidden]


def test_every_kind_of_warning_is_in_the_table() -> None:
    # That of a common number depends on the records.
    assert {code for _, expected in CASES for code, _ in expected} == CODES - {NUMBER_COMMON.code}


@given(st.text(min_size=1, max_size=30))
def test_every_key_that_a_check_may_have_can_be_examined(text: str) -> None:
    """Whatever the characters; only declared kinds are yielded."""
    query = VehicleQuery.model_construct(vin=text, plate=text, country="FR", engine_number=text)
    assert {each.code for each in query_warnings(query, NOW)} <= CODES
