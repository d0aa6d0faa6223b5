"""Entry limits: a bureau that enters records only to take them back is refused; one that makes mistakes is not."""

from datetime import timedelta
from typing import Any

import pytest

from shared.handling import Handling
from shared.records.entry_limits import (
    MAX_TAKEN_BACK,
    SHARE,
    SearchTerms,
    TooManyTakenBack,
    entry_figures,
    is_new,
    is_taken_back,
    is_too_many,
)
from shared.records.policy import Audience
from tests.shared.records.searchable_kind import Lamp, LampService, LampStore, metadata
from tests.stores import Tables


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of lamps."""
    return metadata


def found(
    *words: str, barred: tuple[str, ...] = (), addressed: tuple[str, ...] = (), partners: tuple[str, ...] = ()
) -> SearchTerms:
    return SearchTerms(frozenset(words), frozenset(barred), frozenset(addressed), frozenset(partners))


@pytest.mark.parametrize(
    ("before", "after", "taken_back", "new"),
    [
        (None, found("red"), False, True),
        (found("red"), None, True, False),
        (None, None, False, False),
        (found("red"), found("red"), False, False),
        (found("red"), found("green"), True, True),
        (found("red"), found("red", "green"), False, True),
        (found("red"), found("red", barred=("DE",)), True, False),
        (found("red", barred=("DE",)), found("red"), False, True),
        (found("red"), found("red", addressed=("DE",)), True, False),
        (found("red", addressed=("DE",)), found("red"), False, True),
        (found("red", addressed=("DE", "PL")), found("red", addressed=("DE",)), True, False),
        (found("red", addressed=("DE",)), found("red", addressed=("PL",)), True, True),
        (found("red", partners=("PARTNER-ICC",)), found("red"), True, False),
        (found("red", partners=("all",)), found("red", partners=("PARTNER-ICC",)), True, False),
        (found("red", partners=("PARTNER-ICC",)), found("red", partners=("all",)), False, True),
    ],
)
def test_a_record_that_is_not_found_as_before_is_taken_back(
    before: SearchTerms | None, after: SearchTerms | None, taken_back: bool, new: bool
) -> None:
    """One that is found in a way that it was not before is new, whether it was entered or changed."""
    assert (is_taken_back(before, after), is_new(before, after)) == (taken_back, new)


@pytest.mark.parametrize(
    ("entered", "taken_back", "too_many"),
    [(20, 19, False), (20, 20, True), (199, 20, True), (5_000, 499, False), (5_000, 500, True)],
)
def test_a_bureau_may_take_back_a_few_records_or_a_tenth_of_them(entered: int, taken_back: int, too_many: bool) -> None:
    """So that a bureau that enters thousands may make hundreds of mistakes."""
    assert is_too_many(entered, taken_back, 0) is too_many


@pytest.mark.parametrize(
    ("entered", "ended_well", "too_many"),
    [
        (199, 199, False),
        (200, 200, True),
        (222, 200, True),
        (230, 205, False),
        (5_000, 4_499, False),
        (5_000, 4_500, True),
    ],
)
def test_a_bureau_is_limited_when_nearly_all_of_its_records_end_well_within_days(
    entered: int, ended_well: int, too_many: bool
) -> None:
    """Such a bureau enters records to learn which bureaus are interested."""
    assert is_too_many(entered, 0, ended_well) is too_many


class Probing:
    """France enters lamps, and takes them back."""

    def __init__(self, service: LampService) -> None:
        self.service = service

    async def delete(self, lamp: Lamp) -> None:
        """Delete a lamp."""
        async with self.service.database.writing() as session:
            await LampStore(session, self.service.searcher("FR"), self.service.now).delete(lamp, "deleted")

    async def figures(self) -> dict[str, Any]:
        """Return the entry figures of France."""
        [row] = await entry_figures(self.service.database.reading, self.service.now)
        return row.model_dump()


@pytest.fixture
def probing(service: LampService) -> Probing:
    return Probing(service)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "changes",
    [{"known_to": Audience.OWNER}, {"colour": "green"}, {"restricted": ("DE",)}, None],
    ids=["withdrawn", "changed", "restricted", "deleted"],
)
async def test_a_bureau_that_takes_back_too_many_records_may_not_enter_more(
    service: LampService, probing: Probing, changes: dict[str, Any] | None
) -> None:
    """In whichever way they are taken back; three days later it may."""
    lamps = [await service.enter() for _ in range(MAX_TAKEN_BACK + 1)]
    for lamp in lamps:
        if changes is None:
            await probing.delete(lamp)
        elif lamp is not lamps[-1] or "colour" not in changes:
            await service.change(lamp, **changes)
    with pytest.raises(TooManyTakenBack, match="try again tomorrow"):
        await service.enter()
    service.clock.advance(timedelta(days=3))
    await service.enter()


async def test_a_record_may_not_be_changed_repeatedly_to_be_found_by_other_searches(service: LampService) -> None:
    """Each such change counts as an entry; a change that leaves the search terms alone is allowed."""
    lamp = await service.enter("colour 0")
    for number in range(MAX_TAKEN_BACK):
        lamp = await service.change(lamp, colour=f"colour {number + 1}")
    with pytest.raises(TooManyTakenBack):
        await service.change(lamp, colour="another")
    await service.change(lamp, handling=Handling.RESTRICTED)


@pytest.mark.both_databases
async def test_a_record_taken_back_after_72_hours_does_not_count(service: LampService, probing: Probing) -> None:
    """Nor one that the Commission deletes or that expires, on which its owner does not decide."""
    lamps = [await service.enter() for _ in range(3)]
    async with service.database.writing() as session:
        store = LampStore(session, service.searcher("FR"), service.now)
        await store.delete(lamps[0], "decided")
        await store.delete(lamps[1], "expired")
    service.clock.advance(timedelta(hours=72))
    await probing.delete(lamps[2])
    figures = await probing.figures()
    assert (figures["entered"], figures["taken_back"]) == (3, 0)


async def test_entry_figures_are_counted_by_day_and_deleted(service: LampService, probing: Probing) -> None:
    """Three days for the limit, 31 days for the review of compliance."""
    await probing.delete(await service.enter())
    service.clock.advance(timedelta(days=4))
    await service.enter()
    assert await probing.figures() == {
        "bureau": "FR",
        "limited": False,
        "entered": 2,
        "taken_back": 1,
        "ended_well": 0,
        "entered_lately": 1,
        "taken_back_lately": 0,
        "ended_well_lately": 0,
    }
    service.clock.advance(timedelta(days=28))
    await service.enter()
    figures = await probing.figures()
    assert (figures["entered"], figures["taken_back"]) == (2, 0)


@pytest.mark.thorough
async def test_a_bureau_that_enters_many_records_may_take_back_a_tenth(service: LampService, probing: Probing) -> None:
    """A large bureau makes more mistakes than a small one."""
    many = MAX_TAKEN_BACK * SHARE + SHARE
    lamps = [await service.enter() for _ in range(many)]
    for lamp in lamps[:MAX_TAKEN_BACK]:
        await probing.delete(lamp)
    await service.enter()
