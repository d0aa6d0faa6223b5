"""Stores works of art, which are found by title, maker, words, type, material, period and size."""

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, NamedTuple, cast

import sqlalchemy as sa

from services.cultural_property import entry_warnings, matching, photographs, picture_searches, query_warnings, rules
from services.cultural_property.dependencies import NAME
from services.cultural_property.likeness.reader import LikenessReader
from services.cultural_property.models import Work, WorkDescription, WorkFilter, WorkStatus
from services.cultural_property.picture_searches import PictureMatcher, WorkSearch
from services.cultural_property.queries import WorkCriteria, WorkQuery
from services.cultural_property.tables import (
    metadata,
    photograph_tables,
    work_makers,
    work_titles,
    work_words,
    works,
)
from services.cultural_property.valuables.store import ValuableStore
from shared.errors import NotFound
from shared.names import NameMatch
from shared.records import service_kit as kit
from shared.records.search import criteria
from shared.records.search.criteria import Criterion, Doubt, shape_of, total_doubt

__all__ = ["ValuableStore", "WorkStore", "metadata", "works"]

SHOWN_HITS: Final = 50
_IS_SOUGHT: Final = works.c.is_sought == sa.true()
_contents = sa.select(works.c.id, works.c.content).where(
    works.c.id.in_(sa.bindparam("ids", expanding=True)), kit.visible(works)
)
_PUBLIC: Final = (kit.visible(works), kit.is_public(works))
_get_public: Final = sa.select(works.c.content).where(
    kit.constant_time(works.c.id, sa.bindparam("record_id", type_=sa.String), *_PUBLIC)
)


class Statements(NamedTuple):
    """The statements of a search: among which records names are sought, and for the best records without a name."""

    among: kit.Among
    best: sa.Select[Any]
    counted: sa.Select[Any]


_statements = kit.BuiltByShape[Statements]()


class Ranked(NamedTuple):
    """A record that meets the names of a search; the best is the greatest, and of equal ones the newest."""

    score: float
    id: str
    doubts: Sequence[Doubt]
    matches: Mapping[str, tuple[kit.NamesFound, kit.NamedRecord]]


