"""The records that the requests of the documents are about."""

from collections.abc import Iterator
from datetime import datetime

from services.missing_persons import rules
from services.missing_persons.examples import BODIES, BODY, BODY_SOUGHT, PERSON, PERSON_SOUGHT, PERSONS
from services.missing_persons.models import BodyReport, BodySearch, PersonReport, PersonSearch
from services.missing_persons.store import BodyStore, PersonStore
from services.synthetic_records import ExampleEntry, entries_of, example_subscriptions
from shared.bureaus import BureauCode


def examples(owner: BureauCode, at: datetime) -> Iterator[ExampleEntry]:
    """Yield what enters each, for the store of the service."""
    yield from entries_of(PERSONS, PERSON, PersonReport, PersonStore, rules.report_person, owner, at)
    yield from entries_of(BODIES, BODY, BodyReport, BodyStore, rules.report_body, owner, at)
    yield from example_subscriptions(PERSONS, PersonStore, PersonSearch.model_validate(PERSON_SOUGHT), owner, at)
    yield from example_subscriptions(BODIES, BodyStore, BodySearch.model_validate(BODY_SOUGHT), owner, at)
