"""Vehicles for the tests of this service, all fictitious."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.stolen_vehicles.models import Vehicle, VehicleDescription
from services.stolen_vehicles.rules import enter
from shared.ids import uuid7
from shared.records.policy import Revision
from tests.support import caller

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ITALY = caller("IT")
ALFA = {
    "vin": "ZAR 937000 05123456",
    "plate": "FZ 512 KL",
    "country": "IT",
    "make": "Alfa Romeo",
    "theft_date": "2026-03-14",
}


def described(**changes: Any) -> VehicleDescription:
    return VehicleDescription.model_validate({**ALFA, **changes})


def revision_at(at: datetime = NOON) -> Revision:
    return Revision(uuid7(at), at)


def entered(minutes_later: int = 0, **changes: Any) -> Vehicle:
    return enter(described(**changes), by=ITALY, revision=revision_at(NOON + timedelta(minutes=minutes_later)))
