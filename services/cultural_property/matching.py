"""The criteria of a search for works of art, and its hit in one record. Pure: no input or output."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any, Final

import sqlalchemy as sa

from services.cultural_property import rules
from services.cultural_property.measurements import Dimension, bounds_of
from services.cultural_property.models import Work, WorkStatus
from services.cultural_property.periods import years_of
from services.cultural_property.queries import SIZES, WorkCriteria
from services.cultural_property.tables import work_words
from services.cultural_property.vocabulary.materials import material_key
from services.cultural_property.vocabulary.types import SUBTYPE_NAMES, TYPE_NAMES, TYPE_OF, subtype_key
from shared import names
from shared.names import NameMatch, match_names
from shared.records import service_kit as kit
from shared.records.search import criteria
from shared.records.search.criteria import Condition, Criterion, Doubt, Row

NAMES: Final = ("title", "maker")
LEAST_SCORE: Final = criteria.score([max(Doubt)])
# How a match of names begins, which here says which of them was met.
_NAME: Final = "name: "
_DIMENSION: Final[Mapping[str, Dimension]] = {size: Dimension(size.partition("_")[0]) for size in SIZES}
_NONE, _UNKNOWN = (sa.literal_column(str(int(doubt)), sa.Integer) for doubt in (Doubt.NONE, Doubt.UNKNOWN))


@dataclass(frozen=True, slots=True)
class OfType(Criterion):
    """A type of either level. A record without a type of the second level may be of any of its type."""

    type: str | None
    """Of the first level."""

    subtype: str | None

    @property
    def shape(self) -> Hashable:
        """What its SQL depends on."""
        return type(self), self.type is None, self.subtype is None

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters of its SQL."""
        return {"of_type": self.type, "of_subtype": self.subtype}

    def may_fit(self, table: sa.Table) -> Condition:
        """Return the condition that a row may fit."""
        is_of_type = table.c.type == sa.bindparam("of_type") if self.type else sa.false()
        if self.subtype is None:
            return is_of_type
        is_without = table.c.subtype == kit.inline_literal("")
        return sa.or_(self._is_of_subtype(table), sa.and_(is_of_type, is_without))

    def doubt_in_sql(self, table: sa.Table) -> sa.ColumnElement[int]:
        """Return the doubt that a row leaves which may fit."""
        if self.subtype is None:
            return _NONE
        return sa.case((self._is_of_subtype(table), _NONE), else_=_UNKNOWN)

    def _is_of_subtype(self, table: sa.Table) -> Condition:
        return table.c.subtype == sa.bindparam("of_subtype")

    def doubt(self, row: Row) -> Doubt | None:
        """Return the doubt that a record leaves, None if it cannot fit."""
        if self.subtype is None:
            return Doubt.NONE if row["type"] == self.type else None
        if row["subtype"] == self.subtype:
            return Doubt.NONE
        return Doubt.UNKNOWN if row["type"] == self.type and not row["subtype"] else None


def search_columns(record: Work) -> dict[str, Any]:
    """Return the values of the columns that a work is found by, besides names and words."""
    first, last = years_of(record.made) if record.made else (None, None)
    measured = {each.dimension: each.value for each in record.compared}
    return {
        "status": record.status,
        "is_sought": rules.is_sought(record),
        "type": record.type,
        "subtype": subtype_key(record.subtype) if record.subtype else "",
        "materials": "".join(f",{material_key(each)}," for each in record.materials),
        "made_first": first,
        "made_last": last,
        **{size: measured.get(dimension) for size, dimension in _DIMENSION.items()},
    }


def names_by_member(record: Work) -> dict[str, list[str]]:
    """Return the titles and the makers of a work."""
    title, maker = ([each] if each else [] for each in (record.title, record.maker))
    return {"title": [*title, *record.other_titles], "maker": [*maker, *record.other_makers]}


def words_of(record: Work) -> tuple[str, ...]:
    """Return the words of what is written on a work, of its features and of what is said of it; all may be public."""
    marked = [text for marking in record.markings for text in (marking.text, marking.place)]
    return kit.words_of(*marked, *record.features, record.subject, record.period, record.description)


def criteria_of(query: WorkCriteria) -> list[Criterion]:
    """Return the criteria of a search besides title and maker."""
    return list(_criteria(query))


def _criteria(query: WorkCriteria) -> Iterator[Criterion]:
    if query.words is not None:
        yield kit.word_criterion(work_words, "words", query.words)
    if query.type is not None:
        yield of_type(query.type)
    if query.material is not None:
        key = material_key(query.material)
        yield criteria.OneOf("material", query.material, "materials", key)
    if query.made is not None:
        first, last = years_of(query.made)
        yield criteria.Overlapping("made", query.made, "made_first", "made_last", first, last)
    for size in SIZES:
        asked = getattr(query, size)
        if asked is not None:
            yield criteria.Overlapping(size, f"{asked:g}", size, size, *bounds_of(asked))
    if query.status is not None:
        yield criteria.SameCode("status", query.status, "status", query.status)


def of_type(asked: str) -> Criterion:
    """Return the criterion of a type of either level; one that is not listed is compared as it is written."""
    if listed := TYPE_NAMES.find(asked):
        return OfType("type", asked, "type", listed, None)
    listed = SUBTYPE_NAMES.find(asked)
    return OfType("type", asked, "type", TYPE_OF[listed] if listed else None, subtype_key(asked))


