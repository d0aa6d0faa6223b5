"""Remembers stolen vehicles and finds them by their keys."""

from collections.abc import Collection, Mapping
from typing import Any, Final, cast

import sqlalchemy as sa

from services.stolen_vehicles import SERVICE
from services.stolen_vehicles.models import Vehicle, VehicleDescription, VehicleFilter, VehicleQuery, VehicleStatus
from services.stolen_vehicles.rules import KEY_LENGTH, query_keys, restate, words_of
from shared.records import (
    Audience,
    Entry,
    Hit,
    Hits,
    Page,
    SearchedStore,
    equal_in_even_time,
    record_table,
    service_metadata,
    visible,
)

SHOWN_HITS: Final = 50

metadata = service_metadata(SERVICE.name)
vehicles = record_table(
    "vehicles",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("vin", sa.String(KEY_LENGTH), index=True),
    sa.Column("plate", sa.String(KEY_LENGTH), index=True),
    sa.Column("engine_number", sa.String(KEY_LENGTH), index=True),
)

_KEYS: Final = ("vin", "plate", "engine_number")


def _by_key(key: str) -> sa.Select[Any]:
    return (
        sa.select(vehicles.c.id, vehicles.c.content)
        .where(
            equal_in_even_time(
                vehicles.c[key], sa.bindparam("key"), vehicles.c.status == VehicleStatus.STOLEN, visible(vehicles)
            )
        )
        .order_by(vehicles.c.id.desc())
    )


_FIND_BY: Final = {key: _by_key(key) for key in _KEYS}


class VehicleStore(SearchedStore[Vehicle, VehicleQuery]):
    """The stolen vehicles that the caller's bureau may know of."""

    table = vehicles
    model = Vehicle
    query = VehicleQuery

    def keys(self, record: Vehicle) -> Mapping[str, Any]:
        """Return the values of the columns that a vehicle is found by."""
        return {"status": record.status, **dict.fromkeys(_KEYS), **query_keys(record)}

    def audience(self, record: Vehicle) -> Audience:
        """Return who beside the owner may know: all, until it is withdrawn."""
        return Audience.OWNER if record.status is VehicleStatus.WITHDRAWN else Audience.ALL

    def restated(self, record: Vehicle, entry: Entry) -> Vehicle:
        """Return the next version of a vehicle that is described otherwise, with the verdict on its VIN."""
        return restate(record, cast("VehicleDescription", entry), at=self.at)

    @classmethod
    def sought_under(cls, query: VehicleQuery) -> Collection[str]:
        """Return the words under which a check is kept: its keys, of which any is enough."""
        return words_of(query)

    @classmethod
    def found_under(cls, record: Vehicle) -> Collection[str]:
        """Return the words under which the checks are looked up that a vehicle might fit."""
        return words_of(record)

    async def list(self, wanted: VehicleFilter) -> Page[Vehicle]:
        """Return one page of the records that fit a filter."""
        return await self.page(wanted, owner=wanted.owner, status=wanted.status)

    async def find(self, query: VehicleQuery) -> Hits[Vehicle]:
        """Return the vehicles still stolen that fit any key of the query; the score is the share of keys that fit."""
        wanted = query_keys(query)
        contents: dict[str, str] = {}
        fitting: dict[str, list[str]] = {}
        for key, value in wanted.items():
            for row in await self.session.look_up(_FIND_BY[key], {"key": value, **self.visibility}):
                contents[row.id] = row.content
                fitting.setdefault(row.id, []).append(key)
        best_first = sorted(fitting, key=lambda found: (-len(fitting[found]), found))
        hits: list[Hit[Vehicle]] = [
            Hit(
                score=len(fitting[found]) / len(wanted),
                match=" and ".join(fitting[found]),
                record=self.parse(contents[found]),
            )
            for found in best_first[:SHOWN_HITS]
        ]
        return Hits(hits=hits, total=len(best_first))
