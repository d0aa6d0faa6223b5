"""Stores stolen vehicles and finds them by their keys."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

import sqlalchemy as sa

from services.stolen_vehicles import SERVICE, query_warnings, rules
from services.stolen_vehicles.models import COPIED, Vehicle, VehicleDescription, VehicleQuery, VehicleStatus
from services.stolen_vehicles.rules import KEY_LENGTH, query_keys
from shared.records import service_kit as kit

SHOWN_HITS: Final = 50
# The vehicles that are read for one key. If more match, such as a placeholder plate, the bureaus take turns, so that no
# bureau hides the vehicles of another behind many of its own.
MAX_ROWS_OF_KEY: Final = 200
# Of a key, at its beginning or its end, by which near ones are found; that of a plate begins with the country.
LEADING_SIGNS: Final = 5

metadata = kit.service_metadata(SERVICE.name)
vehicles = kit.record_table(
    "vehicles",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("vin", sa.String(KEY_LENGTH), index=True),
    sa.Column("plate", sa.String(KEY_LENGTH), index=True),
    sa.Column("engine_number", sa.String(KEY_LENGTH), index=True),
)

_KEYS: Final = ("vin", "plate", "engine_number")


_SHOWN: Final = (vehicles.c.id, vehicles.c.owner, *(vehicles.c[key] for key in _KEYS), vehicles.c.content)


def _fits(key: str) -> sa.ColumnElement[bool]:
    still_stolen = vehicles.c.status == kit.inline_literal(VehicleStatus.STOLEN)
    return kit.constant_time(vehicles.c[key], sa.bindparam(key), still_stolen, kit.visible(vehicles))


def _in_turn(key: str) -> sa.Select[Any]:
    turn = sa.func.row_number().over(partition_by=vehicles.c.owner, order_by=vehicles.c.id).label("turn")
    placed = sa.select(vehicles.c.id, turn).where(_fits(key)).subquery()
    taken = sa.select(*_SHOWN).join(placed, placed.c.id == vehicles.c.id)
    return taken.order_by(placed.c.turn, placed.c.id).limit(MAX_ROWS_OF_KEY)


_ONE_MORE: Final = kit.inline_literal(MAX_ROWS_OF_KEY + 1)
# Without an offset SQLAlchemy adds `OFFSET ?` for SQLite: each parameter costs about a microsecond.
_FEW_OF: Final = {
    key: sa.select(*_SHOWN).where(_fits(key)).limit(_ONE_MORE).offset(kit.inline_literal(0)) for key in _KEYS
}
_MANY_OF: Final = {key: _in_turn(key) for key in _KEYS}


class Fitting(NamedTuple):
    """A vehicle that was found, and by which keys."""

    row: sa.Row[Any]
    keys: Sequence[str]


class VehicleStore(kit.SearchableStore[Vehicle, VehicleQuery]):
    """The stolen vehicles that the caller's bureau may know of."""

    table = vehicles
    model = Vehicle
    query = VehicleQuery
    query_terms = staticmethod(rules.query_terms)
    record_terms = staticmethod(rules.record_terms)
    match = staticmethod(rules.match)
    compare = staticmethod(rules.compare)
    copied = COPIED
    warning_kinds = query_warnings.KINDS
    query_warnings = staticmethod(query_warnings.query_warnings)

    def search_columns(self, record: Vehicle) -> Mapping[str, Any]:
        """Return the values of the columns that a vehicle is found by."""
        return {"status": record.status, **dict.fromkeys(_KEYS), **query_keys(record)}

    @classmethod
    def audience(cls, record: Vehicle) -> kit.Audience:
        """Return who besides the owner may know: all, while it is stolen."""
        return kit.Audience.ALL if record.status is VehicleStatus.STOLEN else kit.Audience.OWNER

    def has_ended_well(self, record: Vehicle) -> bool:
        """Return whether the vehicle was recovered, as many are within days."""
        return record.status is VehicleStatus.RECOVERED

    def restated(self, record: Vehicle, entry: kit.RecordInput) -> Vehicle:
        """Return the next version of a vehicle that the Commission corrects, with the verdict on its VIN."""
        return rules.restate(record, cast("VehicleDescription", entry), at=self.at)

    def derived(self, record: Vehicle) -> Mapping[str, Any]:
        """Return the verdict on the VIN."""
        return {"vin_verdict": rules.verdict_on(record)}

    def require_plausible(self, record: Vehicle) -> None:
        """Require a theft that is not in the future. Raises TheftInFuture."""
        rules.require_past(record, today=self.at.date())

    def leads(self, query: VehicleQuery) -> Sequence[sa.ColumnElement[bool]]:
        """Return the conditions that a vehicle has a key of a search, or its beginning or end."""
        parts = [(vehicles.c[key], value) for key, value in query_keys(query).items()]
        return [
            condition
            for column, value in parts
            for condition in (
                column.startswith(value[:LEADING_SIGNS], autoescape=True),
                column.endswith(value[-LEADING_SIGNS:], autoescape=True),
            )
        ]

    async def find(self, query: VehicleQuery) -> kit.Hits[Vehicle]:
        """Return the vehicles still stolen that fit any key of the query; the score is the share of keys that fit.

        Among equal scores those of each owner take turns, the first entered first.
        """
        wanted = query_keys(query)
        asked = {**wanted, **self.visibility}
        found: dict[str, sa.Row[Any]] = {}
        many = False
        for key in wanted:
            rows = await self.session.fetch(_FEW_OF[key], asked)
            if len(rows) > MAX_ROWS_OF_KEY:
                many, rows = True, await self.session.fetch(_MANY_OF[key], asked, in_thread=True)
            found.update((row.id, row) for row in rows)
        best_first = _best_first(list(found.values()), wanted)
        hits = [rules.hit(self.parse(row.content), keys, query, wanted) for row, keys in best_first]
        return rules.VehicleHits(hits=hits, total=await self._count(wanted) if many else len(found))

    async def _count(self, wanted: Mapping[str, str]) -> int:
        counted = sa.select(sa.func.count().label("total")).where(sa.or_(*map(_fits, wanted)))
        total: int = (await self.session.fetch(counted, {**wanted, **self.visibility}, in_thread=True))[0].total
        return total


def _best_first(found: Sequence[sa.Row[Any]], wanted: Mapping[str, str]) -> Sequence[Fitting]:
    fitting = [Fitting(row, [key for key, value in wanted.items() if getattr(row, key) == value]) for row in found]
    if len(fitting) < 2:
        return fitting
    turns: Counter[tuple[int, str]] = Counter()

    def place(one: Fitting) -> tuple[int, int]:
        group = len(one.keys), one.row.owner
        turns[group] += 1
        return -len(one.keys), turns[group]

    fitting.sort(key=lambda one: one.row.id)
    return sorted(fitting, key=place)[:SHOWN_HITS]
