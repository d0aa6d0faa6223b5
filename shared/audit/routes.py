"""The routes of the audit log, the same below the path of every service.

Requests of witnesses are not logged: otherwise the log would grow each time that a witness looks at it.
"""

from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request
from starlette.routing import BaseRoute

from shared.audit import models
from shared.audit.archive import ArchiveAbsent
from shared.audit.disclosure_router import not_audited, service_router
from shared.audit.reader import AuditReader
from shared.audit.rules import LogDamaged
from shared.audit.verify.signatures import MIN_WITNESSES
from shared.errors import NotFound
from shared.identity import AUDIT_READ, AUDIT_WITNESS, Caller
from shared.ids import RecordId
from shared.protocol.cosigning import CheckpointUnknown, CosignatureRefused
from shared.web.problems import refusals
from shared.web.routing import context_of, permission

MAX_WITNESSES: Final = 8


async def _reader(request: Request) -> AuditReader:
    reader = context_of(request).audit
    if reader is None:
        raise NotFound("no audit log is kept here")
    return reader


Auditor = Annotated[Caller, permission(*AUDIT_READ.split(":"))]
# A bureau that is restricted still guards the log.
Witness = Annotated[Caller, permission(*AUDIT_WITNESS.split(":"), while_restricted=True)]
Reader = Annotated[AuditReader, Depends(_reader)]
# Of what auditors ask, and of what gateways and their programs do with the logs.
AUDIT_TAG: Final = "audit"
LOGS_TAG: Final = "logs"
WhichLog = Annotated[models.LogNumber | None, Query(description="Which log: by default the one that grows.")]


def audit_routes(service: str) -> list[BaseRoute]:
    """Return the routes to the audit log of a service."""
    router = service_router(service, NotFound, LogDamaged, ArchiveAbsent, is_tagged=False)
    of_service = service.replace("-", "_")

    def audit(path: str, name: str) -> Any:
        return router.get(f"/audit{path}", name=f"{name}_{of_service}", tags=[AUDIT_TAG])

    def log(path: str, name: str) -> Any:
        return router.get(f"/audit{path}", name=f"{name}_{of_service}", tags=[LOGS_TAG])

    audit("", "list_audit_of")(list_audit)
    log("/checkpoint", "get_checkpoint_of")(get_checkpoint)
    log("/consistency", "get_consistency_proof_of")(get_consistency_proof)
    log("/list", "get_own_list_of")(get_own_list)
    log("/disclosures", "list_own_disclosures_of")(list_own_disclosures)
    log("/inclusion/{index}", "get_inclusion_proof_of")(get_inclusion_proof)
    audit("/compliance", "get_compliance_of")(get_compliance)
    log("/logs", "list_logs_of")(list_logs)
    log("/log", "get_log_of")(get_log)
    cosigning: dict[str, Any] = {"status_code": 204, "responses": refusals(CheckpointUnknown, CosignatureRefused)}
    router.post("/audit/cosignatures", name=f"cosign_log_of_{of_service}", tags=[LOGS_TAG], **cosigning)(cosign_log)
    audit("/by-request/{request_id}", "explain_request_to")(explain_request)
    audit("/{index}", "explain_leaf_of")(explain_leaf)
    return list(router.routes)


async def list_audit(
    auditor: Auditor, reader: Reader, wanted: Annotated[models.LeafQuery, Query()]
) -> models.AuditPage:
    """List what was asked and shown, newest first.

    You see what your bureau asked, and of what others asked, the records of your bureau that they were shown; the
    auditors of the Secretariat see everything.
    """
    return await reader.page(auditor, wanted)


async def explain_leaf(
    index: models.LeafNumber,
    auditor: Auditor,
    reader: Reader,
    record: Annotated[RecordId | None, Query(description="Explain only this record.")] = None,
) -> models.Explanation:
    """Explain why an answer showed what it did, and prove it.

    A leaf can be proven as soon as a checkpoint covers it, which takes about a second, and bureaus have cosigned that.
    Only the bureau that asked and the Secretariat get the proof that there were no other records.
    """
    return await reader.explain(auditor, index, record)


