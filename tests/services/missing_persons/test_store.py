"""The stores of persons and bodies: what they keep and what they find, on both databases."""

from datetime import date, timedelta
from itertools import product
from random import Random

import pytest

from services import missing_persons
from services.missing_persons import rules
from services.missing_persons.models import Body, BodyReport, MissingPerson, PersonReport
from services.missing_persons.queries import AgeAt, BodyFilter, BodySearch, PersonFilter, PersonSearch
from services.missing_persons.store import SHOWN_HITS, BodyStore, PersonStore
from shared.bureaus import BureauCode
from shared.errors import Conflict
from shared.ids import uuid7
from shared.records.policy import Revision
from shared.storage import Database, Session
from shared.web import paging
from tests.conftest import NOW
from tests.services.missing_persons.samples import BODY, PERSON
from tests.stores import Tables
from tests.support import caller

pytestmark = pytest.mark.both_databases

FRANCE, NETHERLANDS = caller("FR"), caller("NL")
LATER = Revision(uuid7(NOW), NOW)
BIRTHS = (None, "1986", "1987", "1987-06", "1987-06-01", "1987-06-02", "1996-06-01", "1996-06-02", "1996", "1996-02-29")


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return missing_persons.SERVICE


def person(minute: int = 0, **changes: object) -> MissingPerson:
    at = NOW - timedelta(minutes=minute)
    report = PersonReport.model_validate({**PERSON, **changes})
    return rules.report_person(report, by=NETHERLANDS, revision=Revision(uuid7(at), at))


def body(minute: int = 0, **changes: object) -> Body:
    at = NOW - timedelta(minutes=minute)
    report = BodyReport.model_validate({**BODY, **changes})
    return rules.report_body(report, by=NETHERLANDS, revision=Revision(uuid7(at), at))


