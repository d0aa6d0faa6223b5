"""Reports about a decision, from present answers of the services: its execution, and what a subject is given."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import msgspec
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gateway.subject_requests.models import ConcernedRecord, RemedyAct, RemedyState, SubjectRequestSummary
from gateway.subject_requests.record_client import RecordClient, read_as
from gateway.subject_requests.rows import StoredRecord, StoredRequest
from gateway.subject_requests.rules import NotAnswered
from gateway.subject_requests.views import concerned, summary_of
from shared.bureaus import Bureau
from shared.identity import Purpose
from shared.records.models import Deletion, Recall, Reference
from shared.records.policy import Record
from shared.records.terms import Terms

# Who else may see a record, and to what it is linked, are for the owner alone; the review of a notice is between issuer
# and Secretariat, and names officers.
NOT_DISCLOSED: Final = frozenset(
    {
        *("restricted", "addressed", "partners", "links"),
        *("drafted_by", "findings", "exchanges", "approvals", "compliant", "pending", "last_shown"),
    }
)


class NotifiedBureau(BaseModel):
    """A bureau that was notified to remove or to replace its copies, and what it signed."""

    bureau: Bureau
    recall: Recall


class ExecutedRemedy(ConcernedRecord):
    """The state of a remedy in the gateway, in the service and at the bureaus."""

    deleted: Deletion | None = Field(description="How the record ended, by its service; null while it exists.")
    in_effect: bool | None = Field(
        description="Whether the remedy is still in effect: the record is deleted, or has the corrected content. An "
        "owner may change it again: decide on it again. Null where nothing was changed, where a corrected record is "
        "gone, or where the service does not answer at the moment."
    )
    notified: list[NotifiedBureau] | None = Field(
        description="Which bureaus were notified, and whether each has signed that it applied it; null where the "
        "service does not answer at the moment, or no longer has any trace of the record."
    )


class ExecutionReport(BaseModel):
    """How a decision is carried out."""

    request: SubjectRequestSummary
    remedies: list[ExecutedRemedy]


class ShownTo(BaseModel):
    """A bureau that was shown a record."""

    bureau: Bureau
    first: AwareDatetime = Field(examples=["2026-06-01T12:00:00Z"])
    last: AwareDatetime = Field(examples=["2026-06-01T12:00:00Z"])


class _RecordOfAnyKind(Record):
    """What all records have; a kind has more."""

    model_config = ConfigDict(extra="ignore")


class DisclosedRecord(Terms):
    """The present content of a record, and who has seen it."""

    number: int = Field(ge=1, description="Its number in the request.", examples=[1])
    service: str = Field(examples=["missing-persons"])
    owner: Bureau = Field(description="The bureau that supplied it.")
    purpose: Purpose | None = Field(description="The purpose for which it was entered; null if none was stated.")
    content: dict[str, Any] = Field(description="The whole record, without the bureaus that are barred from it.")
    shown_to: list[ShownTo] = Field(description="By their codes.")


class AccessReport(BaseModel):
    """What the subject is given."""

    number: Reference
    made: AwareDatetime = Field(examples=["2026-06-01T12:00:00Z"])
    records: list[DisclosedRecord]
    gone: list[int] = Field(description="The numbers of records that no longer exist.", examples=[[]])
    abandoned: list[int] = Field(description="The numbers of records with an abandoned remedy.", examples=[[]])


async def execution_of(
    request: StoredRequest, records: Iterable[StoredRecord], files: RecordClient, now: datetime
) -> ExecutionReport:
    """Return the state of each remedy, also where a service does not answer."""
    decided = [record for record in records if record.act is not None]
    return ExecutionReport(
        request=summary_of(request, now.date()),
        remedies=await asyncio.gather(*(_executed(record, files) for record in decided)),
    )


async def report_on(
    request: StoredRequest, records: Iterable[StoredRecord], files: RecordClient, now: datetime
) -> AccessReport:
    """Return what the subject is given. Raises ScopeMissing, NotAnswered: an incomplete report is of no use."""
    to_disclose = [record for record in records if record.act is RemedyAct.DISCLOSE]
    granted = [record for record in to_disclose if record.state is not RemedyState.ABANDONED]
    for record in granted:
        files.require(record.place)
    disclosed = await asyncio.gather(*(_disclosed(record, files) for record in granted))
    return AccessReport(
        number=request.reference,
        made=now,
        records=[each for each in disclosed if each is not None],
        gone=[record.number for record, each in zip(granted, disclosed, strict=True) if each is None],
        abandoned=[record.number for record in to_disclose if record not in granted],
    )


async def _executed(record: StoredRecord, files: RecordClient) -> ExecutedRemedy:
    deleted = notified = in_effect = None
    with suppress(NotAnswered):
        disclosures = await files.disclosures(record.place)
        deleted = disclosures.deleted
        notified = [
            NotifiedBureau(bureau=each.bureau, recall=each.recall) for each in disclosures.recipients if each.recall
        ]
        in_effect = await _is_in_effect(record, files, is_deleted=deleted is not None)
    return ExecutedRemedy(**concerned(record).model_dump(), deleted=deleted, in_effect=in_effect, notified=notified)


async def _is_in_effect(record: StoredRecord, files: RecordClient, *, is_deleted: bool) -> bool | None:
    """Return whether a remedy is still in effect; None where none was carried out. Raises NotAnswered."""
    if record.state is RemedyState.CARRIED_OUT and record.act is RemedyAct.DELETE:
        return is_deleted
    version = None if record.proof is None else record.proof.version
    if version is None or record.corrections is None or is_deleted:
        return None
    return await files.still_says(record.place, version, record.corrections)


async def _disclosed(record: StoredRecord, files: RecordClient) -> DisclosedRecord | None:
    disclosures = await files.disclosures(record.place)
    if disclosures.deleted is not None:
        return None
    answer = await files.read(record.place)
    common = read_as(_RecordOfAnyKind, answer, record.place)
    content = msgspec.json.decode(answer.body, type=dict[str, object])
    return DisclosedRecord(
        number=record.number,
        service=record.place.service,
        **common.model_dump(include={"owner", "purpose", "handling", "conditions", "other_condition"}),
        content={name: value for name, value in content.items() if name not in NOT_DISCLOSED},
        shown_to=[
            ShownTo(bureau=each.bureau, first=each.first, last=each.last)
            for each in disclosures.recipients
            if each.first is not None and each.last is not None
        ],
    )
