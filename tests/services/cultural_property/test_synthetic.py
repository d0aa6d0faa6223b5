"""Synthetic works are as valid as entered ones, although they are not validated one by one."""

from random import Random
from time import process_time

import pytest

from services import cultural_property
from services.cultural_property import rules
from services.cultural_property.models import Work, WorkDescription
from services.cultural_property.synthetic import Drawn, draw
from services.cultural_property.valuables.identifiers import has_wrong_imei_digit
from services.cultural_property.valuables.models import Valuable
from services.cultural_property.valuables.synthetic import TEST_TYPE
from services.synthetic_records import seeding_officer
from shared.bureaus import MEMBERS
from shared.records.policy import Revision
from shared.storage import Database
from tests.services.cultural_property.samples import NOON

OWNERS = sorted(MEMBERS)
SAMPLE = 1_000


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """Return a sample of works and valuables."""
    return draw(Random(7), SAMPLE, OWNERS, NOON)  # noqa: S311 - nothing secret is drawn


@pytest.mark.thorough
def test_each_is_what_its_owner_would_have_entered(drawn: Drawn) -> None:
    """Its entry is valid, and makes the same record, which is read as it was written."""
    entered_fields = WorkDescription.model_fields.keys() - {"purpose"}
    for work in drawn.works:
        description = WorkDescription.model_validate_json(work.model_dump_json(include=set(entered_fields)))
        revision = Revision(work.id, work.created)
        assert rules.enter(description, by=seeding_officer(work.owner), revision=revision) == work
        assert Work.of_json(work.model_dump_json()) == work


@pytest.mark.thorough
def test_styles_makers_and_states_are_many(drawn: Drawn) -> None:
    """So that searches find some, and not most."""
    assert len({work.type for work in drawn.works}) > 12
    assert len({work.maker for work in drawn.works}) > 200
    assert 0.02 < sum(work.status == "origin-sought" for work in drawn.works) / SAMPLE < 0.12
    assert 0.2 < sum(work.public for work in drawn.works) / SAMPLE < 0.6
    assert not [work.warnings for work in drawn.works if work.warnings]


@pytest.mark.thorough
def test_no_imei_is_of_a_telephone_that_is_sold(drawn: Drawn) -> None:
    """They have the type codes of test devices, and valid check digits."""
    numbers = [valuable.imei for valuable in drawn.valuables if valuable.imei]
    assert numbers
    assert all(number.startswith(TEST_TYPE) and not has_wrong_imei_digit(number) for number in numbers)
    assert all(Valuable.of_json(each.model_dump_json()) == each for each in drawn.valuables)


@pytest.mark.thorough
@pytest.mark.both_databases
async def test_they_are_added(database: Database, drawn: Drawn) -> None:
    """With names, words and numbers, in less than 2 ms of processor time each."""
    began = process_time()
    async with database.writing() as session:
        await cultural_property.SERVICE.add_drawn(session, drawn, NOON)
    assert (process_time() - began) / SAMPLE < 0.02
