"""Who sees the photographs of a notice, and when: those who see the notice."""

from datetime import timedelta
from typing import Any

import pytest

from services.notices import rules
from shared.bureaus import PUBLIC
from shared.clock import FixedClock
from tests.services.notices.examples import complete
from tests.services.notices.photograph_requests import add, added, statuses
from tests.services.notices.steps import PATH, UNKNOWN_ID, drafted, publish, published, take
from tests.shared.images.files import WIDTH, drawn, saved
from tests.support import ServiceClient, caller, problem_of


@pytest.mark.thorough
async def test_a_photograph_is_shown_to_whoever_may_see_the_notice(service: ServiceClient) -> None:
    """From its publication to its withdrawal, and never to a bureau that is barred from it."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice)
    assert [await statuses(service, path, bureau) for bureau in ("FR", "PL", "IPSG")] == [
        [200] * 2,
        [404] * 2,
        [404] * 2,
    ]
    await take(service, "FR", notice, "submission")
    assert [await statuses(service, path, bureau) for bureau in ("PL", "IPSG")] == [[404] * 2, [200] * 2]
    await take(service, "IPSG", notice, "review")
    await publish(service, notice)
    assert await statuses(service, path, "PL") == [200] * 2
    await service.officer("FR").put(f"{PATH}/{notice}/restriction", json={"restricted": ["PL"]})
    assert [await statuses(service, path, bureau) for bureau in ("PL", "DE")] == [[404] * 2, [200] * 2]
    await take(service, "FR", notice, "withdrawal")
    assert [await statuses(service, path, bureau) for bureau in ("DE", "FR")] == [[404] * 2, [200] * 2]


async def test_a_hidden_photograph_is_answered_as_one_that_does_not_exist(service: ServiceClient) -> None:
    """Byte for byte but for the ids, which the caller named."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice)
    poland = service.officer("PL")
    hidden = (await poland.get(path)).text
    missing = (await poland.get(path.replace(notice, UNKNOWN_ID))).text
    assert hidden.replace(notice, "X") == missing.replace(UNKNOWN_ID, "X")


@pytest.mark.thorough
async def test_the_public_sees_the_photographs_of_public_notices_alone(service: ServiceClient) -> None:
    public, other = await drafted(service, complete("red", public=True)), await drafted(service, complete("red"))
    paths = [await added(service, public), await added(service, other)]
    assert [await statuses(service, path, PUBLIC) for path in paths] == [[404] * 2, [404] * 2]
    for notice in (public, other):
        await take(service, "FR", notice, "submission")
        await take(service, "IPSG", notice, "review")
        await publish(service, notice)
    assert [await statuses(service, path, PUBLIC) for path in paths] == [[200] * 2, [404] * 2]


@pytest.mark.thorough
async def test_a_photograph_is_not_shown_once_the_notice_has_expired(service: ServiceClient, clock: FixedClock) -> None:
    """To nobody, its owner included, whether it is deleted yet or not."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice)
    clock.advance(rules.DRAFT_KEPT_FOR - timedelta(seconds=1))
    assert await statuses(service, path, "FR") == [200] * 2
    clock.advance(timedelta(seconds=1))
    assert await statuses(service, path, "FR") == [404] * 2


@pytest.mark.thorough
@pytest.mark.parametrize("steps", [["submission"], ["submission", "review"]], ids=str)
async def test_what_was_handed_in_keeps_its_photographs(service: ServiceClient, steps: list[str]) -> None:
    """It is reviewed as it is: photographs are neither added nor deleted."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice)
    for step in steps:
        await take(service, "IPSG" if step == "review" else "FR", notice, step)
    assert problem_of(await add(service, notice, saved(drawn("L")))) == (409, "illegal-step")
    assert problem_of(await service.officer("FR").delete(path)) == (409, "illegal-step")
    assert await statuses(service, path, "FR") == [200] * 2


@pytest.mark.thorough
async def test_the_reading_of_a_photograph_is_disclosed_to_the_owner(service: ServiceClient) -> None:
    """As that of the notice, whether it is the photograph or its thumbnail."""
    notice = await drafted(service, complete("red"))
    path = await added(service, notice)
    await take(service, "FR", notice, "diffusion")
    for each in (path, f"{path}/thumbnail"):
        reader = caller("PL", "notices:read")
        await service.calling(lambda reader=reader: reader).get(each)
        [disclosed] = reader.recorder.shown.values()
        assert (disclosed.record, disclosed.how, disclosed.owner) == (notice, "read", "FR")
        assert disclosed.match == f"photograph {path[-8:]}"


@pytest.mark.thorough
async def test_a_photograph_of_a_notice_in_force_waits_for_review(service: ServiceClient) -> None:
    """Issuer and reviewers see it meanwhile; the one it replaces is shown until then, and gone afterwards."""
    notice = await drafted(service, complete("red"))
    first = await added(service, notice)
    for bureau, step in (("FR", "submission"), ("IPSG", "review")):
        await take(service, bureau, notice, step)
    await publish(service, notice)
    second = await added(service, notice, saved(drawn(width=WIDTH + 40)))
    assert (await service.officer("FR").delete(first)).status_code == 200
    waiting = {bureau: await statuses(service, second, bureau) for bureau in ("FR", "IPSG", "PL")}
    assert waiting == {"FR": [200, 200], "IPSG": [200, 200], "PL": [404, 404]}
    assert await statuses(service, first, "PL") == [200, 200]
    await take(service, "IPSG", notice, "review")
    await publish(service, notice)
    assert await statuses(service, second, "PL") == [200, 200]
    assert [await statuses(service, first, bureau) for bureau in ("FR", "PL")] == [[404, 404]] * 2


@pytest.mark.thorough
async def test_a_published_notice_shows_its_photographs_in_lists_and_searches(service: ServiceClient) -> None:
    """By their sizes and ids, in the order in which they were added."""
    notice = await drafted(service, complete("red"))
    ids = [(await added(service, notice, saved(drawn(width=each)))).rpartition("/")[2] for each in (200, 100)]
    for bureau, step in (("FR", "submission"), ("IPSG", "review")):
        await take(service, bureau, notice, step)
    await publish(service, notice)
    found: Any = (await service.officer("PL").get(f"{PATH}/search", params={"name": "marvellier"})).json()
    assert [each["id"] for each in found["hits"][0]["record"]["photographs"]] == ids
    other = await published(service, complete("red"))
    assert (await service.officer("PL").get(f"{PATH}/{other}/photographs/{ids[0]}")).status_code == 404
