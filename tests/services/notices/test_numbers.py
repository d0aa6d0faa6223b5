"""The numbers of notices, on both databases: random, and never given twice."""

import asyncio
from random import Random

import pytest

from services import notices
from services.notices import rules
from services.notices.lifecycle import NoticeStatus
from services.notices.models import NoticeRecord
from services.notices.queries import NoticeFilter
from services.notices.store import NoticeStore
from shared.bureaus import DEFAULT_MEMBERS
from shared.records.policy import Revision
from shared.storage import Database
from tests.conftest import NOW
from tests.services.notices.examples import complete
from tests.services.notices.stored import FRANCE, SECRETARIAT, found, notice, remember

pytestmark = pytest.mark.both_databases

# As many transactions as a store on PostgreSQL has at once, so that none is refused for waiting too long.
AT_ONCE = 6


async def submit(store: Database, record: NoticeRecord, chance: Random) -> str:
    async with store.writing() as session:
        mine = NoticeStore(session, FRANCE, NOW)
        number = await mine.give_number(NOW.year, chance.randbytes)
        submitted = rules.submit(record, number, by=FRANCE, revision=Revision(record.id, NOW))
        await mine.replace(submitted)
    assert submitted.number is not None
    return submitted.number


def drawing(seed: int = 1) -> Random:
    return Random(seed)  # noqa: S311 - nothing secret is drawn


@pytest.mark.thorough
async def test_a_number_that_is_already_given_is_drawn_again(store: Database) -> None:
    """Concurrent submissions that all draw the same numbers each get one of their own."""
    records = [notice(complete("blue"), NoticeStatus.DRAFT) for _ in range(AT_ONCE)]
    await remember(store, *records)
    numbers = await asyncio.gather(*(submit(store, record, drawing()) for record in records))
    assert len({*numbers}) == AT_ONCE


@pytest.mark.thorough
async def test_a_number_reveals_nothing_about_other_notices(store: Database) -> None:
    """It is the one that was drawn, whether no notice was submitted before or twenty were."""
    first, last, *others = [notice(complete("blue"), NoticeStatus.DRAFT) for _ in range(22)]
    await remember(store, first, last, *others)
    drawn = [f"{NOW.year}/{rules.draw_number(drawing(seed).randbytes)}" for seed in (1, 2)]
    numbers = [await submit(store, first, drawing(1))]
    for seed, record in enumerate(others, 10):
        await submit(store, record, drawing(seed))
    assert [*numbers, await submit(store, last, drawing(2))] == drawn


async def test_the_number_of_a_deleted_notice_is_not_given_again(store: Database) -> None:
    """A reader who noted it must not find another notice by it; another year has all its numbers."""
    first, second, third = [notice(complete("blue"), NoticeStatus.DRAFT) for _ in range(3)]
    await remember(store, first, second, third)
    number = await submit(store, first, drawing())
    async with store.writing() as session:
        notices_of_france = NoticeStore(session, FRANCE, NOW)
        await notices_of_france.delete(await notices_of_france.get(first.id), "deleted")
    assert await submit(store, second, drawing()) != number
    async with store.writing() as session:
        next_year = await NoticeStore(session, SECRETARIAT, NOW).give_number(NOW.year + 1, drawing().randbytes)
    assert number == f"{NOW.year}/{next_year}"


@pytest.mark.thorough
async def test_synthetic_notices_are_valid_and_numbered(store: Database) -> None:
    """Each submitted one has a number of its own, and persons are found by name."""
    async with store.writing() as session:
        await notices.SERVICE.seed(session, drawing(), 120, DEFAULT_MEMBERS, NOW)
    reader = NoticeStore(store.reading, SECRETARIAT, NOW)
    listed = (await reader.list(NoticeFilter(limit=200))).items
    submitted = [one for one in listed if one.submitted is not None and one.status != "waiting"]
    assert len({one.number for one in submitted if one.number}) == len(submitted)
    assert len(listed) > 100
    person = next(one for one in listed if one.status == "published" and one.colour == "red")
    assert person.id in await found(store, name=f"{person.subject.name}")
