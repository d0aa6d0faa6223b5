"""A search that is saved as a subscription is matched with new records until it is ended."""

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import FixedClock
from shared.identity import PURPOSE_SCOPES, Purpose
from shared.service import Service
from tests.gateway.records.matching_network import PERSONS, PNG, PRINTS, VEHICLES, Network, with_service
from tests.services.fingerprints.samples import CASE
from tests.services.missing_persons.samples import BODY, PERSON
from tests.services.stolen_vehicles.samples import ALFA


@with_service(PRINTS)
async def test_a_print_can_be_subscribed_to(network: Network, clock: FixedClock) -> None:
    """Here for half a year; its minutiae are stored, and not its image."""
    left = await network.ask(
        "DE", "POST", "/subscriptions", content=b"7/1", headers=PNG, params={"valid_for_days": 180, "position": 2}
    )
    assert left["search"]["wanted"]["position"] == 2
    assert (await network.ask("DE", "GET", "/subscriptions"))["items"] == [left]
    clock.advance(timedelta(days=179))
    record = await network.ask("FR", "POST", "", json=CASE)
    await network.ask("FR", "POST", f"/{record['id']}/impressions", content=b"7", headers=PNG, params={"position": 2})
    assert [(bureau, how) for bureau, _, how, _ in await network.notified()] == [("DE", "subscription")]


# A search for each kind of record, and a record that it matches.
SUBSCRIPTIONS: list[tuple[Service, str, dict[str, Any], Any]] = [
    (VEHICLES, "", {"plate": ALFA["plate"], "country": "IT"}, {**ALFA, "vin": None}),
    (PERSONS, "", {"name": "julia marlow"}, PERSON),
    (PERSONS, "/bodies", {"sex": "F", "country": "NL"}, BODY),
]


@pytest.mark.parametrize(
    ("service", "below", "search", "record"), SUBSCRIPTIONS, indirect=["service"], ids=["vehicle", "person", "body"]
)
async def test_a_subscription_matches_a_record_months_later_until_it_is_ended(
    network: Network, clock: FixedClock, below: str, search: dict[str, Any], record: Any
) -> None:
    """Only the bureau that subscribed sees it."""
    path = f"{below}/subscriptions"
    left = await network.ask("DE", "POST", path, json={"search": search})
    assert (await network.ask("DE", "GET", f"{path}/{left['id']}")) == left
    assert (await network.ask("KE", "GET", path))["items"] == []
    clock.advance(timedelta(days=300))
    await network.ask("FR", "POST", below, json=record)
    assert [(bureau, how) for bureau, _, how, _ in await network.notified()] == [("DE", "subscription")]
    await network.ask("DE", "DELETE", f"{path}/{left['id']}")
    await network.ask("FR", "POST", below, json=record)
    assert len(await network.notified()) == 1
    assert (await network.ask("DE", "GET", path))["items"] == []


@with_service(VEHICLES)
async def test_a_subscription_of_the_commission_is_refused(network: Network) -> None:
    """It reads and decides, and is notified of nothing, as records shown to it are reported to no bureau."""
    purpose = Purpose.DATA_SUBJECT_REQUEST
    bearer = network.mesh.bearer("CCF", *network.service.scopes, PURPOSE_SCOPES[purpose], purpose=purpose)
    path, search = f"/api/{network.service.name}/subscriptions", {"search": {"vin": ALFA["vin"]}}
    refused = await network.client.post(path, headers=bearer, json=search)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:participant-not-allowed")
