"""Field copies of stolen vehicles, as the service takes them: who may, what is in them, and how they differ."""

import asyncio
import json
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from services.stolen_vehicles.store import VehicleStore
from shared.audit.tables import audit_leaves
from shared.audit.writer import AuditLog
from shared.clock import FixedClock
from shared.identity import Caller, Purpose
from shared.records.field_copies import builder, store
from shared.records.field_copies.builder import FieldCopyBuilder
from tests.services.stolen_vehicles.copies import COPIES, copier, database_of, records_in, take
from tests.services.stolen_vehicles.entries import PATH, enter
from tests.support import ServiceClient, caller, problem_of

FULL = {"reference": "2026/1", "document_number": "CH 123", "engine_number": "AR 1234567", "colour": "red"}


async def test_a_copy_has_what_the_bureau_may_see_and_is_ready_once_it_is_logged(
    service: ServiceClient, clock: FixedClock
) -> None:
    """A vehicle that was recovered, that is addressed to others or from which the bureau is barred is in no copy."""
    seen = await enter(service)
    await enter(service, restricted=["DE"], vin="ZAR 937000 05123457")
    await enter(service, addressed=["PL"], vin="ZAR 937000 05123458")
    gone = await enter(service, vin="ZAR 937000 05123459")
    await service.officer("IT").post(f"{PATH}/{gone['id']}/recovery")
    copy = await take(service, clock)
    rows, removed = await records_in(service, copy["number"])
    assert ([*rows], removed, copy["records"]) == ([seen["id"]], [], 1)
    assert [(each["owner"], each["count"]) for each in copy["shares"]] == [("IT", 1)]


async def test_a_record_is_copied_with_the_least_that_a_check_needs(service: ServiceClient, clock: FixedClock) -> None:
    """No reference, no document, and not who else may see it."""
    await enter(service, **FULL, restricted=["PL"])
    await take(service, clock)
    [row] = (await records_in(service, 1))[0].values()
    content = json.loads(row["content"])
    assert {"reference", "document_number", "restricted", "links"}.isdisjoint(content)
    assert (content["vin"], content["colour"], content["status"]) == ("ZAR 937000 05123456", "red", "stolen")
    assert {"reference", "restricted", "admitted", "reach"}.isdisjoint(row)


async def test_confidential_records_are_copied_only_where_it_is_stated(
    service: ServiceClient, clock: FixedClock
) -> None:
    """And the officer may read them."""
    await enter(service, handling="CONFIDENTIAL")
    assert (await take(service, clock))["records"] == 0
    assert (await take(service, clock, confidential=True))["records"] == 1
    assert (await take(service, clock))["records"] == 0
    refused = await copier(service, "DE", "stolen-vehicles:copy").post(COPIES, json={"confidential": True})
    assert problem_of(refused) == (403, "handling-confidential")


async def test_a_copy_with_confidential_records_is_read_with_the_scope_alone(
    service: ServiceClient, clock: FixedClock
) -> None:
    """Also where it was taken with it; and no pack of it is registered without."""
    await enter(service, handling="CONFIDENTIAL")
    await take(service, clock, confidential=True)
    uncleared = service.calling(lambda: caller("DE", "stolen-vehicles:copy", purpose=Purpose.BORDER_MANAGEMENT))
    pack = {"digest": "B" * 43, "post": "DE-1", "post_key": "C" * 43, "valid_hours": 24}
    for refused in (
        await uncleared.get(f"{COPIES}/1/records"),
        await uncleared.post(f"{COPIES}/1/packs", json=pack),
    ):
        assert problem_of(refused) == (403, "handling-confidential")
    assert len((await records_in(service, 1))[0]) == 1


async def test_only_the_officer_in_the_log_reads_a_copy_for_its_purpose_and_for_days(
    service: ServiceClient, clock: FixedClock
) -> None:
    """What another reads would be a disclosure that the audit log does not have."""
    await enter(service)
    await take(service, clock)

    def other() -> Caller:
        taker = caller("DE", "stolen-vehicles:copy", purpose=Purpose.BORDER_MANAGEMENT)
        return msgspec.structs.replace(taker, officer="de.other")

    for reader in (service.calling(other), service.officer_for("DE", Purpose.CRIME_ANALYSIS)):
        assert problem_of(await reader.get(f"{COPIES}/1/records")) == (403, "field-copy-not-allowed")
    clock.advance(timedelta(days=7) - timedelta(seconds=1))
    assert len((await records_in(service, 1))[0]) == 1
    clock.advance(timedelta(seconds=1))
    assert problem_of(await copier(service).get(f"{COPIES}/1/records")) == (403, "field-copy-not-allowed")


async def test_two_processes_prepare_one_copy(service: ServiceClient, clock: FixedClock) -> None:
    """The slower one waits, without an error, and the log has the copy once."""
    await enter(service)
    await copier(service).post(COPIES, json={})
    database = database_of(service)
    audit = AuditLog(database)
    both = [FieldCopyBuilder([VehicleStore], database, audit, clock) for _ in range(2)]
    for _ in ("compared", "concluded"):
        assert {*(await asyncio.gather(*(each.run_once() for each in both)))} == {0.0, None}
    await audit.close()
    [copy] = (await copier(service).get(COPIES)).json()["items"]
    assert (copy["state"], copy["records"]) == ("ready", 1)
    logged = sa.select(audit_leaves.c.number).where(audit_leaves.c.operation == builder.OPERATION)
    assert [row.number for row in await database.reading.fetch(logged)] == [copy["leaf"]]


