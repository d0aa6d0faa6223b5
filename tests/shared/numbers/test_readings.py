"""How a number that was found meets the one that was asked for, in words."""

import pytest

from shared.numbers import (
    DOCUMENT_NUMBER,
    ENGINE_NUMBER,
    PLATE,
    SERIAL_NUMBER,
    VIN,
    NumberKind,
    NumberPattern,
    Reading,
    neighbourhood,
    number_of,
    reading,
)
from shared.numbers.confusions import LAST_SIGNS

BAR = [pair for group in ("0ODQ", "1I", "2Z", "5S", "8B", "6G") for one in group for pair in (one + group[0],)]


def plate(asked: str, found: str, of: str | None = "IT") -> Reading | None:
    return reading(number_of(asked, PLATE, of), number_of(found, PLATE, "IT"))


@pytest.mark.parametrize("kind", [VIN, PLATE, ENGINE_NUMBER, SERIAL_NUMBER])
@pytest.mark.parametrize("pair", BAR)
def test_signs_that_are_taken_for_each_other_are_one_sign(pair: str, kind: NumberKind) -> None:
    """The bar of the industry, in both directions."""
    one, other = (number_of(f"AR93{sign}7", kind) for sign in pair)
    assert one.key == other.key
    there, back = reading(one, other), reading(other, one)
    assert there is not None
    assert back is not None
    assert not there.is_near
    assert not back.is_near
    assert there.score == back.score


def test_document_numbers_have_no_neighbours_and_their_d_is_no_0() -> None:
    """They are issued in series, so that each neighbour is another document's."""
    asked = number_of("C01X00T47", DOCUMENT_NUMBER)
    assert reading(asked, number_of("CO1X00T47", DOCUMENT_NUMBER)) is not None
    for other in ("C01X00T48", "C01X00T4", "C01X00T477", "C01X0T047", "CD1X00T47"):
        assert reading(asked, number_of(other, DOCUMENT_NUMBER)) is None
    assert not neighbourhood(asked.look, DOCUMENT_NUMBER)


def test_an_l_is_a_1_in_documents_and_serials_alone() -> None:
    """On plates and in VINs the two are told apart."""
    for kind in (SERIAL_NUMBER, DOCUMENT_NUMBER):
        assert number_of("AL12", kind).key == number_of("A112", kind).key
    assert number_of("AL12", PLATE).key != number_of("A112", PLATE).key


@pytest.mark.parametrize(
    "written", ["fz 512-kl", "FZ·512/KL", "ｆｚ５１２ｋｌ", "FZ 512 КL", "ΡZ 512 KL", "fż 512 kł"[:-1] + "l"]
)
def test_writing_alone_is_not_read_otherwise(written: str) -> None:
    """Case, separators, accents, and letters of Greek and Cyrillic that look Latin."""
    met = plate(written, "PZ 512 KL" if written.startswith("Ρ") else "FZ 512 KL")
    assert met == Reading(1.0, is_near=False, words="")


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("61043-هـ-32", "61043-ه-32"),
        ("۱۲ ی ۳۴۵", "12 ي 345"),
        ("١٢ ى ٣٤٥", "12 ي 345"),
        ("12 ک 345", "12 ك 345"),
        ("LODZ 123", "ŁÓDŹ 123"),
        ("DO 12", "Đø-12"),
    ],
)
def test_letters_that_are_written_in_two_ways_are_one_letter(written: str, found: str) -> None:
    """Arabic letters that are made longer or typed on a keyboard of Persian, and Latin ones with a stroke."""
    assert plate(written, found) == plate(found, written) == Reading(1.0, is_near=False, words="")


@pytest.mark.parametrize(
    ("asked", "found", "words"),
    [
        ("FZ812KL", "FZB12KL", "the 3rd sign: asked 8, found B"),
        ("F2812KL", "FZB12KL", "the 2nd sign: asked 2, found Z; the 3rd sign: asked 8, found B"),
    ],
)
def test_a_look_alike_is_a_hit_and_says_which_signs_were_read_otherwise(asked: str, found: str, words: str) -> None:
    """Its score is a little less than that of an exact one."""
    met = plate(asked, found)
    assert met is not None
    assert (met.is_near, met.words) == (False, words)
    assert 0.9 < met.score < 1


