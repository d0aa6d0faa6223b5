"""Rules for all records, tested on every kind of every service: a new kind is covered without being listed."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from shutil import copy
from typing import Any

import httpx
import pytest

from gateway.edge.declared_answers import operations_of
from gateway.messages.record_reader import quote_in
from gateway.openapi.merge import service_openapi
from services import SERVICES
from shared.audit.pending import pending_of
from shared.audit.tables import audit_leaves, withdrawals
from shared.audit.writer import AuditLog, unanswered
from shared.bureaus import BureauCode, kind_of
from shared.clock import FixedClock
from shared.identity import Purpose
from shared.mailbox.quote_models import RecordReference
from shared.records.policy import REVIEWED_BEFORE
from shared.records.results import RecordPageQuery
from shared.records.retention import EXPIRE
from shared.records.rules import input_of
from shared.records.search.saved_searches import RecentSearches
from shared.records.store import RecordStore
from shared.records.tables import former_versions, outgoing
from shared.service import Context, Service
from shared.service_process import RecordKeeping
from shared.storage import Database, open_database
from tests.conftest import NOW, store_of
from tests.gateway.mesh import Mesh
from tests.support import ServiceClient, caller

OPERATIONS = {
    "versions": ("GET", None),
    "disclosures": ("GET", None),
    "restriction": ("PUT", {"restricted": ["DE"]}),
    "renewal": ("POST", {"reason": "The case is open."}),
    "": ("DELETE", None),
}
# The steps with which an owner ends a record, each with its body.
ENDS = {"withdrawal": None, "recovery": None, "finding": None, "identification": {"evidence": ["dna"]}}
OTHER_STEPS = {
    *("decision", "impressions", "photographs", "review", "question", "answer", "publication", "refusal"),
    *("cancellation", "submission", "diffusion", "release", "same-person", "compliance", "pending"),
}
LONGEST_TERM = timedelta(days=15 * 365)
COMMISSION = Purpose.DATA_SUBJECT_REQUEST
# A correction that fits every kind of record.
CORRECTION = {"decision": "correct", "reference": "CCF/2026/12", "corrections": {"handling": "CONFIDENTIAL"}}
DELETION = {"decision": "delete", "reference": "CCF/2026/13"}


@dataclass
class Kind:
    """One kind of record, with its service and store."""

    service: Service
    store: type[RecordStore[Any]]

    @cached_property
    def path(self) -> str:
        name = f"restrict_{self.store.model.record_kind().replace('-', '_')}"
        [path] = [
            path
            for path, stated in service_openapi(self.service)["paths"].items()
            for operation in stated.values()
            if operation["operationId"] == name
        ]
        return path.removesuffix("/restriction")


KINDS = [Kind(service, store) for service in SERVICES for store in service.metadata.info["stores"]]
pytestmark = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.store.model.record_kind())


class Records:
    """One record of France of a kind, and requests for it."""

    def __init__(self, kind: Kind, client: ServiceClient, database: Database, record: str) -> None:
        self.kind = kind
        self.client = client
        self.database = database
        self.record = record

    async def ask(self, bureau: str, operation: str, record: str = "") -> httpx.Response:
        method, body = OPERATIONS[operation]
        return await self.send(self.client.officer(bureau), method, operation, body, record)

    async def decide(self, body: dict[str, Any], record: str = "", **who: Any) -> httpx.Response:
        officer = caller(who.get("bureau", "CCF"), *self.kind.service.scopes, purpose=who.get("purpose", COMMISSION))
        return await self.send(self.client.calling(lambda: officer), "POST", "decision", body, record)

    async def send(self, officer: httpx.AsyncClient, method: str, operation: str, body: Any, record: str) -> Any:
        path = self.kind.path.replace("{record_id}", record or self.record)
        return await officer.request(method, f"{path}/{operation}".removesuffix("/"), json=body)

    async def read(self, bureau: str) -> Any:
        return await self.send(self.client.officer(bureau), "GET", "", None, "")

    async def restrict(self, **stated: Any) -> httpx.Response:
        return await self.send(self.client.officer("FR"), "PUT", "restriction", stated, "")

    async def require_hidden_from(self, bureau: str) -> None:
        """Check that a participant gets the same answers as if the record did not exist.

        Only bureaus may change records at all.
        """
        expected = {404} if kind_of(bureau) == "bureau" else {403, 404}
        never = f"{self.record[:-6]}{'0' * 6}"
        assert (await self.read(bureau)).status_code == 404
        for operation in OPERATIONS:
            real, none = [await self.ask(bureau, operation, record) for record in (self.record, never)]
            assert real.status_code == none.status_code
            assert real.status_code in expected
            assert real.headers.keys() == none.headers.keys()
            assert real.text.replace(self.record, "ID") == none.text.replace(never, "ID")

    async def disclose(self, *bureaus: str) -> None:
        """Log that bureaus were shown the record, as the bridge does."""
        stored = await self.kind.store(self.database.reading, caller("FR"), NOW).get(self.record)
        log = AuditLog(self.database, RecentSearches())
        for bureau in bureaus:
            reader = caller(bureau)
            reader.recorder.operation = "read_record"
            reader.recorder.record(stored.disclosure("read"))
            await log.add(unanswered(pending_of(reader), NOW))
        await log.close()

    async def recalled(self) -> set[str]:
        """Return the bureaus that were asked to remove their copies."""
        rows = await self.database.reading.fetch(withdrawals.select())
        return {row.bureau for row in rows if row.act == "withdrawn" and row.record_id == self.record}

    def ends(self) -> list[str]:
        """Return the steps with which an owner may end a record of this kind."""
        paths = service_openapi(self.kind.service)["paths"]
        named = (path.removeprefix(f"{self.kind.path}/") for path in paths if path.startswith(f"{self.kind.path}/"))
        return sorted(ENDS.keys() & {*named})


@dataclass(frozen=True)
class Filled:
    """Stores that are filled once per module: filling one for each test would take longer than the test."""

    folder: Path
    records: dict[str, str] = field(default_factory=dict)
    """For each kind, the id of a record visible to all."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Return an empty collection of filled stores."""
    return Filled(tmp_path_factory.mktemp("filled"))


