"""A bureau that sought a picture is notified of a work whose photograph is entered later and shows it."""

from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from shared.clock import FixedClock
from tests.gateway.records.matching_network import JPEG, PROPERTY, Network, with_service
from tests.services.cultural_property.likeness.pictures import file_of, retaken, work
from tests.services.cultural_property.samples import PAINTING

pytestmark = [pytest.mark.thorough, with_service(PROPERTY)]


async def seek(network: Network, bureau: str, image: Image.Image) -> int:
    """Return how many works a picture finds."""
    found = await network.ask(bureau, "POST", "/similar", content=file_of(image), headers=JPEG)
    total: int = found["total"]
    return total


async def enter(network: Network, image: Image.Image | None = None, **entry: Any) -> dict[str, Any]:
    """Enter a work, and a photograph of it."""
    record: dict[str, Any] = await network.ask("FR", "POST", "", json={**PAINTING, **entry})
    return record if image is None else await photograph(network, record, image)


async def photograph(network: Network, record: dict[str, Any], image: Image.Image) -> dict[str, Any]:
    added: dict[str, Any] = await network.ask(
        "FR", "POST", f"/{record['id']}/photographs", content=file_of(image), headers=JPEG
    )
    return added


@pytest.mark.parametrize(("hours", "how"), [(71, ["delayed-inquiry"]), (73, [])])
async def test_a_work_whose_photograph_is_entered_within_72_hours_is_a_hit(
    network: Network, clock: FixedClock, hours: int, how: list[str]
) -> None:
    """For the bureau that sought it, and not for one that sought another of its series; it says how many agree."""
    assert await seek(network, "DE", retaken(work(), "snapshot")) == 0
    assert await seek(network, "KE", retaken(work(detail=1), "snapshot")) == 0
    clock.advance(timedelta(hours=hours))
    record = await enter(network)
    assert await network.notified() == []
    await photograph(network, record, work().draw())
    notified = await network.notified()
    assert [(bureau, each) for bureau, _, each, _ in notified] == [("DE", each) for each in how]
    assert all(match.startswith("picture: ") and match.endswith(" points agree") for *_, match in notified)


@pytest.mark.parametrize("change", ["mirror", "quarter turn", "turn", "crop", "frame"])
async def test_what_a_search_finds_a_saved_one_is_told_of(network: Network, change: str) -> None:
    """However the picture was taken; in the same words."""
    image = retaken(work(), change)
    assert await seek(network, "DE", image) == 0
    await enter(network, work().draw())
    [(bureau, *_, match)] = await network.notified()
    found = await network.ask("KE", "POST", "/similar", content=file_of(image), headers=JPEG)
    assert (bureau, [match]) == ("DE", [each["match"] for each in found["hits"]])


async def test_a_picture_can_be_subscribed_to(network: Network, clock: FixedClock) -> None:
    """For half a year, beside subscriptions to words; it is listed and deleted as they are."""
    asked: dict[str, Any] = {"content": file_of(retaken(work(), "light")), "headers": JPEG}
    left = await network.ask("DE", "POST", "/similar/subscriptions", params={"valid_for_days": 180}, **asked)
    other = await network.ask("DE", "POST", "/similar/subscriptions", **asked)
    words = await network.ask("DE", "POST", "/subscriptions", json={"search": {"title": "harbour"}})
    listed = (await network.ask("DE", "GET", "/subscriptions"))["items"]
    assert sorted(each["id"] for each in listed) == sorted(each["id"] for each in (left, other, words))
    assert await network.ask("DE", "GET", f"/subscriptions/{left['id']}") == left
    assert {name for name, value in left["search"].items() if value is not None} == {"points"}
    await network.ask("DE", "DELETE", f"/subscriptions/{other['id']}")
    clock.advance(timedelta(days=179))
    await enter(network, work().draw(), title="Nothing")
    assert [(bureau, how) for bureau, _, how, _ in await network.notified()] == [("DE", "subscription")]


async def test_a_bureau_that_may_not_see_the_work_is_not_told_of_it(network: Network) -> None:
    """Nor is anybody of one that was recovered before it was compared."""
    await seek(network, "DE", retaken(work(), "snapshot"))
    await enter(network, work().draw(), restricted=["DE"])
    recovered = await enter(network, work().draw(), reference="2")
    await network.ask("FR", "POST", f"/{recovered['id']}/recovery")
    assert await network.notified() == []


async def test_a_photograph_that_is_not_found_by_its_subject_notifies_nobody(network: Network) -> None:
    """As a photograph of the same series, by the same decision as a search."""
    await seek(network, "DE", retaken(work(), "snapshot"))
    await enter(network, work(detail=1).draw())
    assert await network.notified() == []
