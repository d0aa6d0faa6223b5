"""The records that the requests of the documents are about."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from services.missing_persons import rules
from services.missing_persons.examples import BODIES, BODY, BODY_SOUGHT, PERSON, PERSON_SOUGHT, PERSONS
from services.missing_persons.models import BodyReport, PersonReport
from services.missing_persons.queries import BodySearch, PersonSearch
from services.missing_persons.store import BodyStore, PersonStore
from services.synthetic_records import ExampleEntry, add_example, entered_examples, example_subscriptions
from shared.bureaus import BureauCode


def examples(owner: BureauCode, at: datetime) -> Iterator[ExampleEntry]:
    """Yield what enters each, for the store of the service."""
    for person in entered_examples(PERSONS, PersonReport.model_validate(PERSON), rules.report_person, owner, at):
        yield partial(add_example, PersonStore, person, at)
    for body in entered_examples(BODIES, BodyReport.model_validate(BODY), rules.report_body, owner, at):
        yield partial(add_example, BodyStore, body, at)
    yield from example_subscriptions(PERSONS, PersonStore, PersonSearch.model_validate(PERSON_SOUGHT), owner, at)
    yield from example_subscriptions(BODIES, BodyStore, BodySearch.model_validate(BODY_SOUGHT), owner, at)
