"""The routes of the audit log, the same below the path of every service.

What witnesses ask is not written down: a log that grew by being looked at would never rest.
"""

from typing import Annotated, Final

from fastapi import Depends, Query, Request
from starlette.routing import BaseRoute

from shared.audit.disclosure_router import not_audited, service_router
from shared.audit.models import (
    MAX_INDEX,
    MAX_STRETCH,
    AnswerDigest,
    AuditPage,
    ComplianceFigures,
    ConsistencyProof,
    Cosignature,
    Explanation,
    Index,
    LeafNumber,
    LeafProof,
    LeafQuery,
    LeafRange,
    ListedLeaves,
    ListQuery,
    LogNumber,
    OwnListLength,
    RequestId,
    ServiceLogs,
    SignedCheckpoint,
    Size,
)
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


async def _desk(request: Request) -> AuditReader:
    desk = context_of(request).audit
    if desk is None:
        raise NotFound("no audit log is kept here")
    return desk


Auditor = Annotated[Caller, permission(*AUDIT_READ.split(":"))]
Witness = Annotated[Caller, permission(*AUDIT_WITNESS.split(":"))]
AtDesk = Annotated[AuditReader, Depends(_desk)]
WhichLog = Annotated[LogNumber | None, Query(description="Which log: the one that grows, if it is left out.")]


def audit_routes(service: str) -> list[BaseRoute]:
    """Return the routes to the audit log of a service."""
    router, of_service = service_router(service, NotFound, LogDamaged), service.replace("-", "_")
    router.get("/audit", name=f"list_audit_of_{of_service}")(list_audit)
    router.get("/audit/checkpoint", name=f"get_checkpoint_of_{of_service}")(get_checkpoint)
    router.get("/audit/consistency", name=f"prove_consistency_of_{of_service}")(prove_consistency)
    router.get("/audit/list", name=f"prove_own_list_of_{of_service}")(prove_own_list)
    router.get("/audit/disclosures", name=f"list_own_disclosures_of_{of_service}")(list_own_disclosures)
    router.get("/audit/inclusion/{index}", name=f"prove_inclusion_of_{of_service}")(prove_inclusion)
    router.get("/audit/compliance", name=f"read_compliance_of_{of_service}")(read_compliance)
    router.get("/audit/logs", name=f"list_logs_of_{of_service}")(list_logs)
    router.get("/audit/log", name=f"get_log_of_{of_service}")(get_log)
    router.post(
        "/audit/cosignatures",
        name=f"cosign_log_of_{of_service}",
        status_code=204,
        responses=refusals(CheckpointUnknown, CosignatureRefused),
    )(cosign_log)
    router.get("/audit/by-request/{request_id}", name=f"explain_request_to_{of_service}")(explain_request)
    router.get("/audit/{index}", name=f"explain_leaf_of_{of_service}")(explain_leaf)
    return list(router.routes)


async def list_audit(auditor: Auditor, desk: AtDesk, wanted: Annotated[LeafQuery, Query()]) -> AuditPage:
    """List what was asked and shown, newest first.

    You see what your bureau asked, and of what others asked, what showed a record of your bureau; the Secretariat's
    auditors see all.
    """
    return await desk.page(auditor, wanted)


async def explain_leaf(
    index: LeafNumber,
    auditor: Auditor,
    desk: AtDesk,
    record: Annotated[RecordId | None, Query(description="Explain this record alone.")] = None,
) -> Explanation:
    """Tell why an answer showed what it did, in words, and prove it.

    With `record`, of that record alone. A leaf can be proven once a checkpoint covers it, which takes about a second,
    and bureaus have cosigned that. Whether there were other records than those told is proven to the bureau that asked
    and to the Secretariat alone.
    """
    return await desk.explain(auditor, index, record)


async def explain_request(
    request_id: RequestId,
    auditor: Auditor,
    desk: AtDesk,
    answer: Annotated[AnswerDigest | None, Query(description="Explain this answer.")] = None,
) -> Explanation:
    """Tell why the answer to a request showed what it did, by the id that stood in its header `I247-Request-Id`.

    A bureau can use an id again after some time. Without `answer` the first answer is explained; the list shows, with
    `request`, all that there are.
    """
    return await desk.explain_request(auditor, request_id, answer)


