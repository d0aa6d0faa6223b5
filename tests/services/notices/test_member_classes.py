"""Whether each member of a notice waits for review in an update, or changes at once."""

from typing import Any

import pytest

from services.notices.binding import AT_ONCE
from services.notices.colours import Colour
from services.notices.models import KINDS
from services.notices.subjects.models import Organisation, Person, Thing
from shared.records.rules import input_of

BINDS, TERMS, TRACE, OWN = "binds", "terms", "trace", "own"
_ALL = {
    **dict.fromkeys(("colour", "subject", "facts", "language", "translations", "event", "purpose"), BINDS),
    **dict.fromkeys(("reference", "addressed", "partners", "restricted", "handling", "conditions", "public"), TERMS),
    "other_condition": BINDS,
    "links": OWN,
}
_OF_COLOUR = {
    "red": {"warrants": BINDS, "extradition_sought": BINDS},
    **{key: {"offence": BINDS} for key in ("blue", "green", "orange", "silver")},
    "yellow": {"police_report": BINDS, "last_known_place": TRACE, "circumstances": BINDS},
    **{key: {} for key in ("black", "purple")},
    "un-special": {"un_listing": BINDS},
}
_IDENTITY = ("kind", "name", "forename", "single_name", "birth_name", "names_in_other_scripts", "aliases", "identities")
_ORIGIN = ("father_forename", "mother_name", "mother_forename", "date_of_birth", "place_of_birth", "country_of_birth")
_LOOKS = ("height", "weight", "eyes", "hair", "distinguishing_marks", "documents", "evidence")
_OF_SUBJECT: dict[Any, dict[str, str]] = {
    Person: {
        **dict.fromkeys((*_IDENTITY, *_ORIGIN, *_LOOKS, "person_status", "sex", "nationalities"), BINDS),
        "languages": TRACE,
    },
    Organisation: dict.fromkeys(("kind", "name", "aliases", "country", "address", "description"), BINDS),
    Thing: dict.fromkeys(("kind", "name", "aliases", "number", "description"), BINDS),
}


def class_of(path: str) -> str:
    return str(AT_ONCE[path].kind) if path in AT_ONCE else BINDS


@pytest.mark.parametrize("colour", Colour)
def test_every_member_of_every_colour_is_classified(colour: Colour) -> None:
    """Identity, charges, facts and what the colour binds wait. A new member must be classified here."""
    members = input_of(KINDS[colour]).model_fields
    assert {name: class_of(name) for name in members} == _ALL | _OF_COLOUR[colour.value]


@pytest.mark.parametrize("kind", _OF_SUBJECT)
def test_every_member_of_every_subject_is_classified(kind: Any) -> None:
    """All that describes a dangerous person is part of the warning, but for the languages."""
    assert {name: class_of(f"subject.{name}") for name in kind.model_fields} == _OF_SUBJECT[kind]
