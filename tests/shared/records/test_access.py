"""Who may see a record: the condition on rows and the rule for one record say the same of every participant."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ConfigDict, ValidationError

from shared.bureaus import PUBLIC, REVIEWING_UNIT, BureauCode
from shared.errors import Invalid, NotFound
from shared.handling import Condition, Handling
from shared.identity import HANDLING_CONFIDENTIAL, Caller, Purpose
from shared.records.access import HandlingConfidential, may_find, widens
from shared.records.models import Restriction
from shared.records.policy import Audience
from shared.records.results import PagePosition, RecordPageQuery
from shared.records.rules import NotPublic, restrict
from shared.storage import Database
from shared.validation import invalid
from tests.conftest import NOW
from tests.shared.records.record_kind import Thing, ThingDescription, ThingStore, things
from tests.shared.records.test_store import thing
from tests.support import caller

pytestmark = pytest.mark.both_databases

UNIT, PARTNER, COURT = "IPSG-ART", "PARTNER-EUROPOL", "PARTNER-ICC"
PARTICIPANTS = ("FR", "DE", "PL", "IPSG", REVIEWING_UNIT, UNIT, "RB-NBO", PARTNER, COURT, PUBLIC, "CCF", "notices")
MEMBERS, PARTNERS = ("DE", "PL", "KE"), (PARTNER, COURT)
EVERY_MEMBER = {"FR", "DE", "PL", "IPSG", REVIEWING_UNIT, UNIT, "RB-NBO"}


def officer_of(code: str, *scopes: str) -> Caller:
    """Return an officer who states an ordinary purpose: so the Commission examines nothing."""
    return caller(code, *scopes, purpose=Purpose.WARNING)


class PublicThing(Thing):
    """A thing of which the public is shown the colour."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    public_fields = frozenset({"colour", "known_to"})
    public_filters = frozenset({"colour"})

    @classmethod
    def record_kind(cls) -> str:
        return "thing"


class PublicThingStore(ThingStore):
    """Stores such things in the table of the others."""

    model = PublicThing


class ColourFilter(RecordPageQuery):
    colour: str | None = None
    owner: str | None = None


def public_thing(**given: Any) -> PublicThing:
    return PublicThing.model_validate(thing(**given).model_dump())


async def store_only(database: Database, *records: Thing) -> None:
    async with database.writing() as session:
        await session.execute(sa.delete(things))
        await PublicThingStore(session, caller("FR"), NOW).add_many(records)


async def who_sees(database: Database, record: Thing) -> set[str]:
    """Return the participants that read a record, each with the same result from a list."""
    seen = set()
    for code in PARTICIPANTS:
        held = PublicThingStore(database.reading, officer_of(code), NOW)
        listed = [each.id for each in (await held.list(RecordPageQuery())).items]
        try:
            await held.get(record.id)
        except NotFound:
            assert record.id not in listed
        else:
            assert record.id in listed
            seen.add(code)
    return seen


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


def some_of(codes: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.frozensets(st.sampled_from(codes)).map(lambda chosen: tuple(sorted(chosen)))


@st.composite
def stated(draw: st.DrawFn) -> dict[str, Any]:
    """Draw what an owner may state of who sees a record, in any state."""
    addressed = draw(some_of(MEMBERS))
    partners = draw(some_of(PARTNERS) | (st.nothing() if addressed else st.just("all")))
    admitted = {*addressed, *(() if partners == "all" else partners)}
    barred = tuple(code for code in draw(some_of((*MEMBERS, *PARTNERS))) if code not in admitted)
    return {
        "addressed": addressed,
        "partners": partners,
        "restricted": barred,
        "known_to": draw(st.sampled_from(tuple(Audience))),
        "handling": draw(st.sampled_from(tuple(Handling))),
        "owner": draw(st.sampled_from(("FR", "DE"))),
    }


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


def officer(code: str, *, cleared: bool) -> Caller:
    return caller(code, *([HANDLING_CONFIDENTIAL] if cleared else []))


@pytest.mark.parametrize("code", ["FR", "DE", "IPSG"])
async def test_a_confidential_record_is_read_with_its_scope_only(database: Database, code: str) -> None:
    """By officers of its owner as well; a list says how many records it leaves out."""
    confidential, open_to_all = public_thing(handling=Handling.CONFIDENTIAL), public_thing()
    await store_only(database, confidential, open_to_all)
    cleared, other = (
        PublicThingStore(database.reading, officer(code, cleared=cleared), NOW) for cleared in (True, False)
    )
    assert (await cleared.get(confidential.id)).id == confidential.id
    with pytest.raises(HandlingConfidential, match="needs the scope handling:confidential"):
        await other.get(confidential.id)
    whole = await cleared.list(RecordPageQuery())
    assert (whole.withheld, len(whole.items)) == (0, 2)
    page = await other.list(RecordPageQuery())
    assert (page.withheld, [record.id for record in page.items]) == (1, [open_to_all.id])


async def test_a_hidden_record_is_not_counted_as_withheld(database: Database) -> None:
    """An officer without the scope does not learn of it either, and reads it as one that does not exist."""
    record = public_thing(handling=Handling.CONFIDENTIAL, restricted=("DE",))
    await store_only(database, record)
    other = PublicThingStore(database.reading, officer("DE", cleared=False), NOW)
    assert (await other.list(RecordPageQuery())).withheld == 0
    with pytest.raises(NotFound):
        await other.get(record.id)


async def test_a_record_becomes_confidential_by_an_officer_with_the_scope_only(database: Database) -> None:
    """As another could not read it afterwards."""
    record = public_thing()
    await store_only(database, record)
    async with database.writing() as session:
        held = PublicThingStore(session, officer("FR", cleared=False), NOW)
        with pytest.raises(HandlingConfidential):
            await held.replace(record.next_version(NOW, handling=Handling.CONFIDENTIAL))
        with pytest.raises(HandlingConfidential):
            await held.add(public_thing(handling=Handling.CONFIDENTIAL))


def test_the_position_of_a_page_is_no_filter() -> None:
    """The public may ask for any page."""
    assert {*PagePosition.model_fields} == {"after", "limit"}
