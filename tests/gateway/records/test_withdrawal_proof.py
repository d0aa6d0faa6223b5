"""A record from entry to deletion, as bureaus see it: recipients are asked to remove it, and sign that they did."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from services import stolen_vehicles
from shared.audit import tables as audit_tables
from shared.identity import Purpose
from shared.protocol.payloads import Withdrawal, read
from shared.records.policy import REVIEWED_BEFORE
from shared.records.rules import CommissionOnly
from shared.storage import Database
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.messages.officers import PATIENCE, Officer, refusal_of
from tests.services.stolen_vehicles.samples import ALFA

SERVICE = stolen_vehicles.SERVICE
PATH = "/api/stolen-vehicles"
COMMISSION = ("purpose:data-subject-request", f"{SERVICE.name}:read", f"{SERVICE.name}:decide")


class Network:
    """A mesh with one service, whose notifications reach the mailboxes of all bureaus."""

    def __init__(self, mesh: Mesh, client: httpx.AsyncClient) -> None:
        self.mesh = mesh
        self.client = client
        self.database: Database = mesh.records[SERVICE.name]._database

    async def ask(self, bureau: str, method: str, path: str = "", **options: Any) -> httpx.Response:
        bearer = self.mesh.bearer(bureau, *SERVICE.scopes)
        return await self.client.request(method, PATH + path, headers=bearer, **options)

    async def decide(self, record: str, **decision: Any) -> httpx.Response:
        bearer = self.mesh.bearer("CCF", *COMMISSION, purpose=Purpose.DATA_SUBJECT_REQUEST)
        return await self.client.post(f"{PATH}/{record}/decision", headers=bearer, json=decision)

    async def enter(self) -> str:
        """Enter a car as France, and return its id."""
        answer = await self.ask("FR", "POST", json=ALFA)
        assert answer.status_code == 201, answer.text
        record: str = answer.json()["id"]
        return record

    async def found(self, bureau: str) -> list[str]:
        answer = await self.ask(bureau, "GET", "/search", params={"vin": ALFA["vin"]})
        assert answer.status_code == 200, answer.text
        return [hit["record"]["id"] for hit in answer.json()["hits"]]

    async def received(self, record: str, fits: Callable[[Any], bool] = bool) -> dict[str, Any]:
        """Return the recipients of a record as its owner sees them, by bureau, once they fit."""
        async with asyncio.timeout(PATIENCE):
            while True:
                disclosures = (await self.ask("FR", "GET", f"/{record}/disclosures")).json()
                by_bureau = {each["bureau"]: each for each in disclosures["recipients"]}
                if fits(by_bureau):
                    return by_bureau
                await asyncio.sleep(0.005)

    async def outstanding(self, record: str) -> Any:
        """Return who was asked to remove its copies and has not signed that it did, as the owner sees it."""
        return (await self.ask("FR", "GET", f"/{record}/disclosures")).json()["confirmations"]["outstanding"]

    def officer(self, bureau: str) -> Officer:
        return Officer(self.client, self.mesh, bureau)

    async def asked(self, bureau: str) -> list[tuple[str, Withdrawal]]:
        """Return what a bureau was asked to do with its copies: the ids and contents of the messages."""
        officer = self.officer(bureau)
        page = (await officer.get(limit=100))["items"]
        asked = [each["id"] for each in page if each["form"] == "withdrawal"]
        forms = [read("withdrawal", (await officer.get(f"/{message}"))["body"]) for message in asked]
        return [(message, form) for message, form in zip(asked, forms, strict=True) if isinstance(form, Withdrawal)]

    async def until_asked(self, bureau: str, act: str) -> str:
        """Wait until a bureau is asked for an act on its copies, and return the id of the message."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for message, form in await self.asked(bureau):
                    if form.act == act:
                        return message
                await asyncio.sleep(0.005)


@pytest.fixture
async def network(mesh: Mesh, tmp_path: Path) -> AsyncIterator[Network]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(mesh.handling_mail())
        await mesh.start(SERVICE, tmp_path, stack, number=100)
        yield Network(mesh, await stack.enter_async_context(client_of(mesh.gateway(SERVICE))))


