"""Stolen motor vehicles: entered by the bureau that seeks them, checked at borders and on roads."""

from pathlib import Path

from services.stolen_vehicles.app import NAME, create_app
from services.stolen_vehicles.store import metadata
from services.stolen_vehicles.synthetic import seed
from shared.service import Service

SERVICE = Service(
    name=NAME,
    create_app=create_app,
    summary="Stolen motor vehicles, found by VIN, plate or engine number.",
    metadata=metadata,
    migrations=Path(__file__).parent / "migrations",
    seed=seed,
)
