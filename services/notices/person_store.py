"""Stores criminal files, and finds them by name and by facts of any identity of the person."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from services.notices import person_matching as matching
from services.notices import person_rules as rules
from services.notices.matching import score
from services.notices.particulars import POSSIBLE, SWAPPED, comparable_number, nationalities_of
from services.notices.person_entries import PersonFile, PersonFileStatus
from services.notices.person_queries import PersonFileQuery
from services.notices.person_requirements import require_complete
from services.notices.tables import metadata
from shared.dates import Days, days_of
from shared.identity import examines
from shared.records import service_kit as kit

SHOWN_HITS: Final = 50

person_files: Final = kit.record_table(
    "person_files",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("person_status", sa.String(20), nullable=False),
    sa.Column("sex", sa.String(1), nullable=False),
)
person_file_names: Final = kit.NameIndex("person_file", metadata, person_files)
# What is true of one of the identities of a person, or of one case: several of each for a file.
person_file_facts: Final = sa.Table(
    "person_file_facts",
    metadata,
    sa.Column("fact", sa.String(16), primary_key=True),
    sa.Column("value", sa.String(160), primary_key=True),
    sa.Column("record_id", sa.ForeignKey(person_files.c.id, ondelete="CASCADE"), primary_key=True, index=True),
    # Of a birth, whose value begins with a year in which it may have been: it has a row for each.
    sa.Column("born_from", sa.Date),
    sa.Column("born_to", sa.Date),
)

_facts: Final = person_file_facts.c
_add_facts: Final = sa.insert(person_file_facts)
_forget_facts: Final = sa.delete(person_file_facts).where(_facts.record_id == sa.bindparam("of_record"))
_contents: Final = sa.select(person_files.c.id, person_files.c.content).where(
    person_files.c.id.in_(sa.bindparam("ids", expanding=True)), kit.visible(person_files)
)
Conditions = Sequence[sa.ColumnElement[bool]]


class _Scored(NamedTuple):
    score: float
    id: str
    named: kit.NamedRecord


class PersonFileStore(kit.NameSearchStore[PersonFile, PersonFileQuery]):
    """The criminal files that the caller's bureau may know of."""

    table = person_files
    model = PersonFile
    below = "persons/"
    query = PersonFileQuery
    names = person_file_names
    audience = staticmethod(rules.audience)
    names_of = staticmethod(matching.names_of_file)
    query_terms = staticmethod(matching.query_terms)
    record_terms = staticmethod(matching.record_terms)
    match = staticmethod(matching.match)
    has_ended_well = staticmethod(rules.is_cleared)
    warning_kinds = (*kit.NAME_WARNINGS, *kit.BIRTH_WARNINGS)
    query_warnings = staticmethod(matching.query_warnings)

    def search_columns(self, record: PersonFile) -> Mapping[str, Any]:
        """Return the values of the columns that a file is found by."""
        return {
            "status": record.status,
            "person_status": record.person_status,
            "sex": record.subject.sex,
        }

    def kept_for(self, record: PersonFile) -> timedelta:
        """Return how long a file is kept: the convicted 5 years, all others are reviewed each year."""
        return rules.kept_for(record)

    def restated(self, record: PersonFile, entry: Any) -> PersonFile:
        """Return the next version of a file with another entry, its state and its term."""
        return rules.restated(record, entry, self.at)

    def derived(self, record: PersonFile) -> Mapping[str, Any]:
        """Return the state of a file, which follows from its history."""
        return {"status": rules.state_of(record)}

    def require_plausible(self, record: PersonFile) -> None:
        """Require of a corrected file what a file needs. Raises FileIncomplete."""
        if record.status is not PersonFileStatus.WITHDRAWN:
            require_complete(record, self.at.date())

    async def add(self, record: PersonFile) -> PersonFile:
        """Store a new file with its facts. Raises TooManyTakenBack."""
        await super().add(record)
        await self.session.execute(_add_facts, list(_rows(record)))
        return record

    async def add_many(self, records: Sequence[PersonFile]) -> None:
        """Store many new files with their facts at once."""
        await super().add_many(records)
        await self.session.execute(_add_facts, [row for record in records for row in _rows(record)])

    async def replace(self, record: PersonFile) -> PersonFile:
        """Store the next version of a file; readers of an entry that is no longer shown replace their copies.

        Raises Conflict, TooManyTakenBack.
        """
        before = await self.present(self.session, record.id)
        replaced = await super().replace(record)
        await self.session.execute(_forget_facts, {"of_record": record.id})
        await self.session.execute(_add_facts, list(_rows(record)))
        # A correction by the Commission notifies them in any case.
        own, shown = self.caller.bureau == record.owner, record.status is PersonFileStatus.IN_FORCE
        if own and shown and before is not None and rules.takes_back(before, record):
            await self.ask_to_replace(record)
        return replaced

    async def find(self, query: PersonFileQuery) -> kit.Hits[PersonFile]:
        """Return the files in force that fit all of a query, best first and then newest first."""
        conditions = self._conditions(query)
        if query.name is None:
            return await self._find_by_facts(query, conditions)
        return await self._find_by_name(query, query.name, conditions)

    async def _find_by_name(self, query: PersonFileQuery, name: str, conditions: Conditions) -> kit.Hits[PersonFile]:
        among = kit.Among(conditions, [_doubt(query).label("doubt")], self.visibility)
        found = await person_file_names.search(self.session, name, among)
        shown = heapq.nlargest(SHOWN_HITS, map(_scored, found.records))
        ids = {"ids": [one.id for one in shown], **self.visibility}
        contents = {row.id: row.content for row in await self.session.fetch(_contents, ids)} if shown else {}
        hits = [
            (matching.hit(file, query, found.explained(one.named, matching.names_of_file(file))), content)
            for one in shown
            if (content := contents.get(one.id)) is not None
            for file in [self.parse(content)]
        ]
        return kit.Hits(hits=kit.within_reply_size(hits), total=len(found.records), warnings=found.warnings)

    async def _find_by_facts(self, query: PersonFileQuery, conditions: Conditions) -> kit.Hits[PersonFile]:
        newest = person_files.c.id.desc()
        order = [newest] if query.date_of_birth is None else [_doubt(query), newest]
        best = sa.select(person_files.c.content).where(*conditions).order_by(*order).limit(SHOWN_HITS)
        rows = await self.session.fetch(best, self.visibility, in_thread=True)
        total = len(rows)
        if total == SHOWN_HITS:
            counted = sa.select(sa.func.count().label("total")).select_from(person_files).where(*conditions)
            total = (await self.session.fetch(counted, self.visibility, in_thread=True))[0].total
        hits = [(matching.hit(self.parse(row.content), query), row.content) for row in rows]
        return kit.Hits(hits=kit.within_reply_size(hits), total=total)

    def _conditions(self, query: PersonFileQuery) -> Conditions:
        """Return the conditions of a search. The Commission finds a person as whatever they are on file."""
        conditions = [kit.visible(person_files), person_files.c.status == PersonFileStatus.IN_FORCE.value]
        if query.person_status is not None or not examines(self.caller.bureau, self.caller.purpose):
            conditions.append(person_files.c.person_status.in_(sorted(matching.statuses_sought(query))))
        if query.sex is not None:
            conditions.append(person_files.c.sex == query.sex)
        conditions += (_has(fact, value) for fact, value in _facts_sought(query))
        if query.date_of_birth is not None:
            sought = matching.birth_sought(query.date_of_birth)
            may_be = [_overlapping(sought.days), *([_exactly(sought.swapped)] if sought.swapped else [])]
            conditions.append(sa.or_(*may_be))
        return conditions


