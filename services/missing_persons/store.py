"""Remembers missing persons and unidentified bodies, and finds them by what is known of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from services.missing_persons import SERVICE
from services.missing_persons import criteria as ask
from services.missing_persons.criteria import Criterion, Doubt
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
    body_found_under,
    body_sought_under,
    names_of,
    person_found_under,
    person_sought_under,
    place_key,
)
from shared.dates import OLDEST_AGE, births_for_ages, earliest_of, latest_of
from shared.records.service_kit import (
    Audience,
    Hit,
    Hits,
    NameIndex,
    NamePart,
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

    def keys(self, record: MissingPerson) -> Mapping[str, Any]:
        """Return the values of the columns that a person is found by."""
        born = record.date_of_birth
        return {
            "status": record.status,
            "sex": record.sex,
            "born_first": earliest_of(born) if born else None,
            "born_last": latest_of(born) if born else None,
            "nationalities": "".join(f",{country}," for country in record.nationalities),
            "last_seen_date": record.last_seen_date,
            "last_seen_place": place_key(record.last_seen_place),
            "last_seen_country": record.last_seen_country,
        }

    def audience(self, record: MissingPerson) -> Audience:
        """Return who beside the owner may know: all, until the person is found or the record withdrawn."""
        return Audience.ALL if record.status is PersonStatus.MISSING else Audience.OWNER

    def has_ended_well(self, record: MissingPerson) -> bool:
        """Tell whether the person was found, as most are within days."""
        return record.status is PersonStatus.FOUND

    @classmethod
    def sought_under(cls, query: PersonSearch) -> Iterable[str]:
        """Return the words under which a search is kept: those of its name, or else the place and the sex."""
        return person_sought_under(query)

    @classmethod
    def found_under(cls, record: MissingPerson) -> Iterable[str]:
        """Return the words under which the searches are looked up that a person might fit."""
        return person_found_under(record)

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
        hits = [(_named(self.parse(each.content), parts, asked, each.doubts), each.content) for each in found]
        best_first = sorted(hits, key=lambda hit: -hit[0].score)
        return Hits(hits=within_reply_size(best_first[:SHOWN_HITS]), total=total)


class BodyStore(SearchableStore[Body, BodySearch]):
    """The unidentified bodies that the caller's bureau may know of."""

    table = bodies
    model = Body
    query = BodySearch

    def keys(self, record: Body) -> Mapping[str, Any]:
        """Return the values of the columns that a body is found by."""
        return {
            "status": record.status,
            "sex": record.sex,
            "age_min": record.age_min,
            "age_max": record.age_max,
            "height_min": record.height_min,
            "height_max": record.height_max,
            "found_date": record.found_date,
            "found_place": place_key(record.found_place),
            "found_country": record.found_country,
        }

    def audience(self, record: Body) -> Audience:
        """Return who beside the owner may know: all, until the body is identified or the record withdrawn."""
        return Audience.ALL if record.status is BodyStatus.UNIDENTIFIED else Audience.OWNER

    def has_ended_well(self, record: Body) -> bool:
        """Tell whether the body was identified."""
        return record.status is BodyStatus.IDENTIFIED

    def kept_for(self, record: Body) -> timedelta:  # noqa: ARG002 - all alike
        """Return how long the record of a body is kept."""
        return BODY_KEPT_FOR

    @classmethod
    def sought_under(cls, query: BodySearch) -> Iterable[str]:
        """Return the words under which a search is kept: the country and the sex."""
        return body_sought_under(query)

    @classmethod
    def found_under(cls, record: Body) -> Iterable[str]:
        """Return the words under which the searches are looked up that a body might fit."""
        return body_found_under(record)

    async def list(self, wanted: BodyFilter) -> Page[Body]:
        """Return one page of the records that fit a filter."""
        return await self.page(wanted, owner=wanted.owner, status=wanted.status)

    async def find(self, query: BodySearch) -> Hits[Body]:
        """Return the bodies not yet identified that may fit a search, best first; each doubt costs a fifth."""
        asked = body_criteria(query)
        unidentified = bodies.c.status == BodyStatus.UNIDENTIFIED.value
        return await _hits(self, asked, [unidentified])