async def explain_request(
    request_id: models.RequestId,
    auditor: Auditor,
    reader: Reader,
    answer: Annotated[models.AnswerDigest | None, Query(description="Explain this answer.")] = None,
) -> models.Explanation:
    """Explain the answer to a request, by the id in its header `I247-Request-Id`.

    A bureau can use an id again after some time. Without `answer` the first answer is explained; the list shows, with
    `request`, all of them.
    """
    return await reader.explain_request(auditor, request_id, answer)


async def get_compliance(auditor: Auditor, reader: Reader) -> models.ComplianceFigures:
    """Get how many records each bureau entered here and soon took back.

    You see the figures of your bureau; the auditors of the Secretariat see those of all.
    """
    return await reader.compliance(auditor)


@not_audited
async def get_checkpoint(
    _: Auditor,
    reader: Reader,
    size: Annotated[models.Size | None, Query(description="The size of the checkpoint, in leaves.")] = None,
    witnesses: Annotated[
        int, Query(ge=0, le=MAX_WITNESSES, description="Without `size`: how many bureaus must have cosigned it.")
    ] = MIN_WITNESSES,
    most: Annotated[models.Size, Query(description="Without `size`: the greatest size.")] = models.MAX_INDEX,
    log: WhichLog = None,
) -> models.SignedCheckpoint:
    """Get a signed checkpoint of the log.

    It is the newest that enough bureaus cosigned, or that of one size.
    """
    return await reader.checkpoint(size, witnesses, most, log)


@not_audited
async def get_consistency_proof(
    _: Auditor, reader: Reader, old: models.Size, new: models.Size, log: WhichLog = None
) -> models.ConsistencyProof:
    """Get the proof that the log of `new` leaves begins with that of `old`."""
    return await reader.consistency(old, new, log)


@not_audited
async def get_inclusion_proof(
    index: models.Index,
    _: Auditor,
    reader: Reader,
    size: Annotated[models.Size, Query(description="The size of the tree, in leaves.")],
    log: WhichLog = None,
) -> models.LeafProof:
    """Get the proof that the log of `size` leaves has a leaf.

    The answer has the hash of the leaf as it is now. The content of the leaf is not returned. Witnesses ask for leaves
    in turn: a service that rewrote an old one cannot answer without contradicting the checkpoint.
    """
    return await reader.inclusion(index, size, log)


@not_audited
async def get_own_list(
    auditor: Auditor,
    reader: Reader,
    size: Annotated[models.Size, Query(description="The size of the checkpoint.")],
    log: WhichLog = None,
) -> models.OwnListLength:
    """Get the length of your bureau's list of disclosures, proven by a checkpoint.

    The list has no gap if all are found. Each log has lists of its own. Your list has each disclosure and change of a
    record of your bureau, except what was shown to the Commission for the Control of Files, and what an earlier search
    found; these are in the list of the Secretariat.
    """
    return await reader.own_list(auditor, size, log)


@not_audited
async def list_own_disclosures(
    witness: Witness, reader: Reader, wanted: Annotated[models.ListQuery, Query()]
) -> models.ListedLeaves:
    """List disclosures of your bureau's list in order, with proofs. Gateways check it automatically."""
    return await reader.listed(witness, wanted)


@not_audited
async def list_logs(_: Auditor, reader: Reader) -> models.ServiceLogs:
    """List the logs of the service.

    A log that lost leaves was retired, and another opened. Their names are `i247/<service>`, `i247/<service>/1` and so
    on. The `opening` of a log states what is kept of the one that it replaced; the alarm `new-log` of each witness
    states what that witness had seen.
    """
    return await reader.logs()


async def get_log(
    auditor: Auditor,
    reader: Reader,
    after: Annotated[models.Size, Query(description="How many leaves to skip.")] = 0,
    limit: Annotated[int, Query(ge=1, le=models.MAX_LEAVES, description="How many at most.")] = models.MAX_LEAVES,
    log: WhichLog = None,
) -> models.LeafRange:
    """Get the log itself, leaf by leaf.

    It has the hash of each, and the text of those that your bureau may see.
    """
    return await reader.leaves(auditor, after, limit, log)


@not_audited
async def cosign_log(cosignature: models.Cosignature, witness: Witness, reader: Reader) -> None:
    """Cosign a checkpoint as a witness that saw the log grow. Gateways do this automatically."""
    await reader.cosign(witness, cosignature)