@pytest.mark.parametrize(
    ("asked", "found", "words"),
    [
        ("FZ512KL", "FZ512KX", "the 7th sign: asked L, found X"),
        ("AB12C", "AB12XC", "found one sign more: X after AB12"),
        ("AB12C", "XAB12C", "found one sign more: X at the beginning"),
        ("AB12C", "B12C", "found one sign less: A at the beginning"),
        ("AB12C", "AB1C", "found one sign less: 2 after AB1"),
        ("AB12C", "AB21C", "two neighbours swapped: asked 12, found 21"),
        ("A812C", "AB21C", "two neighbours swapped: asked 12, found 21; the 2nd sign: asked 8, found B"),
        ("AB12O", "AB21D", "two neighbours swapped: asked 12, found 21; the 5th sign: asked O, found D"),
        ("ABZ", "AB2XY", None),
        ("AB12C", "BA21C", None),
        ("AB12C", "AX21C", None),
    ],
)
def test_one_edit_is_near_and_says_what_was_read_otherwise(asked: str, found: str, words: str | None) -> None:
    """Two edits are another number."""
    met = plate(asked, found)
    assert (met and met.words) == words
    assert met is None or met.is_near


def test_a_plate_of_another_country_is_near_and_one_without_a_country_a_hit() -> None:
    """Each says of which country it is; an edit and another country together are another plate."""
    elsewhere, anywhere = plate("FZ512KL", "FZ 512 KL", "FR"), plate("FZ512KL", "FZ 512 KL", None)
    assert elsewhere == Reading(0.7, is_near=True, words="of another country: IT, asked FR")
    assert anywhere == Reading(0.95, is_near=False, words="of IT, no country was asked for")
    assert plate("FZ512KX", "FZ 512 KL", "FR") is None
    near = plate("FZ512KX", "FZ 512 KL", None)
    assert near is not None
    assert near.words == "the 7th sign: asked X, found L; of IT, no country was asked for"


def test_eight_signs_are_the_end_of_a_vin_and_of_no_other_number() -> None:
    """Also with look-alikes; an old chassis number of eight signs is met exactly."""
    whole = number_of("ZAR 937000 B5123456", VIN)
    met = reading(number_of("B5123456", VIN), whole)
    assert met == Reading(0.9, is_near=False, words="the last 8 signs were asked for, the whole is ZAR937000B5123456")
    alike = reading(number_of("85123456", VIN), whole)
    assert alike is not None
    assert alike.words.endswith("the 1st sign: asked 8, found B")
    assert reading(number_of("5123456", VIN), whole) is None
    assert reading(number_of("B5123456", VIN), number_of("B5123456", VIN)) == Reading(1.0, is_near=False, words="")
    engine = number_of("ZAR937000B5123456", ENGINE_NUMBER)
    assert reading(number_of("B5123456", ENGINE_NUMBER), engine) is None


def test_one_slip_in_the_last_eight_signs_is_near() -> None:
    """A sign that is wrong and two neighbours swapped; with a sign more or less they are no eight signs of the VIN."""
    whole = number_of("WVWZZZ1KZ8W862270", VIN)
    ending = "the last 8 signs were asked for, the whole is WVWZZZ1KZ8W862270; "
    for asked, words in (
        ("8W862271", "the 8th sign: asked 1, found 0"),
        ("8W826270", "two neighbours swapped: asked 26, found 62"),
        ("BW862271", "the 8th sign: asked 1, found 0; the 1st sign: asked B, found 8"),
    ):
        met = reading(number_of(asked, VIN), whole)
        assert met is not None
        assert (met.is_near, met.words) == (True, ending + words)
        assert met.score < LAST_SIGNS
    for asked in ("W8622700", "8W862990", "W862271"):
        assert reading(number_of(asked, VIN), whole) is None


def test_a_pattern_is_met_in_the_look_alike_form_and_shows_the_whole_number() -> None:
    """Of the country that was asked, or of any."""
    whole = number_of("FZ 512 KL", PLATE, "IT")
    met = reading(NumberPattern("F2S1*", PLATE, "IT"), whole)
    assert met == Reading(0.9, is_near=False, words="a part was asked for, the whole is FZ512KL")
    assert reading(NumberPattern("FZ51*", PLATE), whole) == met
    assert reading(NumberPattern("FZ51*", PLATE, "FR"), whole) is None
    assert reading(NumberPattern("FZ5?KL", PLATE, "IT"), whole) is None
