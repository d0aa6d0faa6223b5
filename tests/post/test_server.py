"""The search of a post over HTTP has the path and the answer of the service, for programs on this machine alone."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from deploy.post.search import CurrentSearch
from deploy.post.server import create_app
from tests.post.border import PLATE, Border
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.support import problem_of

HEADERS = {"Authorization": "Bearer secret", "I247-Officer": "DE 4711", "I247-Purpose": "border-management"}


@pytest.fixture
async def client(border: Border) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a post with one vehicle."""
    await enter(border.service)
    border.install(await border.make(hours=24))
    border.clock.advance(timedelta(minutes=10))
    search = CurrentSearch(border.post())
    app = create_app(search, "secret", border.clock)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://post", headers=HEADERS) as opened:
        yield opened
    search.close()


async def test_the_answer_is_that_of_the_service_with_its_age(border: Border, client: httpx.AsyncClient) -> None:
    """A border program asks the same URL, and reads from headers how old the records are."""
    answer = await client.get(f"{PATH}/search", params=PLATE)
    online = await border.service.officer("DE").get(f"{PATH}/search", params=PLATE)
    assert answer.json() == online.json()
    assert answer.headers["age"] == "600"
    expected = "number=1; taken=2026-06-01T12:00:00Z; expires=2026-06-02T12:00:00Z"
    assert answer.headers["i247-field-copy"] == expected


async def test_a_search_is_logged_with_the_stated_officer(border: Border, client: httpx.AsyncClient) -> None:
    """Before it is answered."""
    await client.get(f"{PATH}/search", params=PLATE)
    last = border.post().log.last
    assert last is not None
    assert (last.officer, last.purpose, last.query, last.total) == ("DE 4711", "border-management", PLATE, 1)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"Authorization": "Bearer other"}, (401, "unauthenticated")),
        ({"Authorization": ""}, (401, "unauthenticated")),
        ({"I247-Purpose": "curiosity"}, (403, "purpose-missing")),
        ({"I247-Officer": ""}, (422, "invalid")),
    ],
)
async def test_a_request_without_token_officer_or_purpose_is_refused(
    client: httpx.AsyncClient, changed: dict[str, str], expected: tuple[int, str]
) -> None:
    """With a problem that says what to state."""
    assert problem_of(await client.get(f"{PATH}/search", params=PLATE, headers=changed)) == expected


@pytest.mark.thorough
async def test_a_wrong_query_is_refused_as_by_the_service(border: Border, client: httpx.AsyncClient) -> None:
    """With the same problem."""
    for query in ({"plat": "X"}, {"vin": ""}, {}):
        answer = await client.get(f"{PATH}/search", params=query)
        online = await border.service.officer("DE").get(f"{PATH}/search", params=query)
        assert answer.json() == online.json()


async def test_an_expired_pack_answers_a_problem(border: Border, client: httpx.AsyncClient) -> None:
    """And nothing of its records; so does a clock that was set back."""
    border.clock.advance(timedelta(hours=24))
    expired = await client.get(f"{PATH}/search", params=PLATE)
    assert problem_of(expired) == (503, "field-pack-expired")
    border.clock.step(timedelta(hours=-48))
    assert problem_of(await client.get(f"{PATH}/search", params=PLATE)) == (503, "post-clock-set-back")


async def test_an_update_is_used_by_the_server_that_runs(border: Border, client: httpx.AsyncClient) -> None:
    """And the searches of both are in one log, in order."""
    [hit] = (await client.get(f"{PATH}/search", params=PLATE)).json()["hits"]
    await border.service.officer("IT").post(f"{PATH}/{hit['record']['id']}/recovery")
    border.install(await border.make("next.pack", is_differential=True))
    assert await border.found() == []
    answer = await client.get(f"{PATH}/search", params=PLATE)
    assert answer.json()["total"] == 0
    assert answer.headers["i247-field-copy"].startswith("number=2;")
    assert [each.number for each in border.post().log.entries()] == [1, 2, 3]
    assert (await border.hand_in()).new == 3


async def test_a_search_by_a_reference_is_refused(client: httpx.AsyncClient) -> None:
    """No pack has the references of owners: no hit would be no answer."""
    refused = await client.get(f"{PATH}/search", params={"reference": "IT/2026/1"})
    assert problem_of(refused) == (422, "invalid")
    assert "/reference" in refused.text


async def test_a_post_has_no_health_check(client: httpx.AsyncClient) -> None:
    """It has no store of which that could say anything."""
    for path in ("/health", f"{PATH}/health"):
        assert problem_of(await client.get(path, headers={"Authorization": ""})) == (404, "not-found")


async def test_another_path_is_answered_with_the_one_that_there_is(client: httpx.AsyncClient) -> None:
    """A post has no documents of its own to lead to."""
    for path in ("/docs", "/", f"{PATH}/serach", "/api/notices/search"):
        answer = await client.get(path)
        assert answer.json()["detail"] == f"there is no {path} here: did you mean {PATH}/search?"


async def test_an_officer_with_control_characters_is_refused(client: httpx.AsyncClient) -> None:
    """As the log would show them on a terminal."""
    refused = await client.get(f"{PATH}/search", params=PLATE, headers=[(b"I247-Officer", b"DE\x9b2J")])
    assert problem_of(refused) == (422, "invalid")
