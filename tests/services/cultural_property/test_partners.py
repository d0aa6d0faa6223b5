"""Partners enter works by agreement (UNESCO, ICOM, ICCROM), change and withdraw their own, and see nothing more."""

from datetime import date
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from shared.agreements import MESSAGE, READ, WRITE, Agreement
from shared.identity import Caller, Purpose
from tests.services.cultural_property.likeness.pictures import file_of, work
from tests.services.cultural_property.samples import PAINTING, PATH, enter_work, found, refusal
from tests.services.cultural_property.valuables.samples import PATH as VALUABLES
from tests.services.cultural_property.valuables.samples import TELEPHONE, enter_valuable
from tests.support import ServiceClient, caller

SCOPES = ("cultural-property:read", "cultural-property:write")
JPEG = {"Content-Type": "image/jpeg"}
THEIRS = {**PAINTING, "title": "Stele of a Lion", "type": "sculpture", "subtype": "relief", "origin_sought": True}


def officer_of(code: str, *verbs: str, services: tuple[str, ...] = ("cultural-property",)) -> Caller:
    """Return an officer of a partner whose agreement has some verbs."""
    agreement = Agreement(
        services=services,
        verbs=verbs,
        purposes=(Purpose.SECURITY_CHECK,),
        until=date(2100, 1, 1),
        resolution="AG/2026/11",
    )
    return replace(caller(code, *SCOPES, purpose=Purpose.SECURITY_CHECK), agreement=agreement)


def partner(service: ServiceClient, *verbs: str, code: str = "PARTNER-UNESCO", **agreed: Any) -> httpx.AsyncClient:
    return service.calling(lambda: officer_of(code, *verbs, **agreed))


ALL = (READ, WRITE, MESSAGE)


async def test_a_partner_enters_changes_and_withdraws_its_own_works(service: ServiceClient) -> None:
    """Bureaus find them as those of any owner."""
    unesco = partner(service, *ALL)
    entered = await unesco.post(PATH, json=THEIRS)
    assert (entered.status_code, entered.json()["owner"]) == (201, "PARTNER-UNESCO")
    record = f"{PATH}/{entered.json()['id']}"
    assert await found(service, title="stele lion") == [entered.json()["id"]]
    changed = await unesco.put(record, json={**THEIRS, "title": "Stele of a Lioness"})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    entries = {"entries": [{**THEIRS, "reference": "UNESCO-7"}]}
    assert (await unesco.post(f"{PATH}/entries", json=entries)).status_code == 200
    assert (await unesco.get(record)).json()["title"] == "Stele of a Lioness"
    assert (await unesco.post(f"{record}/withdrawal")).json()["status"] == "withdrawn"
    assert entered.json()["id"] not in await found(service, title="stele lion")


@pytest.mark.thorough
async def test_a_partner_adds_photographs_to_its_own_works(service: ServiceClient) -> None:
    unesco = partner(service, *ALL)
    record = (await unesco.post(PATH, json=THEIRS)).json()
    photographs = f"{PATH}/{record['id']}/photographs"
    added = await unesco.post(photographs, content=file_of(work().draw()), headers=JPEG)
    assert added.status_code == 201
    other = partner(service, *ALL, code="PARTNER-ICOM")
    refused = await other.post(photographs, content=file_of(work("portrait").draw()), headers=JPEG)
    assert refusal(refused)[0] in (403, 404)


@pytest.mark.parametrize(
    ("verbs", "named"),
    [((READ, MESSAGE), "the verb write"), ((READ, WRITE), "the verb message"), ((MESSAGE,), "the verb write")],
)
async def test_a_partner_without_the_verbs_enters_nothing(
    service: ServiceClient, verbs: tuple[str, ...], named: str
) -> None:
    """Messages are among these, as the owner of a record is notified of hits; the refusal names what is missing."""
    refused = await partner(service, *verbs).post(PATH, json=THEIRS)
    assert refusal(refused)[:2] == (403, "agreement-exceeded")
    assert named in refused.json()["detail"]


async def test_an_agreement_on_another_service_enters_nothing(service: ServiceClient) -> None:
    refused = await partner(service, *ALL, services=("notices",)).post(PATH, json=THEIRS)
    assert refusal(refused)[:2] == (403, "agreement-exceeded")


