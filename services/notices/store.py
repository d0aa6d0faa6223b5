"""Stores notices, gives them their numbers, and finds them by name and by facts."""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from services.notices import SERVICE
from services.notices.lifecycle import IN_FORCE, NoticeStatus
from services.notices.models import Notice, NoticeFilter, NoticeQuery
from services.notices.rules import (
    births_sought,
    born_between,
    draw_number,
    facts_of,
    hit,
    match,
    query_terms,
    record_terms,
)
from services.notices.subjects import Person, names_of
from shared.names import score_names
from shared.records.service_kit import (
    Audience,
    Hit,
    Hits,
    NameIndex,
    NameSearchStore,
    Page,
    insert,
    record_table,
    service_metadata,
    visible,
    within_reply_size,
)

Conditions = Sequence[sa.ColumnElement[bool]]

SHOWN_HITS: Final = 50

metadata = service_metadata(SERVICE.name)
notices = record_table(
    "notices",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("colour", sa.String(16), nullable=False),
    sa.Column("number", sa.String(16), unique=True),
    sa.Column("sex", sa.String(1)),
    sa.Column("born_from", sa.Date),
    sa.Column("born_to", sa.Date),
    sa.Column("nationalities", sa.Text, nullable=False),
    sa.Column("names", sa.Text, nullable=False),
)
notice_names = NameIndex("notice", metadata, notices)
# All that were ever given, as none is given again when its notice is deleted.
notice_numbers = sa.Table(
    "notice_numbers",
    metadata,
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
)

_FACTS: Final = {"colour", "sex"}
_NAME_SEPARATOR: Final = "\n"

_give_number = insert(notice_numbers).on_conflict_do_nothing()
_contents = sa.select(notices.c.id, notices.c.content).where(
    notices.c.id.in_(sa.bindparam("ids", expanding=True)), visible(notices)
)

_AUDIENCES: Final = {
    NoticeStatus.DRAFT: Audience.OWNER,
    NoticeStatus.PUBLISHED: Audience.ALL,
    NoticeStatus.UPDATED: Audience.ALL,
}


class NoticeStore(NameSearchStore[Notice, NoticeQuery]):
    """The notices that the caller's bureau may know of."""

    table = notices
    model = Notice
    query = NoticeQuery
    names = notice_names

    def search_columns(self, record: Notice) -> Mapping[str, Any]:
        """Return the values of the columns that a notice is found by."""
        person = record.subject if isinstance(record.subject, Person) else None
        born_from, born_to = born_between(record) or (None, None)
        return {
            "status": record.status,
            "colour": record.colour,
            "number": record.number,
            "sex": person.sex if person else None,
            "born_from": born_from,
            "born_to": born_to,
            "nationalities": "".join(f",{country}," for country in person.nationalities) if person else "",
            "names": _NAME_SEPARATOR.join(names_of(record.subject)),
        }

    @classmethod
    def audience(cls, record: Notice) -> Audience:
        """Return who besides the owner may know: nobody of a draft, all while in force, else the Secretariat."""
        return _AUDIENCES.get(record.status, Audience.SECRETARIAT)

    @classmethod
    def query_terms(cls, query: NoticeQuery) -> Iterable[str]:
        """Return the words under which a search is kept: those of its name, or else its facts."""
        return query_terms(query)

    @classmethod
    def record_terms(cls, record: Notice) -> Iterable[str]:
        """Return the words under which the searches are looked up that a notice might fit."""
        return record_terms(record)

    @classmethod
    def match(cls, record: Notice, query: NoticeQuery, at: datetime) -> Hit[Notice] | None:
        """Return the hit of a search in one notice, None if it does not fit."""
        return match(record, query, at)

    @classmethod
    def names_of(cls, record: Notice) -> Sequence[str]:
        """Return all names of the subject of a notice."""
        return names_of(record.subject)

    async def give_number(self, year: int, randbytes: Callable[[int], bytes]) -> int:
        """Draw a number of a year that no notice ever had, and reserve it once this transaction is committed."""
        while True:
            number = draw_number(randbytes)
            if await self.session.execute(_give_number, {"year": year, "number": number}):
                return number

    async def list(self, wanted: NoticeFilter) -> Page[Notice]:
        """Return one page of the notices that fit a filter."""
        equal = wanted.model_dump(include={"owner", "status", "colour"})
        return await self.page(wanted, exact={"number": wanted.number}, **equal)

    async def find(self, query: NoticeQuery) -> Hits[Notice]:
        """Return the notices in force that fit all of a query, best first and then newest first."""
        conditions = self._conditions(query)
        facts = facts_of(query)
        if query.name is None:
            return await self._find_by_facts(conditions, facts)
        return await self._find_by_name(query.name, conditions, facts)

    async def _find_by_name(self, name: str, conditions: Conditions, facts: Sequence[str]) -> Hits[Notice]:
        parts = await notice_names.similar(self.session, name)
        found = sa.select(notices.c.id, notices.c.names).where(*conditions, notice_names.condition(parts))
        rows = await self.session.fetch(found, self.visibility, in_thread=True)
        scored = [(*score_names(parts, row.names.split(_NAME_SEPARATOR)), row.id) for row in rows]
        shown = heapq.nlargest(SHOWN_HITS, scored, key=lambda one: (one[0], one[2]))
        contents = await self._contents_of([found for _, _, found in shown])
        hits = [
            (hit(self.parse(content), score, match_of_name, *facts), content)
            for score, match_of_name, found in shown
            if (content := contents.get(found)) is not None
        ]
        return Hits(hits=within_reply_size(hits), total=len(scored))

    async def _contents_of(self, ids: Sequence[str]) -> dict[str, str]:
        rows = await self.session.fetch(_contents, {"ids": ids, **self.visibility}) if ids else []
        return {row.id: row.content for row in rows}

    async def _find_by_facts(self, conditions: Conditions, facts: Sequence[str]) -> Hits[Notice]:
        newest = sa.select(notices.c.content).where(*conditions).order_by(notices.c.id.desc()).limit(SHOWN_HITS)
        counted = sa.select(sa.func.count().label("total")).select_from(notices).where(*conditions)
        rows = await self.session.fetch(newest, self.visibility, in_thread=True)
        total = len(rows)
        if total == SHOWN_HITS:
            total = (await self.session.fetch(counted, self.visibility, in_thread=True))[0].total
        hits = [(hit(self.parse(row.content), 1.0, *facts), row.content) for row in rows]
        return Hits(hits=within_reply_size(hits), total=total)

    def _conditions(self, query: NoticeQuery) -> Conditions:
        conditions = [visible(notices), notices.c.status.in_(IN_FORCE)]
        given = query.model_dump(include=_FACTS, exclude_none=True)
        conditions += (notices.c[fact] == value for fact, value in given.items())
        if query.nationality is not None:
            conditions.append(notices.c.nationalities.like(f"%,{query.nationality},%"))
        for earliest, latest in births_sought(query, self.at):
            conditions += (notices.c.born_from <= latest, notices.c.born_to >= earliest)
        return conditions
