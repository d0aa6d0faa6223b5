"""How a record of every kind ends: by its owner, by its term, or not yet, as it is renewed."""

from datetime import timedelta

import pytest

from gateway.openapi.merge import service_openapi
from shared.audit.tables import audit_leaves
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.records.policy import REVIEWED_BEFORE
from shared.records.results import RecordPageQuery
from shared.records.retention import EXPIRE
from shared.records.tables import former_versions
from shared.service_process import RecordKeeping
from tests.conftest import NOW
from tests.gateway.mesh import Mesh
from tests.gateway.records.every_kind import ENDS, KINDS, OPERATIONS, Records
from tests.support import caller

OTHER_STEPS = {
    *("decision", "impressions", "photographs", "review", "question", "answer", "publication", "refusal"),
    *("cancellation", "submission", "diffusion", "release", "same-person", "compliance", "pending"),
}
LONGEST_TERM = timedelta(days=15 * 365)
pytestmark = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.store.model.record_kind())


@pytest.mark.thorough
async def test_what_ended_is_gone_for_others(records: Records) -> None:
    """Each end that an owner can give a record: only the owner sees it, and those who have it are told and sign."""
    store = records.kind.store(records.database.reading, caller("DE"), NOW)
    shown = (await store.list(RecordPageQuery())).items
    for step, record in zip(records.ends(), shown, strict=False):
        records.record = record.id
        await records.disclose("DE", "PL")
        taken = await records.send(records.client.officer("FR"), "POST", step, ENDS[step], "")
        assert taken.status_code == 200, taken.text
        assert await records.recalled() == {"DE", "PL"}
        assert (await records.read("FR")).status_code == 200
        await records.require_hidden_from("DE")


@pytest.mark.thorough
async def test_every_step_that_ends_a_record_is_known(records: Records) -> None:
    """A step is one of those above, or leaves the record to those who had it."""
    assert "withdrawal" in records.ends()
    paths = service_openapi(records.kind.service)["paths"]
    steps = {path.removeprefix(f"{records.kind.path}/") for path in paths if path.startswith(f"{records.kind.path}/")}
    assert {step for step in steps if "/" not in step} <= {*ENDS, *OPERATIONS, *OTHER_STEPS}


@pytest.mark.thorough
async def test_the_owner_renews_a_record_for_its_full_term_with_a_reason(records: Records, clock: FixedClock) -> None:
    """The reason is stored with the version; a second renewal at once is refused, as it would change nothing else."""
    clock.advance(REVIEWED_BEFORE)
    renewed = (await records.ask("FR", "renewal")).json()
    [newest, *_] = (await records.ask("FR", "versions")).json()["items"]
    assert (newest["record"], newest["reason"]) == (renewed, "The case is open.")
    store = records.kind.store
    model = store.model.model_validate(renewed)
    now = clock.now()
    assert model.expires == now + store(records.database.reading, caller("FR"), now).kept_for(model)
    clock.advance(timedelta(days=1))
    again = await records.ask("FR", "renewal")
    assert (again.status_code, again.json()["type"]) == (409, "urn:i247:problem:illegal-step")


@pytest.mark.thorough
async def test_a_record_that_has_ended_is_not_renewed(records: Records, clock: FixedClock) -> None:
    """It is kept until its term ends, and no longer."""
    step = records.ends()[0]
    assert (await records.send(records.client.officer("FR"), "POST", step, ENDS[step], "")).status_code == 200
    clock.advance(REVIEWED_BEFORE)
    refused = await records.ask("FR", "renewal")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:i247:problem:illegal-step"), refused.text
    assert "has ended" in refused.json()["detail"]


@pytest.mark.thorough
async def test_a_deleted_record_and_its_versions_are_removed(records: Records) -> None:
    """The tombstone is visible to the owner alone."""
    restricted = (await records.ask("FR", "restriction")).json()
    deleted = await records.ask("FR", "")
    assert (deleted.status_code, deleted.content) == (204, b"")
    for bureau in ("FR", "DE", "IPSG"):
        assert (await records.read(bureau)).status_code == 404
    disclosures = (await records.ask("FR", "disclosures")).json()
    assert (disclosures["deleted"]["act"], disclosures["version"]) == ("deleted", restricted["version"] + 1)
    assert (await records.ask("DE", "disclosures")).status_code == 404
    assert (await records.ask("FR", "")).status_code == 404
    assert await records.database.reading.fetch(former_versions.select()) == []


async def test_an_expired_record_is_deleted_by_the_retention_job(records: Records, clock: FixedClock) -> None:
    """The owner sees when, and the leaf that proves it."""
    mesh = Mesh(clock)
    keeping = RecordKeeping(records.kind.service, records.database, mesh.bureaus[BureauCode("FR")], None)
    clock.advance(LONGEST_TERM)
    mesh.change_entries("FR", not_after=(clock.now() + LONGEST_TERM).timestamp())
    for work in keeping._jobs():
        if work.name.startswith("retention"):
            # The first run announces the deletion.
            await work.run_once()
            await work.run_once()
    disclosures = (await records.ask("FR", "disclosures")).json()
    assert (disclosures["deleted"]["act"], disclosures["deleted"]["at"][:4]) == ("expired", str(clock.now().year))
    leaf = audit_leaves.select().where(audit_leaves.c.number == disclosures["deleted"]["leaf"])
    [row] = await records.database.reading.fetch(leaf)
    assert (row.bureau, row.officer, row.operation) == ("FR", records.kind.service.name, EXPIRE)
