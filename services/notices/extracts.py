"""The list of the extracts that everybody may see: what it can be asked, what it answers, and how it is found.

It serves the public notices API of a gateway: pages by number with the true total, the newest publication first.
"""

import asyncio
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec
import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from services.notices.colours import Colour
from services.notices.models import Notice, PhotographId
from services.notices.name_patterns import Names, matcher_of
from services.notices.queries import NoticeNumber
from services.notices.subjects import Organisation, Person
from shared.bureaus import PUBLIC, Bureau, BureauCode
from shared.dates import OLDEST_AGE, PartialDate, births_for_ages
from shared.disclosure import Disclosing, Disclosure, How
from shared.identity import Caller
from shared.people import Sex, Text
from shared.records import service_kit as kit

REACHABLE: Final = 160
"""How many extracts of those that fit can be reached by pages."""

# Of the text of an extract, which free text is sought in.
_LONGEST_TEXT: Final = 4000
_ESCAPE: Final = "\\"


class ExtractKind(StrEnum):
    """What the extracts of a list are about."""

    RED = "red"
    YELLOW = "yellow"
    UN_PERSONS = "un-persons"
    UN_ENTITIES = "un-entities"
    UN = "un"
    """Both of the two."""


_STORED: Final[Mapping[ExtractKind, tuple[ExtractKind, ...]]] = {
    ExtractKind.UN: (ExtractKind.UN_PERSONS, ExtractKind.UN_ENTITIES)
}
Age = Annotated[int, Field(ge=0, le=999, description="In whole years, today.", examples=[40])]
Code = Annotated[str, Field(min_length=1, max_length=8, pattern="^[^,%_\\\\]+$", examples=["FR"])]
Pattern = Annotated[str, Field(min_length=1, max_length=500, examples=["^A.*$"])]
Searched = Annotated[str, Field(min_length=1, max_length=500)]


