"""The records that the requests of the documents are about."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from services.stolen_vehicles import rules
from services.stolen_vehicles.examples import CONTENT, PLATE, RECORD
from services.stolen_vehicles.models import VehicleDescription, VehicleQuery
from services.stolen_vehicles.store import VehicleStore
from services.synthetic_records import ExampleEntry, add_example, entered_examples, example_subscriptions
from shared.bureaus import BureauCode


def examples(owner: BureauCode, at: datetime) -> Iterator[ExampleEntry]:
    """Yield what enters each, for the store of the service."""
    content = VehicleDescription.model_validate(CONTENT)
    for record in entered_examples(RECORD, content, rules.enter, owner, at):
        yield partial(add_example, VehicleStore, record, at)
    yield from example_subscriptions(RECORD, VehicleStore, VehicleQuery.model_validate(PLATE), owner, at)
