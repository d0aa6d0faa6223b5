"""Links between files of several bureaus on one person: nothing is merged, and no link reveals a hidden file."""

from typing import Any

import httpx
import pytest

from services.notices.persons import same_person
from tests.services.notices.persons.files import PATH, content, entered
from tests.support import ServiceClient

NEVER = "0197a3c2-5b1e-7c3a-9f20-000000000000"


async def state(service: ServiceClient, bureau: str, file: str, other: str) -> httpx.Response:
    return await service.officer(bureau).post(f"{PATH}/{file}/same-person", json={"record": other})


async def links(service: ServiceClient, bureau: str, file: str) -> Any:
    return (await service.officer(bureau).get(f"{PATH}/{file}/same-person")).json()


async def seen(service: ServiceClient, bureau: str, file: str) -> list[str]:
    return [each["record"] for each in (await links(service, bureau, file))["items"]]


async def bar(service: ServiceClient, owner: str, file: str, *bureaus: str) -> None:
    answer = await service.officer(owner).put(f"{PATH}/{file}/restriction", json={"restricted": bureaus})
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def pair(service: ServiceClient) -> tuple[str, str]:
    """Return a file of France and one of Germany."""
    return await entered(service), await entered(service, owner="DE")


async def test_a_link_is_seen_by_the_two_owners_until_it_is_confirmed_and_then_by_all_who_see_both(
    service: ServiceClient, pair: tuple[str, str]
) -> None:
    """From either side; both files stay as they were."""
    french, german = pair
    before = [(await service.officer("PL").get(f"{PATH}/{each}")).json() for each in pair]
    stated = await state(service, "FR", french, german)
    assert (stated.status_code, stated.json()["stated_by"], stated.json()["confirmed"]) == (201, "FR", None)
    for bureau, sees in (("FR", True), ("DE", True), ("PL", False), ("IPSG", False)):
        assert (await seen(service, bureau, french) == [german]) is sees
        assert (await seen(service, bureau, german) == [french]) is sees
    confirmed = await service.officer("DE").post(f"{PATH}/{german}/same-person/{french}/confirmation")
    assert (confirmed.status_code, bool(confirmed.json()["confirmed"])) == (200, True)
    for bureau in ("FR", "DE", "PL", "IPSG"):
        assert await seen(service, bureau, french) == [german]
        assert await seen(service, bureau, german) == [french]
    assert [(await service.officer("PL").get(f"{PATH}/{each}")).json() for each in pair] == before


async def test_a_confirmation_ends_with_the_person_that_it_was_about(
    service: ServiceClient, pair: tuple[str, str]
) -> None:
    """Of a corrected name the other owner confirms again; other corrections leave it."""
    french, german = pair
    await state(service, "FR", french, german)
    await service.officer("DE").post(f"{PATH}/{german}/same-person/{french}/confirmation")
    for corrected, sees in (({"height": 180}, [german]), ({"name": "Delonnay"}, [])):
        put = await service.officer("FR").put(f"{PATH}/{french}", json=content(**corrected))
        assert put.status_code == 200, put.text
        assert await seen(service, "PL", french) == sees
    assert (await links(service, "FR", french))["items"][0]["confirmed"] is None
    await service.officer("DE").post(f"{PATH}/{german}/withdrawal")
    again = await service.officer("DE").post(f"{PATH}/{german}/same-person/{french}/confirmation")
    assert again.status_code == 409


async def test_two_owners_who_state_the_same_confirm_each_other(service: ServiceClient, pair: tuple[str, str]) -> None:
    """There is one link, and stating it again changes nothing."""
    french, german = pair
    for _ in range(2):
        assert (await state(service, "FR", french, german)).json()["confirmed"] is None
    assert (await state(service, "DE", german, french)).json()["confirmed"] is not None
    assert (await state(service, "FR", french, german)).json()["confirmed"] is not None
    assert await seen(service, "FR", french) == [german]


@pytest.mark.parametrize("confirmed", [False, True])
@pytest.mark.parametrize("hidden", ["barred", "withdrawn", "cleared", "addressed"])
async def test_a_link_with_a_hidden_file_is_as_none_to_the_bureau_that_may_not_see_it(
    service: ServiceClient, pair: tuple[str, str], confirmed: bool, hidden: str
) -> None:
    """Every operation answers as it does of a file that never was; the bureau that sees both keeps the link."""
    french, german = pair
    if confirmed:
        await state(service, "DE", german, french)
    await state(service, "FR", french, german)
    germany = service.officer("DE")
    match hidden:
        case "barred":
            await bar(service, "DE", german, "FR")
        case "addressed":
            await germany.put(f"{PATH}/{german}/restriction", json={"restricted": [], "addressed": ["PL"]})
        case "withdrawn":
            await germany.post(f"{PATH}/{german}/withdrawal")
        case _:
            file = (await germany.get(f"{PATH}/{german}")).json()
            cleared = {**file["history"][0], "outcome": "acquitted", "decided": "2020"}
            entry = {"subject": file["subject"], "history": [cleared]}
            assert (await germany.put(f"{PATH}/{german}", json=entry)).json()["status"] == "ended"
    france, path = service.officer("FR"), f"{PATH}/{french}/same-person"
    assert (await france.get(path)).json() == {"items": [], "withheld": 0}
    for below in ("", "/{}/confirmation"):
        real, none = [
            await france.post(f"{path}{below.format(each)}", json=None if below else {"record": each})
            for each in (german, NEVER)
        ]
        assert real.status_code == none.status_code == 404
        assert real.text.replace(german, "ID") == none.text.replace(NEVER, "ID")
    assert await seen(service, "DE", german) == [french]


