"""Stores and finds missing persons and unidentified bodies."""

import heapq
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from services.missing_persons import SERVICE, matching, rules
from services.missing_persons.models import Body, MissingPerson
from services.missing_persons.queries import BodySearch, PersonSearch
from shared.records import service_kit as kit
from shared.records.search import criteria
from shared.records.search.criteria import Condition, Criterion, Doubt, shape_of, total_doubt

SHOWN_HITS: Final = 50

metadata = kit.service_metadata(SERVICE.name)
persons = kit.record_table(
    "persons",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("sex", sa.String(1), nullable=False),
    sa.Column("person_status", sa.String(20), nullable=False),
    sa.Column("born_first", sa.Date),
    sa.Column("born_last", sa.Date),
    # When the person was last seen.
    sa.Column("age_min", sa.SmallInteger),
    sa.Column("age_max", sa.SmallInteger),
    sa.Column("nationalities", sa.Text, nullable=False),
    sa.Column("last_seen_first", sa.Date, nullable=False),
    sa.Column("last_seen_last", sa.Date, nullable=False, index=True),
    sa.Column("last_seen_place", sa.Text, nullable=False),
    sa.Column("last_seen_country", sa.String(2), nullable=False),
)
bodies = kit.record_table(
    "bodies",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("sex", sa.String(1), nullable=False),
    sa.Column("person_status", sa.String(20), nullable=False),
    sa.Column("age_min", sa.SmallInteger),
    sa.Column("age_max", sa.SmallInteger),
    sa.Column("height_min", sa.SmallInteger),
    sa.Column("height_max", sa.SmallInteger),
    sa.Column("died_first", sa.Date),
    sa.Column("died_last", sa.Date),
    sa.Column("found_first", sa.Date, nullable=False),
    sa.Column("found_last", sa.Date, nullable=False, index=True),
    sa.Column("found_place", sa.Text, nullable=False),
    sa.Column("found_country", sa.String(2), nullable=False),
)
person_names = kit.NameIndex("person", metadata, persons)
_contents = sa.select(persons.c.id, persons.c.content).where(
    persons.c.id.in_(sa.bindparam("ids", expanding=True)), kit.visible(persons)
)


class Ranked(NamedTuple):
    """A record that may fit a search, and what doubt it leaves about each criterion."""

    content: str
    doubts: list[Doubt]


class Ranking(NamedTuple):
    """The statements of a search without a name: for the best records, and for how many there are."""

    best: sa.Select[Any]
    counted: sa.Select[Any]


_amongs = kit.BuiltByShape[kit.Among]()
_rankings = kit.BuiltByShape[Ranking]()


class _CaseStore:
    """What the stores of persons and bodies have in common."""

    audience = staticmethod(rules.audience)
    search_columns = staticmethod(matching.search_columns)
    query_terms = staticmethod(rules.query_terms)
    record_terms = staticmethod(rules.record_terms)
    match = staticmethod(matching.match)
    compare = staticmethod(matching.compare)
    query_warnings = staticmethod(matching.query_warnings)
    has_ended_well = staticmethod(rules.is_solved)
    at: datetime

    def require_plausible(self, record: Any) -> None:
        """Require dates that can be true together. Raises what `require_possible_dates` raises."""
        rules.require_possible_dates(record, today=self.at.date())


