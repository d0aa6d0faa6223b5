"""Who may see a record: the condition on rows and the rule for one record say the same of every participant."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.bureaus import PUBLIC, REVIEWING_UNIT, BureauCode
from shared.errors import NotFound
from shared.handling import Condition, Handling
from shared.identity import HANDLING_CONFIDENTIAL, Purpose
from shared.records.access import may_find
from shared.records.policy import Audience
from shared.records.results import PagePosition, RecordPageQuery
from shared.records.rules import NotPublic
from shared.storage import Database
from tests.conftest import NOW
from tests.shared.records.public_things import (
    COURT,
    PARTICIPANTS,
    PARTNER,
    UNIT,
    PublicThingStore,
    officer_of,
    public_thing,
    stated,
    store_only,
    who_sees,
)
from tests.shared.records.record_kind import ThingStore
from tests.shared.records.test_store import thing
from tests.support import caller

pytestmark = pytest.mark.both_databases
EVERY_MEMBER = {"FR", "DE", "PL", "IPSG", REVIEWING_UNIT, UNIT, "RB-NBO"}


class ColourFilter(RecordPageQuery):
    colour: str | None = None
    owner: str | None = None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, EVERY_MEMBER),
        ({"restricted": ("DE",)}, EVERY_MEMBER - {"DE"}),
        ({"addressed": ("DE",)}, {"FR", "DE", "IPSG", REVIEWING_UNIT}),
        ({"addressed": ("KE",)}, {"FR", "IPSG", REVIEWING_UNIT}),
        ({"partners": "all"}, EVERY_MEMBER | {PARTNER, COURT}),
        ({"partners": "all", "restricted": (COURT,)}, EVERY_MEMBER | {PARTNER}),
        ({"partners": (COURT,)}, EVERY_MEMBER | {COURT}),
        ({"partners": (COURT,), "addressed": ("DE",)}, {"FR", "DE", "IPSG", REVIEWING_UNIT, COURT}),
        ({"partners": "all", "known_to": Audience.SECRETARIAT}, {"FR", "IPSG", REVIEWING_UNIT}),
        ({"partners": "all", "known_to": Audience.OWNER}, {"FR"}),
        ({"addressed": ("DE",), "known_to": Audience.OWNER}, {"FR"}),
        ({"known_to": Audience.PUBLIC}, EVERY_MEMBER | {PUBLIC}),
        ({"known_to": Audience.PUBLIC, "restricted": ("DE",)}, (EVERY_MEMBER | {PUBLIC}) - {"DE"}),
        ({"known_to": Audience.PUBLIC, "addressed": ("DE",)}, {"FR", "DE", "IPSG", REVIEWING_UNIT}),
        ({"known_to": Audience.PUBLIC, "handling": Handling.RESTRICTED}, EVERY_MEMBER),
        ({"known_to": Audience.PUBLIC, "conditions": (Condition.H2,)}, EVERY_MEMBER),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
async def test_owner_and_audience_decide_which_participants_see_a_record(
    database: Database, given: dict[str, Any], expected: set[str]
) -> None:
    """Members, units, partners and the public; the Commission sees nothing but for requests of data subjects."""
    record = public_thing(**given)
    await store_only(database, record)
    assert await who_sees(database, record) == expected


@pytest.mark.thorough
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_=st.lists(stated(), min_size=1, max_size=4))
async def test_the_condition_on_rows_is_the_rule_for_one_record(
    database: Database, given_: list[dict[str, Any]]
) -> None:
    """For every participant and whatever the owner states: a saved search finds what a search finds."""
    records = [public_thing(**each) for each in given_]
    await store_only(database, *records)
    for code in PARTICIPANTS:
        held = PublicThingStore(database.reading, officer_of(code, HANDLING_CONFIDENTIAL), NOW)
        page = await held.list(RecordPageQuery())
        allowed = {each.id for each in records if may_find(BureauCode(code), each, each.known_to, NOW)}
        assert {each.id for each in page.items} == allowed


@pytest.mark.parametrize("known_to", Audience)
async def test_the_commission_sees_what_is_addressed_to_others(database: Database, known_to: Audience) -> None:
    """Whatever the audience, and with all that the owner stated of it."""
    record = public_thing(addressed=("DE",), partners=(COURT,), known_to=known_to)
    await store_only(database, record)
    commission = caller("CCF", purpose=Purpose.DATA_SUBJECT_REQUEST)
    assert await PublicThingStore(database.reading, commission, NOW).get(record.id) == record


@pytest.mark.parametrize("code", ["DE", "IPSG", COURT])
async def test_only_the_owner_sees_who_else_may_see_a_record(database: Database, code: str) -> None:
    """Neither the bureaus it is addressed to, nor the partners, nor those barred."""
    record = public_thing(addressed=("DE", "KE"), partners=(COURT,), restricted=("PL",))
    await store_only(database, record)
    shown = await PublicThingStore(database.reading, officer_of(code), NOW).get(record.id)
    assert (shown.addressed, shown.partners, shown.restricted) == ((), (), ())
    assert await PublicThingStore(database.reading, caller("FR"), NOW).get(record.id) == record


async def test_a_bureau_that_a_record_is_not_addressed_to_cannot_tell_it_from_a_missing_one(database: Database) -> None:
    """Both are refused with the same message, and a page that only such records follow is the last one."""
    other, absent = public_thing(addressed=("DE",)), public_thing()
    await store_only(database, other, public_thing())
    refusals = []
    for record in (other, absent):
        with pytest.raises(NotFound) as refused:
            await PublicThingStore(database.reading, caller("PL"), NOW).get(record.id)
        refusals.append(refused.value.detail.replace(record.id, "ID"))
    assert refusals[0] == refusals[1]
    assert (await PublicThingStore(database.reading, caller("PL"), NOW).list(RecordPageQuery(limit=1))).next is None


async def test_the_public_is_shown_public_fields_alone(database: Database) -> None:
    """Everything else has the value that it has where nothing is stated."""
    record = public_thing(known_to=Audience.PUBLIC, colour="blue", size=7, reference="FR-1", restricted=("KE",))
    await store_only(database, record)
    shown = await PublicThingStore(database.reading, caller(PUBLIC), NOW).get(record.id)
    assert shown.model_dump(exclude_defaults=True).keys() <= {
        *("id", "owner", "purpose", "created", "updated", "expires", "version"),
        *("colour", "known_to"),
    }
    assert (shown.colour, shown.size, shown.reference, shown.restricted) == ("blue", None, None, ())


async def test_a_kind_that_declares_no_public_field_is_never_public(database: Database) -> None:
    """Not even if its audience says so."""
    record = thing(known_to=Audience.PUBLIC)
    async with database.writing() as session:
        await ThingStore(session, caller("FR"), NOW).add_many([record])
    with pytest.raises(NotFound):
        await ThingStore(database.reading, caller(PUBLIC), NOW).get(record.id)
    assert (await ThingStore(database.reading, caller("PL"), NOW).list(RecordPageQuery())).items == [record]


@pytest.mark.parametrize("asked", [{"reference": "FR-1"}, {"owner": "FR"}, {"colour": "red", "owner": "FR"}], ids=str)
async def test_the_public_asks_by_nothing_that_it_is_not_shown(database: Database, asked: dict[str, str]) -> None:
    """Whether anything has that value or not: an answer would reveal a field that is hidden."""
    for records in ((), (public_thing(known_to=Audience.PUBLIC, reference="FR-1"),)):
        await store_only(database, *records, public_thing(colour="green"))
        held = PublicThingStore(database.reading, caller(PUBLIC), NOW)
        with pytest.raises(NotPublic, match="may not ask by"):
            await held.list(ColourFilter.model_validate(asked))
        assert len((await held.list(ColourFilter(colour="red"))).items) == len(records)


def test_the_position_of_a_page_is_no_filter() -> None:
    """The public may ask for any page."""
    assert {*PagePosition.model_fields} == {"after", "limit"}
