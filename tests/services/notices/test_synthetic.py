"""Synthetic notices are of all colours and states, whole for their colour, and random names are not found in them."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa

from services.notices import SERVICE
from services.notices.colours import Colour
from services.notices.criteria.requirements import faults_of
from services.notices.entries import NoticeEntry
from services.notices.lifecycle import IN_FORCE, TO_REVIEW, NoticeStatus
from services.notices.models import Notice, NoticeRecord
from services.notices.notice_tables import notice_counts, notice_numbers, notices
from services.notices.queries import NoticeFilter, NoticeQuery
from services.notices.store import NoticeStore
from services.notices.subjects.models import Person, names_of
from services.notices.synthesis.entries import synthetic_entry
from services.notices.synthetic import drafted
from services.synthetic_records import seeding_officer
from shared.bureaus import DEFAULT_MEMBERS, SECRETARIAT, BureauCode
from shared.storage import Database

NOW = datetime(2026, 6, 1, tzinfo=UTC)
EVERY_COLOUR = pytest.mark.parametrize("colour", list(Colour))
# Frequent forenames and surnames of many languages, put together at random: who is meant is nobody.
_FORENAMES = (
    "Camille Sebastian Willemijn Oliver Alejandra Rodrigo Francesca Magnus Aleksander Tereza Gergely Ionela Dmitri "
    "Oksana Stavros Mehmet Tamuna Khaled Shirin Rohan Farhana Karthik Wanjiru Olumide Abebe Somchai Putu Wei "
    "Minjun Haruto"
)
_SURNAMES = (
    "Lefebvre Schneider Jansen Williams Hernandez Oliveira Esposito Lindqvist Wisniewski Svoboda Nagy Popescu "
    "Kuznetsov Shevchenko Papadopoulos Yilmaz Beridze Mansour Hosseini Chatterjee Hossain Subramanian Kariuki Adeyemi "
    "Tesfaye Wongsakul Setiawan Zhang Nakamura Robinson"
)
FORENAMES, SURNAMES = _FORENAMES.split(), _SURNAMES.split()


def drawing(seed: int = 7) -> Random:
    """Return a seeded generator; nothing secret depends on it."""
    return Random(seed)  # noqa: S311


async def seeded(database: Database, count: int, batch: int = 500) -> None:
    for start in range(0, count, batch):
        async with database.writing() as session:
            await SERVICE.seed(session, drawing(start), min(batch, count - start), DEFAULT_MEMBERS, NOW)


@EVERY_COLOUR
def test_an_entry_of_each_colour_is_whole_and_is_read_back(colour: Colour) -> None:
    random = drawing()
    for _ in range(60):
        entry = synthetic_entry(random, BureauCode("FR"), NOW, colour, DEFAULT_MEMBERS)
        assert list(faults_of(entry, NOW.date())) == []
        assert type(entry).model_validate_json(entry.model_dump_json()) == entry


@EVERY_COLOUR
def test_drafts_are_the_same_for_the_same_seed(colour: Colour) -> None:
    def draft() -> Notice:
        random, owner = drawing(), SECRETARIAT if colour is Colour.UN_SPECIAL else BureauCode("EG")
        return drafted(random, owner, NOW, synthetic_entry(random, owner, NOW, colour, DEFAULT_MEMBERS))

    assert draft() == draft()


def test_persons_have_what_makes_a_search_hard() -> None:
    """Scripts, aliases, other identities, documents, single names, birth known in part."""
    random, drawn = drawing(), list[Person]()
    for country in ("RU", "EG", "ID", "ES", "CN", "LK"):
        entries: list[NoticeEntry] = [synthetic_entry(random, BureauCode(country), NOW, Colour.BLUE) for _ in range(80)]
        drawn += [entry.subject for entry in entries if isinstance(entry.subject, Person)]
    for member in ("names_in_other_scripts", "aliases", "identities", "documents", "single_name", "father_forename"):
        assert any(getattr(person, member) for person in drawn), member
    assert any(len(person.nationalities) > 1 for person in drawn)
    assert {len(person.date_of_birth or "") for person in drawn} >= {4, 7, 9, 10}
    assert not any(person.single_name and (person.name or person.forename) for person in drawn)


@pytest.mark.thorough
async def test_a_seed_has_all_colours_and_states_of_all_owners(database: Database) -> None:
    """Those of the Security Council are the Secretariat's; what is public may be; each number is given once."""
    await seeded(database, 900, batch=300)
    stored = [NoticeRecord.of_json(row.content) for row in await database.reading.fetch(sa.select(notices.c.content))]
    assert {one.colour for one in stored} == {*Colour}
    assert {one.status for one in stored} == {*NoticeStatus} - {NoticeStatus.EXPIRED}
    owners = Counter(one.owner for one in stored)
    assert owners.keys() == {*DEFAULT_MEMBERS, SECRETARIAT}
    assert {one.colour for one in stored if one.owner == SECRETARIAT} == {Colour.UN_SPECIAL}
    assert all(one.public_fault() is None for one in stored if one.public)
    assert {one.colour for one in stored if one.public} == {Colour.RED, Colour.YELLOW, Colour.UN_SPECIAL}
    numbers = [one.number for one in stored if one.number]
    assert len({*numbers}) == len(numbers)
    given = {f"{row.year}/{row.number}" for row in await database.reading.fetch(sa.select(notice_numbers))}
    assert given == {*numbers}
    unnumbered = (NoticeStatus.DRAFT, NoticeStatus.WAITING, NoticeStatus.DIFFUSED)
    assert all((one.number is None) == (one.status in unnumbered) for one in stored)
    for one in stored:
        if one.status in (*IN_FORCE, *TO_REVIEW):
            assert list(faults_of(one, NOW.date())) == []