def match(record: Work, query: WorkCriteria, at: datetime) -> kit.Hit[Work] | None:  # noqa: ARG001 - no criterion is a time
    """Return the hit of a search in one record, None if it does not fit or is not sought any more."""
    asked = criteria_of(query)
    doubts = criteria.doubts_of(asked, row_of(record))
    if doubts is None or not rules.is_sought(record):
        return None
    named = dict[str, NameMatch]()
    for member, held in names_by_member(record).items():
        wanted = getattr(query, member)
        if wanted is not None:
            found = match_names(wanted, held) if held else None
            if found is None:
                return None
            named[member] = found
    return hit(record, query, asked, doubts, named)


def row_of(record: Work) -> dict[str, Any]:
    """Return what criteria compare of a record."""
    return {**search_columns(record), "words": frozenset(words_of(record))}


def hit(
    record: Work,
    query: WorkCriteria,
    asked: Sequence[Criterion],
    doubts: Sequence[Doubt],
    named: Mapping[str, NameMatch],
) -> kit.Hit[Work]:
    """Return the hit in a record that leaves these doubts, and whose names meet those that are sought."""
    why = [kit.FieldMatch(each, getattr(query, each), met.found, met.score) for each, met in named.items()]
    why += [_met(record, *each) for each in zip(asked, doubts, strict=True)]
    texts = [f"{member}: {met.text.removeprefix(_NAME)}" for member, met in named.items()] + criteria.explain(
        asked, doubts
    )
    return kit.Hit[Work](score=kit.score_of_all(why), match="; ".join(texts), why=tuple(why), record=record)


def compare(record: Work, query: WorkCriteria, at: datetime) -> list[kit.Comparison]:  # noqa: ARG001 - as `match`
    """Return whether a work is sought, and how it meets each criterion of a search."""
    row, held = row_of(record), names_by_member(record)
    comparisons = [kit.compared("status", "sought", record.status, is_met=rules.is_sought(record))]
    asked_names = {member: getattr(query, member) for member in NAMES}
    comparisons += [kit.compared_name(asked, held[member], member) for member, asked in asked_names.items() if asked]
    return [*comparisons, *(_compared(record, each, each.doubt(row)) for each in criteria_of(query))]


def _compared(record: Work, criterion: Criterion, doubt: Doubt | None) -> kit.Comparison:
    if doubt is not None:
        return kit.Comparison(_met(record, criterion, doubt), LEAST_SCORE, is_met=True, says="it is met")
    found = _stated(record, criterion.field)
    match = kit.FieldMatch(criterion.field, criterion.asked, found, 0.0)
    return kit.Comparison(match, LEAST_SCORE, is_met=False, says=f"asked {criterion.asked}, found {found or 'nothing'}")


def _met(record: Work, criterion: Criterion, doubt: Doubt) -> kit.FieldMatch:
    found = None if doubt is Doubt.UNKNOWN else _stated(record, criterion.field)
    return kit.FieldMatch(criterion.field, criterion.asked, found, criteria.score([doubt]))


def _stated(record: Work, field: str) -> str | None:
    """Return what a record states of a field of a search, as its owner wrote it."""
    if field in _DIMENSION:
        return next((str(each) for each in record.measurements if each.dimension is _DIMENSION[field]), None)
    stated = {
        "type": " / ".join(filter(None, (record.type, record.subtype))),
        "material": ", ".join(record.materials),
        "words": "; ".join((*(each.text for each in record.markings), *record.features)),
        "made": record.made,
        "status": record.status,
    }[field]
    return stated or None


def query_terms(query: WorkCriteria) -> Iterable[str]:
    """Return the terms under which a search is saved: of its title, or its maker, or a word, or of type and state."""
    for member in NAMES:
        if (asked := getattr(query, member)) is not None:
            return [f"{member}:{term}" for term in names.query_terms(asked)]
    if query.words is not None:
        return [f"word:{max(kit.words_of(query.words), key=len)}"]
    return [_facts(_type_term(query.type), query.status)]


def record_terms(record: Work) -> Iterable[str]:
    """Return the terms under which the searches are looked up that a work might fit."""
    for member, held in names_by_member(record).items():
        yield from (f"{member}:{term}" for term in names.record_terms(held))
    yield from (f"word:{word}" for word in words_of(record))
    kinds = dict.fromkeys((None, f"1:{record.type}", *_subtype_terms(record)))
    yield from (_facts(*each) for each in product(kinds, (None, record.status)))


def identifying_terms(record: Work) -> Iterable[str]:
    """Return the names, words, facts and photographs of a work, of which all its terms are made."""
    for member, held in names_by_member(record).items():
        yield from (f"{member}:{name}" for name in held)
    yield from (f"word:{word}" for word in words_of(record))
    yield from (_facts(each, record.status) for each in (f"1:{record.type}", *_subtype_terms(record)))
    yield from (f"photograph:{each.id}" for each in record.photographs)


def _type_term(asked: str | None) -> str | None:
    if asked is None:
        return None
    listed = TYPE_NAMES.find(asked)
    return f"1:{listed}" if listed else f"2:{subtype_key(asked)}"


def _subtype_terms(record: Work) -> list[str]:
    """Return the types of the second level by which a work may be sought: any of its type if it states none."""
    if record.subtype:
        return [f"2:{subtype_key(record.subtype)}"]
    return [f"2:{subtype_key(name)}" for name, of in TYPE_OF.items() if of == record.type]


def _facts(kind: str | None, status: WorkStatus | None) -> str:
    return f"fact:{kind or '?'} {status or '?'}"
