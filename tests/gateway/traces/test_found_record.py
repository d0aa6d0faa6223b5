"""A trace follows a hit on a firearm, whose record no other bureau learns of, and which is forgotten when withdrawn."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from services import firearms
from shared.protocol.payloads import HitsNotice, Withdrawal
from tests.gateway.hits.actors import Service
from tests.gateway.hits.hit_samples import details
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.traces.actors import FIREARM, Bureau
from tests.services.firearms.samples import PISTOL

WALTHER = {**PISTOL, "make": "Walther", "model": "P99", "serial_number": FIREARM["serial_number"]}


@pytest.fixture
async def gateway(mesh: Mesh, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a gateway of all bureaus, with the service of firearms."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(mesh.handling_mail())
        await mesh.start(firearms.SERVICE, tmp_path, stack, number=100)
        yield await stack.enter_async_context(client_of(mesh.gateway(firearms.SERVICE)))


async def entered(owner: Bureau, **changed: Any) -> str:
    """Enter a firearm, and return the id of the record."""
    answer = await owner.ask("POST", base="/api/firearms", json={**WALTHER, **changed})
    assert answer.status_code == 201, answer.text
    record: str = answer.json()["id"]
    return record


async def hit_of(finder: Bureau, record: str, **asked: Any) -> str:
    """Find a record by its number and make, wait for the hit, and return its id."""
    query = {"serial_number": FIREARM["serial_number"], "make": "Walther", **asked}
    found = await finder.ask("GET", "/search", base="/api/firearms", params=query)
    assert [each["record"]["id"] for each in found.json()["hits"]] == [record], found.text
    listed = await finder.waits(lambda page: page["items"], base="/api/hits", params={"record": record})
    hit: str = listed["items"][0]["id"]
    return hit


async def bodies_of(bureau: Bureau) -> list[Any]:
    """Return the messages of a bureau as it can read them, whole."""
    listed = (await bureau.ask("GET", base="/api/messages")).json()["items"]
    return [(await bureau.ask("GET", f"/{each['id']}", base="/api/messages")).json() for each in listed]


@pytest.mark.thorough
async def test_the_record_that_a_trace_follows_is_for_its_requester_alone(
    france: Bureau, germany: Bureau, kenya: Bureau
) -> None:
    """Not in the message, nor in what the asked bureau reads: it may be barred from the record."""
    record = await entered(kenya, restricted=["DE"])
    hit = await hit_of(france, record)
    trace = await france.begins(hit=hit)
    assert trace["found"] == {"hit": hit, "service": "firearms", "kind": "firearm", "record": record, "version": 1}
    seen = await germany.sees(trace["id"])
    assert seen["found"] is None
    for each in (seen, *await bodies_of(germany)):
        assert record not in str(each)
        assert hit not in str(each)
    assert (await france.ask("GET", f"/{trace['id']}/export")).json()["trace"]["found"]["record"] == record


@pytest.mark.thorough
async def test_a_message_is_the_same_whether_it_follows_a_record_or_not(
    france: Bureau, germany: Bureau, kenya: Bureau
) -> None:
    """But for its ids and times: no bureau that is asked can tell."""
    hit = await hit_of(france, await entered(kenya))
    bodies = []
    for stated in ({}, {"hit": hit}):
        trace = (await france.begins(**stated))["id"]
        seen = await germany.sees(trace)
        message = seen["asked_bureaus"][0]["message"]
        shown = (await germany.ask("GET", f"/{message}", base="/api/messages")).json()
        bodies.append((len(shown["body"]), shown["subject"], shown["body"].replace(trace, "")))
    assert bodies[0] == bodies[1]


@pytest.mark.thorough
async def test_a_hit_that_is_none_or_of_another_service_is_refused(
    mesh: Mesh, france: Bureau, germany: Bureau, kenya: Bureau
) -> None:
    """A trace is of a firearm."""
    vehicles, other = Service(mesh, "stolen-vehicles", number=101), details(owner="KE", finder="FR")
    await vehicles.notifies(HitsNotice(service="stolen-vehicles", hits=(other,)), "FR")
    await france.waits(lambda hit: "id" in hit, f"/{other.id}", base="/api/hits")
    refused = await france.begin(hit=other.id)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/hit")
    assert (await france.begin(hit="0197a3c2-0000-7000-8000-000000000999")).status_code == 404
    # Of another bureau's hit it cannot be told that it is there.
    own = await hit_of(france, await entered(kenya))
    assert (await germany.begin("FR", hit=own)).status_code == 404


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ({}, None),
        ({"serial_number": "dem-2O4881"}, None),
        ({"serial_number": "204881"}, None),
        ({"make": "Carl Walther"}, None),
        ({"make": "Other", "make_marked": "Nobody"}, None),
        ({"serial_number": "DEM 204882"}, "invalid"),
        ({"serial_number": "XYZ 204881"}, "invalid"),
        ({"make": "Glock"}, "invalid"),
    ],
)
async def test_a_trace_follows_a_hit_on_the_firearm_that_is_traced(
    france: Bureau, kenya: Bureau, stated: dict[str, str], code: str | None
) -> None:
    """By number and make, in any writing that finds it; nothing is sent of another."""
    hit = await hit_of(france, await entered(kenya))
    answer = await france.begin(hit=hit, firearm={**FIREARM, **stated})
    assert answer.status_code == (202 if code is None else 422), answer.text
    if code is not None:
        assert answer.json()["type"].endswith(f":{code}")
        assert [each["pointer"] for each in answer.json()["errors"]] == ["/hit"]
        assert await france.listed() == []


async def test_an_officer_who_may_not_read_the_record_cannot_cite_it(france: Bureau, kenya: Bureau) -> None:
    """For want of the scope, or as it is not shown to the bureau any more."""
    record = await entered(kenya)
    hit = await hit_of(france, record)
    france.without = frozenset({"firearms:read"})
    refused = await france.begin(hit=hit)
    france.without = frozenset()
    hidden = {"restricted": ["FR"]}
    assert (await kenya.ask("PUT", f"/{record}/restriction", base="/api/firearms", json=hidden)).status_code == 200
    for answer in (refused, await france.begin(hit=hit)):
        assert answer.status_code in (404, 422), answer.text
    assert refused.json()["type"].endswith(":not-quotable")
    assert await france.listed() == []


@pytest.mark.thorough
async def test_what_was_withdrawn_is_forgotten_and_the_chain_stays(
    mesh: Mesh, france: Bureau, germany: Bureau, kenya: Bureau
) -> None:
    """The reference goes with the record; a withdrawal by another service changes nothing."""
    record = await entered(kenya)
    trace = (await france.begins(hit=await hit_of(france, record)))["id"]
    await germany.sees(trace)
    at = mesh.clock.now().timestamp() + 1
    plain: dict[str, Any] = {"kind": "firearm", "record": record, "version": 4, "act": "withdrawn", "at": at}
    vehicles, service = Service(mesh, "stolen-vehicles", number=101), Service(mesh, "firearms")
    await vehicles.notifies(Withdrawal(service="stolen-vehicles", **plain), "FR")
    await service.notifies(Withdrawal(service="firearms", **{**plain, "act": "corrected"}), "FR")
    assert (await france.trace(trace))["found"] is not None
    await service.notifies(Withdrawal(service="firearms", **plain), "FR")
    forgotten = await france.sees(trace, lambda each: each["found"] is None)
    assert (forgotten["state"], forgotten["asked"]) == ("sent", "DE")
