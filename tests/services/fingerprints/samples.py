"""Records and prints for the tests of this service: synthetic fingers, drawn as minutiae."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import numpy as np

from services.fingerprints.minutiae import Template
from services.fingerprints.models import Finger, FingerprintRecord, MediaType, Placement, PrintKind, RecordDescription
from services.fingerprints.prints import Print
from services.fingerprints.rules import enrol, enter
from services.fingerprints.synthetic_templates import draw_template, impression_of
from shared.ids import uuid7
from shared.images.refusals import ImageUnusable
from shared.records.policy import Revision
from tests.support import caller

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SPAIN = caller("ES")
SLAP = b"slap"
CASE = {"category": "criminal", "person_status": "suspect", "reference": "ES-2026-4471", "sex": "M"}
# No bureau gives a reference twice.
_references = map("ES-2026-{}".format, count(10_000))


def described(**changes: Any) -> RecordDescription:
    """Return the description of a suspect's prints; of another category, without the status of a person."""
    stated = CASE if changes.get("category", "criminal") == "criminal" else {**CASE, "person_status": None}
    return RecordDescription.model_validate({**stated, "reference": next(_references), **changes})


def revision_at(at: datetime = NOON) -> Revision:
    return Revision(uuid7(at), at)


def entered(minutes_later: int = 0, **changes: Any) -> FingerprintRecord:
    return enter(described(**changes), by=SPAIN, revision=revision_at(NOON + timedelta(minutes=minutes_later)))


def drawn(finger: int, *, impression: int = 0, image: bytes | None = None) -> Print:
    """Return a print of a synthetic finger; each impression number gives another impression of it."""
    template = draw_template(finger)
    if impression:
        template = impression_of(template, np.random.default_rng(impression))
    return Print(320, 400, template, image, MediaType.PNG if image else None)


def of_few_minutiae(count: int) -> Print:
    places = np.arange(count) * 20.0
    return Print(320, 400, Template.of(places, places, np.zeros(count), np.ones(count)))


def spanning(width: int, height: int) -> Print:
    """Return a print whose minutiae lie over so many pixels, as those of a slap."""
    shares = np.linspace(0, 1, 20)
    return Print(1600, 1500, Template.of(shares * width, shares * height, np.zeros(20), np.ones(20)))


def placed(position: int, kind: PrintKind = PrintKind.ROLLED) -> Placement:
    return Placement(position=Finger(position), kind=kind)


def with_prints(record: FingerprintRecord, prints: dict[int, Print]) -> FingerprintRecord:
    for position, taken in prints.items():
        record = enrol(record, taken, placed(position), by=SPAIN, revision=revision_at())
    return record.model_copy(update={"version": 1})


class KnownPrints:
    """Reads images that are not images but name a drawn print, as `7/1`: finger 7, impression 1."""

    async def read(self, image: bytes, part: str, sender: str) -> Print:  # noqa: ARG002 - none waits
        if image == SLAP:
            return spanning(1400, 700)
        try:
            finger, _, impression = image.decode().partition("/")
            return drawn(int(finger), impression=int(impression or 0), image=image)
        except ValueError as error:
            raise ImageUnusable(f"{part}: not an image") from error

    async def picture(self, image: bytes, part: str, sender: str) -> bytes:  # noqa: ARG002 - none waits
        return b"picture of " + image

    async def close(self) -> None:
        """Do nothing."""