async def fill(kind: Kind, file: Path, filled: Filled) -> str:
    """Fill the store of a kind with records of France, and return the id of one visible to all."""
    name = kind.store.table.name
    if name not in filled.records:
        async with store_of(kind.service, f"sqlite:///{filled.folder / name}") as database:
            async with database.writing() as session:
                random = Random(1)  # noqa: S311 - not used for a secret
                await kind.service.seed(session, random, 30, [BureauCode("FR")], NOW - timedelta(days=1))
            seen = await kind.store(database.reading, caller("DE"), NOW).list(RecordPageQuery())
        filled.records[name] = seen.items[0].id
    copy(filled.folder / name, file)
    return filled.records[name]


@pytest.fixture
async def records(kind: Kind, tmp_path: Path, clock: FixedClock, filled: Filled) -> AsyncIterator[Records]:
    record = await fill(kind, tmp_path / "store.db", filled)
    database = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    app = kind.service.create_app(Context(database, clock))
    async with app.router.lifespan_context(app):
        yield Records(kind, ServiceClient(kind.service, app), database, record)
    await database.close()


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


async def test_a_record_that_is_not_open_to_partners_is_indistinguishable_from_none_to_them(records: Records) -> None:
    """Nor is it to the public; a unit of the Secretariat reads as a member does."""
    for other in ("PARTNER-ICC", "PUBLIC"):
        await records.require_hidden_from(other)
    assert (await records.read("IPSG-ART")).status_code == 200


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


async def test_every_step_that_ends_a_record_is_known(records: Records) -> None:
    """A step is one of those above, or leaves the record to those who had it."""
    assert "withdrawal" in records.ends()
    paths = service_openapi(records.kind.service)["paths"]
    steps = {path.removeprefix(f"{records.kind.path}/") for path in paths if path.startswith(f"{records.kind.path}/")}
    assert {step for step in steps if "/" not in step} <= {*ENDS, *OPERATIONS, *OTHER_STEPS}


async def test_a_restriction_that_bars_the_secretariat_is_refused(records: Records) -> None:
    """The Secretariat keeps the records (RPD article 22): only members can be barred."""
    france = records.client.officer("FR")
    refused = await records.send(france, "PUT", "restriction", {"restricted": ["IPSG"]}, "")
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:i247:problem:invalid")
    assert (await records.read("IPSG")).status_code == 200


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_an_owners_operation_by_another_bureau_is_refused(records: Records, operation: str) -> None:
    """Also by the Secretariat; the record stays unchanged."""
    before = (await records.read("FR")).json()
    for bureau in ("DE", "IPSG"):
        refused = await records.ask(bureau, operation)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:not-the-owner")
    assert (await records.read("FR")).json() == before


async def test_the_owner_sees_every_version_of_a_record(records: Records) -> None:
    """Complete, with the bureaus that it was restricted from."""
    before = (await records.read("FR")).json()
    after = (await records.ask("FR", "restriction")).json()
    versions = (await records.ask("FR", "versions")).json()["items"]
    assert [each["record"] for each in versions][:2] == [after, before]


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


async def test_a_record_that_has_ended_is_not_renewed(records: Records, clock: FixedClock) -> None:
    """It is kept until its term ends, and no longer."""
    step = records.ends()[0]
    assert (await records.send(records.client.officer("FR"), "POST", step, ENDS[step], "")).status_code == 200
    clock.advance(REVIEWED_BEFORE)
    refused = await records.ask("FR", "renewal")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:i247:problem:illegal-step"), refused.text
    assert "has ended" in refused.json()["detail"]


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