async def test_a_partner_that_enters_sees_no_more_of_others_than_before(service: ServiceClient) -> None:
    """By lists and searches what is open to it and its own; nothing else is there for it, nor of other partners."""
    hidden = await enter_work(service, "NL", **PAINTING, reference="1")
    barred = await enter_work(service, "NL", **PAINTING, reference="2", partners=["PARTNER-ICOM"])
    shown = await enter_work(service, "NL", **PAINTING, reference="3", partners=["PARTNER-UNESCO"])
    theirs = (await partner(service, *ALL, code="PARTNER-ICOM").post(PATH, json=THEIRS)).json()
    unesco = partner(service, *ALL)
    own = (await unesco.post(PATH, json={**THEIRS, "reference": "own"})).json()
    listed = (await unesco.get(PATH)).json()["items"]
    assert {each["id"] for each in listed} == {shown["id"], own["id"]}
    hits = (await unesco.get(f"{PATH}/search", params={"words": "mast tear"})).json()
    assert {each["record"]["id"] for each in hits["hits"]} == {shown["id"], own["id"]}
    assert [each["id"] for each in (await unesco.get(PATH, params={"limit": 1})).json()["items"]] == [listed[0]["id"]]
    withdrawn = await unesco.post(f"{PATH}/{own['id']}/withdrawal")
    listed = (await unesco.get(PATH, params={"status": "withdrawn"})).json()["items"]
    assert listed == [withdrawn.json()]
    for each in (hidden, barred, theirs):
        for method, below in (("GET", ""), ("PUT", ""), ("POST", "/withdrawal"), ("POST", "/recovery"), ("DELETE", "")):
            answer = await unesco.request(
                method, f"{PATH}/{each['id']}{below}", json=THEIRS if method == "PUT" else None
            )
            assert answer.status_code in (404, 405), (method, below, answer.text)


@pytest.mark.parametrize("below", ["", "/withdrawal", "/recovery", "/restriction"])
async def test_a_partner_changes_no_work_of_a_bureau(service: ServiceClient, below: str) -> None:
    """Although it may see it."""
    shown = await enter_work(service, "NL", **PAINTING, partners="all")
    unesco = partner(service, *ALL)
    method = "PUT" if below in ("", "/restriction") else "POST"
    body = {"": THEIRS, "/restriction": {"restricted": ["DE"]}}.get(below)
    answer = await unesco.request(method, f"{PATH}/{shown['id']}{below}", json=body)
    assert refusal(answer)[:2] == (403, "not-the-owner")


async def test_a_partner_enters_no_valuables(service: ServiceClient) -> None:
    """Telephones and watches are those of bureaus: it reads them alone, by whatever operation it tries to enter one."""
    valuable = await enter_valuable(service, "NL", **TELEPHONE, partners="all")
    unesco = partner(service, *ALL)
    entry = {**TELEPHONE, "imei": "490154203237518"}
    for method, below, body in (
        ("POST", "", entry),
        ("POST", "/entries", {"entries": [entry]}),
        ("PUT", f"/{valuable['id']}", entry),
        ("POST", f"/{valuable['id']}/withdrawal", None),
        ("POST", f"/{valuable['id']}/recovery", None),
        ("POST", f"/{valuable['id']}/renewal", {}),
        ("DELETE", f"/{valuable['id']}", None),
    ):
        refused = await unesco.request(method, f"{VALUABLES}{below}", json=body)
        assert refusal(refused)[:2] == (403, "participant-not-allowed"), (method, below, refused.text)
        assert "this kind" in refused.json()["detail"]
    assert (await unesco.get(f"{VALUABLES}/{valuable['id']}")).status_code == 200


async def test_a_partner_subscribes_to_nothing_and_leaves_no_search(service: ServiceClient) -> None:
    """It would be notified of records whose owners do not know it."""
    unesco = partner(service, *ALL)
    refused = await unesco.post(f"{PATH}/subscriptions", json={"search": {"title": "harbour"}})
    assert refusal(refused)[:2] == (403, "participant-not-allowed")
    searcher = officer_of("PARTNER-UNESCO", *ALL)
    await service.calling(lambda: searcher).get(f"{PATH}/search", params={"title": "harbour"})
    assert searcher.recorder.searches == []


@pytest.mark.thorough
async def test_a_partner_subscribes_to_no_picture_and_leaves_no_search_of_one(service: ServiceClient) -> None:
    searcher, file = officer_of("PARTNER-UNESCO", *ALL), file_of(work().draw())
    unesco = service.calling(lambda: searcher)
    refused = await unesco.post(f"{PATH}/similar/subscriptions", content=file, headers=JPEG)
    assert refusal(refused)[:2] == (403, "participant-not-allowed")
    assert (await unesco.post(f"{PATH}/similar", content=file, headers=JPEG)).status_code == 200
    assert searcher.recorder.searches == []
