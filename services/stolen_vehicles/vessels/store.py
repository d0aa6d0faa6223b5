"""Stores stolen vessels and outboard engines, which are found by their numbers, and vessels by their names as well."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

import sqlalchemy as sa

from services.stolen_vehicles.tables import metadata
from services.stolen_vehicles.vessels import entry_warnings, query_warnings, rules
from services.stolen_vehicles.vessels.identifiers import IMO, MMSI
from services.stolen_vehicles.vessels.models import MAX_ENGINES, Vessel, VesselDescription, VesselQuery, VesselStatus
from shared import names
from shared.numbers import ENGINE_NUMBER, PLATE, NumberKind
from shared.records import service_kit as kit

HULL: Final = NumberKind("a hull number")
CALL_SIGN: Final = NumberKind("a call sign")
NUMBERS: Final = kit.NumberKeys(
    kit.NumberKey("hull_number", HULL, member="hull_writings", columns=3),
    kit.NumberKey("imo_number", IMO),
    kit.NumberKey("mmsi", MMSI),
    kit.NumberKey("call_sign", CALL_SIGN),
    kit.NumberKey("registration", PLATE, country="flag"),
    kit.NumberKey("engine_number", ENGINE_NUMBER, member="engine_numbers", columns=MAX_ENGINES),
)

vessels = kit.record_table(
    "vessels",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("kind", sa.String(24), nullable=False),
    *NUMBERS.table_columns(),
)
vessel_names = kit.NameIndex("vessel", metadata, vessels)
_IS_STOLEN: Final = vessels.c.status == kit.inline_literal(VesselStatus.STOLEN)
_SOUGHT: Final = kit.Among((kit.visible(vessels), _IS_STOLEN), (vessels.c.content,))


class NamedVessel(NamedTuple):
    """A row that a search by name finds."""

    id: str
    content: str


class VesselStore(kit.NumberSearchStore[Vessel, VesselQuery], kit.NameSearchStore[Vessel, VesselQuery]):
    """The stolen vessels and engines that the caller's bureau may know of."""

    table = vessels
    model = Vessel
    below = "vessels/"
    query = VesselQuery
    numbers = NUMBERS
    names = vessel_names
    names_of = staticmethod(rules.names_of)
    sought = _IS_STOLEN
    sought_otherwise = ("name",)
    state = staticmethod(rules.state)
    narrowing = staticmethod(rules.narrowing)
    narrowed_by = rules.NARROWING
    warning_kinds = query_warnings.KINDS
    entry_warning_kinds = entry_warnings.KINDS
    query_warnings = staticmethod(query_warnings.query_warnings)
    identifying = ("hull_number", "imo_number")
    identifiers = staticmethod(rules.identifiers)

    def search_columns(self, record: Vessel) -> Mapping[str, Any]:
        """Return the values of the columns that a vessel is found and listed by."""
        return {"status": record.status, "kind": record.kind, **super().search_columns(record)}

    @classmethod
    def audience(cls, record: Vessel) -> kit.Audience:
        """Return who besides the owner may know: all, while it is stolen."""
        return kit.Audience.ALL if record.status is VesselStatus.STOLEN else kit.Audience.OWNER

    def has_ended_well(self, record: Vessel) -> bool:
        """Return whether the vessel was recovered."""
        return record.status is VesselStatus.RECOVERED

    def restated(self, record: Vessel, entry: kit.RecordInput) -> Vessel:
        """Return the next version of a vessel that the Commission corrects, with what follows from its entry."""
        return rules.restate(record, cast("VesselDescription", entry), at=self.at)

    def derived(self, record: Vessel) -> Mapping[str, Any]:
        """Return what the hull number says, and what the entry warns of."""
        return rules.derived_from(record)

    def require_plausible(self, record: Vessel) -> None:
        """Require a theft that is not in the future. Raises TheftInFuture."""
        rules.require_past(record, today=self.at.date())

    @classmethod
    def met_otherwise(cls, record: Vessel, query: VesselQuery) -> Iterator[kit.MetOtherwise]:
        """Yield how a vessel meets the name that is sought, which proves nothing."""
        if query.name is None:
            return
        found = rules.named(record, query)
        score, held = (found.score, found.found) if found else (0.0, record.name)
        words = f"{found.text}, which is no proof" if found else ""
        yield kit.MetOtherwise(kit.FieldMatch("name", query.name, held, score), words, is_met=found is not None)

    async def find_otherwise(self, query: VesselQuery) -> tuple[Iterable[Any], Sequence[kit.QueryWarning]]:
        """Return the rows of vessels whose names may be that which is sought."""
        if query.name is None:
            return (), ()
        found = await vessel_names.search(self.session, query.name, _SOUGHT, self.visibility)
        return [NamedVessel(each.id, each.columns[0]) for each in found.records], found.warnings

    @classmethod
    def query_terms(cls, query: VesselQuery) -> Iterable[str]:
        """Return the terms under which a search is saved: of its numbers, and of its name."""
        yield from super().query_terms(query)
        if query.name is not None:
            yield from (f"name:{term}" for term in names.query_terms(query.name))

    @classmethod
    def record_terms(cls, record: Vessel) -> Iterable[str]:
        """Return the terms of all searches that may find a vessel."""
        yield from super().record_terms(record)
        yield from (f"name:{term}" for term in names.record_terms(rules.names_of(record)))

    @classmethod
    def identifying_terms(cls, record: Vessel) -> Iterable[str]:
        """Return the numbers and the name of a vessel, of which all its terms are made."""
        yield from super().identifying_terms(record)
        yield from (f"name:{name}" for name in rules.names_of(record))

    @classmethod
    def compare(cls, record: Vessel, query: VesselQuery, at: datetime) -> Sequence[kit.Comparison]:
        """Return its state, how it meets each number and the name, of which one suffices, and what else is asked."""
        comparisons = super().compare(record, query, at)
        if query.name is None:
            return comparisons
        named = kit.compared_name(query.name, rules.names_of(record))
        return [*comparisons, named] if named.is_met or not cls.match(record, query, at) else comparisons

    def leads(self, query: VesselQuery) -> Sequence[sa.ColumnElement[bool]]:
        """Return the conditions that a vessel has a number, or a word of the name, that is sought."""
        return [*kit.NumberSearchStore.leads(self, query), *kit.NameSearchStore.leads(self, query)]
