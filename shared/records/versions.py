"""The former versions of a record, who made each, and why if a reason was given.

Corrections by the Commission are made in all of them. Does NOT check who may read them: call
`require_history_access` before.
"""

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.engine import Row

from shared.audit.tables import audit_leaves, disclosures
from shared.bureaus import REVIEWERS
from shared.clock import time_at
from shared.disclosure import Rule
from shared.identity import Caller
from shared.records.models import Making, RecordVersion, RecordVersions, VersionsQuery
from shared.records.policy import Record
from shared.records.results import R
from shared.records.tables import former_versions, reasons
from shared.storage import Session, having, page_of
from shared.web.paging import count_within_reply

# Of versions that are corrected.
BATCH_SIZE: Final = 100

_give: Final = sa.insert(reasons)
_of_record: Final = having(former_versions, kind="of_kind", record_id="of_record")
_before: Final = (_of_record, former_versions.c.version < sa.bindparam("before"))
_former: Final = (
    sa.select(*former_versions.c["version", "content"])
    .where(*_before)
    .order_by(former_versions.c.version.desc())
    .limit(sa.bindparam("at_most"))
)
_of_version: Final = (_of_record, having(former_versions, version="of_version"))
_correct: Final = sa.update(former_versions).where(*_of_version).values(content=sa.bindparam("corrected"))
_delete: Final = sa.delete(former_versions).where(*_of_version)
_SPAN: Final[tuple[sa.BindParameter[int], sa.BindParameter[int]]] = (sa.bindparam("oldest"), sa.bindparam("newest"))
_made: Final = (
    sa.select(disclosures, audit_leaves.c.operation)
    .join(audit_leaves, audit_leaves.c.number == disclosures.c.leaf)
    .where(having(disclosures, record_id="of_record"), disclosures.c.how == "change")
    .where(disclosures.c.version.between(*_SPAN))
)
_reasons: Final = sa.select(*reasons.c["version", "reason"]).where(
    having(reasons, record_id="of_record"), reasons.c.version.between(*_SPAN)
)


async def give_reason(session: Session, record: Record, reason: str) -> None:
    """Store why a version was made. Call it after the version is stored, when a concurrent change was refused."""
    await session.execute(_give, {"record_id": record.id, "version": record.version, "reason": reason})


async def correct_former(session: Session, record: R, correct: Callable[[R], R]) -> None:
    """Correct the former versions of a record; delete one that would not be a record any more."""
    of_record, before = {"of_kind": record.record_kind(), "of_record": record.id}, record.version
    while rows := await session.fetch(_former, {**of_record, "before": before, "at_most": BATCH_SIZE}, in_thread=True):
        for row in rows:
            former = type(record).of_json(row.content)
            of_version = {**of_record, "of_version": row.version}
            as_before = {name: getattr(former, name) for name in ("version", "updated", "expires")}
            try:
                corrected = correct(former).model_copy(update=as_before)
            except ValidationError:
                await session.execute(_delete, of_version)
            else:
                await session.execute(_correct, {**of_version, "corrected": corrected.model_dump_json()})
        before = rows[-1].version


async def versions_of(session: Session, record: R, query: VersionsQuery, reader: Caller) -> RecordVersions[R]:
    """Return one page of the versions of a record, newest first: as many as fit into an answer.

    Those who review are not named to others, nor is the Commission.
    """
    former = {
        "of_kind": record.record_kind(),
        "of_record": record.id,
        "before": query.before or record.version,
        "at_most": query.limit + 1,
    }
    shown = [row.content for row in await session.fetch(_former, former, in_thread=True)]
    if query.before is None or record.version < query.before:
        shown.insert(0, record.model_dump_json())
    contents, last = page_of(shown, count_within_reply(len(content.encode()) for content in shown[: query.limit]))
    on_page = [type(record).of_json(content) for content in contents]
    if not on_page:
        return RecordVersions(items=[], next=None)
    span = {"of_record": record.id, "oldest": on_page[-1].version, "newest": on_page[0].version}
    made = {row.version: _making(row, reader) for row in await session.fetch(_made, span, in_thread=True)}
    why = {row.version: row.reason for row in await session.fetch(_reasons, span)}
    items: list[RecordVersion[R]] = [
        RecordVersion(
            version=each.version,
            record=each.in_history_for(reader),
            made=made.get(each.version),
            reason=why.get(each.version),
        )
        for each in on_page
    ]
    return RecordVersions(items=items, next=on_page[-1].version if last else None)


def _making(row: Row[Any], reader: Caller) -> Making:
    is_reviewer = row.bureau in REVIEWERS and reader.bureau not in REVIEWERS
    return Making(
        bureau=row.bureau,
        officer=None if is_reviewer or row.rule == Rule.DATA_SUBJECT_REQUEST else row.officer,
        purpose=row.purpose,
        operation=row.operation,
        at=time_at(row.at),
    )
