"""Stores missing persons and unidentified bodies, and finds them by what is known of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from services.missing_persons import SERVICE
from services.missing_persons.criteria import Condition, Criterion, Doubt, total_doubt
from services.missing_persons.matching import (
    body_columns,
    body_criteria,
    hit,
    match_body,
    match_person,
    person_columns,
    person_criteria,
)
from services.missing_persons.models import (
    Body,
    BodyFilter,
    BodySearch,
    BodyStatus,
    MissingPerson,
    PersonFilter,
    PersonSearch,
    PersonStatus,
)
from services.missing_persons.rules import (
    BODY_KEPT_FOR,
    body_query_terms,
    body_record_terms,
    names_of,
    person_query_terms,
    person_record_terms,
)
from shared.names import NamePart, score_names
from shared.records.service_kit import (
    Audience,
    Hit,
    Hits,
    NameIndex,
    NameSearchStore,
    Page,
    R,
    RecordStore,
    SearchableStore,
    record_table,
    service_metadata,
    visible,
    within_reply_size,
)

SHOWN_HITS: Final = 50
# Of a frequent name, so many records that leave the least doubt otherwise are compared name by name.
COMPARED_NAMES: Final = 500

metadata = service_metadata(SERVICE.name)
persons = record_table(
    "persons",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("sex", sa.String(1), nullable=False),
    sa.Column("born_first", sa.Date),
    sa.Column("born_last", sa.Date),
    sa.Column("nationalities", sa.Text, nullable=False),
    sa.Column("last_seen_date", sa.Date, nullable=False, index=True),
    sa.Column("last_seen_place", sa.Text, nullable=False),
    sa.Column("last_seen_country", sa.String(2), nullable=False),
)
bodies = record_table(
    "bodies",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("sex", sa.String(1), nullable=False),
    sa.Column("age_min", sa.SmallInteger),
    sa.Column("age_max", sa.SmallInteger),
    sa.Column("height_min", sa.SmallInteger),
    sa.Column("height_max", sa.SmallInteger),
    sa.Column("found_date", sa.Date, nullable=False, index=True),
    sa.Column("found_place", sa.Text, nullable=False),
    sa.Column("found_country", sa.String(2), nullable=False),
)
person_names = NameIndex("person", metadata, persons)


class Ranked(NamedTuple):
    """A record that may fit a search, and what doubt it leaves about each criterion."""

    content: str
    doubts: list[Doubt]


class PersonStore(NameSearchStore[MissingPerson, PersonSearch]):
    """The missing persons that the caller's bureau may know of."""

    table = persons
    model = MissingPerson
    query = PersonSearch
    names = person_names

    def search_columns(self, record: MissingPerson) -> Mapping[str, Any]:
        """Return the values of the columns that a person is found by."""
        return person_columns(record)

    @classmethod
    def audience(cls, record: MissingPerson) -> Audience:
        """Return who besides the owner may know: all, until the person is found or the record withdrawn."""
        return Audience.ALL if record.status is PersonStatus.MISSING else Audience.OWNER

    def has_ended_well(self, record: MissingPerson) -> bool:
        """Return whether the person was found, as most are within days."""
        return record.status is PersonStatus.FOUND

    @classmethod
    def query_terms(cls, query: PersonSearch) -> Iterable[str]:
        """Return the words under which a search is kept: those of its name, or else the place and the sex."""
        return person_query_terms(query)

    @classmethod
    def record_terms(cls, record: MissingPerson) -> Iterable[str]:
        """Return the words under which the searches are looked up that a person might fit."""
        return person_record_terms(record)

    @classmethod
    def names_of(cls, record: MissingPerson) -> Sequence[str]:
        """Return all names of a person."""
        return names_of(record)

    async def list(self, wanted: PersonFilter) -> Page[MissingPerson]:
        """Return one page of the records that fit a filter."""
        return await self.page(wanted, owner=wanted.owner, status=wanted.status)

    async def find(self, query: PersonSearch) -> Hits[MissingPerson]:
        """Return the persons still missing who may fit a search, best first.

        The score is that of the name, if one is sought, less a fifth for each step of doubt.
        """
        asked = person_criteria(query, self.at.date())
        still_missing = persons.c.status == PersonStatus.MISSING.value
        if query.name is None:
            return await _hits(self, asked, [still_missing])
        parts = await person_names.similar(self.session, query.name)
        found, total = await _rank(self, asked, [still_missing, person_names.condition(parts)], COMPARED_NAMES)
        hits = [(self._named(each, parts, asked), each.content) for each in found]
        best_first = sorted(hits, key=lambda hit: -hit[0].score)
        return Hits(hits=within_reply_size(best_first[:SHOWN_HITS]), total=total)

    def _named(self, found: Ranked, parts: Sequence[NamePart], asked: Sequence[Criterion]) -> Hit[MissingPerson]:
        person = self.parse(found.content)
        return hit(person, asked, found.doubts, score_names(parts, names_of(person)))

    @classmethod
    def match(cls, record: MissingPerson, query: PersonSearch, at: datetime) -> Hit[MissingPerson] | None:
        """Return the hit of a search in one person, None if they do not fit."""
        return match_person(record, query, at)