def _facts_sought(query: PersonFileQuery) -> Iterator[tuple[str, str]]:
    if query.nationality is not None:
        yield "nationality", query.nationality
    if query.offence is not None:
        yield "offence", query.offence
    if query.document_number is not None:
        yield "document", comparable_number(query.document_number)


def _rows(record: PersonFile) -> Iterator[dict[str, Any]]:
    """Yield the facts of a file: of all identities, and of the cases of which the person was not cleared."""
    person = record.subject
    facts = {
        "document": matching.documents_of(person),
        "nationality": nationalities_of(person),
        "offence": matching.offences_of(record),
    }
    for fact, values in facts.items():
        for value in values:
            yield {"record_id": record.id, "fact": fact, "value": str(value), "born_from": None, "born_to": None}
    for born in matching.births_of(person):
        days = days_of(born)
        for year in range(days.first.year, days.last.year + 1):
            value = f"{year} {born}"
            yield {
                "record_id": record.id,
                "fact": "birth",
                "value": value,
                "born_from": days.first,
                "born_to": days.last,
            }


def _has(fact: str, value: str) -> sa.ColumnElement[bool]:
    having = sa.select(_facts.record_id).where(_facts.fact == fact, _facts.value == value)
    return person_files.c.id.in_(having)


def _has_birth(days: Days, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Return the condition that a birth in one of the years of some days meets conditions; found by the key."""
    in_years = (_facts.value >= str(days.first.year), _facts.value < str(days.last.year + 1))
    return person_files.c.id.in_(sa.select(_facts.record_id).where(_facts.fact == "birth", *in_years, *conditions))


def _overlapping(days: Days) -> sa.ColumnElement[bool]:
    return _has_birth(days, _facts.born_from <= days.last, _facts.born_to >= days.first)


def _exactly(days: Days) -> sa.ColumnElement[bool]:
    return _has_birth(days, _facts.born_from == days.first, _facts.born_to == days.last)


def _doubt(query: PersonFileQuery) -> sa.ColumnElement[int]:
    """Return the least doubt that a birth of a file leaves, as `least_doubt`."""
    if query.date_of_birth is None:
        return sa.literal(0)
    sought = matching.birth_sought(query.date_of_birth)
    days = sought.days
    surely = _has_birth(days, _facts.born_from >= days.first, _facts.born_to <= days.last)
    return sa.case((surely, 0), (_overlapping(days), POSSIBLE), else_=SWAPPED)


def _scored(named: kit.NamedRecord) -> _Scored:
    return _Scored(score(named.hit.score, sum(named.columns)), named.id, named)
