"""A new record is matched with earlier searches in every service, and the bureaus that made them are notified."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from gateway import hits
from gateway.openapi.merge import service_openapi
from services import SERVICES, fingerprints, missing_persons, notices, stolen_vehicles
from shared.audit.tables import disclosures
from shared.clock import FixedClock
from shared.identity import PURPOSE_SCOPES, Purpose
from shared.records.search.matching import SavedSearchMatching
from shared.records.search.searchable_store import MatchedStore
from shared.records.tables import saved_searches
from shared.service import Service
from shared.storage import Database
from tests.gateway.hits.actors import PATIENCE, Bureau
from tests.gateway.mesh import Mesh, client_of
from tests.services.fingerprints.samples import CASE, KnownPrints
from tests.services.missing_persons.samples import BODY, PERSON
from tests.services.notices.examples import complete
from tests.services.stolen_vehicles.samples import ALFA

PNG = {"Content-Type": "image/png"}
VEHICLES, NOTICES = stolen_vehicles.SERVICE, notices.SERVICE
PERSONS, PRINTS = missing_persons.SERVICE, fingerprints.SERVICE


class Network:
    """Bureaus and one service, and the hits that it notifies later."""

    def __init__(self, service: Service, mesh: Mesh, client: httpx.AsyncClient) -> None:
        self.service = service
        self.mesh = mesh
        self.client = client
        self.database: Database = mesh.records[service.name]._database

    async def ask(
        self, bureau: str, method: str, path: str, purpose: Purpose = Purpose.SECURITY_CHECK, **options: Any
    ) -> Any:
        bearer = self.mesh.bearer(bureau, *self.service.scopes, PURPOSE_SCOPES[purpose], purpose=purpose)
        headers = {**bearer, **options.pop("headers", {})}
        target = f"/api/{self.service.name}{path}"
        answer = await self.client.request(method, target, headers=headers, **options)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def search(self, bureau: str, path: str = "/search", **query: Any) -> int:
        """Return how many records are found."""
        total: int = (await self.ask(bureau, "GET", path, params=query))["total"]
        return total

    async def notified(self) -> list[tuple[Any, ...]]:
        """Match pending records, and return which bureau was notified of which version, how, and by which criteria."""
        # As another process of the service does; jobs of this process at the same time make no difference.
        kinds = [kind for kind in self.service.metadata.info["stores"] if issubclass(kind, MatchedStore)]
        records = self.mesh.records[self.service.name]
        mesh = self.mesh
        await SavedSearchMatching(
            kinds, self.database, records.audit, mesh.clock, mesh.log, mesh.directory.is_member
        ).turn()
        row = disclosures.c
        found = sa.select(row.bureau, row.version, row.how, row.match).where(
            row.how.in_(("delayed-inquiry", "subscription"))
        )
        return [tuple(each) for each in await self.database.reading.fetch(found.order_by(row.number))]


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Service:
    """Return the service that a test is about."""
    named: Service = request.param
    return named


@pytest.fixture
async def network(
    service: Service, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Network]:
    # The fake reader takes each image for the name of a print.
    monkeypatch.setattr("services.fingerprints.app.PrintReader", lambda _: KnownPrints())
    async with AsyncExitStack() as stack:
        mesh = Mesh(clock)
        await mesh.start(service, tmp_path, stack, number=100)
        yield Network(service, mesh, await stack.enter_async_context(client_of(mesh.gateway(service))))


def with_service(service: Service) -> Any:
    """Run a test with one service."""
    return pytest.mark.parametrize("service", [service], indirect=True, ids=[service.name])


@with_service(VEHICLES)
@pytest.mark.parametrize(("hours", "notified"), [(71, [("DE", 1, "delayed-inquiry", "vin")]), (73, [])])
async def test_a_bureau_that_searched_for_a_vehicle_is_notified_of_it_within_72_hours(
    network: Network, clock: FixedClock, hours: int, notified: list[Any]
) -> None:
    """After 71 hours, not after 73; the number matches in any spelling."""
    assert await network.search("DE", vin="zar-937000-o5123456") == 0
    await network.search("KE", vin="ZAR93700005123457")
    clock.advance(timedelta(hours=hours))
    await network.ask("FR", "POST", "", json=ALFA)
    assert await network.notified() == notified


@with_service(VEHICLES)
async def test_each_check_of_a_batch_is_saved(network: Network) -> None:
    """As those of cameras, by plate."""
    checks = [{"plate": f"XX {number} YY", "country": "IT"} for number in range(20)]
    await network.ask("DE", "POST", "/checks", json={"checks": [*checks, {"plate": "fz512kl", "country": "IT"}]})
    await network.ask("FR", "POST", "", json=ALFA)
    assert await network.notified() == [("DE", 1, "delayed-inquiry", "plate")]


@with_service(VEHICLES)
async def test_a_barred_bureau_the_owner_and_the_commission_are_not_notified_of_a_vehicle(network: Network) -> None:
    """Nor is any bureau after its withdrawal."""
    for bureau in ("DE", "KE", "FR"):
        await network.search(bureau, vin=ALFA["vin"])
    await network.ask("IPSG", "GET", "/search", Purpose.DATA_SUBJECT_REQUEST, params={"vin": ALFA["vin"]})
    entered = await network.ask("FR", "POST", "", json={**ALFA, "restricted": ["DE"]})
    assert [bureau for bureau, *_ in await network.notified()] == ["KE"]
    again = await network.ask("FR", "POST", "", json={**ALFA, "restricted": ["DE", "KE"]})
    await network.ask("FR", "POST", f"/{again['id']}/withdrawal")
    await network.ask("FR", "PUT", f"/{entered['id']}", json={**ALFA, "restricted": ["DE"], "colour": "red"})
    assert [bureau for bureau, *_ in await network.notified()] == ["KE"]


@with_service(VEHICLES)
async def test_a_bureau_is_notified_of_a_vehicle_once_a_change_makes_it_match_or_visible(network: Network) -> None:
    """The number is corrected, and a restriction lifted."""
    await network.search("DE", vin=ALFA["vin"])
    await network.search("KE", vin="ZAR93700005123499")
    entered = await network.ask("FR", "POST", "", json={**ALFA, "vin": "ZAR93700005123499", "restricted": ["KE"]})
    assert await network.notified() == []
    await network.ask("FR", "PUT", f"/{entered['id']}", json={**ALFA, "restricted": ["KE"]})
    assert await network.notified() == [("DE", 2, "delayed-inquiry", "vin")]
    await network.ask("FR", "PUT", f"/{entered['id']}", json={**ALFA, "vin": "ZAR93700005123499"})
    assert await network.notified() == [("DE", 2, "delayed-inquiry", "vin"), ("KE", 3, "delayed-inquiry", "vin")]


@with_service(VEHICLES)
async def test_a_suspended_bureau_is_not_notified_of_a_vehicle(network: Network) -> None:
    """Neither by a saved search nor by a subscription, as it could not search now."""
    for bureau in ("DE", "KE"):
        await network.ask(bureau, "POST", "/subscriptions", json={"search": {"vin": ALFA["vin"]}})
        await network.search(bureau, vin=ALFA["vin"])
    network.mesh.change_entries("DE", standing="suspended")
    await network.ask("FR", "POST", "", json=ALFA)
    assert {bureau for bureau, *_ in await network.notified()} == {"KE"}


@with_service(NOTICES)
async def test_a_bureau_that_searched_with_a_misspelt_name_is_notified_of_a_notice_once_published(
    network: Network,
) -> None:
    """By name or by facts; not while the notice is a draft or under review."""
    await network.search("DE", name="marvelier etienne")
    await network.search("KE", colour="blue", nationality="CH", age_min=40)
    await network.search("KE", colour="blue", nationality="IT")
    notice = await network.ask("FR", "POST", "", json=complete("blue"))
    await network.ask("FR", "POST", f"/{notice['id']}/submission")
    await network.ask("IPSG", "POST", f"/{notice['id']}/review")
    assert await network.notified() == []
    await network.ask("IPSG", "POST", f"/{notice['id']}/publication")
    notified = [(bureau, version, match) for bureau, version, _, match in await network.notified()]
    assert sorted(notified) == [
        ("DE", 4, "name: marvelier ~ Marvellier, Étienne"),
        ("KE", 4, "age_min and colour and nationality"),
    ]


@with_service(PERSONS)
async def test_hits_on_a_person_and_a_body_state_which_criteria_matched(network: Network) -> None:
    """A misspelt name, facts without a name, and the body for a search of bodies."""
    await network.search("DE", name="julia marlow")
    await network.search("KE", sex="F", country="NL", age_min=30, age_max=45)
    await network.search("DE", "/bodies/search", place="beach", sex="F")
    await network.search("KE", "/bodies/search", place="beach", sex="M")
    await network.ask("FR", "POST", "", json=PERSON)
    assert [(bureau, match) for bureau, _, _, match in await network.notified()] == [
        ("DE", "name: Julia, marlow ~ Marlowe"),
        ("KE", "sex F; age 30 to 45; country NL"),
    ]
    await network.ask("FR", "POST", "/bodies", json=BODY)
    assert (await network.notified())[2:] == [("DE", 1, "delayed-inquiry", "sex F; place beach possible")]


@with_service(PRINTS)
async def test_a_bureau_that_searched_for_a_print_is_notified_once_the_finger_is_enrolled(network: Network) -> None:
    """By another impression of it; not for another finger, nor if another position was searched."""
    identify = "/identification"
    assert (await network.ask("DE", "POST", identify, content=b"7/1", headers=PNG))["total"] == 0
    await network.ask("KE", "POST", identify, content=b"8/1", headers=PNG)
    await network.ask("KE", "POST", identify, content=b"7/2", headers=PNG, params={"position": 3})
    record = await network.ask("FR", "POST", "", json=CASE)
    impressions = f"/{record['id']}/impressions"
    await network.ask("FR", "POST", impressions, content=b"9", headers=PNG, params={"position": 3})
    assert await network.notified() == []
    await network.ask("FR", "POST", impressions, content=b"7", headers=PNG, params={"position": 2})
    [(bureau, version, how, match)] = await network.notified()
    assert (bureau, version, how) == ("DE", 3, "delayed-inquiry")
    assert match.startswith("finger 2 (right index), at or above")


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
    (VEHICLES, "", {"vin": ALFA["vin"]}, ALFA),
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
    """It is advised to search again, as records shown to it are reported to no bureau."""
    purpose = Purpose.DATA_SUBJECT_REQUEST
    bearer = network.mesh.bearer("IPSG", *network.service.scopes, PURPOSE_SCOPES[purpose], purpose=purpose)
    path, search = f"/api/{network.service.name}/subscriptions", {"search": {"vin": ALFA["vin"]}}
    refused = await network.client.post(path, headers=bearer, json=search)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:purpose-not-allowed")
    assert "search again" in refused.json()["detail"]


SEARCHES: dict[str, tuple[Service, str, str, dict[str, Any]]] = {
    "search_vehicles": (VEHICLES, "GET", "/search", {"params": {"vin": "ABC1234"}}),
    "check_vehicles": (VEHICLES, "POST", "/checks", {"json": {"checks": [{"vin": "ABC1234"}]}}),
    "search_notices": (NOTICES, "GET", "/search", {"params": {"name": "Nobody"}}),
    "search_persons": (PERSONS, "GET", "/search", {"params": {"name": "Nobody"}}),
    "search_bodies": (PERSONS, "GET", "/bodies/search", {"params": {"sex": "F"}}),
    "identify_print": (PRINTS, "POST", "/identification", {"content": b"7", "headers": PNG}),
}


@pytest.mark.parametrize(
    ("service", "method", "path", "options"), SEARCHES.values(), ids=list(SEARCHES), indirect=["service"]
)
async def test_every_search_is_saved_for_72_hours(
    network: Network, method: str, path: str, options: dict[str, Any]
) -> None:
    """With its officer and purpose."""
    await network.ask("DE", method, path, **options)
    [row] = await network.database.reading.fetch(sa.select(saved_searches))
    now = int(network.mesh.clock.now().timestamp())
    assert (row.bureau, row.officer, row.purpose) == ("DE", "de.officer", "security-check")
    assert (row.until, row.subscription) == (now + 72 * 3600, None)


def test_every_operation_that_returns_hits_is_tested_for_saving_its_searches() -> None:
    answering = {
        operation["operationId"]
        for document in map(service_openapi, SERVICES)
        for methods in document["paths"].values()
        for operation in methods.values()
        if answers_hits(operation["responses"], document["components"]["schemas"])
    }
    assert answering == SEARCHES.keys()


def answers_hits(responses: dict[str, Any], schemas: dict[str, Any]) -> bool:
    spelled = json.dumps([content for status, content in responses.items() if status < "300"])
    referred = {name for name in schemas if f'schemas/{name}"' in spelled}
    return any(name.startswith("Hits_") or "Hits_" in json.dumps(schemas[name]) for name in referred)


async def test_the_finder_gets_a_hit_and_the_owner_none_until_a_confirmation_is_requested(
    mesh: Mesh, tmp_path: Path
) -> None:
    """It names the request of the search; the request to confirm it shows what the service signed."""
    async with AsyncExitStack() as stack:
        await mesh.start(VEHICLES, tmp_path, stack, number=100)
        client = await stack.enter_async_context(mesh.handling_mail())
        services = await stack.enter_async_context(client_of(mesh.gateway(VEHICLES)))
        network = Network(VEHICLES, mesh, services)
        await network.search("DE", vin=ALFA["vin"])
        entered = await network.ask("FR", "POST", "", json=ALFA)
        [searched] = await network.database.reading.fetch(sa.select(saved_searches.c.request))
        germany, france = (Bureau(client, mesh, code) for code in ("DE", "FR"))
        [found] = await until_listed(germany)
        assert (await network.ask("FR", "GET", f"/{entered['id']}/disclosures"))["recipients"] == []
        assert await france.listed() == await france.thread(found["thread"]) == []
        assert (await germany.request(found["id"])).status_code == 202
        notified = await france.sees(found["id"])
        for hit in (found, notified):
            assert (hit["owner"], hit["finder"], hit["how"]) == ("FR", "DE", "delayed-inquiry")
            assert (hit["record"], hit["request"]) == (entered["id"], searched.request)
        assert (notified["state"], notified["thread"]) == ("requested", found["thread"])


async def until_listed(bureau: Bureau) -> list[Any]:
    """Wait until a bureau has hits, and return them."""
    async with asyncio.timeout(PATIENCE):
        while not (listed := await bureau.listed()):  # noqa: ASYNC110 - there is no notification
            await asyncio.sleep(0.02)
        return listed


async def test_mailboxes_do_not_store_which_criteria_matched(mesh: Mesh, tmp_path: Path) -> None:
    """The text may be a name, and is deleted with the record only from the service's log."""
    async with AsyncExitStack() as stack:
        await mesh.start(PERSONS, tmp_path, stack, number=100)
        client = await stack.enter_async_context(mesh.handling_mail())
        network = Network(PERSONS, mesh, await stack.enter_async_context(client_of(mesh.gateway(PERSONS))))
        entered = await network.ask("FR", "POST", "", json=PERSON)
        assert await network.search("DE", name="julia marlow") == 1
        bureaus = [Bureau(client, mesh, code, *hits.SERVICE.scopes) for code in ("FR", "DE")]
        for bureau in bureaus:
            await until_listed(bureau)
        await network.ask("FR", "DELETE", f"/{entered['id']}")
        kept = mailboxes_in(tmp_path)
    assert sum("missing-persons: DE found 1" in each for each in kept) == 3
    assert not any("marlow" in each.casefold() for each in kept)


def mailboxes_in(folder: Path) -> list[str]:
    """Return the content of each mailbox as SQL text."""
    kept = []
    for file in folder.glob("mailbox-*.db"):
        with closing(sqlite3.connect(file)) as connection:
            kept.append("\n".join(connection.iterdump()))
    return kept
