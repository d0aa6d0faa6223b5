"""The records that the requests of the documents are about."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from services.stolen_vehicles import rules
from services.stolen_vehicles.examples import CONTENT, PLATE, RECORD
from services.stolen_vehicles.models import VehicleDescription, VehicleQuery
from services.stolen_vehicles.store import VehicleStore
from services.stolen_vehicles.vessels import examples as vessels
from services.stolen_vehicles.vessels.models import VesselDescription, VesselQuery
from services.stolen_vehicles.vessels.rules import enter as enter_vessel
from services.stolen_vehicles.vessels.store import VesselStore
from services.synthetic_records import ExampleEntry, add_example, entered_examples, example_subscriptions
from shared.bureaus import BureauCode


def examples(owner: BureauCode, at: datetime) -> Iterator[ExampleEntry]:
    """Yield what enters each, for the store of the service."""
    content = VehicleDescription.model_validate(CONTENT)
    for record in entered_examples(RECORD, content, rules.enter, owner, at):
        yield partial(add_example, VehicleStore, record, at)
    boat = VesselDescription.model_validate(vessels.CONTENT)
    for vessel in entered_examples(vessels.RECORDS, boat, enter_vessel, owner, at):
        yield partial(add_example, VesselStore, vessel, at)
    yield from example_subscriptions(RECORD, VehicleStore, VehicleQuery.model_validate(PLATE), owner, at)
    sought = VesselQuery.model_validate(vessels.SOUGHT)
    yield from example_subscriptions(vessels.RECORDS, VesselStore, sought, owner, at)