async def test_a_differential_has_what_was_added_changed_and_removed(service: ServiceClient, clock: FixedClock) -> None:
    """A record that changed is removed and there again; one that did not change is not in it."""
    same, changed, gone = [await enter(service, vin=f"ZAR 937000 0512345{n}") for n in range(3)]
    await take(service, clock)
    await service.officer("IT").post(f"{PATH}/{gone['id']}/withdrawal")
    entry = {name: changed[name] for name in ("vin", "plate", "country", "make", "theft_date")}
    await service.officer("IT").put(f"{PATH}/{changed['id']}", json={**entry, "colour": "blue"})
    added = await enter(service, vin="ZAR 937000 05123458")
    copy = await take(service, clock)
    rows, removed = await records_in(service, copy["number"], since=1)
    assert {*rows} == {changed["id"], added["id"]}
    assert {*removed} == {changed["id"], gone["id"], added["id"]}
    assert {*(await records_in(service, 2))[0]} == {same["id"], changed["id"], added["id"]}
    assert copy["records"] == 3
    assert {*(await records_in(service, 1))[0]} == {same["id"]}


async def test_a_record_that_was_restricted_since_is_not_read_of_a_copy(
    service: ServiceClient, clock: FixedClock
) -> None:
    """What is withdrawn while a copy is read does not leave the service any more."""
    record = await enter(service)
    await take(service, clock)
    await service.officer("IT").put(f"{PATH}/{record['id']}/restriction", json={"restricted": ["DE"]})
    assert (await records_in(service, 1))[0] == {}
    await take(service, clock)
    assert (await records_in(service, 2, since=1))[1] == [record["id"]]


async def test_only_a_bureau_takes_a_copy_for_a_fitting_purpose(service: ServiceClient) -> None:
    """No unit, no partner, and nobody to identify a person."""
    for bureau in ("IPSG", "IPSG-CCC"):
        assert problem_of(await service.officer(bureau).post(COPIES, json={}))[0] == 403
    for purpose in (Purpose.IDENTIFICATION, Purpose.FORENSIC_ANALYSIS):
        refused = await service.officer_for("DE", purpose).post(COPIES, json={})
        assert problem_of(refused) == (403, "field-copy-not-allowed")
    for standing in ("restricted", "suspended"):
        restricted = service.measured("DE", standing)
        assert problem_of(await restricted.post(COPIES, json={})) == (403, "bureau-restricted")
    assert problem_of(await service.officer("DE", "stolen-vehicles:read").post(COPIES, json={})) == (
        403,
        "scope-missing",
    )


async def test_one_copy_of_a_bureau_is_prepared_at_a_time(service: ServiceClient, clock: FixedClock) -> None:
    """Another bureau's is not in its way, and numbers of its own."""
    await copier(service).post(COPIES, json={})
    assert problem_of(await copier(service).post(COPIES, json={})) == (409, "field-copy-under-way")
    assert problem_of(await copier(service).get(f"{COPIES}/1/records")) == (409, "field-copy-not-ready")
    assert (await take(service, clock, "PL"))["number"] == 1
    assert (await take(service, clock))["number"] == 2
    assert problem_of(await copier(service).get(f"{COPIES}/2/records", params={"since": 2})) == (422, "invalid")
    assert problem_of(await copier(service).get(f"{COPIES}/7/records")) == (404, "not-found")


async def test_a_copy_of_many_pages_has_each_record_once(
    service: ServiceClient, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However pages and batches are cut: also one that ends with the last record, and records that changed."""
    monkeypatch.setattr(builder, "BATCH_SIZE", 3)
    monkeypatch.setattr(builder, "TREE_PAGE", 2)
    monkeypatch.setattr(store, "PAGE_ROWS", 3)
    records = [await enter(service, vin=f"ZAR 937000 0512345{n}") for n in range(6)]
    ids = {record["id"] for record in records}
    assert {*(await records_in(service, (await take(service, clock))["number"]))[0]} == ids
    for record in records[:4]:
        entry = {name: record[name] for name in ("vin", "plate", "country", "make", "theft_date")}
        await service.officer("IT").put(f"{PATH}/{record['id']}", json={**entry, "colour": "blue"})
    await service.officer("IT").post(f"{PATH}/{records[5]['id']}/recovery")
    new = await enter(service, vin="ZAR 937000 05123459")
    assert (await take(service, clock))["records"] == 6
    rows, removed = await records_in(service, 2, since=1)
    assert {*rows} == {new["id"], *(record["id"] for record in records[:4])}
    assert {*removed} == {*rows, records[5]["id"]}
    assert {*(await records_in(service, 2))[0]} == {*ids, new["id"]} - {records[5]["id"]}
