"""Machine-readable zones: any that is made is read back, each digit is verified, and what is broken says where."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.travel_documents.issuers import ISSUERS
from services.travel_documents.kinds import DocumentType
from services.travel_documents.mrz import type_of
from shared.mrz.layouts import ZoneFormat
from shared.mrz.zones import ZoneUnreadable, read_zone
from tests.services.travel_documents import zones

SIGNS = string.ascii_uppercase + string.digits
_dates = st.dates().map(lambda day: f"{day:%y%m%d}")
_holders = st.builds(
    zones.Holder,
    birth=st.one_of(_dates, st.just("<<<<<<"), st.just("7408<<"), st.just("740000")),
    expiry=st.one_of(_dates, st.just("<<<<<<")),
    nationality=st.sampled_from(["FRA", "D", "XXA", "UTO"]),
    sex=st.sampled_from("MF<X"),
    optional=st.text(SIGNS, max_size=5),
    names=st.text(string.ascii_uppercase + "<", min_size=1, max_size=39),
)
_short = st.text(SIGNS, min_size=1, max_size=9)
_long = st.text(SIGNS, min_size=10, max_size=20)
_issuers = st.sampled_from(sorted(ISSUERS))
MADE = {
    "TD3": (ZoneFormat.TD3, _short, zones.td3),
    "TD2": (ZoneFormat.TD2, st.one_of(_short, st.text(SIGNS, min_size=10, max_size=15)), zones.td2),
    "TD1": (ZoneFormat.TD1, st.one_of(_short, _long), zones.td1),
    "MRV-A": (ZoneFormat.MRV_A, _short, zones.visa),
    "MRV-B": (ZoneFormat.MRV_B, _short, lambda issuer, number, of: zones.visa(issuer, number, of, 36)),
}
WRITINGS = ("\n", "\r\n", "\r", "\u2028", "\u0085", "\n\n", " \n ", "")


@pytest.mark.parametrize("made", [*MADE])
@given(data=st.data())
def test_any_zone_that_is_made_is_read_back(made: str, data: st.DataObject) -> None:
    """Of each format, with each issuer, long numbers and unknown dates, in any case and with any line breaks."""
    wanted, numbers, make = MADE[made]
    issuer, number, holder = data.draw(_issuers), data.draw(numbers), data.draw(_holders)
    if made in {"TD1", "TD2"} and len(number) > 9:
        holder = zones.Holder(holder.birth, holder.expiry, names=holder.names)
    text = data.draw(st.sampled_from(WRITINGS)).join(make(issuer, number, holder))
    zone = read_zone(data.draw(st.sampled_from([text, text.lower(), f"\ufeff{text} ", f" {text}\n"])))
    assert (zone.format, zone.issuer, zone.number, zone.wrong) == (wanted, issuer, number, ())
    assert zone.digit == zones.digit(number)


@pytest.mark.parametrize(
    ("lines", "wanted", "type_"),
    [
        (zones.SPECIMEN_TD3, ("TD3", "L898902C3", "6"), DocumentType.PASSPORT),
        (zones.SPECIMEN_TD1, ("TD1", "D23145890", "7"), DocumentType.IDENTITY_CARD),
        (zones.SPECIMEN_TD2, ("TD2", "D23145890", "7"), DocumentType.IDENTITY_CARD),
        (zones.SPECIMEN_MRV_A, ("MRV-A", "L8988901C", "4"), DocumentType.VISA),
        (zones.SPECIMEN_MRV_B, ("MRV-B", "L8988901C", "4"), DocumentType.VISA),
    ],
)
def test_the_specimens_of_doc_9303_are_read(
    lines: tuple[str, ...], wanted: tuple[str, ...], type_: DocumentType
) -> None:
    """Each with right digits, and as one string."""
    for text in ("\n".join(lines), "".join(lines), " ".join(lines)):
        zone = read_zone(text)
        assert ((zone.format, zone.number, zone.digit), type_of(zone), zone.wrong) == (wanted, type_, ())


@given(data=st.data())
def test_a_single_wrong_sign_of_the_number_is_noticed_or_is_of_a_pair_that_the_digit_misses(
    data: st.DataObject,
) -> None:
    """Two signs are missed exactly if their values differ by a multiple of ten."""
    number = data.draw(st.text(SIGNS, min_size=9, max_size=9))
    at, other = data.draw(st.integers(0, 8)), data.draw(st.sampled_from(SIGNS))
    first, second = zones.td3("UTO", number)
    zone = read_zone(f"{first}\n{second[:at]}{other}{second[at + 1 :]}")
    values = [(string.digits + string.ascii_uppercase).index(sign) for sign in (number[at], other)]
    is_missed = (values[0] - values[1]) % 10 == 0
    noticed = [(each.part, each.line, each.column) for each in zone.wrong]
    assert noticed == ([] if is_missed else [("the number", 2, 10), ("all fields together", 2, 44)])


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("", (1, 1), "has no sign"),
        (zones.SPECIMEN_TD3[1], (1, 1), "one line of 44 signs"),
        ("\n".join((zones.SPECIMEN_TD3[0], zones.SPECIMEN_TD3[1][:-1])), (2, 44), "43 signs and must have 44"),
        ("\n".join((zones.SPECIMEN_TD3[0] + "<", zones.SPECIMEN_TD3[1])), (1, 45), "45 signs and must have 44"),
        ("\n".join((*zones.SPECIMEN_TD1[:2], zones.SPECIMEN_TD1[2] + "<")), (3, 31), "31 signs and must have 30"),
        ("\n".join(("A" * 30, "B" * 14, "C" * 30, "D" * 14)), (3, 1), "4 lines"),
        ("\n".join(zones.SPECIMEN_TD3).replace("L898", "L8?8"), (2, 3), "U+003F"),
        ("\n".join(zones.SPECIMEN_TD3).replace("ERIKSSON", "ERIK\u00c5SON"), (1, 10), "U+00C5"),
        ("\n".join(zones.SPECIMEN_TD3).replace("740812", "741312"), (2, 16), "has the month 13"),
        ("\n".join(zones.SPECIMEN_TD3).replace("740812", "740230"), (2, 18), "has the day 30"),
        ("\n".join(zones.SPECIMEN_TD3).replace("120415", "120400"), None, ""),
        ("\n".join(zones.SPECIMEN_TD3).replace("120415", "12<115"), (2, 24), "has the month <1"),
        ("\n".join(zones.SPECIMEN_TD3).replace("P<UTO", "P<XXA"), (1, 3), "a nationality"),
        ("\n".join(zones.SPECIMEN_TD3).replace("P<UTO", "P<DEU"), (1, 3), "use D"),
        ("\n".join(zones.SPECIMEN_TD3).replace("P<UTO", "P<UT0"), (1, 3), "issuers of travel documents"),
        ("\n".join(zones.SPECIMEN_TD3).replace("L898902C3", "<<<<<<<<<"), (2, 1), "is empty"),
        ("\n".join(zones.td1("UTO", "A" * 21)), (1, 6), "21 signs, and may have 20"),
    ],
)
def test_what_is_broken_says_its_line_and_column(text: str, place: tuple[int, int] | None, says: str) -> None:
    """And what to change; a day of 00 is unknown, and no error."""
    if place is None:
        assert read_zone(text).number
        return
    with pytest.raises(ZoneUnreadable) as refused:
        read_zone(text)
    assert (refused.value.line, refused.value.column) == place
    assert says in str(refused.value)
    assert "ERIK" not in str(refused.value)


@given(text=st.one_of(st.text(max_size=240), st.text("<AB01 \n", max_size=100)))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing else is raised."""
    try:
        zone = read_zone(text)
    except ZoneUnreadable as refused:
        assert str(refused).startswith("line ")  # noqa: PT017 - either is right
    else:
        assert zone.number


def test_a_letter_in_a_date_is_a_wrong_digit_and_no_impossible_date() -> None:
    """It was misread: the number is searched all the same."""
    zone = read_zone("\n".join(zones.SPECIMEN_TD3).replace("740812", "74O812"))
    assert [each.part for each in zone.wrong] == ["the date of birth", "all fields together"]