async def read_compliance(auditor: Auditor, desk: AtDesk) -> ComplianceFigures:
    """Read how many records bureaus entered here, and how many of these they took back soon after.

    You see the figures of your bureau; the Secretariat's auditors see those of all.
    """
    return await desk.compliance(auditor)


@not_audited
async def get_checkpoint(
    _: Auditor,
    desk: AtDesk,
    size: Annotated[Size | None, Query(description="Of the checkpoint wanted, in leaves.")] = None,
    witnesses: Annotated[
        int,
        Query(ge=0, le=MAX_WITNESSES, description="How many bureaus must have cosigned it, where no size is given."),
    ] = MIN_WITNESSES,
    most: Annotated[Size, Query(description="Of no more leaves than this, where no size is given.")] = MAX_INDEX,
    log: WhichLog = None,
) -> SignedCheckpoint:
    """Get what the log has grown to, signed: the newest checkpoint that convinces, or that of one size."""
    return await desk.checkpoint(size, witnesses, most, log)


@not_audited
async def prove_consistency(_: Auditor, desk: AtDesk, old: Size, new: Size, log: WhichLog = None) -> ConsistencyProof:
    """Get the proof that the log of `new` leaves begins with that of `old`."""
    return await desk.consistency(old, new, log)


@not_audited
async def prove_inclusion(
    index: Index,
    _: Auditor,
    desk: AtDesk,
    size: Annotated[Size, Query(description="Of the tree, in leaves.")],
    log: WhichLog = None,
) -> LeafProof:
    """Get the hash of a leaf as it is now, and the proof that the log of `size` leaves holds it.

    What the leaf says is not told. Witnesses ask for one leaf after the other, round and round: whoever rewrites an old
    one cannot answer without contradicting the checkpoint.
    """
    return await desk.inclusion(index, size, log)


@not_audited
async def prove_own_list(
    auditor: Auditor,
    desk: AtDesk,
    size: Annotated[Size, Query(description="Of the checkpoint.")],
    log: WhichLog = None,
) -> OwnListLength:
    """Get how long your bureau's list of disclosures is, proven by a checkpoint: it has no gap if all are found.

    Each log has lists of its own, which begin with it.

    In it is whatever showed or changed a record of your bureau, but what was shown to the Commission for the Control of
    Files, and what a search found that came before the record; these are in the list of the Secretariat.
    """
    return await desk.own_list(auditor, size, log)


@not_audited
async def list_own_disclosures(witness: Witness, desk: AtDesk, wanted: Annotated[ListQuery, Query()]) -> ListedLeaves:
    """Get a part of your bureau's list of disclosures, proven. Gateways check it by themselves."""
    return await desk.listed(witness, wanted)


@not_audited
async def list_logs(_: Auditor, desk: AtDesk) -> ServiceLogs:
    """Get the logs that the service has had: where one lost leaves, it was retired, and another one opened.

    Their names are `i247/<service>`, `i247/<service>/1` and so on. What the log says of one that was retired is the
    `opening` of the next; the alarm `new-log` of each witness says what it had seen of it beside that.
    """
    return await desk.logs()


async def get_log(
    auditor: Auditor,
    desk: AtDesk,
    after: Annotated[Size, Query(description="How many leaves to leave out.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_STRETCH, description="How many at the most.")] = MAX_STRETCH,
    log: WhichLog = None,
) -> LeafRange:
    """Get the log itself, leaf by leaf: the hash of each, and the text of those that your bureau may know of."""
    return await desk.stretch(auditor, after, limit, log)


@not_audited
async def cosign_log(cosignature: Cosignature, witness: Witness, desk: AtDesk) -> None:
    """Say as a witness that your bureau saw the log grow to a checkpoint. Gateways do this by themselves."""
    await desk.cosign(witness, cosignature)
