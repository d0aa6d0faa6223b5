"""Stores notices, gives them their numbers, and finds them by name and by facts."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from services.notices import SERVICE, matching, particulars, readers, rules
from services.notices.colours import Colour
from services.notices.extracts import ExtractList, ExtractQuery, Extracts, extract_row, extract_table
from services.notices.lifecycle import ENDED, IN_FORCE, PUBLISHED, BureauSupervised, NoticeStatus
from services.notices.models import Notice, NoticeRecord
from services.notices.particulars import BirthSought, comparable_number
from services.notices.queries import NoticeQuery
from services.notices.requirements import require_plausible
from services.notices.subjects import Person, names_of
from shared.errors import IllegalStep
from shared.records import service_kit as kit

Conditions = Sequence[sa.ColumnElement[bool]]
Sought = Sequence[BirthSought]

SHOWN_HITS: Final = 50

metadata = kit.service_metadata(SERVICE.name)
notices = kit.record_table(
    "notices",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("colour", sa.String(16), nullable=False),
    sa.Column("number", sa.String(16), unique=True),
    sa.Column("sex", sa.String(1)),
    sa.Column("person_status", sa.String(20)),
    sa.Column("nationalities", sa.Text, nullable=False),
)
notice_particulars = particulars.particulars("notice", metadata, notices)
notice_names = kit.NameIndex("notice", metadata, notices)
public_extracts = ExtractList(extract_table(metadata, notices), notices)
# All that were ever given, as none is given again when its notice is deleted.
notice_numbers = sa.Table(
    "notice_numbers",
    metadata,
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
)

_FACTS: Final = {"colour", "sex", "person_status"}


class _Scored(NamedTuple):
    score: float
    id: str
    named: kit.NamedRecord


_give_number = kit.insert(notice_numbers).on_conflict_do_nothing()
_contents = sa.select(notices.c.id, notices.c.content).where(
    notices.c.id.in_(sa.bindparam("ids", expanding=True)), kit.visible(notices)
)

_AUDIENCES: Final = {
    NoticeStatus.DRAFT: kit.Audience.OWNER,
    **dict.fromkeys(ENDED, kit.Audience.OWNER),
    NoticeStatus.PUBLISHED: kit.Audience.ALL,
    NoticeStatus.UPDATED: kit.Audience.ALL,
    NoticeStatus.DIFFUSED: kit.Audience.ALL,
}


class NoticeStore(kit.NameSearchStore[Notice, NoticeQuery]):
    """The notices that the caller's bureau may know of."""

    table = notices
    model = NoticeRecord
    answer = Notice
    query = NoticeQuery
    names = notice_names
    exact = frozenset({"number"})
    reader_refusals = (BureauSupervised, IllegalStep)
    query_terms = staticmethod(matching.query_terms)
    record_terms = staticmethod(matching.record_terms)
    match = staticmethod(matching.match)
    warning_kinds = (*kit.NAME_WARNINGS, *kit.BIRTH_WARNINGS, kit.HITS_CUT)
    query_warnings = staticmethod(matching.query_warnings)

    def search_columns(self, record: Notice) -> Mapping[str, Any]:
        """Return the values of the columns that a notice is found by."""
        person = record.subject if isinstance(record.subject, Person) else None
        return {
            "status": record.status,
            "colour": record.colour,
            "number": record.number,
            "sex": person.sex if person else None,
            "person_status": person.person_status if person else None,
            "nationalities": "".join(f",{country}," for country in particulars.nationalities_of(record.subject)),
        }

    @classmethod
    def audience(cls, record: Notice) -> kit.Audience:
        """Return who besides the owner may know: all while it is in force, the Secretariat once it is submitted.

        Nobody knows of a draft and of what ended.

        While it is in force the public may see the extract of one that its issuer made public.
        """
        if record.public and record.status in PUBLISHED and record.colour is not Colour.SILVER:
            return kit.Audience.PUBLIC
        return _AUDIENCES.get(record.status, kit.Audience.SECRETARIAT)

    def require_readers_changeable(self, before: Notice, after: Notice) -> None:
        """Require that the issuer may change who sees it. Raises BureauRestricted, BureauSupervised, IllegalStep."""
        super().require_readers_changeable(before, after)
        readers.require_changeable(before, after, self.caller)

    def require_plausible(self, record: Notice) -> None:
        """Require what its colour requires, if it was handed in, and dates that can be. Raises Incomplete."""
        require_plausible(record, self.at.date())

    @classmethod
    def has_ended(cls, record: Notice) -> bool:
        """Return whether a notice is over: a draft and one under review are not."""
        return record.status in ENDED

    async def add(self, record: Notice) -> Notice:
        """Store a new notice with its particulars."""
        added = await super().add(record)
        await notice_particulars.put_many(self.session, {record.id: record.subject})
        return added

    async def add_many(self, records: Sequence[Notice]) -> None:
        """Store many new notices with their particulars at once."""
        await super().add_many(records)
        await notice_particulars.put_many(self.session, {record.id: record.subject for record in records})

    async def replace(self, record: Notice) -> Notice:
        """Store the next version of a notice with its particulars. Raises Conflict."""
        shown = await super().replace(record)
        await notice_particulars.put(self.session, record.id, record.subject)
        return shown

    @classmethod
    def names_of(cls, record: Notice) -> Sequence[str]:
        """Return all names of the subject of a notice."""
        return names_of(record.subject)

    async def give_number(self, year: int, randbytes: Callable[[int], bytes]) -> int:
        """Draw a number of a year that no notice ever had, and reserve it once this transaction is committed."""
        while True:
            number = rules.draw_number(randbytes)
            if await self.session.execute(_give_number, {"year": year, "number": number}):
                return number

    async def add(self, record: Notice) -> Notice:
        """Store a new notice, and its extract if everybody may see it. Raises TooManyTakenBack."""
        added = await super().add(record)
        await public_extracts.put_many(self.session, [extract_row(record, self.audience(record))])
        return added

    async def add_many(self, records: Sequence[Notice]) -> None:
        """Store many new notices and extracts at once."""
        await super().add_many(records)
        await public_extracts.put_many(self.session, [extract_row(each, self.audience(each)) for each in records])

    async def replace(self, record: Notice) -> Notice:
        """Store the next version of a notice and its extract. Raises Conflict, TooManyTakenBack."""
        shown = await super().replace(record)
        await self.put_extract(self.session, record, self.audience(record))
        return shown

    @staticmethod
    async def put_extract(session: kit.Session, record: Notice, audience: kit.Audience) -> None:
        """Store the extract of a stored notice that this audience sees, in place of the one it had before."""
        await public_extracts.put(session, record.id, extract_row(record, audience))

    async def extracts(self, query: ExtractQuery) -> Extracts:
        """Return a page of the extracts that everybody may see. Raises PatternTooCostly."""
        return await public_extracts.page(query, self.session, self.caller, self.at)

    async def find(self, query: NoticeQuery) -> kit.Hits[Notice]:
        """Return the notices in force that fit all of a query, best first and then newest first."""
        sought = matching.births_sought(query, self.at)
        conditions = _conditions(query, sought)
        if query.name is None:
            return await self._find_by_facts(query, conditions, sought)
        return await self._find_by_name(query, query.name, conditions, sought)

    async def _find_by_name(
        self, query: NoticeQuery, name: str, conditions: Conditions, sought: Sought
    ) -> kit.Hits[Notice]:
        among = kit.Among(conditions, [notice_particulars.doubts(notices, each) for each in sought], self.visibility)
        found = await notice_names.search(self.session, name, among)
        shown = heapq.nlargest(SHOWN_HITS, map(_scored, found.records))
        ids = {"ids": [one.id for one in shown], **self.visibility}
        contents = {row.id: row.content for row in await self.session.fetch(_contents, ids)} if shown else {}
        hits = [
            (matching.hit(notice, query, doubtful, found.explained(one.named, names_of(notice.subject))), content)
            for one in shown
            if (content := contents.get(one.id)) is not None
            for notice, doubtful in [(self.parse(content), _doubts(sought, one.named.columns))]
        ]
        return kit.Hits(hits=kit.within_reply_size(hits), total=len(found.records), warnings=found.warnings)

    async def _find_by_facts(self, query: NoticeQuery, conditions: Conditions, sought: Sought) -> kit.Hits[Notice]:
        conditions = [*conditions, *(notice_particulars.born(notices, each) for each in sought)]
        doubts = [notice_particulars.doubts(notices, each).label(f"doubt_{at}") for at, each in enumerate(sought)]
        order = [sum(doubts, start=sa.literal(0)), notices.c.id.desc()] if doubts else [notices.c.id.desc()]
        best = sa.select(notices.c.content, *doubts).where(*conditions).order_by(*order).limit(SHOWN_HITS)
        counted = sa.select(sa.func.count().label("total")).select_from(notices).where(*conditions)
        rows = await self.session.fetch(best, self.visibility, in_thread=True)
        total = len(rows)
        if total == SHOWN_HITS:
            total = (await self.session.fetch(counted, self.visibility, in_thread=True))[0].total
        hits = [
            (matching.hit(self.parse(row.content), query, _doubts(sought, tuple(row)[1:])), row.content) for row in rows
        ]
        return kit.Hits(hits=kit.within_reply_size(hits), total=total)


def _scored(named: kit.NamedRecord) -> _Scored:
    return _Scored(matching.score(named.hit.score, sum(named.columns)), named.id, named)


def _conditions(query: NoticeQuery, sought: Sought) -> Conditions:
    conditions = [kit.visible(notices), notices.c.status.in_(IN_FORCE)]
    given = query.model_dump(include=_FACTS, exclude_none=True)
    conditions += (notices.c[fact] == value for fact, value in given.items())
    if query.nationality is not None:
        conditions.append(notices.c.nationalities.like(f"%,{query.nationality},%"))
    if query.document_number is not None:
        conditions.append(notice_particulars.has_document(notices, comparable_number(query.document_number)))
    conditions += (notice_particulars.doubts(notices, each).is_not(None) for each in sought)
    return conditions


def _doubts(sought: Sought, doubts: Sequence[int]) -> Mapping[BirthSought, int]:
    return dict(zip(sought, doubts, strict=True))
