"""The list of the extracts that everybody may see: what it can be asked, what it answers, and how it is found.

It serves the public notices API of a gateway: pages by number with the true total, the newest publication first.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from services.notices.public_list.name_patterns import matcher_of
from services.notices.public_list.rows import ExtractKind
from services.notices.queries import NoticeNumber
from shared.bureaus import PUBLIC, Bureau, BureauCode
from shared.codes import Country, Nationality
from shared.dates import OLDEST_AGE, PartialDate, births_for_ages
from shared.disclosure import Disclosing, Disclosure, How
from shared.identity import Caller
from shared.people import Sex, Text
from shared.records import service_kit as kit

REACHABLE: Final = 160
"""How many extracts of those that fit can be reached by pages."""

_ESCAPE: Final = "\\"


_STORED: Final[Mapping[ExtractKind, tuple[ExtractKind, ...]]] = {
    ExtractKind.UN: (ExtractKind.UN_PERSONS, ExtractKind.UN_ENTITIES)
}
_Conditions = list[sa.ColumnElement[bool]]
_Found = tuple[int, int, list[str]]
Age = Annotated[int, Field(ge=0, le=999, description="In whole years, today.", examples=[40])]
Pattern = Annotated[str, Field(min_length=1, max_length=500, examples=["^A.*$"])]
Searched = Annotated[str, Field(min_length=1, max_length=500)]


class ExtractQuery(BaseModel):
    """Which extracts a list shows: those that fit all parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ExtractKind = Field(description="What they are about.", examples=["red"])
    name: Pattern | None = Field(None, description="A regular expression found in the family name, in any case.")
    forename: Pattern | None = Field(None, description="A regular expression found in the forenames, in any case.")
    nationality: Nationality | None = Field(None, description="One of several is enough.")
    age_min: Age | None = Field(None, description="At least as old today.")
    age_max: Age | None = Field(None, description="At most as old today.")
    sex: Sex | None = Field(None, description="As the notice states it.", examples=["M"])
    free_text: Searched | None = Field(
        None, description="Each word is in the extract: names, charges, marks, places.", examples=["fraud"]
    )
    warrant_country: Country | None = Field(None, description="Which country issued a warrant.")
    un_reference: Searched | None = Field(None, description="Of the listing, in any case.", examples=["QDi.999"])
    un_resolution: Searched | None = Field(None, description="Of the Security Council.", examples=["1267"])
    page: int = Field(1, ge=1, le=1000, description=f"From 1; the last page that ends within {REACHABLE} if past it.")
    limit: int = Field(20, ge=1, le=REACHABLE, description="How many on a page.", examples=[20])


class ExtractLine(BaseModel):
    """What the list shows of an extract."""

    id: kit.RecordId
    owner: Bureau = Field(description="The issuer.")
    version: int = Field(ge=1, description="Of the notice.", examples=[3])
    kind: ExtractKind = Field(description="What it is about.", examples=["red"])
    number: NoticeNumber
    name: Text | None = Field(description="Family name, or the only name.", examples=["Dupont"])
    forename: Text | None = Field(description="All forenames.", examples=["Jean Marie"])
    date_of_birth: PartialDate | None
    nationalities: tuple[str, ...] = Field(description="Codes; empty if unknown.", examples=[["FR"]])
    photograph: kit.PhotographId | None = Field(description="The id of the main one.", examples=["62412748"])


class Extracts(BaseModel, Disclosing):
    """One page of the extracts that fit, those published last first."""

    items: list[ExtractLine] = Field(description="Those on the page.")
    page: int = Field(ge=1, description="The number of this page.", examples=[1])
    total: int = Field(ge=0, description="How many fit, also beyond those that pages reach.", examples=[1])

    def disclosed(self, _how: How) -> Iterator[Disclosure]:
        """Yield the disclosures of the notices, as shown in a list."""
        for each in self.items:
            yield Disclosure("notice", each.id, each.version, BureauCode(each.owner), "list", 1.0, "")


class _StoredSubject(msgspec.Struct):
    name: str | None = None
    forename: str | None = None
    single_name: str | None = None
    date_of_birth: str | None = None
    nationalities: tuple[str, ...] = ()


class _StoredPhotograph(msgspec.Struct):
    id: str


class _StoredShown(msgspec.Struct):
    version: int


class _Stored(msgspec.Struct):
    """The part of a stored notice that a line shows; all of it is in the extract. Reading no more takes 5 us."""

    id: str
    owner: str
    version: int
    number: str
    subject: _StoredSubject
    photographs: tuple[_StoredPhotograph, ...] = ()
    last_shown: _StoredShown | None = None
    """While an update of it is reviewed, of which nobody else learns."""


_read_stored: Final = msgspec.json.Decoder(_Stored).decode


