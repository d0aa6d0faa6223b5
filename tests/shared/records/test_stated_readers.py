"""What an entry may state of its readers, and which versions of it open a record to more of them."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.bureaus import PUBLIC
from shared.errors import Invalid
from shared.handling import Condition
from shared.records.access import widens
from shared.records.models import Restriction
from shared.records.rules import restrict
from shared.storage import Database
from shared.validation import invalid
from tests.conftest import NOW
from tests.shared.records.public_things import COURT, UNIT, PublicThing, public_thing, store_only, who_sees
from tests.shared.records.record_kind import Thing, ThingDescription
from tests.support import caller

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"addressed": ["DE"], "restricted": ["DE"]}, "restricted"),
        ({"addressed": ["DE"], "partners": "all"}, "partners"),
        ({"partners": [COURT], "restricted": [COURT]}, "restricted"),
        ({"partners": ["PARTNER-1"]}, "partners"),
        ({"partners": "some"}, "partners"),
        ({"addressed": ["IPSG"]}, "addressed"),
        ({"restricted": ["IPSG"]}, "restricted"),
        ({"restricted": [PUBLIC]}, "restricted"),
        ({"restricted": [UNIT]}, "restricted"),
    ],
    ids=str,
)
def test_nobody_is_both_admitted_and_barred(given: dict[str, Any], field: str) -> None:
    """The refusal names the field."""
    with pytest.raises(ValidationError) as refused:
        ThingDescription.model_validate(given)
    errors = invalid(refused.value.errors(), given, place="body").members["errors"]
    assert {fault["pointer"].split("/")[1] for fault in errors} == {field}


def test_a_restriction_leaves_the_addressees_unless_it_names_some() -> None:
    """An empty list opens the record to all members again."""
    record = public_thing(addressed=("DE",))

    def restricted(**given: Any) -> Thing:
        return restrict(record, Restriction.model_validate(given), by=caller("FR"), at=NOW)

    assert restricted(restricted=["KE"]).addressed == ("DE",)
    assert restricted(restricted=[], addressed=[]).addressed == ()
    assert restricted(restricted=[], addressed=["PL"]).addressed == ("PL",)


@pytest.mark.parametrize(
    ("given", "pointer"),
    [({"restricted": ["DE"]}, "/restricted"), ({"restricted": ["PL"], "addressed": ["PL"]}, "/addressed")],
    ids=str,
)
def test_a_restriction_of_those_who_are_admitted_is_refused(given: dict[str, Any], pointer: str) -> None:
    """With a pointer to the list."""
    with pytest.raises(Invalid) as refused:
        restrict(public_thing(addressed=("DE",)), Restriction.model_validate(given), by=caller("FR"), at=NOW)
    assert refused.value.members["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("before", "after", "is_wider"),
    [
        ({}, {"restricted": ["KE"]}, False),
        ({"restricted": ["KE"]}, {}, True),
        ({"restricted": ["KE"]}, {"addressed": ["DE"]}, False),
        ({"restricted": ["KE"]}, {"restricted": ["PL"]}, True),
        ({}, {"addressed": ["DE"]}, False),
        ({"addressed": ["DE"]}, {}, True),
        ({"addressed": ["DE"]}, {"addressed": ["DE", "PL"]}, True),
        ({"addressed": ["DE", "PL"]}, {"addressed": ["PL"]}, False),
        ({}, {"partners": [COURT]}, True),
        ({}, {"partners": "all"}, True),
        ({"partners": "all"}, {"partners": [COURT]}, False),
        ({"partners": [COURT]}, {"partners": ["PARTNER-NEW"]}, True),
        ({"partners": "all", "restricted": ["PARTNER-NEW"]}, {"partners": "all"}, True),
        ({"partners": [COURT]}, {"partners": [COURT]}, False),
    ],
    ids=str,
)
def test_a_version_widens_the_readers_if_anybody_is_added(
    before: dict[str, Any], after: dict[str, Any], is_wider: bool
) -> None:
    """Whether by admitting them or by no longer barring them."""

    def stated(readers: dict[str, Any]) -> PublicThing:
        return public_thing(**ThingDescription.model_validate(readers).model_dump(include={*readers}))

    assert widens(stated(before), stated(after)) is is_wider


@pytest.mark.parametrize(
    "contradiction",
    [
        {"addressed": ("DE",), "restricted": ("DE",)},
        {"addressed": ("DE",), "partners": "all"},
        {"partners": (COURT,), "restricted": (COURT,)},
        {"conditions": (Condition.H3,)},
    ],
    ids=str,
)
async def test_what_no_entry_may_state_is_still_read_from_the_store(
    database: Database, contradiction: dict[str, Any]
) -> None:
    """The rules of entries change and records stay: one that cannot be read would stop the lists of all others."""
    with pytest.raises(ValidationError):
        ThingDescription.model_validate(contradiction)
    await store_only(database, record := public_thing().model_copy(update=contradiction))
    assert "FR" in await who_sees(database, record)
