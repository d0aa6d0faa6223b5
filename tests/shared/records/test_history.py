"""The versions of a record: their authors, reasons, corrections and pages. On both databases."""

from typing import Any

import pytest

from shared.handling import Condition
from shared.identity import Purpose
from shared.records.models import VersionsQuery
from shared.records.versions import correct_former, give_reason, versions_of
from shared.web import paging
from tests.shared.records.record_kind import Thing, ThingRecords, made
from tests.support import Counting, caller

FRANCE = caller("FR")


async def versions(records: ThingRecords, thing: Thing, **query: int) -> Any:
    return await versions_of(records.database.reading, thing, VersionsQuery.model_validate(query), FRANCE)


async def test_each_version_is_shown_unchanged_with_its_author(records: ThingRecords) -> None:
    """Newest first, with the operation, and with the restriction as its owner stated it."""
    first = await records.enter(colour="red", restricted=("KE",))
    await made(records, first, "enter_thing")
    second = await records.change(first, colour="blue")
    await made(records, second, "correct_thing", officer="fr.sergeant")
    page = await versions(records, second)
    assert [each.record for each in page.items] == [second, first]
    assert [(each.version, each.made.operation, each.made.officer, each.made.bureau) for each in page.items] == [
        (2, "correct_thing", "fr.sergeant", "FR"),
        (1, "enter_thing", "fr.officer", "FR"),
    ]
    assert page.next is None


async def test_a_version_without_a_leaf_is_shown_without_an_author(records: ThingRecords) -> None:
    """For example one that was imported."""
    [only] = (await versions(records, await records.enter())).items
    assert (only.made, only.reason) == (None, None)


@pytest.mark.both_databases
async def test_a_correction_applies_to_all_former_versions(records: ThingRecords) -> None:
    """Other members and times stay; a version that would not be a record is deleted."""
    first = await records.enter(colour="ultramarine", size=4)
    second = await records.change(first, conditions=(Condition.H3,), other_condition="It is ultramarine.")
    third = await records.change(second, colour="blue", conditions=(), other_condition=None)
    corrected = await records.correct(third, colour="red")

    async with records.database.writing() as session:
        await correct_former(session, corrected, lambda former: without_condition(former, records))
    assert [each.record for each in (await versions(records, corrected)).items] == [
        corrected,
        third.model_copy(update={"colour": "red"}),
        first.model_copy(update={"colour": "red"}),
    ]


async def test_former_versions_are_corrected_in_batches(records: ThingRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are corrected, also if some are deleted."""
    monkeypatch.setattr("shared.records.versions.BATCH_SIZE", 2)
    thing = await records.enter(colour="ultramarine")
    for size in range(6):
        other = "It is ultramarine." if size == 2 else None
        thing = await records.change(
            thing, size=size, conditions=(Condition.H3,) if other else (), other_condition=other
        )
    async with records.database.writing() as session:
        counting: Any = Counting(session)
        await correct_former(counting, thing, lambda former: without_condition(former, records))
    assert counting.most == 2
    assert [(each.record.colour, each.record.size) for each in (await versions(records, thing)).items] == [
        ("ultramarine", 5),
        *(("red", size) for size in (4, 3, 1, 0, None)),
    ]


def without_condition(version: Thing, records: ThingRecords) -> Thing:
    """Return a corrected version, or raise if the correction makes no record of it."""
    if version.other_condition:
        return Thing.model_validate({**version.model_dump(), "other_condition": {}})
    return version.next_version(records.now, colour="red")


async def test_a_read_of_a_version_does_not_count_as_its_creation(records: ThingRecords) -> None:
    thing = await records.enter()
    await records.show("DE", thing)
    assert [each.made for each in (await versions(records, thing)).items] == [None]


async def test_a_reason_is_shown_with_its_own_version_only(records: ThingRecords) -> None:
    thing = await records.change(await records.enter())
    async with records.database.writing() as session:
        await give_reason(session, thing, "The investigation goes on.")
    assert [each.reason for each in (await versions(records, thing)).items] == ["The investigation goes on.", None]


async def test_officers_of_the_commission_are_not_named(records: ThingRecords) -> None:
    """The bureau and the purpose are shown."""
    thing = await records.enter()
    await made(records, thing, "decide_on_thing", bureau="CCF", purpose=Purpose.DATA_SUBJECT_REQUEST)
    [only] = (await versions(records, thing)).items
    assert (only.made.bureau, only.made.officer, only.made.purpose) == ("CCF", None, "data-subject-request")


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
async def test_pages_of_versions_neither_skip_nor_repeat(records: ThingRecords, limit: int) -> None:
    """With any limit, and whether the last page is full or not."""
    thing = await records.enter()
    for _ in range(4):
        thing = await records.change(thing)
    read, before = list[int](), {}
    while True:
        page = await versions(records, thing, limit=limit, **before)
        read += [each.version for each in page.items]
        if page.next is None:
            break
        assert len(page.items) == limit
        before = {"before": page.next}
    assert read == [5, 4, 3, 2, 1]


async def test_a_page_of_versions_fits_into_an_answer(records: ThingRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions that do not fit are on the next page; each page has at least one."""
    thing = await records.enter(colour="é" * 16)
    for _ in range(4):
        thing = await records.change(thing)
    whole = await versions(records, thing)
    size = len(thing.model_dump_json().encode())
    for most, on_each in ((3 * size, 3), (3 * size - 1, 2), (1, 1)):
        monkeypatch.setattr(paging, "MAX_REPLY_BYTES", most)
        read, pages, before = list[Any](), list[int](), dict[str, int]()
        while True:
            page = await versions(records, thing, limit=50, **before)
            read += page.items
            pages.append(len(page.items))
            if page.next is None:
                break
            before = {"before": page.next}
        assert read == whole.items
        assert max(pages) == on_each


async def test_a_page_before_the_first_version_is_empty_and_the_last(records: ThingRecords) -> None:
    page = await versions(records, await records.enter(), before=1)
    assert (page.items, page.next) == ([], None)
