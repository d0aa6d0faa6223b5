"""Stores stolen vehicles, which are found by their numbers."""

from collections.abc import Mapping
from typing import Any, Final, cast

import sqlalchemy as sa

from services.stolen_vehicles import entry_warnings, query_warnings, rules
from services.stolen_vehicles.models import (
    COPIED,
    Vehicle,
    VehicleDescription,
    VehicleFilter,
    VehicleQuery,
    VehicleStatus,
)
from services.stolen_vehicles.tables import metadata
from services.stolen_vehicles.vessels.store import VesselStore
from shared.numbers import ENGINE_NUMBER, PLATE, VIN
from shared.records import service_kit as kit

__all__ = ["VehicleStore", "VesselStore", "metadata", "vehicles"]

NUMBERS: Final = kit.NumberKeys(
    kit.NumberKey("vin", VIN),
    kit.NumberKey("plate", PLATE, country="country"),
    kit.NumberKey("engine_number", ENGINE_NUMBER),
)

vehicles = kit.record_table(
    "vehicles", metadata, sa.Column("status", sa.String(16), nullable=False), *NUMBERS.table_columns()
)


class VehicleStore(kit.NumberSearchStore[Vehicle, VehicleQuery]):
    """The stolen vehicles that the caller's bureau may know of."""

    table = vehicles
    model = Vehicle
    query = VehicleQuery
    numbers = NUMBERS
    sought = vehicles.c.status == kit.inline_literal(VehicleStatus.STOLEN)
    state = staticmethod(rules.state)
    narrowing = staticmethod(rules.narrowing)
    narrowed_by = rules.NARROWING
    copied = COPIED
    warning_kinds = (*query_warnings.KINDS, kit.HITS_CUT)
    entry_warning_kinds = entry_warnings.KINDS
    query_warnings = staticmethod(query_warnings.query_warnings)

    identifying = ("vin",)
    identifiers = staticmethod(rules.identifiers)

    def search_columns(self, record: Vehicle) -> Mapping[str, Any]:
        """Return the values of the columns that a vehicle is found by."""
        return {"status": record.status, **super().search_columns(record)}

    @classmethod
    def is_sought(cls, record: Vehicle) -> bool:
        """Return whether a vehicle is still stolen."""
        return record.status is VehicleStatus.STOLEN

    @classmethod
    def audience(cls, record: Vehicle) -> kit.Audience:
        """Return who besides the owner may know: all, while it is stolen."""
        return kit.Audience.ALL if cls.is_sought(record) else kit.Audience.OWNER

    @classmethod
    def is_unshared(cls, wanted: kit.RecordPageQuery) -> bool:
        """Return whether a list asks for vehicles that are no longer stolen."""
        return isinstance(wanted, VehicleFilter) and wanted.status not in (None, VehicleStatus.STOLEN)

    def has_ended_well(self, record: Vehicle) -> bool:
        """Return whether the vehicle was recovered, as many are within days."""
        return record.status is VehicleStatus.RECOVERED

    def restated(self, record: Vehicle, entry: kit.RecordInput) -> Vehicle:
        """Return the next version of a vehicle that the Commission corrects, with what follows from its entry."""
        return rules.restate(record, cast("VehicleDescription", entry), at=self.at)

    def derived(self, record: Vehicle) -> Mapping[str, Any]:
        """Return what the VIN says, and what the entry warns of."""
        return rules.derived_from(record, self.at)

    def require_plausible(self, record: Vehicle) -> None:
        """Require a theft that is not in the future. Raises TheftInFuture."""
        rules.require_past(record, today=self.at.date())
