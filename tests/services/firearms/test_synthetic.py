"""Synthetic firearms are as valid as entered ones, although they are not validated one by one."""

from random import Random
from time import process_time

import pytest
import sqlalchemy as sa

from services import firearms
from services.firearms import rules, synthetic
from services.firearms.identities import OF_SERVICE
from services.firearms.models import Firearm, FirearmDescription
from services.firearms.store import FirearmStore
from services.firearms.synthetic import draw, synthetic_firearm
from services.firearms.tables import photograph_tables
from services.synthetic_records import seeding_officer
from shared.bureaus import MEMBERS
from shared.records.policy import Revision
from shared.storage import Database
from tests.services.firearms.samples import ITALY, NOON

OWNERS = sorted(MEMBERS)
SAMPLE = 2_000
# A million in ten minutes of one slow core, with all that a store adds; it takes a tenth of that.
SECONDS_EACH = 0.0006


def seeded() -> Random:
    return Random(7)  # noqa: S311 - nothing secret is drawn


@pytest.fixture(scope="module")
def drawn() -> list[Firearm]:
    """Return a sample of firearms."""
    random = seeded()
    return [synthetic_firearm(random, random.choice(OWNERS), NOON) for _ in range(SAMPLE)]


@pytest.mark.thorough
def test_each_is_what_its_owner_would_have_entered(drawn: list[Firearm]) -> None:
    """Its entry is valid, and makes the same record, which is read as it was written."""
    entered_fields = FirearmDescription.model_fields.keys() - {"purpose"}
    for firearm in drawn:
        description = FirearmDescription.model_validate_json(firearm.model_dump_json(include=set(entered_fields)))
        revision = Revision(firearm.id, firearm.created)
        assert rules.enter(description, by=seeding_officer(firearm.owner), revision=revision) == firearm
        assert Firearm.of_json(firearm.model_dump_json()) == firearm


@pytest.mark.both_databases
async def test_their_rows_are_those_of_entered_records(
    database: Database, drawn: list[Firearm], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with all columns, although no store made them."""
    monkeypatch.setattr(synthetic, "PICTURED_IN", 10**9)
    table, sample = FirearmStore.table, drawn[:200]
    async with database.writing() as session:
        await firearms.SERVICE.seed(session, seeded(), len(sample), OWNERS, NOON)
    seed = await database.reading.fetch(sa.select(table).order_by(table.c.id))
    async with database.writing() as session:
        await session.execute(sa.delete(table))
        await FirearmStore(session, ITALY, NOON).add_many(sample)
    assert seed == await database.reading.fetch(sa.select(table).order_by(table.c.id))


async def test_some_have_a_photograph_of_their_markings(database: Database) -> None:
    """One that its owner could have added."""
    async with database.writing() as session:
        await firearms.SERVICE.seed(session, seeded(), 400, OWNERS, NOON)
    stored = await database.reading.fetch(sa.select(FirearmStore.table.c.content))
    shown = [each for row in stored for each in Firearm.of_json(row.content).photographs]
    assert 2 <= len(shown) <= 30
    kept = await database.reading.fetch(sa.select(photograph_tables.photographs.c.id))
    assert {row.id for row in kept} == {each.id for each in shown}


def test_makes_kinds_and_statuses_are_many_and_nothing_contradicts_itself(drawn: list[Firearm]) -> None:
    """Most numbers are of one firearm; none has a warning."""
    assert len({firearm.make for firearm in drawn}) > 20
    assert len({firearm.kind for firearm in drawn}) > 6
    assert len({firearm.status for firearm in drawn}) == 4
    assert [firearm.warnings for firearm in drawn if firearm.warnings] == []
    assert len({(firearm.make, firearm.serial_number) for firearm in drawn}) > 0.97 * SAMPLE


def test_a_million_are_drawn_in_minutes() -> None:
    draw(seeded(), 10, OWNERS, NOON)
    started = process_time()
    draw(seeded(), SAMPLE, OWNERS, NOON)
    assert (process_time() - started) / SAMPLE < SECONDS_EACH


async def test_test_identities_are_entered_as_synthetic_firearms_are(database: Database) -> None:
    """A sandbox enters them at its first start, and has none without them."""
    identities = OF_SERVICE.draw(seeded(), NOON)
    async with database.writing() as session:
        await firearms.SERVICE.add_drawn(session, identities, NOON)
    entered = await database.reading.fetch(sa.select(FirearmStore.table.c.id))
    assert sorted(row.id for row in entered) == sorted(each.id for each in OF_SERVICE.records(identities))
