"""The codes of participants: their kinds, their pattern and their names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.bureaus import (
    CODE_PATTERN,
    EXPECTED,
    MAX_CODE,
    REGIONAL_BUREAUS,
    UNITS,
    Bureau,
    BureauCode,
    Member,
    kind_of,
    name_of,
    parse_bureau,
)
from shared.errors import UnknownBureau
from shared.identity import Purpose, is_purpose_open_to

bureau = TypeAdapter(Bureau).validate_python


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("FR", "bureau"),
        ("IPSG", "bureau"),
        ("IPSG-CCC", "unit"),
        ("RB-ABJ", "unit"),
        ("PARTNER-ICC", "partner"),
        ("PARTNER-ABCDEFGHIJKL", "partner"),
        ("CCF", "commission"),
        ("PUBLIC", "public"),
        *((code, "service") for code in ("notices", "XX", "IPSG-XX", "RB-XXX", "PARTNER-A", "PARTNER-ICC1", "ccf")),
    ],
)
def test_the_kind_of_a_participant_follows_from_its_code(code: str, kind: str) -> None:
    assert kind_of(code) == kind


def test_every_expected_code_fits_the_pattern_and_has_a_name() -> None:
    for code in EXPECTED:
        assert re.fullmatch(CODE_PATTERN, code)
        assert len(code) <= MAX_CODE
        assert bureau(code) == parse_bureau(code.lower()) == code
        assert name_of(code)
    assert name_of(BureauCode("PARTNER-XYZ")) == "Partner XYZ"


@given(st.text(alphabet="ABCFGIPRSNTEULX-", max_size=24))
def test_the_type_of_codes_accepts_exactly_the_participants_with_a_gateway(text: str) -> None:
    """Also a code that only looks like one is refused."""
    try:
        accepted = bureau(text) == text
    except ValidationError:
        accepted = False
    assert accepted is (kind_of(text) != "service")


@pytest.mark.parametrize("code", ["CCF", "PUBLIC", "IPSG-CT", "PARTNER-ICC", "IPSG"])
def test_only_members_can_be_barred(code: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Member).validate_python(code)


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(UnknownBureau, match="ipsg-xx"):
        parse_bureau("ipsg-xx")


def test_a_country_that_is_written_out_is_answered_with_its_code() -> None:
    with pytest.raises(UnknownBureau, match=r"'united states': did you mean US\?"):
        parse_bureau("united states")


def test_the_purpose_of_data_subject_requests_is_open_to_the_commission_alone_which_has_no_other() -> None:
    for code in EXPECTED:
        assert is_purpose_open_to(code, Purpose.DATA_SUBJECT_REQUEST) is (code == "CCF")
    assert [purpose for purpose in Purpose if is_purpose_open_to(BureauCode("CCF"), purpose)] == [
        "data-subject-request"
    ]


def test_regional_bureaus_use_the_network_as_members_do() -> None:
    """Units of the Secretariat do so for the purposes that they are given."""
    of_member = {purpose for purpose in Purpose if is_purpose_open_to(BureauCode("FR"), purpose)}
    for code in REGIONAL_BUREAUS:
        assert {purpose for purpose in Purpose if is_purpose_open_to(code, purpose)} == of_member
    fewer = {code for code in UNITS if {each for each in Purpose if is_purpose_open_to(code, each)} < of_member}
    assert fewer == UNITS.keys() - {"IPSG-NDTF"}