@pytest.mark.thorough
async def test_a_newly_barred_recipient_confirms_the_removal_of_its_copy_to_the_owner(network: Network) -> None:
    """Germany and Kenya found the car; only Germany is barred, notified, and asked to sign."""
    record = await network.enter()
    assert await network.found("DE") == await network.found("KE") == [record]
    received = await network.received(record)
    assert [(each["bureau"], each["times"], each["recall"]) for each in received.values()] == [
        ("DE", 1, None),
        ("KE", 1, None),
    ]
    restricted = await network.ask("FR", "PUT", f"/{record}/restriction", json={"restricted": ["DE"]})
    assert restricted.status_code == 200, restricted.text
    message = await network.until_asked("DE", "withdrawn")
    assert await network.found("DE") == []
    assert await network.found("KE") == [record]
    received = await network.received(record, lambda seen: seen["DE"]["recall"]["delivered"])
    assert received["DE"]["recall"]["applied"] is None
    assert await network.outstanding(record) == ["DE"]
    assert (await network.officer("DE").step(message, "applied")).status_code == 200
    received = await network.received(record, lambda seen: seen["DE"]["recall"]["applied"])
    assert await network.outstanding(record) == []
    assert received["DE"]["recall"]["message"] == message
    assert received["KE"]["recall"] is None
    assert await network.asked("KE") == await network.asked("FR") == []


@pytest.mark.thorough
async def test_a_withdrawal_is_refused_while_a_disclosure_is_missing_from_the_list(network: Network) -> None:
    """So are a restriction, a deletion and the list itself, until the deleted row of Germany is restored."""
    record = await network.enter()
    await network.found("DE")
    germany = audit_tables.disclosures.c.bureau == "DE"
    async with network.database.writing() as session:
        [row] = await session.fetch(sa.select(audit_tables.disclosures).where(germany))
        await session.execute(sa.delete(audit_tables.disclosures).where(germany))
    for method, path, body in (
        ("PUT", "/restriction", {"restricted": ["DE"]}),
        ("POST", "/withdrawal", None),
        ("DELETE", "", None),
        ("GET", "/disclosures", None),
    ):
        refused = await network.ask("FR", method, f"/{record}{path}", json=body)
        assert refusal_of(refused) == (500, "audit-log-damaged")
        assert "missing in the list of FR: " in refused.json()["detail"]
    async with network.database.writing() as session:
        await session.execute(sa.insert(audit_tables.disclosures), dict(row._mapping))
    withdrawn = await network.ask("FR", "POST", f"/{record}/withdrawal")
    assert withdrawn.status_code == 200, withdrawn.text
    await network.until_asked("DE", "withdrawn")


@pytest.mark.thorough
async def test_a_barred_bureau_finds_no_trace_of_a_record(network: Network) -> None:
    """By its id, by search and list, and by every operation on records, as for an id that never existed."""
    record = await network.enter()
    await network.ask("FR", "PUT", f"/{record}/restriction", json={"restricted": ["DE"]})
    never = f"{record[:-6]}{'0' * 6}"
    assert await network.found("DE") == []
    assert (await network.ask("DE", "GET")).json() == {"items": [], "next": None, "withheld": 0}
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/versions", None),
        ("GET", "/disclosures", None),
        ("PUT", "/restriction", {"restricted": []}),
        ("POST", "/renewal", {"reason": "It is ours."}),
        ("DELETE", "", None),
    ):
        real, none = [await network.ask("DE", method, f"/{each}{path}", json=body) for each in (record, never)]
        assert real.status_code == none.status_code == 404
        shown = [answer.json() | {"instance": ""} for answer in (real, none)]
        assert shown[0]["detail"].replace(record, never) == shown[1]["detail"]


