"""The records that the requests of the documents are about."""

from collections.abc import Iterator
from datetime import datetime

from services.stolen_vehicles import rules
from services.stolen_vehicles.examples import CONTENT, PLATE, RECORD
from services.stolen_vehicles.models import VehicleDescription, VehicleQuery
from services.stolen_vehicles.store import VehicleStore
from services.synthetic_records import ExampleEntry, entries_of, example_subscriptions
from shared.bureaus import BureauCode


def examples(owner: BureauCode, at: datetime) -> Iterator[ExampleEntry]:
    """Yield what enters each, for the store of the service."""
    yield from entries_of(RECORD, CONTENT, VehicleDescription, VehicleStore, rules.enter, owner, at)
    yield from example_subscriptions(RECORD, VehicleStore, VehicleQuery(**PLATE), owner, at)
