"""The records that the requests of the documents are about."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from services.fingerprints import rules
from services.fingerprints.examples import CONTENT, FINGER, RECORD, SOUGHT_PRINT
from services.fingerprints.image_headers import read_header
from services.fingerprints.images import decode, png_of
from services.fingerprints.minutiae import crop_to_ridges, extract
from services.fingerprints.models import (
    Finger,
    FingerprintRecord,
    IdentificationQuery,
    MediaType,
    Placement,
    PrintKind,
    PrintSought,
    RecordDescription,
)
from services.fingerprints.prints import Print
from services.fingerprints.sought_prints import Kept, keep
from services.fingerprints.store import FingerprintStore, sought_prints
from services.synthetic_records import (
    ExampleEntry,
    described_examples,
    ending_soon,
    example_revision,
    example_subscriptions,
    seeding_officer,
    was_deleted,
)
from shared.bureaus import BureauCode
from shared.records import service_kit as kit


def examples(owner: BureauCode, at: datetime) -> Iterator[ExampleEntry]:
    """Yield what enters each, for the store of the service. Finds the minutiae of the example print, in a second."""
    image = kit.example_files.content_of(kit.example_files.PRINT)
    header = read_header(image)
    shown = Print(header.width, header.height, extract(decode(image)), image, MediaType.PNG)
    officer, placement = seeding_officer(owner), Placement(position=Finger(FINGER), kind=PrintKind.PLAIN)
    for record_id, entry in described_examples(RECORD, CONTENT):
        revision = example_revision(record_id, at)
        record = rules.enter(RecordDescription.model_validate(entry), by=officer, revision=revision)
        record = rules.enrol(record, shown, placement, by=officer, revision=revision)
        record = ending_soon(record, at) if record_id == RECORD.renewed else record
        yield partial(_add, record, shown, at)
    sought = PrintSought(template=shown.template.to_bytes(), wanted=IdentificationQuery())
    yield from example_subscriptions(RECORD, FingerprintStore, sought, owner, at)

    yield partial(
        _add_sought, Kept(shown, png_of(*crop_to_ridges(decode(image)), header.width, header.height)), owner, at
    )


async def _add_sought(kept: Kept, owner: BureauCode, at: datetime, session: kit.Session) -> None:
    """Add a print that the owner's bureau has sought and keeps, unless it is there."""
    if not await sought_prints.is_kept(session, SOUGHT_PRINT):
        await keep(session, kept, owner, kit.Revision(SOUGHT_PRINT, at))


async def _add(record: FingerprintRecord, shown: Print, at: datetime, session: kit.Session) -> None:
    if not await was_deleted(record, session):
        await FingerprintStore(session, seeding_officer(record.owner), at).enrol_many([(record, {FINGER: shown})])
