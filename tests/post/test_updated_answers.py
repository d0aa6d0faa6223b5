"""A post that installed differentials answers as the service does, also where more is found than is shown."""

from datetime import timedelta

import pytest

from tests.post.border import PLATE, Border
from tests.services.stolen_vehicles.entries import PATH, enter

PATTERN = {"plate": "FZ512*", "country": "IT"}


async def online(border: Border, query: dict[str, str]) -> object:
    """Return the answer of the service, without the references of owners, which no pack has."""
    answer = (await border.service.officer("DE").get(f"{PATH}/search", params=query)).json()
    for hit in (*answer["hits"], *answer["near"]):
        hit["record"]["reference"] = None
    return answer


async def offline(border: Border, query: dict[str, str]) -> object:
    """Return the answer of the post."""
    return (await border.search(**query)).model_dump(mode="json")


@pytest.mark.thorough
async def test_hits_behind_those_that_were_withdrawn_are_shown(border: Border) -> None:
    """Of 52 hits the 50 that are shown are withdrawn: the two that were not shown before are."""
    for number in range(52):
        await enter(border.service, plate=f"FZ512{chr(65 + number // 26)}{chr(65 + number % 26)}", vin=None)
    border.install(await border.make())
    for hit in (await border.search(**PATTERN)).hits:
        await border.service.officer("IT").post(f"{PATH}/{hit.record.id}/withdrawal")
    border.install(await border.make("next.pack", is_differential=True))
    answer = await border.search(**PATTERN)
    assert (len(answer.hits), answer.total) == (2, 2)
    assert await offline(border, PATTERN) == await online(border, PATTERN)


@pytest.mark.thorough
async def test_no_bureau_hides_a_later_record_of_another_behind_many_of_its_own(border: Border) -> None:
    """The owners take turns, as in the service, whichever file a record came with."""
    for number in range(50):
        await enter(border.service, bureau="PL", vin=None, reference=f"PL/{number}")
    border.install(await border.make())
    border.clock.advance(timedelta(hours=1))
    real = await enter(border.service)
    border.install(await border.make("next.pack", is_differential=True))
    assert real["id"] in await border.found()
    assert await offline(border, PLATE) == await online(border, PLATE)


@pytest.mark.thorough
async def test_near_records_take_turns_as_well(border: Border) -> None:
    """And no more are shown than the service shows."""
    for number in range(20):
        await enter(border.service, bureau="PL", vin=None, reference=f"PL/{number}")
    border.install(await border.make())
    border.clock.advance(timedelta(hours=1))
    real = await enter(border.service)
    border.install(await border.make("next.pack", is_differential=True))
    near = {"plate": "FZ 512 LK", "country": "IT", "near": "true"}
    found = await border.search(**near)
    assert real["id"] in [hit.record.id for hit in found.near]
    assert found.model_dump(mode="json") == await online(border, near)


@pytest.mark.thorough
async def test_a_count_beyond_what_is_read_leaves_out_what_was_removed(border: Border) -> None:
    """Also where a differential changes and removes records of one before."""
    records = [
        await enter(border.service, vin=None, plate="AA 111 AA", reference=str(number), bureau=("IT", "PL")[number % 2])
        for number in range(205)
    ]
    border.install(await border.make())
    for count, name in ((1, "one"), (3, "two")):
        for record in records[:count]:
            owner = border.service.officer(record["owner"])
            await owner.post(f"{PATH}/{record['id']}/withdrawal")
        border.install(await border.make(f"{name}.pack", is_differential=True))
    query = {"plate": "AA111AA", "country": "IT"}
    assert (await border.search(**query)).total == 202
    assert await offline(border, query) == await online(border, query)
