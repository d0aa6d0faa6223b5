"""Adds to hits the terms on which their records are shared: those of the versions that were shown.

A hit gets none if the finder may no longer see the record, so that a restricted and a deleted record look alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa
from msgspec.structs import replace
from pydantic import ValidationError

from shared.bureaus import BureauCode
from shared.identity import Caller, Purpose
from shared.logs import Log
from shared.protocol.payloads import HitDetails
from shared.records.access import visibility, visible
from shared.records.store import RecordKind
from shared.records.tables import former_versions
from shared.records.terms import Terms
from shared.storage import Session

Version = tuple[str, int]

_former: Final = sa.select(former_versions.c.record_id, former_versions.c.version, former_versions.c.content).where(
    former_versions.c.kind == sa.bindparam("of_kind"),
    sa.tuple_(former_versions.c.record_id, former_versions.c.version).in_(sa.bindparam("shown", expanding=True)),
)


class HandlingTerms:
    """The terms of the records of one service."""

    def __init__(self, kinds: Iterable[RecordKind], log: Log) -> None:
        tables = {kind.model.record_kind(): kind.table for kind in kinds}
        ids: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
        self._present = {
            kind: sa.select(*table.c["id", "version", "content"]).where(table.c.id.in_(ids), visible(table))
            for kind, table in tables.items()
        }
        self._log = log

    async def added(self, session: Session, hits: Iterable[HitDetails], at: datetime) -> list[HitDetails]:
        """Return hits with the terms of their records, in no order."""
        with_terms: list[HitDetails] = []
        for (kind, _), found in groupby(sorted(hits, key=_seen_by), _seen_by):
            together = list(found)
            contents = await self._contents(session, kind, together, at)
            with_terms += (self._with_terms(hit, contents.get((hit.record, hit.version))) for hit in together)
        return with_terms

    async def _contents(
        self, session: Session, kind: str, hits: Sequence[HitDetails], at: datetime
    ) -> Mapping[Version, str]:
        """Return the contents of records of one kind that one bureau found, in the versions that it was shown."""
        ids = sorted({hit.record for hit in hits})
        finder = Caller(BureauCode(hits[0].finder), "", frozenset(), Purpose(hits[0].purpose), "")
        rows = await session.fetch(self._present[kind], {"ids": ids, **visibility(finder, at)}, in_thread=True)
        contents = {(row.id, row.version): row.content for row in rows}
        present = {row.id for row in rows}
        former = {(hit.record, hit.version) for hit in hits if hit.record in present} - contents.keys()
        if former:
            rows = await session.fetch(_former, {"of_kind": kind, "shown": sorted(former)}, in_thread=True)
            contents |= {(row.record_id, row.version): row.content for row in rows}
        return contents

    def _with_terms(self, hit: HitDetails, content: str | None) -> HitDetails:
        """Return a hit with the terms in a content; without any if they cannot be read, so that it is notified."""
        if content is None:
            return hit
        try:
            terms = Terms.model_validate_json(content)
        except ValidationError as error:
            self._log.failure("terms-unreadable", error, kind=hit.kind, record=hit.record)
            return hit
        return replace(
            hit,
            handling=terms.handling.value,
            conditions=tuple(condition.value for condition in terms.conditions),
            other_condition=terms.other_condition,
        )


def _seen_by(hit: HitDetails) -> tuple[str, str]:
    return hit.kind, hit.finder
