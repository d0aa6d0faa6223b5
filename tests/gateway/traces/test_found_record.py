"""A trace follows a hit on a firearm, whose record no other bureau learns of, and which is forgotten when withdrawn."""

import asyncio
from typing import Any

import pytest

from shared.protocol.payloads import HitsNotice, Withdrawal
from tests.gateway.hits.actors import Service
from tests.gateway.hits.hit_samples import A_RECORD, details
from tests.gateway.mesh import Mesh
from tests.gateway.traces.actors import Bureau

FOUND = {"service": "firearms", "kind": "firearm", "record": A_RECORD, "version": 3}


@pytest.fixture
def service(mesh: Mesh) -> Service:
    """Return the service of firearms."""
    return Service(mesh, "firearms")


async def hit_of(service: Service, finder: Bureau, name: str = "firearms") -> str:
    """Notify a bureau of a hit on a firearm of Kenya, and return its id."""
    found = details(owner="KE", finder=finder.code, kind="firearm", version=3)
    await service.notifies(HitsNotice(service=name, hits=(found,)), finder.code)
    while (await finder.ask("GET", f"/{found.id}", base="/api/hits")).status_code != 200:  # noqa: ASYNC110 - no signal
        await asyncio.sleep(0.005)
    return found.id


async def bodies_of(bureau: Bureau) -> list[Any]:
    """Return the messages of a bureau as it can read them, whole."""
    listed = (await bureau.ask("GET", base="/api/messages")).json()["items"]
    return [(await bureau.ask("GET", f"/{each['id']}", base="/api/messages")).json() for each in listed]


async def test_the_record_that_a_trace_follows_is_for_its_requester_alone(
    service: Service, france: Bureau, germany: Bureau
) -> None:
    """Not in the message, nor in what the asked bureau reads: it may be barred from the record."""
    hit = await hit_of(service, france)
    trace = await france.begins(hit=hit)
    assert trace["found"] == {"hit": hit, **FOUND}
    seen = await germany.sees(trace["id"])
    assert seen["found"] is None
    for each in (seen, *await bodies_of(germany)):
        assert A_RECORD not in str(each)
        assert hit not in str(each)
    assert (await france.ask("GET", f"/{trace['id']}/export")).json()["trace"]["found"]["record"] == A_RECORD


async def test_a_message_is_the_same_whether_it_follows_a_record_or_not(
    service: Service, france: Bureau, germany: Bureau
) -> None:
    """But for its ids and times: no bureau that is asked can tell."""
    hit = await hit_of(service, france)
    bodies = []
    for stated in ({}, {"hit": hit}):
        trace = (await france.begins(**stated))["id"]
        seen = await germany.sees(trace)
        message = seen["asked_bureaus"][0]["message"]
        shown = (await germany.ask("GET", f"/{message}", base="/api/messages")).json()
        bodies.append((len(shown["body"]), shown["subject"], shown["body"].replace(trace, "")))
    assert bodies[0] == bodies[1]


async def test_a_hit_that_is_none_or_of_another_service_is_refused(
    mesh: Mesh, france: Bureau, germany: Bureau, service: Service
) -> None:
    """A trace is of a firearm."""
    vehicles = Service(mesh, "stolen-vehicles", number=101)
    other = await hit_of(vehicles, france, "stolen-vehicles")
    refused = await france.begin(hit=other)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/hit")
    assert (await france.begin(hit="0197a3c2-0000-7000-8000-000000000999")).status_code == 404
    # Of another bureau's hit it cannot be told that it is there.
    own = await hit_of(service, france)
    assert (await germany.begin("FR", hit=own)).status_code == 404


async def test_what_was_withdrawn_is_forgotten_and_the_chain_stays(
    mesh: Mesh, service: Service, france: Bureau, germany: Bureau
) -> None:
    """The reference goes with the record; a withdrawal by another service changes nothing."""
    trace = (await france.begins(hit=await hit_of(service, france)))["id"]
    await germany.sees(trace)
    at = mesh.clock.now().timestamp() + 1
    vehicles = Service(mesh, "stolen-vehicles", number=101)
    plain: dict[str, Any] = {"kind": "firearm", "record": A_RECORD, "version": 4, "act": "withdrawn", "at": at}
    await vehicles.notifies(Withdrawal(service="stolen-vehicles", **plain), "FR")
    await service.notifies(Withdrawal(service="firearms", **{**plain, "act": "corrected"}), "FR")
    assert (await france.trace(trace))["found"] is not None
    await service.notifies(Withdrawal(service="firearms", **plain), "FR")
    forgotten = await france.sees(trace, lambda each: each["found"] is None)
    assert (forgotten["state"], forgotten["asked"]) == ("sent", "DE")