class ExtractList:
    """The extracts that everybody may see, of notices that a caller may see: both are in the SQL of each read."""

    def __init__(self, extracts: sa.Table, notices: sa.Table) -> None:
        self._extracts = extracts
        self._notices = notices
        self._delete = sa.delete(extracts).where(extracts.c.id == sa.bindparam("of_notice"))
        self._insert = sa.insert(extracts)

    async def put(self, session: kit.Session, notice_id: str, row: Mapping[str, Any] | None) -> None:
        """Store the row of a notice, which must be stored already, in place of that it had before."""
        await session.execute(self._delete, {"of_notice": notice_id})
        await self.put_many(session, [row])

    async def put_many(self, session: kit.Session, rows: Iterable[Mapping[str, Any] | None]) -> None:
        """Store the rows of notices that have none yet."""
        if present := [row for row in rows if row is not None]:
            await session.execute(self._insert, present)

    async def page(self, query: ExtractQuery, session: kit.Session, caller: Caller, at: datetime) -> Extracts:
        """Return one page. Raises PatternTooCostly."""
        visible, conditions = kit.visibility(caller, at), self._conditions(query, caller, at)
        is_by_name = query.name is not None or query.forename is not None
        find = self._found_by_name if is_by_name else self._found
        total, page, ids = await find(query, conditions, session, visible)
        if not ids:
            return Extracts(items=[], page=page, total=total)
        wanted = sa.select(self._notices.c.content, self._extracts.c.kind).join_from(self._extracts, self._notices)
        shown = wanted.where(self._extracts.c.id.in_(ids), kit.visible(self._notices))
        rows = await session.fetch(self._newest_first(shown), visible, in_thread=True)
        return Extracts(items=[_line(row) for row in rows], page=page, total=total)

    async def _found(
        self, query: ExtractQuery, conditions: _Conditions, session: kit.Session, visible: Mapping[str, Any]
    ) -> _Found:
        """Return the total, the page and the ids on it."""
        counted = sa.select(sa.func.count().label("total")).select_from(self._extracts).where(*conditions)
        total = (await session.fetch(counted, visible, in_thread=True))[0].total
        page = _clamped(query, total)
        start = (page - 1) * query.limit
        ids = self._newest_first(sa.select(self._extracts.c.id).where(*conditions))
        wanted = ids.offset(start).limit(min(query.limit, REACHABLE - start))
        return total, page, [row.id for row in await session.fetch(wanted, visible, in_thread=True)]

    async def _found_by_name(
        self, query: ExtractQuery, conditions: _Conditions, session: kit.Session, visible: Mapping[str, Any]
    ) -> _Found:
        """Return the total, the page and the ids on it, of those whose names fit."""
        table = self._extracts.c
        sought = {table.name: query.name, table.forename: query.forename}
        patterns = {column: pattern for column, pattern in sought.items() if pattern is not None}
        named = sa.select(table.id, *patterns).where(*conditions)
        rows = await session.fetch(self._newest_first(named), visible, in_thread=True)
        fitting = await asyncio.to_thread(matcher_of([*patterns.values()]).fitting, [tuple(row)[1:] for row in rows])
        page = _clamped(query, len(fitting))
        start = (page - 1) * query.limit
        return len(fitting), page, [rows[place].id for place in fitting[:REACHABLE][start : start + query.limit]]

    def _newest_first(self, statement: sa.Select[Any]) -> sa.Select[Any]:
        return statement.order_by(self._extracts.c.published.desc(), self._extracts.c.id.desc())

    def _conditions(self, query: ExtractQuery, caller: Caller, at: datetime) -> _Conditions:
        table = self._extracts.c
        kinds = [kind.value for kind in _STORED.get(query.kind, (query.kind,))]
        conditions = [table.kind.in_(kinds), table.expires > int(at.timestamp())]
        if caller.bureau != PUBLIC:
            # What everybody sees is hidden from a bureau that is barred from it.
            seen = sa.select(self._notices.c.id).where(self._notices.c.id == table.id, kit.visible(self._notices))
            # Of each extract, as looking up all visible notices takes forty times as long.
            conditions.append(seen.correlate(self._extracts).exists())
        exact = {table.un_reference: query.un_reference, table.un_resolution: query.un_resolution}
        conditions += (column == asked.strip().casefold() for column, asked in exact.items() if asked is not None)
        codes = {table.nationalities: query.nationality, table.warrant_countries: query.warrant_country}
        conditions += (column.like(f"%,{code},%") for column, code in codes.items() if code is not None)
        if query.sex is not None:
            conditions.append(table.sex == query.sex.value)
        for word in (query.free_text or "").casefold().split():
            conditions.append(table.text.like(f"%{_escaped(word)}%", escape=_ESCAPE))
        return [*conditions, *self._ages(query, at)]

    def _ages(self, query: ExtractQuery, at: datetime) -> _Conditions:
        if query.age_min is None and query.age_max is None:
            return []
        youngest, oldest = query.age_min or 0, OLDEST_AGE if query.age_max is None else min(query.age_max, OLDEST_AGE)
        if youngest > oldest:
            return [sa.false()]
        first, last = births_for_ages(youngest, oldest, at.date())
        return [self._extracts.c.born_from <= last, self._extracts.c.born_to >= first]


def _clamped(query: ExtractQuery, total: int) -> int:
    return max(1, min(query.page, -(-min(total, REACHABLE) // query.limit)))


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
        version=(stored.last_shown or stored).version,
        kind=ExtractKind(row.kind),
        number=stored.number,
        name=subject.name or subject.single_name,
        forename=subject.forename,
        date_of_birth=subject.date_of_birth,
        nationalities=subject.nationalities,
        photograph=stored.photographs[0].id if stored.photographs else None,
    )
