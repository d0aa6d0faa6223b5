"""Synthetic people are plausible and reproducible."""

from random import Random

import pytest

from services.synthetic_people import synthetic_person
from shared.bureaus import MEMBERS
from shared.names import fold


def seeded(seed: int | str) -> Random:
    """Return a seeded generator; nothing secret depends on it."""
    return Random(seed)  # noqa: S311


def test_the_same_seed_makes_the_same_person() -> None:
    assert synthetic_person(seeded(7)) == synthetic_person(seeded(7))


@pytest.mark.parametrize("country", list(MEMBERS))
def test_every_member_has_plausible_people(country: str) -> None:
    """A name in Latin letters, a place, and plausible height and weight."""
    random = seeded(country)
    for _ in range(5):
        person = synthetic_person(random, country)
        assert person.nationality == country
        assert fold(person.name)
        assert all(ord(letter) < 0x370 for letter in person.name + person.forename + person.place_of_birth)
        assert 130 < person.height_cm < 215
        assert 35 < person.weight_kg < 140


def test_some_people_also_have_a_name_in_their_own_script() -> None:
    person = synthetic_person(seeded(3), "GR")
    assert person.written_in_script is not None
    assert set(fold(person.written_in_script)) == {*fold(person.name), *fold(person.forename)}
