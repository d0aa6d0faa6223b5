"""Made-up people are plausible, and the same draw makes the same one."""

from random import Random

import pytest

from services.synthetic_people import synthetic_person
from shared.bureaus import MEMBERS
from shared.names import fold


def seeded(seed: int | str) -> Random:
    """Return a generator; nothing secret is drawn."""
    return Random(seed)  # noqa: S311


def test_the_same_draw_makes_the_same_person() -> None:
    """A demonstration or a measurement can be repeated."""
    assert synthetic_person(seeded(7)) == synthetic_person(seeded(7))


@pytest.mark.parametrize("country", list(MEMBERS))
def test_every_member_has_plausible_people(country: str) -> None:
    """A person of any country has a name in Latin letters, a place, and a body of human measure."""
    random = seeded(country)
    for _ in range(5):
        person = synthetic_person(random, country)
        assert person.nationality == country
        assert len(fold(person.name)) == 1
        assert all(ord(letter) < 0x370 for letter in person.name + person.forename + person.place_of_birth)
        assert 130 < person.height_cm < 215
        assert 35 < person.weight_kg < 140


def test_some_people_are_written_in_their_script_too() -> None:
    """Searches in other scripts have something to find."""
    person = synthetic_person(seeded(3), "GR")
    assert person.written_in_script is not None
    assert set(fold(person.written_in_script)) == {*fold(person.name), *fold(person.forename)}
