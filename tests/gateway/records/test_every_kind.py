"""Who sees a record of every kind, and who changes its readers: a new kind is covered without being listed."""

import pytest

from gateway.edge.declared_answers import operations_of
from gateway.messages.record_reader import quote_in
from shared.mailbox.quote_models import RecordReference
from tests.gateway.records.every_kind import CORRECTION, KINDS, OPERATIONS, Records

pytestmark = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.store.model.record_kind())


@pytest.mark.thorough
async def test_a_restricted_record_is_indistinguishable_from_none_to_the_barred_bureau(records: Records) -> None:
    """By any operation that all records have, or the order of their checks; also if the bureau could see it before."""
    assert (await records.read("DE")).status_code == 200
    restricted = await records.ask("FR", "restriction")
    assert (restricted.status_code, restricted.json()["restricted"]) == (200, ["DE"])
    assert (await records.read("KE")).status_code == 200
    assert (await records.read("DE")).status_code == 404
    never = f"{records.record[:-6]}{'0' * 6}"
    for operation in OPERATIONS:
        real, none = [await records.ask("DE", operation, record) for record in (records.record, never)]
        assert real.status_code == none.status_code == 404
        assert real.headers.keys() == none.headers.keys()
        assert real.text.replace(records.record, "ID") == none.text.replace(never, "ID")


@pytest.mark.thorough
async def test_a_record_is_indistinguishable_from_none_to_those_it_is_not_addressed_to(records: Records) -> None:
    """By any operation that all records have; the Secretariat is not limited, a unit of it is."""
    addressed = await records.restrict(restricted=[], addressed=["KE"])
    assert (addressed.status_code, addressed.json()["addressed"]) == (200, ["KE"])
    for bureau in ("KE", "IPSG", "IPSG-NDTF"):
        shown = await records.read(bureau)
        assert (shown.status_code, shown.json()["addressed"]) == (200, [])
    for bureau in ("DE", "IPSG-ART"):
        await records.require_hidden_from(bureau)
    assert (await records.restrict(restricted=[])).json()["addressed"] == ["KE"]
    assert (await records.restrict(restricted=[], addressed=[])).json()["addressed"] == []
    assert (await records.read("DE")).status_code == 200


@pytest.mark.thorough
async def test_a_record_that_is_not_open_to_partners_is_indistinguishable_from_none_to_them(records: Records) -> None:
    """Nor is it to the public; a unit of the Secretariat reads as a member does."""
    for other in ("PARTNER-ICC", "PUBLIC"):
        await records.require_hidden_from(other)
    assert (await records.read("IPSG-ART")).status_code == 200


@pytest.mark.thorough
async def test_a_bureau_that_is_both_admitted_and_barred_is_refused(records: Records) -> None:
    """With a pointer to it; the record stays as it was."""
    refused = await records.restrict(restricted=["KE"], addressed=["KE", "DE"])
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/addressed")
    assert (await records.read("DE")).status_code == 200


async def test_a_bureau_that_a_record_is_no_longer_addressed_to_is_asked_to_remove_its_copies(
    records: Records,
) -> None:
    """As a barred one is, and nobody else."""
    await records.disclose("DE", "KE")
    await records.restrict(restricted=[], addressed=["KE"])
    assert await records.recalled() == {"DE"}


async def test_a_confidential_record_is_not_read_without_its_scope(records: Records) -> None:
    """By no operation, not even by its owner; a list says how many it leaves out."""
    assert (await records.decide(CORRECTION)).status_code == 200
    reads = records.client.officer("FR", *records.kind.service.scopes)
    for operation, (method, body) in OPERATIONS.items():
        refused = await records.send(reads, method, operation, body, "")
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:handling-confidential")
    listed = (await reads.get(records.kind.path.removesuffix("/{record_id}"), params={"limit": 200})).json()
    assert (listed["withheld"], records.record in {record["id"] for record in listed["items"]}) == (1, False)
    assert (await records.read("FR")).json()["handling"] == "CONFIDENTIAL"


@pytest.mark.thorough
async def test_a_record_that_the_gateway_reads_states_what_a_quote_has(records: Records) -> None:
    """The gateway finds the path of a kind by the document of its service."""
    kind = records.kind.store.model.record_kind()
    operations = operations_of(records.kind.service)
    path = operations.record_path(kind)
    assert path == records.kind.path
    assert f"{records.kind.service.name}:read" in operations.find("GET", path).scopes
    wanted = RecordReference(service=records.kind.service.name, kind=kind, record=records.record)
    quote = quote_in((await records.read("FR")).content, wanted)
    assert (quote.record, quote.kind, quote.owner) == (records.record, kind, "FR")


@pytest.mark.thorough
async def test_a_restriction_that_bars_the_secretariat_is_refused(records: Records) -> None:
    """The Secretariat keeps the records (RPD article 22): only members can be barred."""
    france = records.client.officer("FR")
    refused = await records.send(france, "PUT", "restriction", {"restricted": ["IPSG"]}, "")
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:i247:problem:invalid")
    assert (await records.read("IPSG")).status_code == 200


@pytest.mark.thorough
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_an_owners_operation_by_another_bureau_is_refused(records: Records, operation: str) -> None:
    """Also by the Secretariat; the record stays unchanged."""
    before = (await records.read("FR")).json()
    for bureau in ("DE", "IPSG"):
        refused = await records.ask(bureau, operation)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:not-the-owner")
    assert (await records.read("FR")).json() == before


@pytest.mark.thorough
async def test_the_owner_sees_every_version_of_a_record(records: Records) -> None:
    """Complete, with the bureaus that it was restricted from."""
    before = (await records.read("FR")).json()
    after = (await records.ask("FR", "restriction")).json()
    versions = (await records.ask("FR", "versions")).json()["items"]
    assert [each["record"] for each in versions][:2] == [after, before]
