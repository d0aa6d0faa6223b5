"""The public register of works of art: what anyone finds there without a token, and what nobody does."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet
from jwcrypto.jwk import JWKSet
from jwcrypto.jws import JWS

from gateway.public_http import AT_WORK
from gateway.public_quota import PublicQuota, QuestionCounter
from gateway.public_works.asgi import PublicWorks
from services.cultural_property.extracts import PublicWork
from services.cultural_property.statements import CAUTION
from shared.clock import SystemClock
from tests.gateway.public_works.conftest import PICTURE, ROOT, WorksWorld

STORM = {"title": "harbour storm"}
SIGNATURE = "I247-Signature"
UNCOUNTED = QuestionCounter(PublicQuota(), SystemClock())


async def ids(anyone: httpx.AsyncClient, **asked: Any) -> list[str]:
    answer = await anyone.get(f"{ROOT}/search", params=asked)
    assert answer.status_code == 200, answer.text
    return [hit["record"]["id"] for hit in answer.json()["hits"]]


async def test_anyone_finds_what_its_owner_made_public(world: WorksWorld, anyone: httpx.AsyncClient) -> None:
    """And nothing else: what is not public, restricted to some, or recovered is not there."""
    work = await world.enter()
    await world.enter(title="Harbour in a Storm II", public=False)
    assert await ids(anyone, **STORM) == [work.id]
    assert await ids(anyone, words="repaired tear", type="marine", height_mm=600, made="1632") == [work.id]
    await world.recover(work)
    assert await ids(anyone, **STORM) == []
    assert (await anyone.get(f"{ROOT}/{work.id}")).status_code == 404


async def test_the_extract_has_the_object_and_nothing_of_its_keeper(
    world: WorksWorld, anyone: httpx.AsyncClient
) -> None:
    """No reference, place of the theft or inventory number."""
    private = {"reference": "NL-17", "event_place": "town hall", "inventory_number": "NM 17"}
    work = await world.enter(**private, written_material="catalogue of 1998")
    shown = (await anyone.get(f"{ROOT}/{work.id}")).json()
    assert (shown["title"], shown["event_country"], shown["markings"][0]["text"]) == (
        "Harbour in a Storm",
        "NL",
        "J. v. N. f. 1632",
    )
    for secret in ("NL-17", "town hall", "NM 17", "catalogue of 1998"):
        assert secret not in json.dumps(shown)


async def test_the_public_is_shown_members_that_are_its_own(world: WorksWorld, anyone: httpx.AsyncClient) -> None:
    """Not the terms of a record, such as its handling: one shape in a search, a list, a statement and by its id."""
    work = await world.photographed(await world.enter(origin_sought=True))
    one = (await anyone.get(f"{ROOT}/{work.id}")).json()
    listed = (await anyone.get(f"{ROOT}/origin-sought")).json()
    found = (await anyone.get(f"{ROOT}/search", params=STORM)).json()
    stated = (await anyone.post(f"{ROOT}/statements", json=STORM)).json()
    assert listed == {"items": [one], "next": None}
    assert found.keys() == {"hits", "total", "warnings"}
    assert [hit["record"] for hit in found["hits"]] == [hit["record"] for hit in stated["candidates"]] == [one]
    assert one.keys() == {*PublicWork.model_fields}
    assert {"handling", "conditions", "restricted", "reference", "purpose", "expires"}.isdisjoint(one)


async def test_the_public_is_answered_in_its_own_words(world: WorksWorld, anyone: httpx.AsyncClient) -> None:
    """It has no bureau."""
    hidden = await world.enter(public=False)
    for path in (hidden.id, f"{hidden.id}/photographs/71930242", "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"):
        answer = await anyone.get(f"{ROOT}/{path}")
        assert answer.status_code == 404
        assert "that is public" in answer.json()["detail"]
        assert "bureau" not in answer.json()["detail"]


async def test_a_statement_is_verified_by_unmodified_jose_libraries(
    world: WorksWorld, anyone: httpx.AsyncClient
) -> None:
    """By joserfc and jwcrypto, with the keys of the directory, over the exact body; a changed one is refused."""
    work = await world.enter()
    answer = await anyone.post(f"{ROOT}/statements", json=STORM)
    assert answer.status_code == 200, answer.text
    directory = (await anyone.get("/directory")).json()
    rules = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
    rules.max_header_length = 4096
    signed = jws.deserialize_compact(
        answer.headers[SIGNATURE], KeySet.import_key_set(directory), registry=rules, payload=answer.content
    )
    assert (signed.headers()["from"], signed.headers()["to"]) == ("cultural-property", "PUBLIC")
    changed = answer.content.replace(work.id.encode(), work.id[::-1].encode())
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(
            answer.headers[SIGNATURE], KeySet.import_key_set(directory), registry=rules, payload=changed
        )
    keys = JWKSet.from_json(json.dumps(directory))
    token = JWS()
    token.allowed_algs = ["Ed25519"]
    token.deserialize(answer.headers[SIGNATURE])
    token.verify(keys.get_key(token.jose_header["kid"]), detached_payload=answer.content)


async def test_a_statement_says_what_was_asked_when_and_what_was_found(
    world: WorksWorld, anyone: httpx.AsyncClient
) -> None:
    """Also that nothing was found; and always that an object may be stolen all the same."""
    work = await world.enter()
    found = (await anyone.post(f"{ROOT}/statements", json=STORM)).json()
    nothing = (await anyone.post(f"{ROOT}/statements", json={"title": "Cathedral"})).json()
    assert [hit["record"]["id"] for hit in found["candidates"]] == [work.id]
    assert (nothing["candidates"], nothing["total"]) == ([], 0)
    assert {name: value for name, value in found["asked"].items() if value is not None} == STORM
    assert (found["caution"], nothing["caution"]) == (CAUTION, CAUTION)
    assert (found["at"], found["log"]["size"] < nothing["log"]["size"]) == ("2026-06-01T12:00:01Z", True)


async def test_a_question_leaves_nothing_but_its_leaf_in_the_audit_log(
    world: WorksWorld, anyone: httpx.AsyncClient
) -> None:
    """No hit, of which the owner would be notified, and no search that waits for later records."""
    await world.enter()
    before = {table: await world.rows(table) for table in ("saved_searches", "outgoing", "hit_repeats")}
    await anyone.post(f"{ROOT}/statements", json=STORM)
    assert await ids(anyone, **STORM)
    assert {table: await world.rows(table) for table in before} == before
    assert await world.rows("audit_leaves") > 0


async def test_what_was_seized_is_listed(world: WorksWorld, anyone: httpx.AsyncClient) -> None:
    """By the state in which its owner is sought, newest first, in pages."""
    first = await world.enter(origin_sought=True)
    await world.enter()
    await world.enter(origin_sought=True, public=False)
    last = await world.enter(origin_sought=True)
    page = (await anyone.get(f"{ROOT}/origin-sought")).json()
    assert [each["id"] for each in page["items"]] == [last.id, first.id]
    after = (await anyone.get(f"{ROOT}/origin-sought", params={"after": last.id})).json()
    assert [each["id"] for each in after["items"]] == [first.id]


async def test_photographs_of_public_works_are_shown(world: WorksWorld, anyone: httpx.AsyncClient) -> None:
    """Those of others are not."""
    work = await world.photographed(await world.enter())
    hidden = await world.enter(public=False)
    answer = await anyone.get(f"{ROOT}/{work.id}/photographs/71930242")
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "image/jpeg", PICTURE.jpeg)
    for path in (f"{hidden.id}/photographs/71930242", f"{work.id}/photographs/71930244"):
        assert (await anyone.get(f"{ROOT}/{path}")).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "pointer"),
    [
        ({}, 422, ""),
        ({"reference": "NL-17"}, 422, "/reference"),
        ({"made": "17th century"}, 422, "/made"),
        ({"height_mm": -1}, 422, "/height_mm"),
        ({"title": "?"}, 422, "/title"),
        ({"status": "withdrawn"}, 200, None),
        ({"title": "x" * 300}, 422, "/title"),
    ],
)
async def test_an_unusable_question_is_refused_with_what_to_change(
    world: WorksWorld, anyone: httpx.AsyncClient, asked: dict[str, Any], status: int, pointer: str | None
) -> None:
    """By search and statement alike."""
    await world.enter(reference="NL-17")
    for answer in (
        await anyone.get(f"{ROOT}/search", params=asked),
        await anyone.post(f"{ROOT}/statements", json=asked),
    ):
        assert answer.status_code == status, answer.text
        if pointer is not None:
            assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"title": "a", "title": "b"}', b'"title"', b"\xff"])
async def test_a_body_that_is_no_question_is_refused(anyone: httpx.AsyncClient, body: bytes) -> None:
    """As it is of other operations."""
    answer = await anyone.post(f"{ROOT}/statements", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.thorough
async def test_other_methods_and_long_questions_are_refused(anyone: httpx.AsyncClient) -> None:
    """With what is allowed."""
    assert (await anyone.post(f"{ROOT}/search", json=STORM)).status_code == 405
    assert (await anyone.get(f"{ROOT}/statements")).headers["allow"] == "POST, OPTIONS"
    assert (await anyone.get(f"{ROOT}/search?title={'x' * 4_001}")).status_code == 414
    large = await anyone.post(f"{ROOT}/statements", json={"title": "x" * 20_000})
    assert large.status_code == 413
    asked = await anyone.options(f"{ROOT}/statements")
    assert (asked.status_code, asked.headers["access-control-allow-methods"]) == (204, "POST, OPTIONS")
    assert (await anyone.get(f"{ROOT}/nowhere/else")).status_code == 404


async def test_caches_ask_again_and_statements_are_not_kept(world: WorksWorld, anyone: httpx.AsyncClient) -> None:
    """So that what was withdrawn is gone at once."""
    await world.enter()
    found = await anyone.get(f"{ROOT}/search", params=STORM)
    again = await anyone.get(f"{ROOT}/search", params=STORM, headers={"If-None-Match": found.headers["etag"]})
    assert (found.headers["cache-control"], again.status_code) == ("public, no-cache", 304)
    stated = await anyone.post(f"{ROOT}/statements", json=STORM)
    assert (stated.headers["cache-control"], stated.headers["access-control-allow-origin"]) == ("no-store", "*")


async def test_a_gateway_that_does_not_host_the_public_says_so(world: WorksWorld) -> None:
    """As its participant may have another gateway."""
    async with world.client(hosts_public=False) as client:
        answer = await client.get(f"{ROOT}/search", params=STORM)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:i247:problem:unreachable")


async def test_requests_at_work_are_bounded(world: WorksWorld) -> None:
    """As those of public notices, one client after another."""
    at_work, most, full, release = 0, 0, asyncio.Event(), asyncio.Event()

    async def slow(_scope: Any, _receive: Any, send: Any) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        if at_work == AT_WORK:
            full.set()
        await release.wait()
        at_work -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    transport = httpx.ASGITransport(PublicWorks(slow, UNCOUNTED))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        asking = [asyncio.create_task(client.get(f"{ROOT}/search", params=STORM)) for _ in range(90)]
        await full.wait()
        release.set()
        statuses = [(await each).status_code for each in asking]
    assert (most, statuses.count(200), statuses.count(429)) == (AT_WORK, 72, 18)


@pytest.mark.thorough
async def test_the_addresses_of_one_subscriber_have_one_turn() -> None:
    """As many as they are: a question of somebody else is answered before most of theirs, and refused for none."""
    order, full, release = list[str](), asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, _receive: Any, send: Any) -> None:
        order.append(scope["client"][0])
        if len(order) == AT_WORK:
            full.set()
        await release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    works = PublicWorks(slow, UNCOUNTED)

    async def ask(address: str) -> int:
        transport = httpx.ASGITransport(works, client=(address, 40_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return (await client.get(f"{ROOT}/search", params=STORM)).status_code

    of_one = [asyncio.create_task(ask(f"2001:db8:1:{number:x}::1")) for number in range(600)]
    await full.wait()
    of_another = asyncio.create_task(ask("2001:db8:2::1"))
    await asyncio.sleep(0)
    release.set()
    assert await of_another == 200
    assert order.index("2001:db8:2::1") < 3 * AT_WORK
    statuses = [await each for each in of_one]
    assert (statuses.count(200), statuses.count(429)) == (72, 528)


async def test_a_body_that_never_ends_takes_the_place_of_nobody() -> None:
    """A client that sends a part of each of many bodies keeps no other waiting."""

    async def quick(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def never() -> Any:
        await asyncio.Event().wait()

    works = PublicWorks(quick, UNCOUNTED)
    transport = httpx.ASGITransport(works)
    scope = {"type": "http", "method": "POST", "path": f"{ROOT}/statements", "query_string": b"", "headers": []}
    slow = [asyncio.create_task(works(scope, never, never)) for _ in range(3 * AT_WORK)]
    await asyncio.sleep(0)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        assert (await client.get(f"{ROOT}/search", params=STORM)).status_code == 200
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
