"""Images that need no extraction, as an image is its template, or the points of a picture; and for photographs."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from fastapi import FastAPI

from services import cultural_property, fingerprints, firearms, notices
from services.cultural_property import photographs
from services.cultural_property.likeness.comparison import compare
from services.cultural_property.likeness.keys import keys_of
from services.cultural_property.likeness.messages import Candidate, Score
from services.cultural_property.likeness.points import CODE_BYTES, HASHES, NotPoints, Points, points_of
from services.cultural_property.likeness.reader import LikenessReader, SoughtPicture
from services.cultural_property.tables import photograph_points, works
from services.fingerprints import store
from services.fingerprints.minutiae import Template
from services.fingerprints.models import MediaType
from services.fingerprints.prints import Print
from services.fingerprints.synthetic_templates import HEIGHT, WIDTH, impression_of
from shared.images.picture import Picture
from shared.images.pictures import picture_of
from shared.images.pool import Steps
from shared.images.refusals import ImageRefused, ImageUnusable
from shared.records.photographs.rules import photograph_of
from shared.records.photographs.store import StoredPhotograph
from shared.service import Service
from shared.storage import Session
from tests.contract.drafts import photograph

PICTURED_POINTS: Final = 60


class PointsAsImages(LikenessReader):
    """Reads the bytes of points as if they were a picture, and decodes photographs without a process of its own."""

    async def read(self, image: bytes, sender: str) -> Picture:  # noqa: ARG002 - none waits
        try:
            return picture_of(image)
        except ImageRefused as refused:
            raise ImageUnusable(str(refused), at="") from refused

    async def seek(self, image: bytes, turn: Steps) -> SoughtPicture:  # noqa: ARG002 - none waits
        try:
            points = points_of(image)
        except NotPoints as error:
            raise ImageUnusable("not a picture", at="") from error
        return SoughtPicture(Picture(b"-", b"-", 1, 1), points, keys_of(points), frozenset())

    async def compare(
        self,
        sought: Points,
        candidates: Sequence[Candidate],
        turn: Steps,  # noqa: ARG002 - none waits
    ) -> list[Score]:
        found = [compare(sought, points_of(each.points)) for each in candidates]
        return [Score(each.agreeing, each.paired) for each in found]


def pictured(record_id: str) -> Points:
    """Return the points of a picture of a record alone."""
    drawn = np.random.default_rng(list(record_id.encode()))
    places = drawn.uniform(0, 400, (PICTURED_POINTS, 2)).astype(np.float32)
    codes = drawn.integers(0, 256, (PICTURED_POINTS, CODE_BYTES), np.uint8)
    return Points(400, 400, tuple(drawn.integers(0, 2**62, HASHES).tolist()), places, codes)


async def add_pictures(session: Session) -> None:
    """Store a picture of every work that has none."""
    held = {row.record_id for row in await session.fetch(sa.select(photograph_points.c.record_id))}
    rows = [row for row in await session.fetch(sa.select(works.c.id, works.c.owner)) if row.id not in held]
    for number, row in enumerate(rows, len(held)):
        picture = Picture(b"-", b"-", 1, 1, pictured(row.id).to_bytes())
        photograph = photograph_of(str(10_000_000 + 2 * number), picture)
        await photographs.add(session, [StoredPhotograph(row.id, row.owner, photograph, picture)])


class TemplatesAsImages:
    """Reads the bytes of a template as if they were an image."""

    async def read(self, image: bytes, part: str, sender: str) -> Print:  # noqa: ARG002 - none waits
        try:
            return Print(WIDTH, HEIGHT, Template.from_bytes(image), image, MediaType.PNG)
        except ValueError as error:
            raise ImageUnusable(f"{part}: not an image") from error

    async def picture(self, image: bytes, part: str, sender: str) -> bytes:  # noqa: ARG002 - none waits
        return image

    async def close(self) -> None:
        """Do nothing."""


def without_extraction(service: Service, app: FastAPI) -> None:
    """Let the service read templates as images."""
    if service is fingerprints.SERVICE:
        app.state.prints = TemplatesAsImages()
    if service is cultural_property.SERVICE:
        app.state.photographs = PointsAsImages("cultural-property")


async def with_images(service: Service, session: Session) -> None:
    """Store an image of every print."""
    if service is fingerprints.SERVICE:
        image = {"image": store.prints.c.template, "media_type": MediaType.PNG.value}
        await session.execute(sa.update(store.prints).values(**image))
    if service is cultural_property.SERVICE:
        await add_pictures(session)


async def images_of(service: Service, session: Session, record_id: str) -> list[bytes]:
    """Return images of the prints of a record: those that are stored, and other impressions of the same fingers.

    For a record with photographs, one that may be added to it; and what a picture of a work is found by.
    """
    if service is cultural_property.SERVICE:
        return [photograph(), pictured(record_id).to_bytes()]
    if service in (firearms.SERVICE, notices.SERVICE):
        return [photograph()]
    if service is not fingerprints.SERVICE:
        return []
    held: Any = sa.select(store.prints.c.template).where(store.prints.c.record_id == record_id)
    templates = [Template.from_bytes(row.template) for row in await session.fetch(held, in_thread=True)]
    again = [impression_of(template, np.random.default_rng(1)) for template in templates]
    return [template.to_bytes() for template in (*templates, *again)]