@pytest.mark.thorough
async def test_what_was_decided_on_synthetic_notices_is_counted_as_any_decision(database: Database) -> None:
    """By year, bureau, colour, outcome and reason, and not of notices that limit their readers."""
    await seeded(database, 900, batch=300)
    stored = [NoticeRecord.of_json(row.content) for row in await database.reading.fetch(sa.select(notices.c.content))]
    counted = await database.reading.fetch(sa.select(notice_counts))
    totals = Counter[tuple[str, str]]()
    for row in counted:
        totals[row.outcome, row.reason] += row.count
        assert NOW.year - 4 <= row.year <= NOW.year
        assert row.bureau in {*DEFAULT_MEMBERS, SECRETARIAT}
    shown = [one for one in stored if not one.restricted and not one.addressed]
    assert len(shown) < len(stored)
    by_status = Counter(one.status for one in shown)
    assert totals["published", ""] == sum(one.published is not None for one in shown)
    assert totals["updated", ""] == by_status[NoticeStatus.UPDATED]
    found_compliant = sum(one.compliant is not None for one in shown)
    assert totals["compliant", ""] + totals["released", ""] == found_compliant
    assert totals["compliant", ""] > 0
    for outcome, status in (("refused", NoticeStatus.REFUSED), ("cancelled", NoticeStatus.CANCELLED)):
        reasons = Counter(one.decision.reason for one in shown if one.status is status and one.decision)
        assert {reason: count for (what, reason), count in totals.items() if what == outcome} == reasons
        assert reasons


@pytest.mark.thorough
async def test_synthetic_persons_are_found_by_each_of_their_names(database: Database) -> None:
    await seeded(database, 200)
    reader = NoticeStore(database.reading, seeding_officer(SECRETARIAT), NOW)
    listed = (await reader.list(NoticeFilter(limit=200))).items
    in_force = [one for one in listed if one.status in IN_FORCE and names_of(one.subject)]
    assert len(in_force) > 100
    for one in in_force[:60]:
        for name in names_of(one.subject):
            found = await reader.find(NoticeQuery(name=name, colour=one.colour))
            assert one.id in {hit.record.id for hit in found.hits}, name


@pytest.mark.thorough
async def test_an_interrupted_seed_is_completed(database: Database) -> None:
    """A batch is entered whole or not at all, and numbers that were drawn before are drawn anew for the others."""
    await seeded(database, 100, batch=50)
    with pytest.raises(sa.exc.IntegrityError):
        await seeded(database, 50)
    async with database.writing() as session:
        await SERVICE.seed(session, drawing(50), 50, DEFAULT_MEMBERS, NOW + timedelta(days=1))
    counted = await database.reading.fetch(sa.select(sa.func.count().label("rows")).select_from(notices))
    assert counted[0].rows == 150


@pytest.mark.thorough
async def test_random_names_are_not_found_among_ten_thousand(database: Database) -> None:
    """Less than 3 of 100 searches for frequent names of many languages have a hit."""
    await seeded(database, 10_000)
    reader = NoticeStore(database.reading, seeding_officer(BureauCode("FR")), NOW)
    asked = [f"{forename} {surname}" for forename in FORENAMES for surname in SURNAMES]
    found = [name for name in asked if (await reader.find(NoticeQuery(name=name))).total]
    assert len(found) < 0.03 * len(asked), found
