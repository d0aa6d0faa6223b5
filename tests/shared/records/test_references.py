"""The owner's reference: an entry can be sent again, and is carried out once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from shared.bureaus import BureauCode
from shared.errors import Conflict, Invalid
from shared.identity import HANDLING_CONFIDENTIAL
from shared.ids import uuid7
from shared.records.access import HandlingConfidential
from shared.records.entry_limits import entry_figures
from shared.records.policy import Audience, Revision, create_record
from shared.records.references import ReferenceTaken
from shared.records.results import RecordPageQuery
from shared.records.tables import outgoing
from tests.conftest import NOW
from tests.shared.records.searchable_kind import (
    Lamp,
    LampDescription,
    LampSearch,
    LampService,
    LampStore,
    lamps,
    metadata,
)
from tests.stores import Tables
from tests.support import caller

pytestmark = pytest.mark.both_databases


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of lamps."""
    return metadata


async def enter(service: LampService, bureau: str = "FR", *scopes: str, **stated: Any) -> Lamp:
    """Enter a lamp as a route does."""
    officer, now = caller(bureau, *scopes), service.now
    entry = LampDescription.model_validate({"reference": "2026/1", **stated})
    async with service.database.writing() as session:
        lamp = create_record(Lamp, entry, by=officer, revision=Revision(uuid7(now), now))
        return await LampStore(session, officer, now).enter(lamp)


async def change(service: LampService, lamp: Lamp, **changes: Any) -> Lamp:
    async with service.database.writing() as session:
        return await LampStore(session, caller("FR"), service.now).replace(lamp.next_version(service.now, **changes))


async def entered_by(service: LampService, bureau: str) -> int:
    figures = await entry_figures(service.database.reading, service.now, BureauCode(bureau))
    return figures[0].entered if figures else 0


async def test_an_entry_with_the_same_reference_and_content_is_the_record_that_exists(service: LampService) -> None:
    """Nothing is stored, counted or notified again; the answer is the record as it is."""
    first = await enter(service)
    service.clock.advance(timedelta(hours=1))
    assert await enter(service) == first
    assert await entered_by(service, "FR") == 1
    assert len(await service.database.reading.fetch(sa.select(lamps.c.id))) == 1
    assert await service.database.reading.fetch(sa.select(outgoing)) == []


async def test_an_entry_with_other_content_is_refused_and_the_problem_names_the_record(service: LampService) -> None:
    """By its id and its path; the detail says what differs."""
    first = await enter(service)
    with pytest.raises(ReferenceTaken, match="differs in restricted, colour") as refused:
        await enter(service, colour="green", restricted=["KE"])
    assert refused.value.members["record"] == first.id
    assert refused.value.members["path"] == f"/api/lamps/{first.id}"
    assert refused.value.members["errors"][0]["pointer"] == "/reference"
    assert await entered_by(service, "FR") == 1


async def test_entries_with_the_same_reference_at_once_make_one_record(service: LampService) -> None:
    """Each is answered with it; those of other content are refused."""
    lamps_entered = await asyncio.gather(*(enter(service) for _ in range(4)))
    assert len({lamp.id for lamp in lamps_entered}) == 1
    colours = ("green", "red", "green", "red")
    outcomes = await asyncio.gather(
        *(enter(service, reference="2026/2", colour=colour) for colour in colours), return_exceptions=True
    )
    kept = {each.colour for each in outcomes if isinstance(each, Lamp)}
    assert len(kept) == 1
    assert [isinstance(each, ReferenceTaken) for each in outcomes] == [colour not in kept for colour in colours]
    assert await entered_by(service, "FR") == 2


async def test_a_reference_is_unique_for_its_owner_only(service: LampService) -> None:
    """Another bureau learns nothing from it, and any number of records have none."""
    records = [await enter(service, bureau, colour="green") for bureau in ("FR", "DE")]
    records += [await enter(service, reference=None) for _ in range(2)]
    assert len({record.id for record in records}) == 4