def generator(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - nothing secret is drawn, and the same seed must draw the same


def persons_for_france(session: Session) -> PersonStore:
    return PersonStore(session, FRANCE, NOW)


async def remember(database: Database, *records: MissingPerson) -> None:
    async with database.writing() as session:
        await PersonStore(session, NETHERLANDS, NOW).add_many(records)


def ages_possible(birth: str, today: date) -> set[int]:
    """Return all possible ages for a partial date of birth, counted day by day."""
    days = (date(1986, 1, 1) + timedelta(days=number) for number in range(11 * 365 + 3))
    born = (day for day in days if day.isoformat().startswith(birth))
    return {today.year - day.year - ((today.month, today.day) < (day.month, day.day)) for day in born}


async def test_a_search_by_age_agrees_with_counting_days(database: Database) -> None:
    """A birth scores 1 if all its days lie in the range and less if some do; otherwise it is not found."""
    missing = {person(number, date_of_birth=birth).id: birth for number, birth in enumerate(BIRTHS)}
    await remember(database, *(person(number, date_of_birth=birth) for number, birth in enumerate(BIRTHS)))
    listed = await persons_for_france(database.reading).list(PersonFilter())
    assert len(missing) == len(listed.items) == len(BIRTHS)
    hits = (
        await persons_for_france(database.reading).find(PersonSearch(age_min=30, age_max=38, age_at=AgeAt.TODAY))
    ).hits
    expected = {}
    for birth in BIRTHS:
        ages = ages_possible(birth, NOW.date()) if birth else set()
        fitting = {age for age in ages if 30 <= age <= 38}
        if not ages or fitting:
            expected[birth] = 0.64 if not ages else 1.0 if fitting == ages else 0.8
    assert {hit.record.date_of_birth: hit.score for hit in hits} == expected


async def test_hits_are_ordered_by_score_and_among_equals_newest_first(database: Database) -> None:
    """The database orders them, whatever facts are unknown."""
    births, places = ("1987-04-19", "1988", None), ("Rotterdam, harbour", "Rotterdam")
    known = list(product("UF", births, ([], ["NL"]), places)) * 3
    people = [
        person(minute, sex=sex, date_of_birth=birth, nationalities=nationalities, last_seen_place=place)
        for minute, (sex, birth, nationalities, place) in enumerate(known)
    ]
    await remember(database, *people)
    search = PersonSearch(sex="F", age_min=38, age_max=45, nationality="NL", place="rotterdam")
    found = await persons_for_france(database.reading).find(search)
    order = [(-hit.score, -hit.record.created.timestamp()) for hit in found.hits]
    assert order == sorted(order)
    assert (len(found.hits), found.total) == (SHOWN_HITS, 72)
    assert len({score for score, _ in order}) == 5


async def test_an_exact_name_scores_higher_than_a_misspelt_one(database: Database) -> None:
    """The score of the name is multiplied by that of the doubts, and the product decides the order."""
    exact, misspelt, unsure = person(0), person(1, family_name="Marlow", birth_name=None), person(2, sex="U")
    await remember(database, exact, misspelt, unsure)
    found = await persons_for_france(database.reading).find(PersonSearch(name="julia ann marlowe", sex="F"))
    assert [hit.record.id for hit in found.hits] == [exact.id, misspelt.id, unsure.id]
    assert (found.hits[0].score, found.hits[2].score) == (1.0, 0.64)
    assert found.hits[1].match == "name: Julia, Ann, marlowe ~ Marlow; sex F"


async def test_a_person_is_found_by_their_name_in_each_script_entered(database: Database) -> None:
    """A name in another script is entered as another name; also if several records are added at once."""
    arabic = person(0, family_name="Haddad", forename="Karim", other_names=["كريم حداد"])
    await remember(database, arabic, person(1))
    for name in ("كريم حداد", "haddad karim", "Hadad"):
        found = await persons_for_france(database.reading).find(PersonSearch(name=name))
        assert [hit.record.id for hit in found.hits] == [arabic.id]


async def test_a_word_that_fits_no_name_of_a_person_excludes_them(database: Database) -> None:
    """Whatever the other criteria."""
    await remember(database, person())
    found = await persons_for_france(database.reading).find(PersonSearch(name="julia nobodysname", sex="F"))
    assert (found.hits, found.total) == ([], 0)


async def test_a_second_change_of_the_same_version_raises_conflict(database: Database) -> None:
    """The first change is stored, with its names."""
    before = person()
    await remember(database, before)
    renamed = before.next_version(NOW, family_name="Whitlock", birth_name=None)
    async with database.writing() as session:
        await PersonStore(session, NETHERLANDS, NOW).replace(renamed)
    async with database.writing() as session:
        with pytest.raises(Conflict):
            await PersonStore(session, NETHERLANDS, NOW).replace(
                rules.mark_found(before, by=NETHERLANDS, revision=LATER)
            )
    store = persons_for_france(database.reading)
    assert (await store.get(before.id)).family_name == "Whitlock"
    assert (await store.find(PersonSearch(name="marlowe"))).total == 0


async def test_bodies_are_ordered_by_how_well_their_estimates_fit(database: Database) -> None:
    """Estimates within the range come before those that overlap it, and these before unknown ones."""
    estimates = [(None, None), (20, 60), (35, 40), (None, 41), (50, 60), (10, 29)]
    bodies = [body(minute, age_min=low, age_max=high) for minute, (low, high) in enumerate(estimates)]
    async with database.writing() as session:
        await BodyStore(session, NETHERLANDS, NOW).add_many(bodies)
    found = await BodyStore(database.reading, FRANCE, NOW).find(BodySearch(age_min=30, age_max=45))
    by_score = [(hit.record.age_min, hit.record.age_max, hit.score) for hit in found.hits]
    assert by_score == [(35, 40, 1.0), (20, 60, 0.8), (None, 41, 0.8), (None, None, 0.64)]


async def test_the_answer_to_a_search_is_limited_in_size(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The best hits that fit are shown, one at least, and the total counts all."""
    await remember(database, *(person(minute) for minute in range(3)))
    async with database.writing() as session:
        await BodyStore(session, NETHERLANDS, NOW).add_many([body(minute) for minute in range(3)])
    monkeypatch.setattr(paging, "MAX_REPLY_BYTES", 1)
    persons, bodies = persons_for_france(database.reading), BodyStore(database.reading, FRANCE, NOW)
    for found in (
        await persons.find(PersonSearch(name=str(PERSON["family_name"]))),
        await persons.find(PersonSearch(age_min=0)),
        await bodies.find(BodySearch(age_min=0)),
    ):
        assert (len(found.hits), found.total) == (1, 3)


async def test_persons_and_bodies_are_listed_separately(database: Database) -> None:
    """Each list continues from page to page."""
    people, bodies = [person(minute) for minute in range(3)], [body(minute) for minute in range(2)]
    await remember(database, *people)
    async with database.writing() as session:
        await BodyStore(session, NETHERLANDS, NOW).add_many(bodies)
    store = persons_for_france(database.reading)
    first = await store.list(PersonFilter(limit=2))
    rest = await store.list(PersonFilter(limit=2, after=first.next))
    assert [record.id for record in first.items + rest.items] == [record.id for record in people]
    assert rest.next is None
    listed = await BodyStore(database.reading, FRANCE, NOW).list(BodyFilter(owner=BureauCode("NL")))
    assert [record.id for record in listed.items] == [record.id for record in bodies]


async def test_synthetic_records_are_the_same_for_the_same_seed(database: Database) -> None:
    """Seventy persons and ten bodies, all of them open and searchable."""
    owners = [BureauCode("FR"), BureauCode("JP"), BureauCode("KE")]
    async with database.writing() as session:
        await missing_persons.SERVICE.seed(session, generator(1), 80, owners, NOW)
    people = (await persons_for_france(database.reading).list(PersonFilter(limit=200))).items
    bodies = (await BodyStore(database.reading, FRANCE, NOW).list(BodyFilter(limit=200))).items
    assert (len(people), len(bodies)) == (70, 10)
    assert {record.owner for record in people} == set(owners)
    drawn = missing_persons.synthetic.synthetic_missing_person(generator(5), owners[0], NOW)
    assert drawn == missing_persons.synthetic.synthetic_missing_person(generator(5), owners[0], NOW)
    someone = people[0]
    found = await persons_for_france(database.reading).find(
        PersonSearch(name=f"{someone.family_name} {someone.forename}")
    )
    assert someone.id in {hit.record.id for hit in found.hits}