async def test_the_commission_corrects_a_record(records: Records) -> None:
    """Of any owner, who finds the reference with the version and is notified; a repeated decision has no effect."""
    version = (await records.read("FR")).json()["version"]
    done = await records.decide(CORRECTION)
    assert (done.status_code, done.json()["version"]) == (200, version + 1)
    [newest, *_] = (await records.ask("FR", "versions")).json()["items"]
    assert (newest["record"]["handling"], newest["reason"]) == ("CONFIDENTIAL", "CCF/2026/12")
    [letter] = await records.database.reading.fetch(outgoing.select())
    assert '"recipients":["FR"]' in letter.notification
    assert (await records.decide(CORRECTION)).json() == done.json()


async def test_a_correction_by_the_commission_applies_to_all_versions(records: Records) -> None:
    """The owner no longer finds the removed content in the history; the rest is unchanged."""
    for _ in range(2):
        await records.ask("FR", "restriction")
    before = (await records.ask("FR", "versions")).json()["items"]
    assert (await records.decide(CORRECTION)).status_code == 200
    after = (await records.ask("FR", "versions")).json()["items"]
    corrected = [each["record"] | {"handling": "CONFIDENTIAL"} for each in before]
    assert [each["record"] for each in after[1:]] == corrected
    assert len(corrected) > 2


async def test_a_correction_that_does_not_fit_the_kind_is_refused(records: Records) -> None:
    """The problem names the field, and the record stays unchanged."""
    before = (await records.read("FR")).json()
    refused = await records.decide(CORRECTION | {"corrections": {"owner": "DE"}})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/corrections/owner")
    assert (await records.read("FR")).json() == before


async def test_the_commission_deletes_a_record(records: Records) -> None:
    """The tombstone holds the reference; a repeated decision has no effect, and another one gets a 410."""
    done = await records.decide(DELETION)
    assert (done.status_code, done.json()["decision"]) == (200, "delete")
    assert (await records.read("FR")).status_code == 404
    disclosures = (await records.ask("FR", "disclosures")).json()
    assert (disclosures["deleted"]["act"], disclosures["deleted"]["reference"]) == ("decided", "CCF/2026/13")
    [owner] = disclosures["recipients"]
    assert (owner["bureau"], owner["times"], owner["recall"]["act"]) == ("FR", 0, "withdrawn")
    assert (await records.decide(DELETION)).json() == done.json()
    gone = await records.decide(DELETION | {"reference": "CCF/2026/14"})
    assert (gone.status_code, gone.json()["type"]) == (410, "urn:i247:problem:record-gone")


async def test_a_decision_by_anyone_but_the_commission_is_refused(records: Records) -> None:
    """By the owner, or an officer of the Secretariat; also on a record that does not exist."""
    never = f"{records.record[:-6]}{'0' * 6}"
    for who in ({"bureau": "FR", "purpose": Purpose.WARNING}, {"bureau": "IPSG", "purpose": Purpose.WARNING}):
        for record in (records.record, never):
            refused = await records.decide(DELETION, record, **who)
            assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:commission-only")
    assert (await records.decide(DELETION, never)).status_code == 404
    assert (await records.read("FR")).status_code == 200


@pytest.mark.parametrize("purpose", Purpose)
async def test_a_record_is_kept_for_a_purpose_that_fits_its_kind_and_content(
    records: Records, purpose: Purpose
) -> None:
    """Any other is refused with the list; none is that of the request, which here is the Commission's."""
    before = (await records.read("FR")).json()
    fitting = records.kind.store.model.model_validate(before).fitting_purposes()
    assert before["purpose"] == fitting[0]
    corrected = await records.decide(CORRECTION | {"corrections": {"purpose": purpose}})
    if purpose in fitting:
        assert (corrected.status_code, (await records.read("FR")).json()["purpose"]) == (200, purpose)
        return
    [fault] = corrected.json()["errors"]
    assert (corrected.status_code, fault["in"], fault["pointer"]) == (422, "body", "/corrections/purpose")
    assert all(each in fault["detail"] for each in fitting)
    assert (await records.read("FR")).json() == before


async def test_a_reference_with_personal_data_is_refused(records: Records) -> None:
    """Everybody who is shown the record is shown it. Only sure signs count: a name is not looked for."""
    shown = (await records.read("FR")).json()
    members = input_of(type(records.kind.store.model.of_json(json.dumps(shown)))).model_fields
    entry = {name: value for name, value in shown.items() if name in members}
    for reference in ("Smith +49 170 1234567", "max@example.org"):
        edited = await records.send(records.client.officer("FR"), "PUT", "", {**entry, "reference": reference}, "")
        decided = await records.decide({**CORRECTION, "corrections": {"reference": reference}})
        for refused, pointer in ((edited, "/reference"), (decided, "/corrections/reference")):
            assert (refused.status_code, refused.json()["type"]) == (422, "urn:i247:problem:invalid"), refused.text
            assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
            assert "example.org" not in refused.text
    assert (await records.read("FR")).json() == shown