async def test_a_reference_of_a_record_that_is_over_is_refused(service: LampService) -> None:
    """The refusal says how it ended, and leads to it; a deleted record frees its reference."""
    first = await enter(service)
    ended = await change(service, first, known_to=Audience.OWNER)
    with pytest.raises(ReferenceTaken, match="which has ended"):
        await enter(service)
    async with service.database.writing() as session:
        await LampStore(session, caller("FR"), service.now).delete(ended, "deleted")
    second = await enter(service)
    assert second.id != first.id
    service.clock.advance(second.expires - service.now)
    with pytest.raises(ReferenceTaken, match="which has expired"):
        await enter(service)


@pytest.mark.parametrize("longer", ["\u0958", "\ufb2c", "\u0344"], ids=ascii)
def test_a_reference_is_as_short_as_allowed_in_its_composed_form(longer: str) -> None:
    """Some characters are longer in it."""
    with pytest.raises(ValidationError, match="at most 60 characters"):
        LampDescription.model_validate({"reference": longer * 60})
    assert LampDescription.model_validate({"reference": longer * 20}).reference


async def test_a_version_that_could_not_be_read_again_is_not_stored(service: LampService) -> None:
    """It would make every list and search fail in which it is."""
    lamp = await enter(service)
    with pytest.raises(Invalid, match="reference: must have at most 60 characters"):
        await change(service, lamp, reference="x" * 61)
    assert (await change(service, lamp, colour="green")).version == 2


async def test_a_change_to_the_reference_of_another_record_is_refused(service: LampService) -> None:
    """Its own it may keep, or exchange for a free one."""
    first, second = await enter(service), await enter(service, reference="2026/2")
    with pytest.raises(ReferenceTaken, match="which is another one"):
        await change(service, second, reference="2026/1")
    kept = await change(service, second, colour="green")
    assert (await change(service, kept, reference="2026/3")).reference == "2026/3"
    assert (await change(service, first, reference="2026/2")).reference == "2026/2"


async def test_of_two_records_that_take_one_reference_at_once_one_is_refused(service: LampService) -> None:
    """However the writers interleave."""
    first, second = await enter(service), await enter(service, reference="2026/2")
    outcomes = await asyncio.gather(
        *(change(service, each, reference="2026/3") for each in (first, second)), return_exceptions=True
    )
    assert [isinstance(each, ReferenceTaken | Conflict) for each in outcomes].count(True) == 1


async def test_a_list_by_reference_shows_what_the_caller_may_see(service: LampService) -> None:
    """Of every owner, whatever is hidden left out."""
    own, other = await enter(service), await enter(service, "DE", restricted=["PL"])

    async def listed(bureau: str, reference: str = "2026/1") -> set[str]:
        page = await LampStore(service.database.reading, caller(bureau), NOW).list(RecordPageQuery(reference=reference))
        return {record.id for record in page.items}

    assert await listed("KE") == {own.id, other.id}
    assert await listed("PL") == {own.id}
    assert await listed("KE", "2026/9") == set()


async def test_an_owner_searches_its_own_record_by_reference(service: LampService) -> None:
    """In whatever state; with other criteria it must meet these as well. The search is not saved."""
    lamp = await enter(service)
    await enter(service, "DE")

    async def found(**query: Any) -> list[str]:
        who = service.searcher("FR")
        hits = await LampStore(service.database.reading, who, service.now).search(LampSearch.model_validate(query))
        assert who.recorder.searches == []
        return [hit.record.id for hit in hits.hits]

    assert await found(reference="2026/1") == [lamp.id]
    assert await found(reference="2026/1", colour="red") == [lamp.id]
    assert await found(reference="2026/1", colour="green") == []
    await change(service, lamp, known_to=Audience.OWNER)
    assert await found(reference="2026/1") == [lamp.id]
    assert await found(reference="2026/9") == []


async def test_an_officer_without_the_scope_learns_nothing_of_a_confidential_record_by_its_reference(
    service: LampService,
) -> None:
    """Not even whether its content is the same."""
    await enter(service, "FR", HANDLING_CONFIDENTIAL, handling="CONFIDENTIAL")
    for colour in ("red", "green"):
        with pytest.raises(HandlingConfidential):
            await enter(service, colour=colour)
