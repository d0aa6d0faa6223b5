"""Red notices that are being processed: what other bureaus see of them, and until when."""

from typing import Any

import pytest

from shared.web import paging
from tests.services.notices.examples import complete, red_about
from tests.services.notices.review_requests import UNCLEARED, ask, update
from tests.services.notices.steps import PATH, drafted, publish, published, take, under_review
from tests.support import ServiceClient, caller


async def requests(service: ServiceClient, bureau: str, **query: Any) -> list[Any]:
    items: list[Any] = (await ask(service, bureau, "requests", **query))["items"]
    return items


async def test_bureaus_see_that_a_red_notice_is_processed_until_the_decision(service: ServiceClient) -> None:
    """Number, owner, colour, name and birth, and nothing else; by no other way."""
    notice = await drafted(service, complete("red"))
    assert await requests(service, "PL") == []
    number = (await take(service, "FR", notice, "submission"))["number"]
    expected = {
        "number": number,
        "owner": "FR",
        "colour": "red",
        "name": "Étienne Noël Marvellier",
        "date_of_birth": "1980-05-06",
    }
    for bureau in ("PL", "IPSG-ART", "FR", "IPSG"):
        assert await requests(service, bureau) == [expected]
    for bureau in ("PUBLIC", "PARTNER-ICC"):
        assert await requests(service, bureau) == []
    assert (await service.officer("PL").get(f"{PATH}/{notice}")).status_code == 404
    assert await requests(service, "PL", owner="FR", number=number) == [expected]
    assert await requests(service, "PL", owner="DE") == await requests(service, "PL", number="2026/1") == []
    await take(service, "IPSG", notice, "review")
    assert await requests(service, "PL") == [expected]
    assert (await publish(service, notice))["number"] == number
    assert await requests(service, "PL") == []


async def test_a_request_is_not_shown_to_those_whom_the_notice_would_not_reach(service: ServiceClient) -> None:
    """Barred bureaus, and those to which it is not addressed; nor the partners that will see it."""
    for readers in ({"restricted": ["PL"]}, {"addressed": ["DE"]}, {"partners": "all", "restricted": ["PL"]}):
        notice = await drafted(service, complete("red", **readers))
        await take(service, "FR", notice, "submission")
        assert await requests(service, "PL") == await requests(service, "PARTNER-ICC") == []
        assert len(await requests(service, "DE")) == 1
        await service.officer("FR").delete(f"{PATH}/{notice}")


async def test_nothing_is_shown_of_other_colours_refused_requests_and_updates(service: ServiceClient) -> None:
    blue = await drafted(service, complete("blue"))
    await take(service, "FR", blue, "submission")
    refused = await under_review(service, red_about(name="Rouard", forename="Luc", date_of_birth="1991"))
    await take(service, "IPSG", refused, "refusal", {"reason": "article-3"})
    in_force = await published(service, complete("red"))
    await update(service, in_force, red_about(name="Courtaine"))
    assert await requests(service, "PL") == []
    confidential = await drafted(service, complete("red", handling="CONFIDENTIAL"))
    await take(service, "FR", confidential, "submission")
    page = (await service.officer("PL", *UNCLEARED).get(f"{PATH}/requests")).json()
    assert (page["items"], page["withheld"]) == ([], 1)


async def test_requests_are_read_page_by_page(service: ServiceClient) -> None:
    """In the order of their numbers, which are random: the order tells nothing of the time."""
    for _ in range(3):
        notice = await drafted(service, complete("red"))
        await take(service, "FR", notice, "submission")
    whole = await requests(service, "PL")
    page = await ask(service, "PL", "requests", limit=2)
    rest = await ask(service, "PL", "requests", limit=2, after=page["next"])
    assert page["items"] + rest["items"] == whole == sorted(whole, key=lambda one: one["number"])
    assert rest["next"] is None


async def test_a_page_of_requests_reads_no_more_than_fits_into_an_answer(
    service: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the notices state besides the five members that are shown."""
    for _ in range(2):
        await take(service, "FR", await drafted(service, complete("red")), "submission")
    whole = await requests(service, "PL")
    monkeypatch.setattr(paging, "MAX_REPLY_BYTES", 1)
    page = await ask(service, "PL", "requests")
    assert (page["items"], page["next"]) == (whole[:1], whole[0]["number"])
    assert (await ask(service, "PL", "requests", after=page["next"]))["items"] == whole[1:]


async def test_a_list_of_requests_is_a_disclosure_of_the_notices(service: ServiceClient) -> None:
    """With its version, so that who saw it is told when it is refused."""
    notice = await drafted(service, complete("red"))
    await take(service, "FR", notice, "submission")
    reader = caller("PL", "notices:read")
    await service.calling(lambda: reader).get(f"{PATH}/requests")
    [shown] = reader.recorder.shown.values()
    assert (shown.record, shown.version, shown.owner, shown.how) == (notice, 2, "FR", "list")
