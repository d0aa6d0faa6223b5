"""A service that shows different logs to different bureaus (a split view) is detected once any two are compared."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.witness.log_client import LogClient
from gateway.witness.rules import PROVEN_WITHIN, Fault
from shared.audit.format.proof_file import CheckpointFile
from shared.audit.tables import audit_checkpoints
from shared.audit.verify.checkpoints import Findings
from shared.audit.verify.leaf_proof import verify_proof
from shared.audit.verify.signatures import attest, entries_for, keys_of
from shared.audit.writer import append
from shared.bureaus import BureauCode
from shared.crypto.signed_note import Signature, cosign, parse_note, read_checkpoint, witness_name
from shared.protocol.http import HttpRequest
from shared.service_process import RecordKeeping
from tests.conftest import store_of
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.witness.network import NAME, PATH, SERVICE, Network, entry_of


class SplitView:
    """A service with two logs, which selects one by the bureau of the caller."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self.networks: dict[str, Network] = {}
        self.applications: dict[str, Any] = {}
        self.shown_to = {"DE": "one", "FR": "other"}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer from the log for the caller."""
        await self.applications[self.shown_to[scope["state"]["caller"].bureau]](scope, receive, send)

    async def append_request(self, face: str, *officers: str) -> None:
        """Add leaves to one of the logs, and sign a checkpoint."""
        network = self.networks[face]
        async with network.database.writing(exclusive=True) as session:
            await append(session, [entry_of(officer) for officer in officers])
        await network.sign()

    async def add_to_checkpoint(self, face: str, line: str) -> None:
        """Add a line to the newest checkpoint of one of the logs."""
        async with self.networks[face].database.writing() as session:
            newest = sa.select(sa.func.max(audit_checkpoints.c.size)).scalar_subquery()
            changed = sa.update(audit_checkpoints).where(audit_checkpoints.c.size == newest)
            await session.execute(changed.values(note=audit_checkpoints.c.note + line))

    def withhold(self, face: str, path: str, instead: bytes = b"") -> None:
        """Have one of the logs refuse requests of a kind from now on, or answer something else."""
        answering = self.applications[face]

        async def withholding(scope: Any, receive: Any, send: Any) -> None:
            if not scope["path"].endswith(path):
                await answering(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": 200 if instead else 503, "headers": []})
            await send({"type": "http.response.body", "body": instead})

        self.applications[face] = withholding

    async def look(self, bureau: str) -> None:
        """Have the witness of a bureau check the log that it is shown."""
        await self.networks["one"].look(bureau)

    async def checkpoint_for(self, bureau: str) -> CheckpointFile:
        """Return the newest checkpoint that a bureau is shown."""
        shown = await self.networks["one"].audit(bureau, f"{PATH}/audit/checkpoint", witnesses=0)
        return CheckpointFile(**shown.json())

    async def proof_for(self, bureau: str, *others: CheckpointFile) -> Findings:
        """Return the result of verifying the proof of the last leaf shown to a bureau, given checkpoints of others."""
        index = len(await self.networks[self.shown_to[bureau]].leaves()) - 1
        explained = await self.networks["one"].audit(bureau, f"{PATH}/audit/{index}")
        return verify_proof(explained.json()["proof"].encode(), self.mesh.root.public, others=others)


async def started(mesh: Mesh, folder: Path, stack: AsyncExitStack) -> SplitView:
    """Start the service with two identical logs."""
    await stack.enter_async_context(mesh.handling_mail())
    service = SplitView(mesh)
    await mesh.serve(SERVICE, service)
    client = await stack.enter_async_context(client_of(mesh.gateway(SERVICE)))
    for face in ("one", "other"):
        database = await stack.enter_async_context(store_of(SERVICE, f"sqlite:///{folder / face}.db"))
        records = mesh.records[NAME] = RecordKeeping(SERVICE, database, mesh.participants[NAME], None)
        service.applications[face] = SERVICE.create_app(records.context(1))
        service.networks[face] = Network(mesh, client)
        await service.append_request(face, "de.first", "de.second")
    return service


@pytest.fixture
async def service(mesh: Mesh, tmp_path: Path) -> AsyncIterator[SplitView]:
    """Start the service with two identical logs, which tests let diverge."""
    async with AsyncExitStack() as stack:
        yield await started(mesh, tmp_path, stack)


def finding_of(findings: Findings, check: str) -> tuple[bool, str]:
    """Return the result of one check."""
    [found] = [each for each in findings.found if each.check.startswith(check)]
    return found.ok, found.says


async def test_a_view_shown_to_one_bureau_alone_has_too_few_cosignatures(service: SplitView) -> None:
    """Each witness cosigns only what it is shown."""
    await service.append_request("one", "de.third")
    await service.append_request("other", "de.someone-else")
    for bureau in ("DE", "FR"):
        await service.look(bureau)
        enough, says = finding_of(await service.proof_for(bureau), "witnesses")
        assert not enough
        assert f"has only that of {bureau} at" in says


@pytest.mark.thorough
async def test_two_views_cosigned_by_a_colluding_witness_pass_until_compared(service: SplitView) -> None:
    """Kenya cosigns both: each bureau has two cosignatures for its view, and no alarm."""
    await service.append_request("one", "de.third")
    await service.append_request("other", "de.someone-else")
    for bureau in ("DE", "FR"):
        await service.look(bureau)
    kenya = service.mesh.bureaus[BureauCode("KE")]
    for face in ("one", "other"):
        service.shown_to["KE"] = face
        note = await service.networks[face].note()
        line = cosign(note, witness_name("KE"), kenya.keys.signing, service.mesh.clock.now())
        body = json.dumps({"size": read_checkpoint(note).size, "line": line}).encode()
        await LogClient(kenya).ask(NAME, HttpRequest("POST", f"{PATH}/audit/cosignatures", "application/json", body))
    for bureau in ("DE", "FR"):
        assert finding_of(await service.proof_for(bureau), "witnesses")[0]
        assert await service.networks["one"].alarms(bureau) == []
    fits, _ = finding_of(await service.proof_for("DE", await service.checkpoint_for("FR")), "other checkpoint")
    assert not fits


@pytest.mark.thorough
async def test_two_views_of_equal_size_are_detected_by_comparing_checkpoints(service: SplitView) -> None:
    """The service signed both, so the holder of a proof is convinced by the checkpoint of another bureau."""
    await service.append_request("one", "de.third")
    await service.append_request("other", "de.someone-else")
    fits, says = finding_of(await service.proof_for("DE", await service.checkpoint_for("FR")), "other checkpoint")
    assert not fits
    assert says.startswith("a split view: the log signed another tree of 3 leaves")
    assert finding_of(await service.proof_for("DE", await service.checkpoint_for("DE")), "other checkpoint")[0]


@pytest.mark.parametrize(
    ("more", "fault"), [((), Fault.FORKED), (("de.fourth", "de.fifth"), Fault.REWRITTEN)], ids=["as large", "larger"]
)
@pytest.mark.parametrize(
    "junk", ["", Signature("i247/ZZ", bytes(4), bytes(72)).line], ids=["", "with an unknown signature"]
)
async def test_a_witness_that_is_shown_the_other_view_raises_an_alarm(
    service: SplitView, more: tuple[str, ...], fault: Fault, junk: str
) -> None:
    """Of equal size or larger: the witness keeps both signed checkpoints as evidence."""
    await service.append_request("one", "de.third")
    await service.append_request("other", "de.someone-else", *more)
    await service.look("DE")
    service.shown_to["DE"] = "other"
    await service.add_to_checkpoint("other", junk)
    await service.look("DE")
    [alarm] = await service.networks["one"].alarms("DE")
    assert (alarm.evidence.fault, alarm.evidence.seen_size) == (fault, 3)
    assert await service.networks["other"].witnesses() == [*(["ZZ"] if junk else [])]
    for note in (alarm.evidence.seen, alarm.evidence.shown):
        entries = entries_for([note], NAME, service.mesh.directory)
        attested, found = attest(note, NAME, keys_of(NAME, entries, service.mesh.root.public))
        assert attested is not None, found


async def test_a_smaller_view_than_seen_before_raises_an_alarm(service: SplitView) -> None:
    await service.append_request("one", "de.third")
    await service.look("DE")
    service.shown_to["DE"] = "other"
    await service.look("DE")
    [alarm] = await service.networks["one"].alarms("DE")
    assert (alarm.evidence.fault, alarm.evidence.seen_size) == (Fault.SHRUNK, 3)


@pytest.mark.thorough
@pytest.mark.parametrize("instead", [b"", b'{"proof":["\xff"]}', b'{"x":' + b"[" * 200_000])
async def test_growth_without_a_consistency_proof_raises_an_alarm_after_a_minute(
    service: SplitView, instead: bytes
) -> None:
    """With both checkpoints as evidence, even if the service shows the old one in between."""
    await service.append_request("one", "de.third")
    await service.look("DE")
    await service.append_request("other", "de.someone-else", "de.fourth")
    service.withhold("other", "/consistency", instead)
    for _ in range(6):
        assert await service.networks["one"].alarms("DE") == []
        for face in ("other", "one"):
            service.shown_to["DE"] = face
            await service.look("DE")
        service.mesh.clock.advance(PROVEN_WITHIN / 6)
    service.shown_to["DE"] = "other"
    await service.look("DE")
    [alarm] = await service.networks["one"].alarms("DE")
    assert (alarm.evidence.fault, alarm.evidence.seen_size) == (Fault.UNPROVEN, 3)
    assert read_checkpoint(parse_note(alarm.evidence.shown)).size == 4
    assert [line["shown_size"] for line in service.mesh.logged("witness-alarm")] == [4]
    assert await service.networks["other"].witnesses() == []