@pytest.mark.thorough
async def test_every_recipient_of_a_deleted_record_is_asked_to_remove_it(network: Network) -> None:
    """The owner then sees who has done so, and the leaf that proves the deletion."""
    record = await network.enter()
    for bureau in ("DE", "KE"):
        await network.found(bureau)
    deleted = await network.ask("FR", "DELETE", f"/{record}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    for bureau in ("FR", "DE", "KE", "IPSG"):
        assert await network.found(bureau) == []
    _, message = [await network.until_asked(bureau, "withdrawn") for bureau in ("DE", "KE")]
    await network.officer("KE").step(message, "applied")
    received = await network.received(record, lambda seen: seen["KE"]["recall"]["applied"])
    assert received["DE"]["recall"]["applied"] is None
    disclosures = (await network.ask("FR", "GET", f"/{record}/disclosures")).json()
    leaf = sa.select(audit_tables.audit_leaves.c.operation).where(
        audit_tables.audit_leaves.c.number == disclosures["deleted"]["leaf"]
    )
    [row] = await network.database.reading.fetch(leaf)
    assert row.operation == "delete_vehicle"


async def test_a_version_shows_its_officer_and_reason_to_the_owner(network: Network) -> None:
    """Another bureau that may see the record is refused."""
    record = await network.enter()
    network.mesh.clock.advance(REVIEWED_BEFORE)
    renewed = await network.ask("FR", "POST", f"/{record}/renewal", json={"reason": "Seen in Genova."})
    assert renewed.status_code == 200, renewed.text
    versions = (await network.ask("FR", "GET", f"/{record}/versions")).json()["items"]
    assert [(each["made"]["operation"], each["made"]["officer"], each["reason"]) for each in versions] == [
        ("renew_vehicle", "fr.officer", "Seen in Genova."),
        ("create_vehicle", "fr.officer", None),
    ]
    assert refusal_of(await network.ask("DE", "GET", f"/{record}/versions")) == (403, "not-the-owner")


@pytest.mark.thorough
async def test_owner_and_recipients_are_notified_of_each_decision_of_the_commission(network: Network) -> None:
    """First a correction, then a deletion; a bureau that never received the record is not notified."""
    record = await network.enter()
    await network.found("DE")
    decision = {"reference": "CCF/2026/12", "decision": "correct", "corrections": {"colour": "green"}}
    assert (await network.decide(record, **decision)).status_code == 200
    for bureau in ("FR", "DE"):
        await network.until_asked(bureau, "corrected")
    [newest, _] = (await network.ask("FR", "GET", f"/{record}/versions")).json()["items"]
    assert (newest["record"]["colour"], newest["reason"]) == ("green", "CCF/2026/12")
    assert (newest["made"]["bureau"], newest["made"]["officer"]) == ("CCF", None)
    assert (await network.decide(record, reference="CCF/2026/13", decision="delete")).status_code == 200
    for bureau in ("FR", "DE"):
        await network.until_asked(bureau, "withdrawn")
    disclosures = (await network.ask("FR", "GET", f"/{record}/disclosures")).json()
    assert (disclosures["deleted"]["act"], disclosures["deleted"]["reference"]) == ("decided", "CCF/2026/13")
    assert [each["bureau"] for each in disclosures["recipients"]] == ["DE", "FR"]
    assert await network.asked("KE") == []


async def test_a_record_read_by_the_commission_is_not_listed_as_disclosed(network: Network) -> None:
    """Nor is it a hit; the Commission may read restricted records, and what only their owner sees."""
    record = await network.enter()
    await network.ask("FR", "PUT", f"/{record}/restriction", json={"restricted": ["DE"]})
    await network.ask("FR", "POST", f"/{record}/withdrawal")
    bearer = network.mesh.bearer("CCF", *COMMISSION, purpose=Purpose.DATA_SUBJECT_REQUEST)
    for path in ("", "/versions", "/disclosures"):
        shown = await network.client.get(f"{PATH}/{record}{path}", headers=bearer)
        assert shown.status_code == 200, shown.text
    assert (await network.ask("IPSG", "GET", f"/{record}")).status_code == 404
    assert await network.received(record, lambda seen: not seen) == {}


async def test_a_decision_with_another_purpose_than_the_commissions_is_refused(network: Network) -> None:
    """By an officer of the Secretariat who holds the scope."""
    record = await network.enter()
    body = {"reference": "CCF/2026/12", "decision": "delete"}
    refused = await network.ask("IPSG", "POST", f"/{record}/decision", json=body)
    assert refusal_of(refused) == (403, CommissionOnly.code)
    assert await network.found("FR") == [record]
