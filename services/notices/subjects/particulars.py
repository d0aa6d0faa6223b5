"""The births and documents of the identities of a person: rows beside a record, by which it is found."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from services.notices.subjects.models import Identity, Organisation, Person, Thing
from shared.dates import Days, days_of, is_within, overlaps
from shared.numbers import DOCUMENT_NUMBER, Reading, WrittenNumber, number_of, reading
from shared.records import service_kit as kit

MAX_DOCUMENT: Final = 120


def identities_of(subject: Person | Organisation | Thing) -> Sequence[Person | Identity]:
    """Return the identities of a person, the main one first; none of anything else."""
    return (subject, *subject.identities) if isinstance(subject, Person) else ()


def births_of(subject: Person | Organisation | Thing) -> list[Days]:
    """Return the days on which a person may have been born, by each identity; nothing if none is known."""
    known = (each.date_of_birth for each in identities_of(subject))
    return list(dict.fromkeys(days_of(birth) for birth in known if birth is not None))


def nationalities_of(subject: Person | Organisation | Thing) -> list[str]:
    """Return the nationalities of a person in all identities."""
    return list(dict.fromkeys(each for one in identities_of(subject) for each in one.nationalities))


def numbers_of(subject: Person | Organisation | Thing) -> list[str]:
    """Return the numbers of a person's documents in all identities, as they are written."""
    return list(dict.fromkeys(each.number for one in identities_of(subject) for each in one.documents))


def documents_of(subject: Person | Organisation | Thing) -> list[str]:
    """Return the numbers of a person's documents in all identities, in the form in which look-alikes are one sign."""
    return list(dict.fromkeys(filter(None, (compared_number(each).look for each in numbers_of(subject)))))


def compared_number(number: str) -> WrittenNumber:
    """Return the number of a document as travel documents are compared (ADR 98); without signs if it has none."""
    return number_of(number, DOCUMENT_NUMBER)


class DocumentRead(NamedTuple):
    """The number of a document that meets one that is sought, as it is written, and how."""

    found: str
    reading: Reading


def read_documents(subject: Person | Organisation | Thing, sought: str) -> DocumentRead | None:
    """Return which of a subject's documents meets a number best, None if none does."""
    asked = compared_number(sought)
    read = ((each, reading(asked, compared_number(each))) for each in numbers_of(subject))
    met = (DocumentRead(number, how) for number, how in read if how is not None)
    return max(met, key=lambda each: each.reading.score, default=None)


class BirthSought(NamedTuple):
    """The days of birth that a search asks for, and by which of its parameters."""

    parameters: frozenset[str]
    days: Days
    swapped: Days | None = None
    """The day with its number and month exchanged, where that is another day."""

    @property
    def parameter(self) -> str:
        """How the parameters of its SQL begin."""
        return min(self.parameters)

    @property
    def values(self) -> Mapping[str, date]:
        """The parameters of its SQL."""
        ends = {"first": self.days.first, "last": self.days.last}
        day = {} if self.swapped is None else {"swapped": self.swapped.first}
        return {f"{self.parameter}_{end}": value for end, value in {**ends, **day}.items()}


# How much doubt a birth leaves, in steps of which each takes a fifth off the score.
POSSIBLE: Final = 1
SWAPPED: Final = 2


def least_doubt(births: Iterable[Days], sought: BirthSought) -> int | None:
    """Return the least doubt that one of some births leaves: 0 if it surely fits, None if none does."""
    doubts = (_doubt(birth, sought) for birth in births)
    return min((doubt for doubt in doubts if doubt is not None), default=None)


def _doubt(birth: Days, sought: BirthSought) -> int | None:
    if is_within(birth, sought.days):
        return 0
    if overlaps(birth, sought.days):
        return POSSIBLE
    return SWAPPED if birth == sought.swapped else None


