"""Tells how a decision is carried out, and what a subject is given: each from the services, as it is at that moment."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final

import msgspec

from gateway.subject_requests.models import Act, RemedyState
from gateway.subject_requests.record_client import RecordClient, record_in
from gateway.subject_requests.results import (
    AccessReport,
    DisclosedRecord,
    ExecutedRemedy,
    ExecutionReport,
    ShownTo,
    ToldBureau,
)
from gateway.subject_requests.rows import KeptRecord, KeptRequest
from gateway.subject_requests.rules import NotAnswered
from gateway.subject_requests.views import concerned, summary_of

# Whom its owner bars from a record is for the owner alone.
NOT_DISCLOSED: Final = frozenset({"restricted"})


async def execution_of(
    request: KeptRequest, records: Iterable[KeptRecord], files: RecordClient, now: datetime
) -> ExecutionReport:
    """Return how far it is with each remedy, also where a service does not answer."""
    decided = [record for record in records if record.act is not None]
    return ExecutionReport(
        request=summary_of(request, now.date()),
        remedies=await asyncio.gather(*(_executed(record, files) for record in decided)),
    )


async def report_on(
    request: KeptRequest, records: Iterable[KeptRecord], files: RecordClient, now: datetime
) -> AccessReport:
    """Return what the subject is given. Raises ScopeMissing, NotAnswered: a report that lacks something is none."""
    to_disclose = [record for record in records if record.act is Act.DISCLOSE]
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


async def _executed(record: KeptRecord, files: RecordClient) -> ExecutedRemedy:
    deleted = told = holds = None
    with suppress(NotAnswered):
        disclosures = await files.disclosures(record.place)
        deleted = disclosures.deleted
        told = [ToldBureau(bureau=each.bureau, told=each.told) for each in disclosures.recipients if each.told]
        holds = await _holds(record, files, is_deleted=deleted is not None)
    return ExecutedRemedy(**concerned(record).model_dump(), deleted=deleted, holds=holds, told=told)


async def _holds(record: KeptRecord, files: RecordClient, *, is_deleted: bool) -> bool | None:
    """Tell whether what was carried out still stands; None where nothing was. Raises NotAnswered."""
    if record.state is RemedyState.CARRIED_OUT and record.act is Act.DELETE:
        return is_deleted
    version = None if record.proof is None else record.proof.version
    if version is None or record.corrections is None or is_deleted:
        return None
    return await files.still_says(record.place, version, record.corrections)


async def _disclosed(record: KeptRecord, files: RecordClient) -> DisclosedRecord | None:
    disclosures = await files.disclosures(record.place)
    if disclosures.deleted is not None:
        return None
    answer = await files.read(record.place)
    common = record_in(answer, record.place)
    content = msgspec.json.decode(answer.body, type=dict[str, object])
    return DisclosedRecord(
        number=record.number,
        service=record.place.service,
        owner=common.owner,
        purpose=common.purpose,
        handling=common.handling,
        conditions=common.conditions,
        other_condition=common.other_condition,
        content={name: value for name, value in content.items() if name not in NOT_DISCLOSED},
        shown_to=[
            ShownTo(bureau=each.bureau, first=each.first, last=each.last)
            for each in disclosures.recipients
            if each.first is not None and each.last is not None
        ],
    )
