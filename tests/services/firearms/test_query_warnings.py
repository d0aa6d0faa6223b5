"""What looks mistyped in a check of a firearm, and what does not."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.firearms.models import FirearmQuery
from services.firearms.query_warnings import KINDS, query_warnings
from shared.records.search.number_search import NEAR_CUT, NUMBER_COMMON
from tests.conftest import NOW

CODES: Final = {kind.code for kind in KINDS}
CASES: Final[list[tuple[dict[str, str], list[tuple[str, str]]]]] = [
    ({"serial_number": "GXK 204 881", "make": "Glock"}, []),
    ({"serial_number": "GXK2*", "make": "Glock"}, []),
    ({"serial_number": "GXK 204 881"}, [("make-missing", "/make")]),
    ({"serial_number": "GXK 204 881", "make": "Unknown"}, [("make-missing", "/make")]),
    ({"serial_number": "A12", "make": "Colt"}, [("serial-number-short", "/serial_number")]),
    ({"serial_number": "0000-00", "make": "Colt"}, [("serial-number-uniform", "/serial_number")]),
    ({"serial_number": "*GXK204*", "make": "Colt"}, [("number-in-stars", "/serial_number")]),
    ({"reference": "2026/1"}, []),
]


@pytest.mark.parametrize(("keys", "expected"), CASES, ids=str)
def test_each_sign_of_a_mistyped_number_is_a_warning(keys: dict[str, str], expected: list[tuple[str, str]]) -> None:
    """With a pointer to the member; a number that can be right has none."""
    found = [(each.code, each.pointer) for each in query_warnings(FirearmQuery.model_validate(keys), NOW)]
    assert found == expected


def test_every_kind_of_warning_is_in_the_table() -> None:
    # Those of common numbers depend on the records.
    tested = {code for _, expected in CASES for code, _ in expected}
    assert tested == CODES - {NUMBER_COMMON.code, NEAR_CUT.code}


@given(st.text(min_size=1, max_size=30))
def test_every_number_that_a_check_may_have_can_be_examined(text: str) -> None:
    """Whatever the characters; only declared kinds are yielded."""
    query = FirearmQuery.model_construct(serial_number=text)
    assert {each.code for each in query_warnings(query, NOW)} <= CODES