class Particulars(NamedTuple):
    """The tables of what a record is found by besides its columns and names."""

    births: sa.Table
    documents: sa.Table

    async def put(self, session: kit.Session, record_id: str, subject: Person | Organisation | Thing) -> None:
        """Store the particulars of a record in place of those it had before."""
        of_record = {"of_record": record_id}
        for table in self:
            await session.execute(sa.delete(table).where(table.c.record_id == sa.bindparam("of_record")), of_record)
        await self.put_many(session, {record_id: subject})

    async def put_many(self, session: kit.Session, subjects: Mapping[str, Person | Organisation | Thing]) -> None:
        """Store the particulars of many records, which have none yet."""
        births = [
            {"record_id": record, "born_from": days.first, "born_to": days.last}
            for record, subject in subjects.items()
            for days in births_of(subject)
        ]
        documents = [
            {"record_id": record, "number": number}
            for record, subject in subjects.items()
            for number in documents_of(subject)
        ]
        if births:
            await session.execute(sa.insert(self.births), births)
        if documents:
            await session.execute(sa.insert(self.documents), documents)

    def doubts(self, records: sa.Table, sought: BirthSought) -> sa.ColumnElement[int]:
        """Return the least doubt that a birth of a record leaves, as `least_doubt`; NULL if none fits."""
        birth, first, last = self.births.c, _bound(sought, "first"), _bound(sought, "last")
        fits = sa.and_(birth.born_from <= last, birth.born_to >= first)
        is_sure = sa.and_(birth.born_from >= first, birth.born_to <= last)
        cases = [(is_sure, kit.inline_literal(0)), (fits, kit.inline_literal(POSSIBLE))]
        if sought.swapped is not None:
            day = _bound(sought, "swapped")
            cases.append((sa.and_(birth.born_from == day, birth.born_to == day), kit.inline_literal(SWAPPED)))
        least = sa.select(sa.func.min(sa.case(*cases))).where(birth.record_id == records.c.id)
        return least.scalar_subquery()

    def born(self, records: sa.Table, sought: BirthSought) -> sa.ColumnElement[bool]:
        """Return the condition that a birth of a record may fit, to be looked up before the records are."""
        birth, first, last = self.births.c, _bound(sought, "first"), _bound(sought, "last")
        fits = [sa.and_(birth.born_from <= last, birth.born_to >= first)]
        if sought.swapped is not None:
            day = _bound(sought, "swapped")
            fits.append(sa.and_(birth.born_from <= day, birth.born_to >= day))
        return records.c.id.in_(sa.select(birth.record_id).where(sa.or_(*fits)))

    def has_document(self, records: sa.Table) -> sa.ColumnElement[bool]:
        """Return the condition that a record names a document of `document_look`, or of a number that looks like it."""
        document, look = self.documents.c, sa.bindparam("document_look", type_=sa.String)
        return records.c.id.in_(sa.select(document.record_id).where(document.number == look))


def _bound(sought: BirthSought, end: str) -> sa.BindParameter[date]:
    return sa.bindparam(f"{sought.parameter}_{end}", type_=sa.Date)


def particulars(kind: str, metadata: sa.MetaData, records: sa.Table) -> Particulars:
    """Declare the tables of births and documents beside the records of a kind."""

    def of_record(**options: Any) -> sa.Column[str]:
        return sa.Column("record_id", sa.ForeignKey(records.c.id, ondelete="CASCADE"), primary_key=True, **options)

    births = sa.Table(
        f"{kind}_births",
        metadata,
        of_record(),
        sa.Column("born_from", sa.Date, primary_key=True, index=True),
        sa.Column("born_to", sa.Date, primary_key=True),
        sqlite_with_rowid=False,
    )
    documents = sa.Table(
        f"{kind}_documents",
        metadata,
        sa.Column("number", sa.String(MAX_DOCUMENT), primary_key=True),
        of_record(index=True),
        sqlite_with_rowid=False,
    )
    return Particulars(births, documents)
