"""Finds records by name and by what is known of their subject, in SQL: notices and criminal files alike.

The table of a kind has the columns `sex` and `nationalities`. Further tables have the names of its subjects, and their
births and documents.
"""

import heapq
from abc import abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, NamedTuple, TypeVar

import sqlalchemy as sa

from services.notices.subjects.matching import Met, births_sought, score
from services.notices.subjects.models import AnySubject, Person, names_of
from services.notices.subjects.particulars import BirthSought, Particulars, compared_number, nationalities_of
from services.notices.subjects.queries import SubjectQuery
from shared.records import service_kit as kit

SHOWN_HITS: Final = 50

Conditions = Sequence[sa.ColumnElement[bool]]
Sought = Sequence[BirthSought]
R = TypeVar("R", bound=kit.Record)
S = TypeVar("S", bound=SubjectQuery)


class Statements(NamedTuple):
    """The statements of a search: among which records a name is sought, and for the best records without a name."""

    among: kit.Among
    best: sa.Select[Any]
    counted: sa.Select[Any]


_statements = kit.BuiltByShape[Statements]()
_FACTS: Final = ("sex", "nationality", "document_number")


class Scored(NamedTuple):
    """A record that was found by name; the best is the greatest, and of equal ones the newest."""

    score: float
    id: str
    named: kit.NamedRecord


def scored(named: kit.NamedRecord) -> Scored:
    """Return a record with its score, by name and by the doubts that its births leave."""
    return Scored(score(named.hit.score, sum(named.columns)), named.id, named)


def doubts_by_birth(sought: Sought, doubts: Sequence[int]) -> Mapping[BirthSought, int]:
    """Return the doubt about each birth that is sought."""
    return dict(zip(sought, doubts, strict=True))


def _best_first(hits: Sequence[tuple[kit.Hit[R], str]]) -> Sequence[tuple[kit.Hit[R], str]]:
    """Return hits with their contents by score: how a number is read is known of the whole record alone."""
    return sorted(hits, key=lambda each: -each[0].score)