class WorkStore(
    kit.PhotographedStore[Work, WorkQuery],
    kit.WordSearchStore[Work, WorkQuery],
    kit.NamesSearchStore[Work, WorkQuery],
):
    """The works of art that the caller's bureau may know of."""

    table = works
    model = Work
    query = WorkQuery
    partners_enter = True
    saved = WorkSearch
    words = work_words
    words_of = staticmethod(matching.words_of)
    names_by_member = staticmethod(matching.names_by_member)
    record_terms = staticmethod(matching.record_terms)
    identifying_terms = staticmethod(matching.identifying_terms)
    match = staticmethod(matching.match)
    compare = staticmethod(matching.compare)
    audience = staticmethod(rules.audience)
    search_columns = staticmethod(matching.search_columns)
    warning_kinds = query_warnings.KINDS
    query_warnings = staticmethod(query_warnings.query_warnings)
    entry_warning_kinds = entry_warnings.KINDS
    photograph_tables = photograph_tables
    photograph_refusals = (rules.NotIdentifiable,)
    photographs_change: ClassVar[str] = (
        "They change at once. Who received the record with one that is deleted is asked to replace their copies. What "
        "no words tell from all others keeps one."
    )

    @classmethod
    def query_terms(cls, query: WorkQuery) -> Iterable[str]:
        """Return the terms under which a search is saved."""
        points = _points_in(query)
        return matching.query_terms(query) if points is None else picture_searches.query_terms(points, query)

    @classmethod
    def is_costly(cls, query: WorkQuery) -> bool:
        """Return whether a search is by a picture."""
        return _points_in(query) is not None

    @classmethod
    async def terms_beside(cls, session: kit.Session, record: Work) -> Iterable[str]:
        """Return the terms of the searches by pictures that may mean the photographs of a work."""
        return picture_searches.record_terms(await photographs.points_of_record(session, record.id))

    @classmethod
    def helper(cls) -> PictureMatcher:
        """Return what compares pictures, in a process of its own."""
        return PictureMatcher(LikenessReader(NAME))

    @classmethod
    async def matches(
        cls,
        session: kit.Session,
        record: Work,
        queries: Sequence[WorkQuery],
        at: datetime,
        helper: Any,
    ) -> Sequence[kit.Hit[Work] | None]:
        """Return the hits of saved searches in one work, of those by pictures as well."""
        points = [_points_in(query) for query in queries]
        in_words = [query for query, sought in zip(queries, points, strict=True) if sought is None]
        found = iter(await super().matches(session, record, in_words, at, helper))
        by_picture = [sought for sought in points if sought is not None]
        seen = iter(await cls._match_pictures(session, record, by_picture, helper))
        return [next(found if sought is None else seen) for sought in points]

    @staticmethod
    async def _match_pictures(
        session: kit.Session, record: Work, sought: Sequence[bytes], matcher: PictureMatcher
    ) -> Sequence[kit.Hit[Work] | None]:
        if not sought or not rules.is_sought(record):
            return [None] * len(sought)
        return await matcher.match(record, await photographs.points_of_record(session, record.id), sought)

    @classmethod
    def name_indexes(cls) -> Mapping[str, kit.NameIndex]:
        """Return the indexes of titles and of makers."""
        return {"title": work_titles, "maker": work_makers}

    @classmethod
    def is_unshared(cls, wanted: kit.RecordPageQuery) -> bool:
        """Return whether a list asks for works that are no longer sought."""
        return isinstance(wanted, WorkFilter) and wanted.status in (WorkStatus.RECOVERED, WorkStatus.WITHDRAWN)

    def has_ended_well(self, record: Work) -> bool:
        """Return whether the work was recovered."""
        return record.status is WorkStatus.RECOVERED

    def restated(self, record: Work, entry: kit.RecordInput) -> Work:
        """Return the next version of a work that the Commission corrects, with what follows from its entry."""
        return rules.restate(record, cast("WorkDescription", entry), at=self.at)

    def derived(self, record: Work) -> Mapping[str, Any]:
        """Return what follows from the entry."""
        return rules.derived_from(record)

    def require_plausible(self, record: Work) -> None:
        """Require a theft that is not in the future. Raises EventInFuture."""
        kit.require_past_event(record.event_date, today=self.at.date())

    @classmethod
    def photographs_of(cls, record: Work) -> Mapping[str, kit.Photograph]:
        """Return the photographs of a work."""
        return {each.id: each for each in record.photographs}

    @classmethod
    def photographs_to_be(cls, record: Work) -> Sequence[kit.Photograph]:
        """Return the photographs of a work: none waits."""
        return record.photographs

    def require_photographable(self, record: Work) -> None:
        """Require a work of the caller's bureau that is sought. Raises NotTheOwner, IllegalStep."""
        rules.require_photographable(record, self.caller)

    def with_photograph(self, record: Work, photograph: kit.Photograph, revision: kit.Revision) -> Work:
        """Return a work with one more. Raises NotTheOwner, IllegalStep, PhotographsFull."""
        return rules.add_photograph(record, photograph, self.caller, revision)

    def without_photograph(self, record: Work, photograph_id: str, revision: kit.Revision) -> Work:
        """Return a work without one. Raises NotTheOwner, NotFound, NotIdentifiable."""
        return rules.remove_photograph(record, photograph_id, self.caller, revision)

    async def photographs_stored(self, stored: Sequence[kit.StoredPhotograph]) -> None:
        """Store by what photographs are found."""
        await photographs.add(self.session, stored)

    async def photographs_forgotten(self, record_id: str, photograph_ids: Collection[str] | None) -> None:
        """Delete by what photographs were found; None is all of the record."""
        await photographs.forget(self.session, record_id, photograph_ids)

    async def by_id(self, ids: Sequence[str]) -> Mapping[str, Work]:
        """Return those of some works that the caller may see."""
        rows = await self.session.fetch(_contents, {"ids": list(ids), **self.visibility}, in_thread=True) if ids else []
        return {row.id: self.parse(row.content) for row in rows}

    async def find(self, query: WorkQuery) -> kit.Hits[Work]:
        """Return the works still sought that meet all of a search, best first.

        The score is that of title and maker, if they are given, a fifth less for each step of doubt.
        """
        return await self._search(query)

    async def find_public(self, criteria: WorkCriteria) -> kit.Hits[Work]:
        """Return the works that everybody may see, and the caller's bureau as well, that meet all criteria."""
        found = await self._search(criteria, is_public=True)
        found.warnings = [*self.query_warnings(criteria, self.at), *found.warnings]
        return found

    async def list_public(self, status: WorkStatus | None, page: kit.PagePosition) -> kit.Page[Work]:
        """Return a page of the works that everybody may see, and the caller's bureau as well, newest first."""
        conditions = [*_PUBLIC]
        if status is not None:
            conditions.append(works.c.status == sa.literal(status.value))
        if page.after is not None:
            conditions.append(works.c.id < sa.literal(page.after))
        return await self.page_where(conditions, page.limit)

    async def get_public(self, record_id: str) -> Work:
        """Return a work that everybody may see, and the caller's bureau as well. Raises NotFound."""
        rows = await self.session.fetch(_get_public, {"record_id": record_id, **self.visibility})
        if not rows:
            raise NotFound(f"no work {record_id} that is public")
        return self.parse(rows[0].content)

    async def _search(self, query: WorkCriteria, *, is_public: bool = False) -> kit.Hits[Work]:
        asked = matching.criteria_of(query)
        statements = _statements.of((is_public, shape_of(asked)), lambda: _statements_of(asked, is_public=is_public))
        parameters = {**self.visibility, **criteria.parameters_of(asked)}
        if query.title is None and query.maker is None:
            return await self._by_facts(query, asked, statements, parameters)
        return await self._by_names(query, asked, statements.among, parameters)

    async def _by_names(
        self, query: WorkCriteria, asked: Sequence[Criterion], among: kit.Among, parameters: Mapping[str, Any]
    ) -> kit.Hits[Work]:
        sought = {member: name for member in matching.NAMES if (name := getattr(query, member)) is not None}
        found = {
            member: await self.name_indexes()[member].search(self.session, name, among, parameters)
            for member, name in sought.items()
        }
        ranked = _ranked(found)
        shown = heapq.nlargest(SHOWN_HITS, ranked, key=lambda each: (each.score, each.id))
        ids = {"ids": [each.id for each in shown], **self.visibility}
        rows = await self.session.fetch(_contents, ids, in_thread=True) if shown else []
        contents = {row.id: row.content for row in rows}
        hits = [
            (self._hit_of(each, content, query, asked), content)
            for each in shown
            if (content := contents.get(each.id)) is not None
        ]
        warnings = [warning for member, each in found.items() for warning in each.warnings_of(member)]
        return kit.Hits[Work](hits=kit.within_reply_size(hits), total=len(ranked), warnings=warnings)

    def _hit_of(self, ranked: Ranked, content: str, query: WorkCriteria, asked: Sequence[Criterion]) -> kit.Hit[Work]:
        record = self.parse(content)
        held = matching.names_by_member(record)
        named: dict[str, NameMatch] = {
            member: found.explained(each, held[member]) for member, (found, each) in ranked.matches.items()
        }
        return matching.hit(record, query, asked, ranked.doubts, named)

    async def _by_facts(
        self, query: WorkCriteria, asked: Sequence[Criterion], statements: Statements, parameters: Mapping[str, Any]
    ) -> kit.Hits[Work]:
        rows = await self.session.fetch(statements.best, parameters, in_thread=True)
        total = len(rows)
        if total == SHOWN_HITS:
            total = (await self.session.fetch(statements.counted, parameters, in_thread=True))[0].records
        hits = [
            (matching.hit(self.parse(row.content), query, asked, list(map(Doubt, tuple(row)[1:])), {}), row.content)
            for row in rows
        ]
        return kit.Hits[Work](hits=kit.within_reply_size(hits), total=total)