class ExtractQuery(BaseModel):
    """Which extracts a list shows: those that fit all parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ExtractKind = Field(description="What they are about.", examples=["red"])
    name: Pattern | None = Field(None, description="A regular expression found in the family name, in any case.")
    forename: Pattern | None = Field(None, description="A regular expression found in the forenames, in any case.")
    nationality: Code | None = Field(None, description="One of several is enough.")
    age_min: Age | None = Field(None, description="At least as old today.")
    age_max: Age | None = Field(None, description="At most as old today.")
    sex: Sex | None = Field(None, description="As the notice states it.", examples=["M"])
    free_text: Searched | None = Field(
        None, description="Each word is in the extract: names, charges, marks, places.", examples=["fraud"]
    )
    warrant_country: Code | None = Field(None, description="Which country issued a warrant.")
    un_reference: Searched | None = Field(None, description="Of the listing, in any case.", examples=["QDi.999"])
    un_resolution: Searched | None = Field(None, description="Of the Security Council.", examples=["1267"])
    page: int = Field(1, ge=1, le=1000, description=f"From 1; the last page that ends within {REACHABLE} if past it.")
    limit: int = Field(20, ge=1, le=REACHABLE, description="How many on a page.", examples=[20])


class ExtractLine(BaseModel):
    """What the list shows of an extract."""

    id: kit.RecordId
    owner: Bureau
    version: int = Field(ge=1, description="Of the notice.", examples=[3])
    kind: ExtractKind = Field(description="What it is about.", examples=["red"])
    number: NoticeNumber
    name: Text | None = Field(description="Family name, or the only name.", examples=["Dupont"])
    forename: Text | None = Field(description="All forenames.", examples=["Jean Marie"])
    date_of_birth: PartialDate | None
    nationalities: tuple[str, ...] = Field(description="Codes; empty if unknown.", examples=[["FR"]])
    photograph: PhotographId | None = Field(description="The id of the main one.", examples=["62412748"])


class Extracts(BaseModel, Disclosing):
    """One page of the extracts that fit, those published last first."""

    items: list[ExtractLine]
    page: int = Field(ge=1, description="The number of this page.", examples=[1])
    total: int = Field(ge=0, description="How many fit, also beyond those that pages reach.", examples=[1])

    def disclosed(self, _how: How) -> Iterator[Disclosure]:
        """Yield the disclosures of the notices, as shown in a list."""
        for each in self.items:
            yield Disclosure("notice", each.id, each.version, BureauCode(each.owner), "list", 1.0, "")


def extract_columns() -> tuple[sa.schema.SchemaItem, ...]:
    """Return the columns by which an extract is found: all null where a notice is not public. And their index."""
    return (
        sa.Column("public_kind", sa.String(12)),
        sa.Column("published", sa.BigInteger),
        sa.Column("family_name", sa.Text),
        sa.Column("forename", sa.Text),
        sa.Column("warrant_countries", sa.Text),
        sa.Column("un_reference", sa.Text),
        sa.Column("un_resolution", sa.Text),
        sa.Column("public_text", sa.Text),
        kit.index_where("public_kind IS NOT NULL", "notices_public", "public_kind", "published", "id"),
    )


_EMPTY: Final[Mapping[str, Any]] = {column.name: None for column in extract_columns() if isinstance(column, sa.Column)}


def extract_values(notice: Notice, *, is_public: bool) -> Mapping[str, Any]:
    """Return the values of these columns, from nothing but what the public is shown."""
    kind = kind_of_extract(notice) if is_public else None
    if kind is None or notice.number is None or notice.published is None:
        return _EMPTY
    extract = notice.public_extract()
    subject, warrants = extract.subject, getattr(extract, "warrants", ())
    person = subject if isinstance(subject, Person) else None
    listing = getattr(extract, "un_listing", None)
    return {
        "public_kind": kind.value,
        "published": int(notice.published.timestamp() * 1000),
        "family_name": _normal(subject.name or (person.single_name if person else None)),
        "forename": _normal(person.forename if person else None),
        "warrant_countries": "".join(f",{each.issuing_country}," for each in warrants if each.issuing_country),
        "un_reference": listing.reference.casefold() if listing else None,
        "un_resolution": listing.resolution.casefold() if listing else None,
        "public_text": _text_of(extract)[:_LONGEST_TEXT],
    }


def kind_of_extract(notice: Notice) -> ExtractKind | None:
    """Return in which list of the public an extract is, or None if it is in none."""
    match notice.colour:
        case Colour.RED:
            return ExtractKind.RED
        case Colour.YELLOW:
            return ExtractKind.YELLOW
        case Colour.UN_SPECIAL:
            is_entity = isinstance(notice.subject, Organisation)
            return ExtractKind.UN_ENTITIES if is_entity else ExtractKind.UN_PERSONS
        case _:
            return None


def _normal(name: str | None) -> str | None:
    return None if name is None else unicodedata.normalize("NFC", name)


# What a reader of the extract reads as text, besides codes, dates and measures.
_TEXTS: Final[Any] = {
    "number": True,
    "subject": {
        *("name", "forename", "single_name", "birth_name", "names_in_other_scripts", "aliases", "place_of_birth"),
        *("father_forename", "mother_name", "mother_forename", "distinguishing_marks"),
    },
    "warrants": {"__all__": {"charge": True, "charge_translation": True, "further_charges": True}},
    "event": {"place"},
}


def _text_of(extract: Notice) -> str:
    """Return the texts of an extract in one, folded."""
    return " ".join(_leaves(extract.model_dump(include=_TEXTS, exclude_none=True))).casefold()


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(each)


class _StoredSubject(msgspec.Struct):
    name: str | None = None
    forename: str | None = None
    single_name: str | None = None
    date_of_birth: str | None = None
    nationalities: tuple[str, ...] = ()


class _StoredPhotograph(msgspec.Struct):
    id: str


class _Stored(msgspec.Struct):
    """The part of a stored notice that a line shows; all of it is in the extract. Reading no more takes 5 us."""

    id: str
    owner: str
    version: int
    number: str
    subject: _StoredSubject
    photographs: tuple[_StoredPhotograph, ...] = ()


_read_stored: Final = msgspec.json.Decoder(_Stored).decode


class ExtractList:
    """Finds the extracts that a caller may see: visibility is in the SQL of each read."""

    def __init__(self, table: sa.Table, session: kit.Session, caller: Caller, at: datetime) -> None:
        self._table = table
        self._session = session
        self._visibility = kit.visibility(caller, at)
        self._at = at

    async def page(self, query: ExtractQuery) -> Extracts:
        """Return one page. Raises PatternTooCostly."""
        if query.name is not None or query.forename is not None:
            return await self._by_pattern(query)
        counted = sa.select(sa.func.count().label("total")).select_from(self._table).where(*self._conditions(query))
        total = (await self._session.fetch(counted, self._visibility, in_thread=True))[0].total
        number = _clamped(query, total)
        start = (number - 1) * query.limit
        wanted = self._newest_first(self._lines(query)).offset(start).limit(min(query.limit, REACHABLE - start))
        rows = await self._session.fetch(wanted, self._visibility, in_thread=True)
        return Extracts(items=[_line(row) for row in rows], page=number, total=total)

    async def _by_pattern(self, query: ExtractQuery) -> Extracts:
        table = self._table.c
        named = sa.select(table.id, table.family_name, table.forename).where(*self._conditions(query))
        rows = await self._session.fetch(self._newest_first(named), self._visibility, in_thread=True)
        names: list[Names] = [(row.family_name, row.forename) for row in rows]
        matcher = matcher_of((query.name, query.forename))
        fitting = await asyncio.to_thread(matcher.fitting, names)
        number = _clamped(query, len(fitting))
        start = (number - 1) * query.limit
        shown = [rows[place].id for place in fitting[:REACHABLE][start : start + query.limit]]
        # Read again with the condition of visibility: one that was withdrawn meanwhile is left out.
        lines = self._newest_first(self._lines(query).where(table.id.in_(shown))) if shown else None
        found = await self._session.fetch(lines, self._visibility, in_thread=True) if lines is not None else ()
        return Extracts(items=[_line(row) for row in found], page=number, total=len(fitting))

    def _lines(self, query: ExtractQuery) -> sa.Select[Any]:
        return sa.select(self._table.c.content, self._table.c.public_kind).where(*self._conditions(query))

    def _newest_first(self, statement: sa.Select[Any]) -> sa.Select[Any]:
        return statement.order_by(self._table.c.published.desc(), self._table.c.id.desc())

    def _conditions(self, query: ExtractQuery) -> list[sa.ColumnElement[bool]]:
        table = self._table.c
        kinds = [kind.value for kind in _STORED.get(query.kind, (query.kind,))]
        conditions = [table.public_kind.in_(kinds), kit.visible(self._table), table.admitted.like(f"%,{PUBLIC},%")]
        conditions += _listed(table.nationalities, query.nationality)
        conditions += _listed(table.warrant_countries, query.warrant_country)
        if query.sex is not None:
            conditions.append(table.sex == query.sex.value)
        conditions += self._ages(query)
        for word in (query.free_text or "").casefold().split():
            conditions.append(table.public_text.like(f"%{_escaped(word)}%", escape=_ESCAPE))
        for column, asked in ((table.un_reference, query.un_reference), (table.un_resolution, query.un_resolution)):
            if asked is not None:
                conditions.append(column == asked.strip().casefold())
        return conditions

    def _ages(self, query: ExtractQuery) -> list[sa.ColumnElement[bool]]:
        if query.age_min is None and query.age_max is None:
            return []
        youngest = min(query.age_min or 0, OLDEST_AGE)
        oldest = OLDEST_AGE if query.age_max is None else min(query.age_max, OLDEST_AGE)
        if (query.age_min or 0) > (oldest if query.age_max is not None else OLDEST_AGE):
            return [sa.false()]
        first, last = births_for_ages(youngest, oldest, self._at.date())
        return [self._table.c.born_from <= last, self._table.c.born_to >= first]


def _clamped(query: ExtractQuery, total: int) -> int:
    return max(1, min(query.page, -(-min(total, REACHABLE) // query.limit)))


def _listed(column: sa.ColumnElement[Any], code: str | None) -> list[sa.ColumnElement[bool]]:
    return [] if code is None else [column.like(f"%,{code.upper()},%")]


def _escaped(text: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        text = text.replace(special, _ESCAPE + special)
    return text


def _line(row: sa.Row[Any]) -> ExtractLine:
    stored = _read_stored(row.content)
    subject = stored.subject
    return ExtractLine.model_construct(
        id=stored.id,
        owner=BureauCode(stored.owner),
        version=stored.version,
        kind=ExtractKind(row.public_kind),
        number=stored.number,
        name=subject.name or subject.single_name,
        forename=subject.forename,
        date_of_birth=subject.date_of_birth,
        nationalities=subject.nationalities,
        photograph=stored.photographs[0].id if stored.photographs else None,
    )