class BodyStore(SearchableStore[Body, BodySearch]):
    """The unidentified bodies that the caller's bureau may know of."""

    table = bodies
    model = Body
    query = BodySearch

    def search_columns(self, record: Body) -> Mapping[str, Any]:
        """Return the values of the columns that a body is found by."""
        return body_columns(record)

    @classmethod
    def audience(cls, record: Body) -> Audience:
        """Return who besides the owner may know: all, until the body is identified or the record withdrawn."""
        return Audience.ALL if record.status is BodyStatus.UNIDENTIFIED else Audience.OWNER

    def has_ended_well(self, record: Body) -> bool:
        """Return whether the body was identified."""
        return record.status is BodyStatus.IDENTIFIED

    def kept_for(self, record: Body) -> timedelta:  # noqa: ARG002 - all alike
        """Return how long the record of a body is kept."""
        return BODY_KEPT_FOR

    @classmethod
    def query_terms(cls, query: BodySearch) -> Iterable[str]:
        """Return the words under which a search is kept: the country and the sex."""
        return body_query_terms(query)

    @classmethod
    def record_terms(cls, record: Body) -> Iterable[str]:
        """Return the words under which the searches are looked up that a body might fit."""
        return body_record_terms(record)

    async def list(self, wanted: BodyFilter) -> Page[Body]:
        """Return one page of the records that fit a filter."""
        return await self.page(wanted, owner=wanted.owner, status=wanted.status)

    async def find(self, query: BodySearch) -> Hits[Body]:
        """Return the bodies not yet identified that may fit a search, best first; each doubt costs a fifth."""
        asked = body_criteria(query)
        unidentified = bodies.c.status == BodyStatus.UNIDENTIFIED.value
        return await _hits(self, asked, [unidentified])

    @classmethod
    def match(cls, record: Body, query: BodySearch, at: datetime) -> Hit[Body] | None:  # noqa: ARG003
        """Return the hit of a search in one body, None if it does not fit."""
        return match_body(record, query)


async def _hits(store: RecordStore[R], asked: Sequence[Criterion], conditions: Sequence[Condition]) -> Hits[R]:
    found, total = await _rank(store, asked, conditions, SHOWN_HITS)
    hits = [(hit(store.parse(each.content), asked, each.doubts), each.content) for each in found]
    return Hits(hits=within_reply_size(hits), total=total)


async def _rank(
    store: RecordStore[Any], asked: Sequence[Criterion], conditions: Sequence[Condition], most: int
) -> tuple[Sequence[Ranked], int]:
    table = store.table
    fits = (visible(table), *conditions, *(criterion.may_fit(table) for criterion in asked))
    doubts = [criterion.doubt_in_sql(table).label(f"doubt_{number}") for number, criterion in enumerate(asked)]
    statement = sa.select(table.c.content, *doubts).where(*fits)
    best_first = statement.order_by(total_doubt(asked, table), table.c.id.desc()).limit(most)
    rows = await store.session.fetch(best_first, store.visibility, in_thread=True)
    total = len(rows)
    if total == most:
        counted = sa.select(sa.func.count().label("records")).select_from(table).where(*fits)
        total = (await store.session.fetch(counted, store.visibility, in_thread=True))[0].records
    return [_ranked(*row) for row in rows], total


def _ranked(content: str, *doubts: int) -> Ranked:
    return Ranked(content, [Doubt(doubt) for doubt in doubts])