class PersonStore(_CaseStore, kit.NameSearchStore[MissingPerson, PersonSearch]):
    """The missing persons that the caller's bureau may know of."""

    table = persons
    model = MissingPerson
    query = PersonSearch
    names = person_names
    names_of = staticmethod(rules.names_of)
    warning_kinds = (*kit.NAME_WARNINGS, *kit.BIRTH_WARNINGS, kit.DATE_FUTURE)

    async def find(self, query: PersonSearch) -> kit.Hits[MissingPerson]:
        """Return the persons still missing who may fit a search, best first.

        The score is that of the name, if one is given, minus 0.2 for each step of doubt.
        """
        asked = matching.criteria_of(query, self.at.date())
        if query.name is None:
            return await _hits(self, asked)
        doubts = partial(criteria.doubts_in_sql, asked, persons)
        among = _amongs.of(shape_of(asked), lambda: kit.Among(_conditions(persons, asked), doubts()))
        found = await person_names.search(self.session, query.name, among, _parameters(self, asked))
        shown = heapq.nlargest(SHOWN_HITS, found.records, key=_rank_by_name)
        ids = {"ids": [each.id for each in shown], **self.visibility}
        contents = {row.id: row.content for row in await self.session.fetch(_contents, ids)} if shown else {}
        hits = [
            (matching.hit(person, asked, doubts, (query.name, found.explained(each, rules.names_of(person)))), content)
            for each in shown
            if (content := contents.get(each.id)) is not None
            for person, doubts in [(self.parse(content), list(map(Doubt, each.columns)))]
        ]
        return kit.Hits(hits=kit.within_reply_size(hits), total=len(found.records), warnings=found.warnings)


class BodyStore(_CaseStore, kit.SearchableStore[Body, BodySearch]):
    """The unidentified bodies that the caller's bureau may know of."""

    table = bodies
    model = Body
    below = "bodies/"
    query = BodySearch
    warning_kinds = (kit.DATE_FUTURE,)

    def kept_for(self, record: Body) -> timedelta:  # noqa: ARG002 - all alike
        """Return how long the record of a body is kept."""
        return rules.BODY_KEPT_FOR

    async def find(self, query: BodySearch) -> kit.Hits[Body]:
        """Return the bodies not yet identified that may fit a search, best first; each doubt costs a fifth."""
        return await _hits(self, matching.criteria_of(query, self.at.date()))


async def _hits(store: kit.RecordStore[kit.R], asked: Sequence[Criterion]) -> kit.Hits[kit.R]:
    found, total = await _rank(store, asked, SHOWN_HITS)
    hits = [(matching.hit(store.parse(each.content), asked, each.doubts), each.content) for each in found]
    return kit.Hits(hits=kit.within_reply_size(hits), total=total)


async def _rank(store: kit.RecordStore[Any], asked: Sequence[Criterion], limit: int) -> tuple[Sequence[Ranked], int]:
    table, parameters = store.table, _parameters(store, asked)
    statements = _rankings.of((table, shape_of(asked)), lambda: _ranking(table, asked))
    rows = await store.session.fetch(statements.best, {**parameters, "at_most": limit}, in_thread=True)
    total = len(rows)
    if total == limit:
        total = (await store.session.fetch(statements.counted, parameters, in_thread=True))[0].records
    return list(map(_ranked, rows)), total


def _ranking(table: sa.Table, asked: Sequence[Criterion]) -> Ranking:
    fits = _conditions(table, asked)
    best = sa.select(table.c.content, *criteria.doubts_in_sql(asked, table)).where(*fits)
    best = best.order_by(total_doubt(asked, table), table.c.id.desc()).limit(sa.bindparam("at_most"))
    return Ranking(kit.hot(best), kit.hot(sa.select(sa.func.count().label("records")).select_from(table).where(*fits)))


def _rank_by_name(named: kit.NamedRecord) -> tuple[float, str]:
    return criteria.score(list(map(Doubt, named.columns))) * named.hit.score, named.id


def _conditions(table: sa.Table, asked: Sequence[Criterion]) -> Sequence[Condition]:
    is_open = table.c.status.in_([kit.inline_literal(each) for each in sorted(rules.OPEN)])
    return (kit.visible(table), is_open, *(criterion.may_fit(table) for criterion in asked))


def _parameters(store: kit.RecordStore[Any], asked: Sequence[Criterion]) -> dict[str, Any]:
    return {**store.visibility, **criteria.parameters_of(asked)}


def _ranked(row: sa.Row[Any]) -> Ranked:
    return Ranked(row.content, list(map(Doubt, tuple(row)[1:])))