def _statements_of(asked: Sequence[Criterion], *, is_public: bool) -> Statements:
    """Return the statements of a search with these criteria."""
    fits = [*(_PUBLIC if is_public else (kit.visible(works),)), _IS_SOUGHT]
    fits += [criterion.may_fit(works) for criterion in asked]
    doubts = criteria.doubts_in_sql(asked, works)
    best = sa.select(works.c.content, *doubts).where(*fits)
    best = best.order_by(total_doubt(asked, works), works.c.id.desc()).limit(SHOWN_HITS)
    counted = sa.select(sa.func.count().label("records")).select_from(works).where(*fits)
    return Statements(kit.Among(fits, doubts), kit.hot(best), kit.hot(counted))


def _points_in(query: WorkQuery) -> bytes | None:
    """Return the points of the picture that a search is about, None of one in words."""
    return query.points if isinstance(query, WorkSearch) else None


def _ranked(found: Mapping[str, kit.NamesFound]) -> list[Ranked]:
    """Return the records that meet all names of a search, with what they leave in doubt."""
    by_id = [{each.id: each for each in names.records} for names in found.values()]
    first, *others = by_id
    return [_rank(record, found, by_id) for record in first if all(record in other for other in others)]


def _rank(record: str, found: Mapping[str, kit.NamesFound], by_id: Sequence[Mapping[str, kit.NamedRecord]]) -> Ranked:
    matches = {member: (names, each[record]) for (member, names), each in zip(found.items(), by_id, strict=True)}
    doubts = list(map(Doubt, next(iter(by_id))[record].columns))
    score = criteria.score(doubts)
    for _, named in matches.values():
        score *= named.hit.score
    return Ranked(score, record, doubts, matches)
