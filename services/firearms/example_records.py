"""The records that the requests of the documents are about."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from services.firearms import rules
from services.firearms.examples import CONTENT, DELETED_PHOTOGRAPH, PHOTOGRAPH, RECORD, SOUGHT
from services.firearms.models import Firearm, FirearmDescription, FirearmQuery
from services.firearms.store import FirearmStore
from services.synthetic_photographs import add_pictured_example
from services.synthetic_pictures import drawn_markings
from services.synthetic_records import (
    ExampleEntry,
    add_example,
    entered_examples,
    example_subscriptions,
    seeding_officer,
)
from shared.bureaus import BureauCode
from shared.records import service_kit as kit


def examples(owner: BureauCode, at: datetime) -> Iterator[ExampleEntry]:
    """Yield what enters each, for the store of the service."""
    content = FirearmDescription.model_validate(CONTENT)
    for record in entered_examples(RECORD, content, rules.enter, owner, at):
        yield partial(_add_pictured if record.id == RECORD.id() else partial(add_example, FirearmStore), record, at)
    yield from example_subscriptions(RECORD, FirearmStore, FirearmQuery.model_validate(SOUGHT), owner, at)


async def _add_pictured(firearm: Firearm, at: datetime, session: kit.Session) -> None:
    """Add the firearm with two drawn pictures as photographs: of its number, and of its import mark."""
    pictures = {
        PHOTOGRAPH: drawn_markings(firearm.make, firearm.serial_number),
        DELETED_PHOTOGRAPH: drawn_markings(firearm.import_mark or ""),
    }
    await add_pictured_example(FirearmStore(session, seeding_officer(firearm.owner), at), firearm, pictures)