@pytest.mark.parametrize("stating", ["FR", "DE"])
@pytest.mark.parametrize("confirmed", [False, True])
async def test_each_owner_ends_a_link_also_while_the_other_file_is_hidden_from_them(
    service: ServiceClient, pair: tuple[str, str], stating: str, confirmed: bool
) -> None:
    """The answer is that of no link, so that nobody learns anything; the other owner no longer sees the link."""
    french, german = pair
    stated = [("FR", french, german), ("DE", german, french)]
    for bureau, file, other in stated if stating == "FR" else reversed(stated):
        if confirmed or bureau == stating:
            await state(service, bureau, file, other)
    await bar(service, "DE", german, "FR")
    france, path = service.officer("FR"), f"{PATH}/{french}/same-person"
    real, none = [await france.delete(f"{path}/{each}") for each in (german, NEVER)]
    assert (real.status_code, real.content) == (none.status_code, none.content) == (204, b"")
    assert await seen(service, "DE", german) == []
    await bar(service, "DE", german)
    assert await seen(service, "FR", french) == []


async def test_a_bureau_that_sees_one_file_alone_sees_no_link(service: ServiceClient, pair: tuple[str, str]) -> None:
    """Whichever of the two is hidden from it, although the link is confirmed."""
    french, german = pair
    await state(service, "FR", french, german)
    await state(service, "DE", german, french)
    assert await seen(service, "PL", french) == [german]
    await bar(service, "DE", german, "PL")
    assert await seen(service, "PL", french) == []
    assert (await service.officer("PL").get(f"{PATH}/{german}/same-person")).status_code == 404
    assert await seen(service, "IT", french) == [german]


async def test_either_owner_ends_a_link_and_nobody_else(service: ServiceClient, pair: tuple[str, str]) -> None:
    """A deleted file has no links."""
    french, german = pair
    for bureau, file, other in (("FR", french, german), ("DE", german, french)):
        await state(service, "FR", french, german)
        refused = await service.officer("PL").delete(f"{PATH}/{file}/same-person/{other}")
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:not-the-owner")
        assert (await service.officer(bureau).delete(f"{PATH}/{file}/same-person/{other}")).status_code == 204
        assert await seen(service, bureau, file) == []
    await state(service, "FR", french, german)
    await service.officer("DE").delete(f"{PATH}/{german}")
    assert await seen(service, "FR", french) == []


async def test_only_the_owner_states_a_link_and_with_another_bureaus_file(
    service: ServiceClient, pair: tuple[str, str]
) -> None:
    """Who stated it does not confirm it."""
    french, german = pair
    assert (await state(service, "PL", french, german)).status_code == 403
    own = await state(service, "FR", french, french)
    assert (own.status_code, own.json()["errors"][0]["pointer"]) == (422, "/record")
    await state(service, "FR", french, german)
    itself = await service.officer("FR").post(f"{PATH}/{french}/same-person/{german}/confirmation")
    assert (itself.status_code, itself.json()["type"]) == (409, "urn:i247:problem:illegal-step")


async def test_a_confidential_file_at_the_other_end_is_counted_and_not_named(
    service: ServiceClient,
) -> None:
    """To officers without the scope."""
    french = await entered(service)
    confidential = service.officer("DE", "notices:read", "notices:write", "handling:confidential")
    german = (await confidential.post(PATH, json={**content(), "handling": "CONFIDENTIAL"})).json()["id"]
    stated = await confidential.post(f"{PATH}/{german}/same-person", json={"record": french})
    assert stated.status_code == 201, stated.text
    reads = service.officer("FR", "notices:read", "notices:write")
    assert (await reads.get(f"{PATH}/{french}/same-person")).json() == {"items": [], "withheld": 1}


async def test_one_bureau_cannot_fill_the_links_of_a_file_of_another(
    service: ServiceClient, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It states so many that are not confirmed and no more; the file keeps its own links, which are shown first."""
    monkeypatch.setattr(same_person, "MAX_CLAIMS", 2)
    french, german = pair
    await state(service, "FR", french, german)
    await state(service, "DE", german, french)
    polish = [await entered(service, owner="PL") for _ in range(3)]
    assert [(await state(service, "PL", each, french)).status_code for each in polish] == [201, 201, 409]
    first, *others = await seen(service, "FR", french)
    assert (first, {*others}) == (german, {*polish[:2]})
    assert (await service.officer("PL").delete(f"{PATH}/{polish[0]}/same-person/{french}")).status_code == 204
    assert (await state(service, "PL", polish[2], french)).status_code == 201


async def test_a_link_is_found_however_many_there_are(
    service: ServiceClient, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that the list has no space for is confirmed and ended as any other."""
    french, german = pair
    await state(service, "DE", german, french)
    monkeypatch.setattr(same_person, "_shown", same_person._shown.limit(0))
    assert await seen(service, "FR", french) == []
    assert (await service.officer("FR").post(f"{PATH}/{french}/same-person/{german}/confirmation")).status_code == 200
    assert (await service.officer("FR").delete(f"{PATH}/{french}/same-person/{german}")).status_code == 204
