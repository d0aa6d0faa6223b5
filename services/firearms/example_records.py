"""The records that the requests of the documents are about."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from services.firearms import rules
from services.firearms.examples import CONTENT, RECORD, SOUGHT
from services.firearms.models import FirearmDescription, FirearmQuery
from services.firearms.store import FirearmStore
from services.synthetic_records import ExampleEntry, add_example, entered_examples, example_subscriptions
from shared.bureaus import BureauCode


def examples(owner: BureauCode, at: datetime) -> Iterator[ExampleEntry]:
    """Yield what enters each, for the store of the service."""
    content = FirearmDescription.model_validate(CONTENT)
    for record in entered_examples(RECORD, content, rules.enter, owner, at):
        yield partial(add_example, FirearmStore, record, at)
    yield from example_subscriptions(RECORD, FirearmStore, FirearmQuery.model_validate(SOUGHT), owner, at)