class SubjectSearchStore(kit.NameSearchStore[R, S], Generic[R, S]):
    """Stores a kind of record that is about somebody or something."""

    particulars: ClassVar[Particulars]
    _contents: ClassVar[sa.Select[Any]]

    def __init_subclass__(cls) -> None:
        """Make the statements of every store once."""
        super().__init_subclass__()
        if hasattr(cls, "table"):
            table = cls.table
            ids = table.c.id.in_(sa.bindparam("ids", expanding=True))
            cls._contents = sa.select(table.c.id, table.c.content).where(ids, kit.visible(table))

    @classmethod
    @abstractmethod
    def subject_of(cls, record: R) -> AnySubject:
        """Return the subject of a record."""

    @classmethod
    @abstractmethod
    def hit(cls, record: R, query: S, met: Met) -> kit.Hit[R]:
        """Return the hit in a record whose subject meets a search."""

    @abstractmethod
    def shape_of_kind(self, query: S) -> Hashable:
        """Return what the conditions of the kind depend on."""

    @classmethod
    @abstractmethod
    def conditions_of_kind(cls, shape: Any) -> Conditions:
        """Return the conditions of what a search asks for that the kind alone has, and of being in force."""

    @abstractmethod
    def parameters_of_kind(self, query: S) -> Mapping[str, Any]:
        """Return the parameters of these conditions; further ones do no harm."""

    def search_columns(self, record: R) -> Mapping[str, Any]:
        """Return the values of the columns that a record is found by; a kind adds its own."""
        subject = self.subject_of(record)
        return {
            "sex": subject.sex if isinstance(subject, Person) else None,
            "nationalities": "".join(f",{country}," for country in nationalities_of(subject)),
        }

    @classmethod
    def names_of(cls, record: R) -> Sequence[str]:
        """Return all names of the subject of a record."""
        return names_of(cls.subject_of(record))

    async def add(self, record: R) -> R:
        """Store a new record with its particulars. Raises TooManyTakenBack."""
        added = await super().add(record)
        await self.particulars.put_many(self.session, {record.id: self.subject_of(record)})
        return added

    async def add_many(self, records: Sequence[R]) -> None:
        """Store many new records with their particulars at once."""
        await super().add_many(records)
        await self.particulars.put_many(self.session, {record.id: self.subject_of(record) for record in records})

    async def replace(self, record: R) -> R:
        """Store the next version of a record with its particulars. Raises Conflict, TooManyTakenBack."""
        shown = await super().replace(record)
        await self.particulars.put(self.session, record.id, self.subject_of(record))
        return shown

    async def find(self, query: S) -> kit.Hits[R]:
        """Return the records in force that fit all of a query, best first and then newest first."""
        sought = births_sought(query, self.at)
        by_facts = {fact: value for fact in _FACTS if (value := getattr(query, fact)) is not None}
        births = tuple((each.parameter, each.swapped is None) for each in sought)
        shape = type(self), tuple(by_facts), births, self.shape_of_kind(query)
        statements = _statements.of(shape, lambda: self._statements_of(list(by_facts), sought, shape[-1]))
        parameters = {**self.visibility, **_parameters_of(by_facts), **self.parameters_of_kind(query)}
        for each in sought:
            parameters.update(each.values)
        if query.name is None:
            return await self._find_by_facts(query, statements, parameters, sought)
        return await self._find_by_name(query, query.name, statements.among, parameters, sought)

    @classmethod
    def _statements_of(cls, facts: Sequence[str], sought: Sought, shape_of_kind: Any) -> Statements:
        table, particulars = cls.table, cls.particulars
        doubts = [particulars.doubts(table, each) for each in sought]
        fits = [kit.visible(table), *map(cls._has, facts), *(each.is_not(None) for each in doubts)]
        fits += cls.conditions_of_kind(shape_of_kind)
        born = [*fits, *(particulars.born(table, each) for each in sought)]
        order = [sum(doubts, start=kit.inline_literal(0)), table.c.id.desc()] if doubts else [table.c.id.desc()]
        labelled = [each.label(f"doubt_{at}") for at, each in enumerate(doubts)]
        best = sa.select(table.c.content, *labelled).where(*born).order_by(*order).limit(SHOWN_HITS)
        counted = sa.select(sa.func.count().label("total")).select_from(table).where(*born)
        return Statements(kit.Among(fits, doubts), kit.hot(best), kit.hot(counted))

    @classmethod
    def _has(cls, fact: str) -> sa.ColumnElement[bool]:
        """Return the condition of something that every search may ask for besides a name and a birth."""
        match fact:
            case "sex":
                return cls.table.c.sex == sa.bindparam("of_sex")
            case "nationality":
                return kit.like(cls.table.c.nationalities, "of_nationality")
            case _:
                return cls.particulars.has_document(cls.table)

    async def _find_by_name(
        self, query: S, name: str, among: kit.Among, parameters: Mapping[str, Any], sought: Sought
    ) -> kit.Hits[R]:
        found = await self.names.search(self.session, name, among, parameters)
        shown = heapq.nlargest(SHOWN_HITS, map(scored, found.records))
        ids = {"ids": [one.id for one in shown], **self.visibility}
        contents = {row.id: row.content for row in await self.session.fetch(self._contents, ids)} if shown else {}
        hits = [
            (self.hit(record, query, Met(doubtful, found.explained(one.named, self.names_of(record)))), content)
            for one in shown
            if (content := contents.get(one.id)) is not None
            for record, doubtful in [(self.parse(content), doubts_by_birth(sought, one.named.columns))]
        ]
        shown_hits = kit.within_reply_size(_best_first(hits))
        return kit.Hits(hits=shown_hits, total=len(found.records), warnings=found.warnings)

    async def _find_by_facts(
        self, query: S, statements: Statements, parameters: Mapping[str, Any], sought: Sought
    ) -> kit.Hits[R]:
        # A number is looked up by its index, and few records have it.
        rows = await self.session.fetch(statements.best, parameters, in_thread=query.document_number is None)
        total = len(rows)
        if total == SHOWN_HITS:
            total = (await self.session.fetch(statements.counted, parameters, in_thread=True))[0].total
        hits = [
            (self.hit(self.parse(row.content), query, Met(doubts_by_birth(sought, tuple(row)[1:]))), row.content)
            for row in rows
        ]
        return kit.Hits(hits=kit.within_reply_size(_best_first(hits)), total=total)


def _parameters_of(facts: Mapping[str, str]) -> dict[str, Any]:
    found = dict[str, Any]()
    if sex := facts.get("sex"):
        found["of_sex"] = sex
    if nationality := facts.get("nationality"):
        found["of_nationality"] = f"%,{nationality},%"
    if number := facts.get("document_number"):
        found["document_look"] = compared_number(number).look
    return found
