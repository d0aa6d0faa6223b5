"""Clocks that differ by up to 30 s do no harm: all operations of gateways, services and witnesses work."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.clock import FixedClock
from shared.identity import Purpose
from shared.protocol.http import HttpRequest
from shared.rpc.client import ActingOfficer, Requester
from tests.gateway.hits.actors import Bureau
from tests.gateway.mesh import Mesh, SkewedClock
from tests.gateway.messages.officers import Officer
from tests.gateway.witness.network import NAME, PATH, SERVICE, Network
from tests.services.stolen_vehicles.samples import ALFA

SKEWS = [timedelta(seconds=seconds) for seconds in (-30, -6, 6, 30)]
OFFICER = ActingOfficer("fr.officer", (), Purpose.SECURITY_CHECK)


@pytest.fixture(params=SKEWS, ids=lambda skew: f"{skew.total_seconds():+.0f}s")
def off(request: pytest.FixtureRequest, clock: FixedClock) -> SkewedClock:
    """Return a clock that is ahead or behind."""
    return SkewedClock(clock, request.param)


@pytest.fixture(params=["gateway", "service"])
async def network(
    request: pytest.FixtureRequest, clock: FixedClock, off: SkewedClock, tmp_path: Path
) -> AsyncIterator[Network]:
    """Run a service and the gateway of all bureaus, one of which has the skewed clock."""
    gateway, service = (off, clock) if request.param == "gateway" else (clock, off)
    async with AsyncExitStack() as stack:
        yield await Network.start(Mesh(gateway, tmp_path, of_services=service), tmp_path, stack)


async def ask(network: Network, bureau: str, method: str, path: str = "", **options: Any) -> Any:
    bearer = network.mesh.bearer(bureau, *SERVICE.scopes)
    answer = await network.client.request(method, PATH + path, headers=bearer, **options)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


async def test_records_are_entered_found_listed_changed_and_deleted_despite_skew(network: Network) -> None:
    """Remaining times are measured from the arrival of a request, so each answer is in time."""
    entered = await ask(network, "FR", "POST", json=ALFA)
    assert [hit["record"]["id"] for hit in (await ask(network, "DE", "GET", "/search?vin=" + ALFA["vin"]))["hits"]]
    assert [item["id"] for item in (await ask(network, "DE", "GET"))["items"]] == [entered["id"]]
    version = {"If-Match": f'"{entered["version"]}"'}
    changed = {**ALFA, "colour": "red"}
    bearer = network.mesh.bearer("FR", *SERVICE.scopes)
    answer = await network.client.put(f"{PATH}/{entered['id']}", headers=bearer | version, json=changed)
    assert answer.status_code == 200, answer.text
    await ask(network, "FR", "DELETE", f"/{entered['id']}")


@pytest.mark.thorough
async def test_owner_and_finder_are_notified_of_a_hit_and_confirm_it_despite_skew(network: Network) -> None:
    """By notifications of the service, and receipts in both directions."""
    await ask(network, "FR", "POST", json=ALFA)
    await ask(network, "DE", "GET", "/search?vin=" + ALFA["vin"])
    germany, france = (Bureau(network.client, network.mesh, code) for code in ("DE", "FR"))
    inbox = Officer(network.client, network.mesh, "DE")
    await inbox.until("", lambda page: page["items"])
    [hit] = await germany.listed()
    await france.sees(hit["id"])
    assert (await germany.request(hit["id"])).status_code == 202
    await france.sees(hit["id"], lambda seen: seen["state"] == "requested")
    assert (await france.answer(hit["id"], "confirmed")).status_code < 300
    await germany.sees(hit["id"], lambda seen: seen["state"] == "confirmed")


@pytest.mark.thorough
async def test_a_log_is_cosigned_and_its_answers_are_proven_despite_skew(network: Network) -> None:
    """The clock of the witnesses differs from that of the log."""
    await network.grow()
    await network.look("DE", "KE")
    assert await network.witnesses() == ["DE", "KE"]
    assert await network.alarms("DE") == []
    [request] = (await network.audit("DE", f"{PATH}/audit")).json()["items"]
    explained = (await network.audit("DE", f"{PATH}/audit/{request['index']}")).json()
    assert explained["witnesses"] == ["DE", "KE"]


async def test_a_new_key_is_accepted_at_once_after_a_revocation_despite_skew(network: Network) -> None:
    """The Secretariat dates directory entries by the clock of its gateway."""
    france = Requester(network.mesh.bureaus["FR"])  # type: ignore[index] # a code is a string
    get = HttpRequest("GET", "/health")
    before = network.mesh.bureaus["FR"].keys.signing  # type: ignore[index] # a code is a string
    now = network.mesh.clock.now().timestamp()
    network.mesh.change_entries("FR", revoked_at=now)
    network.mesh.give_key("FR", "bureau", 55)
    assert network.mesh.bureaus["FR"].keys.signing.kid != before.kid  # type: ignore[index] # a code is a string
    assert (await france.ask(NAME, get, OFFICER, seconds=5)).head.status == 200


async def test_messages_and_receipts_are_delivered_between_gateways_despite_skew(
    clock: FixedClock, off: SkewedClock, tmp_path: Path
) -> None:
    """In both directions."""
    ahead = Mesh(off, tmp_path / "ahead")
    right = Mesh(clock, tmp_path / "right", broker=ahead.broker)
    for folder in ("ahead", "right"):
        (tmp_path / folder).mkdir()
    async with ahead.handling_mail("FR") as paris, right.handling_mail("DE") as berlin:
        france, germany = Officer(paris, ahead, "FR"), Officer(berlin, right, "DE")
        for writer, reader in ((france, germany), (germany, france)):
            sent = await writer.attach(("car.jpg", b"a picture"), to=[reader.bureau])
            await reader.receives(sent)
            assert (await reader.step(sent, "read")).status_code < 300
            await writer.sees(sent, "read")
