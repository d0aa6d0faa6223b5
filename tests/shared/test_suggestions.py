"""What a caller may have meant by a name or a path that does not exist."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.suggestions import MAX_COMPARED, nearest, nearest_path

PATHS = (
    "/api/stolen-vehicles",
    "/api/stolen-vehicles/search",
    "/api/stolen-vehicles/checks",
    "/api/stolen-vehicles/{record_id}",
    "/api/stolen-vehicles/{record_id}/withdrawal",
    "/api/notices/search",
    "/oauth/token",
)
NAMES = ("plate", "theft_date", "country", "colour", "nationalities")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("plte", "plate"),
        ("palte", "plate"),
        ("Plate", "plate"),
        ("theftDate", "theft_date"),
        ("theft-date", "theft_date"),
        ("countryCode", "country"),
        ("color", "colour"),
        ("nationality", "nationalities"),
        ("limit", None),
        ("p", None),
        ("", None),
        ("a" * (MAX_COMPARED + 1), None),
    ],
)
def test_a_name_that_is_mistyped_or_written_otherwise(name: str, meant: str | None) -> None:
    """Another word is not taken for one that is known."""
    assert nearest(name, NAMES) == meant


def test_a_part_of_two_names_is_neither() -> None:
    """It would be a guess."""
    assert nearest("vehicles", ["stolen-vehicles", "hits"]) == "stolen-vehicles"
    assert nearest("vehicles", ["stolen-vehicles", "found-vehicles"]) is None


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/stolen-vehicles/search", "/api/stolen-vehicles/search"),
        ("/stolen-vehicle/search", "/api/stolen-vehicles/search"),
        ("/api/stolen-vehicles/search/", "/api/stolen-vehicles/search"),
        ("/api/stolen-vehicles/serch", "/api/stolen-vehicles/search"),
        ("/api/v1/stolen-vehicles/search", "/api/stolen-vehicles/search"),
        ("/API/Stolen-Vehicles", "/api/stolen-vehicles"),
        ("/api/stolen-vehicles/7/withdrawl", "/api/stolen-vehicles/{record_id}/withdrawal"),
        ("/token", "/oauth/token"),
        ("/search", None),
        ("/swagger", None),
        ("/", None),
        ("", None),
        ("/stolen-vehicles/search" + "/" * MAX_COMPARED, None),
    ],
)
def test_a_path_that_is_mistyped_or_lacks_its_beginning(path: str, meant: str | None) -> None:
    """A part of a path that is given freely is shown as the document has it."""
    assert nearest_path(path, PATHS) == meant


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=5))
def test_nothing_is_suggested_that_was_not_known(text: str, known: list[str]) -> None:
    """Whatever is sent, in any script."""
    assert nearest(text, known) in {None, *known}
    assert nearest_path(text, known) in {None, *known}


def test_the_longest_path_is_compared_at_once() -> None:
    """With as many paths as a gateway has; a request without a token can ask for it."""
    paths = [f"/api/service-{number}/{{id}}" + "/part" * 5 for number in range(250)]
    began = time.process_time()
    nearest_path("/api/service" + "/part" * 37, paths)
    nearest_path("/api/servicf-" + "a" * 150 + "/x" + "/part" * 5, paths)
    assert time.process_time() - began < 1.0
