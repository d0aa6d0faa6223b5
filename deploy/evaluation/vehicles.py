"""Stolen vehicles as their search is measured: `i247 evaluate numbers`."""

from collections.abc import Mapping
from typing import Any, Final

from deploy.evaluation.numbers import Searched
from deploy.evaluation.slips import SLIPS, exact, last_signs
from services.stolen_vehicles import SERVICE
from services.stolen_vehicles.store import VehicleStore, vehicles
from services.stolen_vehicles.synthetic import drawn_entry
from shared.numbers import END_SIGNS

SLIPS_OF: Final = {
    "vin": {**SLIPS, "last 8": last_signs},
    "plate": {**SLIPS, "no country": exact, "wrong country": exact},
    "engine_number": SLIPS,
}


def _query(key: str, name: str, number: str, known: Mapping[str, Any]) -> dict[str, Any]:
    if key != "plate" or name == "no country":
        return {key: number}
    if name == "wrong country":
        return {key: number, "country": "FR" if known["country"] != "FR" else "DE"}
    return {key: number, "country": known["country"]}


VEHICLES: Final = Searched(
    service=SERVICE,
    store=VehicleStore,
    slips=SLIPS_OF,
    # The end of a VIN, which is random.
    sampled_by=vehicles.c.vin_end,
    place=lambda random: f"{random.randrange(10**END_SIGNS):0{END_SIGNS}}",
    drawn=drawn_entry,
    query=_query,
)
