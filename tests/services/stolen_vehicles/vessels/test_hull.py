"""What a hull number says, by the forms of EN ISO 10087 and 33 CFR 181.25 and the two older American ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.stolen_vehicles.vessels.hull import HullForm, check_hull, other_writings
from services.stolen_vehicles.vessels.identifiers import (
    expected_imo_digit,
    has_wrong_imo_digit,
    is_mmsi_of_a_vessel,
)

SERIAL_SIGNS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


@pytest.mark.parametrize(
    ("written", "form", "country", "built", "model_year"),
    [
        ("GB-ABC00042-A3-13", HullForm.ISO_10087, "GB", "2013-01", 2013),
        ("us abc12345l495", HullForm.ISO_10087, "US", "1994-12", 1995),
        # The examples of American guides to the three forms.
        ("ABC12345L495", HullForm.AMERICAN, "US", "1994-12", 1995),
        ("ABC 12345 A900", HullForm.AMERICAN, "US", "1999-01", 2000),
        ("ABC 12345 A 7 88", HullForm.AMERICAN, "US", "1987-01", 1988),
        ("ABC 12345 M75A", HullForm.AMERICAN_1972, "US", None, 1975),
        ("ABC 12345 1275", HullForm.AMERICAN_1972, "US", "1975-12", 1975),
        # Sold a year before it was built, as the model year had begun, and at the turn of the century.
        ("ABC12345A190", HullForm.AMERICAN, "US", "1991-01", 1990),
        ("ABC12345K071", HullForm.AMERICAN, "US", "2070-11", 2071),
    ],
)
def test_a_hull_number_says_when_and_where_it_was_built(
    written: str, form: HullForm, country: str, built: str | None, model_year: int
) -> None:
    """In any writing."""
    verdict = check_hull(written)
    assert (verdict.form, verdict.country, verdict.built, verdict.model_year) == (form, country, built, model_year)
    assert (verdict.maker, verdict.serial, verdict.warning) == ("ABC", verdict.serial, None)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("GB-ABC00042-A3-99", "6 years before the model year"),
        ("ZZ-ABC00042-A3-13", "ZZ, which is no country"),
        ("GB-ABC00042-Z3-13", "neither 14 signs"),
        ("ABC1234I1275", "neither 14 signs"),
        ("wooden 7", "neither 14 signs"),
    ],
)
def test_a_number_that_cannot_be_right_has_a_warning(written: str, says: str) -> None:
    """The first is the example of an encyclopaedia, whose years do not agree."""
    assert says in (check_hull(written).warning or "")


@given(
    maker=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3),
    serial=st.text(SERIAL_SIGNS, min_size=5, max_size=5),
    month=st.integers(1, 12),
    year=st.integers(1985, 2069),
    ahead=st.integers(0, 1),
)
def test_any_number_that_is_made_is_read_back(maker: str, serial: str, month: int, year: int, ahead: int) -> None:
    """With its country and without."""
    model = year + ahead
    number = f"{maker}{serial}{'ABCDEFGHIJKL'[month - 1]}{year % 10}{model % 100:02}"
    for written in (number, f"DE-{maker}{serial}-{number[8:10]}-{number[10:]}"):
        verdict = check_hull(written)
        assert (verdict.maker, verdict.serial, verdict.model_year) == (maker, serial, model)
        assert verdict.built == f"{year}-{month:02}"


def test_an_american_number_is_the_same_with_its_country() -> None:
    """And that of another country has one writing without it."""
    assert other_writings("ABC12345L495", None) == other_writings("ABC12345L495", "US") == ("USABC12345L495",)
    assert other_writings("XXA12345F414", "FR") == ("USXXA12345F414", "FRXXA12345F414")
    assert other_writings("US-ABC12345L495", "FR") == ("ABC12345L495",)
    assert other_writings("GB-ABC00042-A3-13", None) == ("ABC00042A313",)
    assert other_writings("wooden 7", "FR") == ()


@pytest.mark.parametrize("number", ["9074729", "7654329", "7625811", "9619907"])
def test_published_imo_numbers_are_valid(number: str) -> None:
    """The examples of articles on the check digit."""
    assert not has_wrong_imo_digit(number)
    assert has_wrong_imo_digit(f"{number[:-1]}{(int(number[-1]) + 1) % 10}")


@given(number=st.text("0123456789", min_size=6, max_size=6), place=st.integers(0, 5), change=st.integers(1, 9))
def test_the_digit_detects_a_wrong_figure_unless_weights_hide_it(number: str, place: int, change: int) -> None:
    """A change times its weight that is a multiple of ten is hidden: by five where the weight is even, for one."""
    valid = f"{number}{expected_imo_digit(number)}"
    figure = (int(valid[place]) + change) % 10
    wrong = f"{valid[:place]}{figure}{valid[place + 1 :]}"
    hidden = (figure - int(valid[place])) * (7 - place) % 10 == 0
    assert has_wrong_imo_digit(wrong) is not hidden


@pytest.mark.parametrize(
    ("number", "is_of_a_vessel"),
    [("232123456", True), ("982321234", True), ("823212345", True), ("002320014", False), ("970123456", False)],
)
def test_an_mmsi_says_what_it_identifies(number: str, is_of_a_vessel: bool) -> None:
    """A ship, its tender and a radio in the hand; a coast station and a beacon are no vessels (ITU-R M.585)."""
    assert is_mmsi_of_a_vessel(number) is is_of_a_vessel