def person_criteria(search: PersonSearch, today: date) -> list[Criterion]:
    """Return what a search for a person asks beside the name; an age is that of today."""
    asked = []
    if search.sex:
        asked.append(ask.same_sex(persons.c.sex, search.sex))
    if search.age_min is not None or search.age_max is not None:
        words = f"age {ask.span(search.age_min, search.age_max)}"
        oldest = OLDEST_AGE if search.age_max is None else search.age_max
        born = births_for_ages(search.age_min or 0, oldest, today)
        asked.append(ask.overlapping((persons.c.born_first, persons.c.born_last), words, *born))
    if search.nationality:
        asked.append(ask.one_of(persons.c.nationalities, search.nationality))
    if search.place:
        asked.append(ask.part_of(persons.c.last_seen_place, place_key(search.place), search.place))
    if search.country:
        asked.append(ask.same_country(persons.c.last_seen_country, search.country))
    if search.last_seen_from or search.last_seen_to:
        asked.append(ask.between(persons.c.last_seen_date, "last seen", search.last_seen_from, search.last_seen_to))
    return asked


def body_criteria(search: BodySearch) -> list[Criterion]:
    """Return what a search for a body asks."""
    asked = []
    if search.sex:
        asked.append(ask.same_sex(bodies.c.sex, search.sex))
    for measure, unit in (("age", ""), ("height", " cm")):
        least, greatest = getattr(search, f"{measure}_min"), getattr(search, f"{measure}_max")
        if least is not None or greatest is not None:
            columns = (bodies.c[f"{measure}_min"], bodies.c[f"{measure}_max"])
            asked.append(ask.overlapping(columns, f"{measure} {ask.span(least, greatest)}{unit}", least, greatest))
    if search.place:
        asked.append(ask.part_of(bodies.c.found_place, place_key(search.place), search.place))
    if search.country:
        asked.append(ask.same_country(bodies.c.found_country, search.country))
    if search.found_from or search.found_to:
        asked.append(ask.between(bodies.c.found_date, "found", search.found_from, search.found_to))
    return asked


async def _hits(store: RecordStore[R], asked: Sequence[Criterion], conditions: Sequence[ask.Condition]) -> Hits[R]:
    found, total = await _rank(store, asked, conditions, SHOWN_HITS)
    hits = [(_hit(store.parse(each.content), asked, each.doubts), each.content) for each in found]
    return Hits(hits=within_reply_size(hits), total=total)


async def _rank(
    store: RecordStore[Any], asked: Sequence[Criterion], conditions: Sequence[ask.Condition], most: int
) -> tuple[Sequence[Ranked], int]:
    table = store.table
    fits = (visible(table), *conditions, *(criterion.may_fit for criterion in asked))
    doubts = [criterion.doubt.label(f"doubt_{number}") for number, criterion in enumerate(asked)]
    statement = sa.select(table.c.content, *doubts).where(*fits)
    best_first = statement.order_by(ask.total_doubt(asked), table.c.id.desc()).limit(most)
    rows = await store.session.fetch_in_thread(best_first, store.visibility)
    total = len(rows)
    if total == most:
        counted = sa.select(sa.func.count().label("records")).select_from(table).where(*fits)
        total = (await store.session.fetch_in_thread(counted, store.visibility))[0].records
    return [_ranked(*row) for row in rows], total


def _ranked(content: str, *doubts: int) -> Ranked:
    return Ranked(content, [Doubt(doubt) for doubt in doubts])


def _hit(record: R, asked: Sequence[Criterion], doubts: Sequence[Doubt]) -> Hit[R]:
    return Hit(score=round(ask.score(doubts), 4), match="; ".join(ask.explain(asked, doubts)), record=record)


def _named(
    person: MissingPerson, parts: Sequence[NamePart], asked: Sequence[Criterion], doubts: Sequence[Doubt]
) -> Hit[MissingPerson]:
    closeness, name = person_names.score(parts, names_of(person))
    match = "; ".join([name, *ask.explain(asked, doubts)])
    return Hit(score=round(closeness * ask.score(doubts), 4), match=match, record=person)
