"""Releases of records with the condition H2: what a holder may pass on then, to which bureaus, and until when."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from shared.bureaus import MEMBERS, BureauCode
from shared.mailbox.outbox import OutgoingPayload, enqueue
from shared.protocol.payloads import MAX_RELEASED, Release
from shared.standing import Measure
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import refusal_of
from tests.gateway.messages.quoting import RELEASES, Network, withheld


async def sends_release(mesh: Mesh, by: str, vehicle: dict[str, Any], to: str) -> None:
    """Have the hostile gateway of a bureau release to Germany a record of another."""
    session = await mesh.mailbox_host.of(BureauCode(by))
    form = Release(**vehicle, to=(to,))
    purpose = "data-subject-request" if by == "CCF" else "security-check"
    payload = OutgoingPayload(
        form=form, to=(BureauCode("DE"),), officer="ke.officer", purpose=purpose, subject="Release"
    )
    await session.mailbox.write(lambda store: enqueue(store, session.bureau, payload))
    session.mailbox.changes.notify()


@pytest.mark.thorough
async def test_a_released_record_goes_to_the_named_bureau_alone(network: Network) -> None:
    """The holder sees what it may pass on, with the message that proves it."""
    vehicle, sent = await network.quoted_by_france()
    await network.release(network.france, vehicle, network.germany, "KE")
    [item] = (await network.germany.get(RELEASES))["items"]
    assert {name: item[name] for name in vehicle} == vehicle
    assert (item["owner"], item["to"], item["until"]) == ("FR", "KE", None)
    assert (await network.germany.get(f"/{item['message']}"))["form"] == "release"
    await network.germany.send(to=["KE", "FR"], forwards=sent)
    detail = await withheld(network.germany, to=["KE", "IPSG"], forwards=sent)
    assert "IPSG" in detail
    assert "KE" not in detail
    other = await network.vehicle()
    await withheld(network.germany, to=["KE"], quotes=[other])


@pytest.mark.thorough
async def test_a_release_ends_with_its_time_or_by_a_later_one(network: Network) -> None:
    vehicle, sent = await network.quoted_by_france()
    until = (network.mesh.clock.now() + timedelta(hours=1)).isoformat()
    await network.release(network.france, vehicle, network.germany, "KE", until=until)
    await network.germany.send(to=["KE"], forwards=sent)
    network.mesh.clock.advance(timedelta(hours=1))
    network.germany = network.officer("DE")
    await withheld(network.germany, to=["KE"], forwards=sent)
    assert (await network.germany.get(RELEASES))["items"] == []
    network.france = network.officer("FR")
    await network.release(network.france, vehicle, network.germany, "KE")
    await network.germany.send(to=["KE"], forwards=sent)
    network.mesh.clock.advance(timedelta(seconds=1))
    until = (network.mesh.clock.now() + timedelta(seconds=1)).isoformat()
    await network.release(network.france, vehicle, network.germany, "KE", until=until)
    network.mesh.clock.advance(timedelta(seconds=1))
    await withheld(network.germany, to=["KE"], forwards=sent)


@pytest.mark.thorough
async def test_each_bureau_of_a_release_counts_in_the_quota_of_its_sender(network: Network) -> None:
    """As it is stored beside the message: a short one releases to many."""
    vehicle = await network.vehicle()
    stored = [0]
    for to in (("KE",), ("KE", *sorted({*MEMBERS} - {"DE", "FR", "KE"})[: MAX_RELEASED - 1])):
        await network.release(network.france, vehicle, network.germany, *to)
        stored.append((await network.germany.get("/usage"))["inbox"]["used"]["bytes"] - sum(stored))
    assert stored[2] - stored[1] > 256 * (MAX_RELEASED - 1)


async def test_only_the_owner_releases_a_record(network: Network) -> None:
    """The gateway of another refuses, and a release that its hostile gateway sends nevertheless has no effect."""
    vehicle, sent = await network.quoted_by_france()
    answer = await network.kenya.ask("POST", RELEASES, json={**vehicle, "holder": "DE", "to": ["KE"]})
    assert refusal_of(answer) == (403, "not-the-owner")
    await sends_release(network.mesh, "KE", vehicle, "KE")
    await network.germany.until(RELEASES, lambda page: [each["owner"] for each in page["items"]] == ["KE"])
    await withheld(network.germany, to=["KE"], forwards=sent)


async def test_a_participant_that_owns_no_records_releases_none(network: Network) -> None:
    """The Commission, for one: what its hostile gateway sends is stored as a message, and logged."""
    await sends_release(network.mesh, "CCF", await network.vehicle(), "KE")
    await network.germany.until("", lambda page: [each["form"] for each in page["items"]] == ["release"])
    assert (await network.germany.get(RELEASES))["items"] == []
    assert [line["sender"] for line in network.mesh.logged("release-ignored")] == ["CCF"]


@pytest.mark.thorough
async def test_a_restricted_bureau_releases_no_record_to_more(network: Network) -> None:
    """Its own gateway refuses, and a holder ignores what a hostile one sends; in another service it may."""
    vehicle, sent = await network.quoted_by_france()
    measure = Measure(reason="arrears", since=network.mesh.clock.now().timestamp(), services=("stolen-vehicles",))
    network.mesh.change_entries("FR", standing="restricted", measure=measure)
    answer = await network.france.ask("POST", RELEASES, json={**vehicle, "holder": "DE", "to": ["KE"]})
    assert refusal_of(answer) == (403, "bureau-restricted")
    await sends_release(network.mesh, "FR", vehicle, "KE")
    await network.germany.until("", lambda page: "release" in [each["form"] for each in page["items"]])
    await withheld(network.germany, to=["KE"], forwards=sent)
    network.mesh.change_entries("FR", measure=replace(measure, services=("notices",)))
    await network.release(network.france, vehicle, network.germany, "KE")
    await network.germany.send(to=["KE"], forwards=sent)


@pytest.mark.thorough
async def test_a_release_of_what_can_be_no_record_is_ignored(network: Network) -> None:
    """And does not keep the bureau from listing the others."""
    vehicle, _ = await network.quoted_by_france()
    await sends_release(network.mesh, "FR", {**vehicle, "record": "01900000-0000-4000-8000-000000000001"}, "KE")
    await network.release(network.france, vehicle, network.germany, "KE")
    assert [each["record"] for each in (await network.germany.get(RELEASES))["items"]] == [vehicle["record"]]
    assert [line["sender"] for line in network.mesh.logged("release-ignored")] == ["FR"]


@pytest.mark.parametrize(
    ("changed", "status", "code", "pointer"),
    [
        ({"holder": "FR"}, 422, "own-address", "/holder"),
        ({"holder": "BR"}, 422, "unknown-recipient", "/holder"),
        ({"until": "2020-01-01T00:00:00Z"}, 422, "validity-over", "/until"),
        ({"to": []}, 422, "invalid", "/to"),
        ({"kind": "boat"}, 422, "not-quotable", "/kind"),
    ],
)
async def test_a_release_that_is_not_possible_is_refused(
    network: Network, changed: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    vehicle = await network.vehicle()
    draft = {**vehicle, "holder": "DE", "to": ["KE"], **changed}
    answer = await network.france.ask("POST", RELEASES, json=draft)
    assert refusal_of(answer) == (status, code)
    assert answer.json()["errors"][0]["pointer"] == pointer
