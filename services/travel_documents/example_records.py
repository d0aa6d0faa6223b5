"""The records that the requests of the documents are about."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from services.synthetic_records import (
    ExampleEntry,
    add_example,
    entered_examples,
    example_revision,
    example_subscriptions,
    seeding_officer,
)
from services.travel_documents import rules
from services.travel_documents.examples import BLANKS_HELD, CONTENT, RECORD, SOUGHT
from services.travel_documents.models import TravelDocumentDescription
from services.travel_documents.queries import DocumentQuery
from services.travel_documents.store import TravelDocumentStore
from shared.bureaus import BureauCode

# The number of the example range among the examples of the kind.
RANGE = 6


def examples(owner: BureauCode, at: datetime) -> Iterator[ExampleEntry]:
    """Yield what enters each, for the store of the service."""
    content = TravelDocumentDescription.model_validate(CONTENT)
    for record in entered_examples(RECORD, content, rules.enter, owner, at):
        yield partial(add_example, TravelDocumentStore, record, at)
    blanks = TravelDocumentDescription.model_validate({**BLANKS_HELD, "links": [RECORD.linked]})
    held = rules.enter(blanks, by=seeding_officer(owner), revision=example_revision(RECORD.id(RANGE), at))
    yield partial(add_example, TravelDocumentStore, held, at)
    yield from example_subscriptions(RECORD, TravelDocumentStore, DocumentQuery.model_validate(SOUGHT), owner, at)
