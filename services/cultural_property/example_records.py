"""The records that the requests of the documents are about."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Final

from services.cultural_property import rules
from services.cultural_property.examples import (
    CONTENT,
    DELETED_PHOTOGRAPH,
    PHOTOGRAPH,
    RECORD,
    SEIZED,
    SEIZED_NUMBER,
    SOUGHT,
    SOUGHT_PICTURE,
)
from services.cultural_property.models import Work, WorkDescription
from services.cultural_property.queries import WorkQuery
from services.cultural_property.store import WorkStore
from services.cultural_property.synthesis.photographs import photograph_of
from services.cultural_property.synthesis.pictures.retaken import opened
from services.cultural_property.synthesis.pictures.works import DrawnWork
from services.cultural_property.tables import sought_pictures
from services.cultural_property.valuables import examples as valuables
from services.cultural_property.valuables.models import ValuableDescription, ValuableQuery
from services.cultural_property.valuables.rules import enter as enter_valuable
from services.cultural_property.valuables.store import ValuableStore
from services.synthetic_photographs import add_pictured_example
from services.synthetic_records import (
    ExampleEntry,
    add_example,
    entered_examples,
    example_revision,
    example_subscriptions,
    seeding_officer,
)
from shared.bureaus import BureauCode
from shared.records import service_kit as kit

PAINTING: Final = DrawnWork("landscape", 41, 0, 0)
"""Of the example record, as `shared/web/example_files/painting-askew.jpg` shows it from a side."""


def examples(owner: BureauCode, at: datetime) -> Iterator[ExampleEntry]:
    """Yield what enters each, for the store of the service."""
    yield partial(_add_sought, owner, at)
    content = WorkDescription.model_validate(CONTENT)
    for work in entered_examples(RECORD, content, rules.enter, owner, at, {"public": False}):
        yield partial(_add_pictured if work.id == RECORD.id() else partial(add_example, WorkStore), work, at)
    yield partial(add_example, WorkStore, _of_unknown_owner(owner, at), at)
    watch = ValuableDescription.model_validate(valuables.CONTENT)
    for valuable in entered_examples(valuables.RECORDS, watch, enter_valuable, owner, at):
        yield partial(add_example, ValuableStore, valuable, at)
    yield from example_subscriptions(RECORD, WorkStore, WorkQuery.model_validate(SOUGHT), owner, at)
    sought = ValuableQuery.model_validate(valuables.SOUGHT)
    yield from example_subscriptions(valuables.RECORDS, ValuableStore, sought, owner, at)


async def _add_sought(owner: BureauCode, at: datetime, session: kit.Session) -> None:
    """Add a picture that the owner's bureau has sought, unless it is there."""
    if not await sought_pictures.is_kept(session, SOUGHT_PICTURE):
        jpeg = kit.example_files.content_of(kit.example_files.ASKEW)
        width, height = opened(jpeg).size
        content = {"width": width, "height": height, "jpeg": jpeg}
        await sought_pictures.keep(session, owner, kit.Revision(SOUGHT_PICTURE, at), **content)


def _of_unknown_owner(owner: BureauCode, at: datetime) -> Work:
    """Return a work that was seized, and whose owner is not known."""
    content = WorkDescription.model_validate({**CONTENT, "reference": SEIZED, "origin_sought": True})
    return rules.enter(content, by=seeding_officer(owner), revision=example_revision(RECORD.id(SEIZED_NUMBER), at))


async def _add_pictured(work: Work, at: datetime, session: kit.Session) -> None:
    """Add the work with two pictures of nothing that exists as photographs, unless it is there: to draw takes long."""
    if await WorkStore.present(session, work.id) is None:
        pictures = {PHOTOGRAPH: photograph_of(PAINTING), DELETED_PHOTOGRAPH: photograph_of(PAINTING.sibling(1))}
        await add_pictured_example(WorkStore(session, seeding_officer(work.owner), at), work, pictures)
