"""Dates as people write them."""

from datetime import date

import pytest

from gateway.console.written_dates import date_in

TODAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("text", "known", "rest"),
    [
        ("Marlowe 1979-11-02", "1979-11-02", "Marlowe"),
        ("1979/11/02 Marlowe", "1979-11-02", "Marlowe"),
        ("Marlowe 19791102", "1979-11-02", "Marlowe"),
        ("Marlowe, born on 2nd of November 1979", "1979-11-02", "Marlowe"),
        ("Marlowe November 2, 1979", "1979-11-02", "Marlowe"),
        ("Marlowe née le 2 novembre 1979", "1979-11-02", "Marlowe"),
        ("Marlowe 2 de noviembre de 1979", "1979-11-02", "Marlowe"),
        ("Marlowe 2. März 1979", "1979-03-02", "Marlowe"),
        ("Иванова 2 ноября 1979", "1979-11-02", "Иванова"),
        ("Marlowe 31/12/79", "1979-12-31", "Marlowe"),
        ("Marlowe 12/31/1979", "1979-12-31", "Marlowe"),
        ("Marlowe Nov 1979", "1979-11", "Marlowe"),
        ("Marlowe 11/1979", "1979-11", "Marlowe"),
        ("Marlowe (*1979)", "1979", "Marlowe"),
        ("Marlowe 1978-1981", "1978/1981", "Marlowe"),
    ],
)
def test_a_date_is_read_in_any_usual_writing(text: str, known: str, rest: str) -> None:
    found = date_in(text, TODAY)
    assert found is not None
    assert (found.known, found.rest.strip("()* ")) == (known, rest)


def test_a_date_whose_day_may_be_its_month_is_offered_the_other_way_round() -> None:
    """The day is first unless the officer says otherwise; what is no date is none."""
    found = date_in("Marlowe 02/11/1979", TODAY)
    assert found is not None
    assert (found.known, found.exchanged) == ("1979-11-02", "1979-02-11")
    assert date_in("Marlowe 2 Nonsense 12", TODAY) is None
    assert date_in("Marlowe 2031-01-01", TODAY) is None
