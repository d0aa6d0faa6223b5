"""Images for the fingerprint service that need no extraction, as an image is its template; and for photographs."""

from typing import Any

import numpy as np
import sqlalchemy as sa
from fastapi import FastAPI

from services import cultural_property, fingerprints, notices
from services.fingerprints import store
from services.fingerprints.minutiae import Template
from services.fingerprints.models import MediaType
from services.fingerprints.prints import Print
from services.fingerprints.synthetic_templates import HEIGHT, WIDTH, impression_of
from shared.images.refusals import ImageUnusable
from shared.service import Service
from shared.storage import Session
from tests.contract.drafts import photograph


class TemplatesAsImages:
    """Reads the bytes of a template as if they were an image."""

    async def read(self, image: bytes, part: str, sender: str) -> Print:  # noqa: ARG002 - none waits
        try:
            return Print(WIDTH, HEIGHT, Template.from_bytes(image), image, MediaType.PNG)
        except ValueError as error:
            raise ImageUnusable(f"{part}: not an image") from error

    async def close(self) -> None:
        """Do nothing."""


def without_extraction(service: Service, app: FastAPI) -> None:
    """Let the service read templates as images."""
    if service is fingerprints.SERVICE:
        app.state.prints = TemplatesAsImages()


async def with_images(service: Service, session: Session) -> None:
    """Store an image of every print."""
    if service is fingerprints.SERVICE:
        image = {"image": store.prints.c.template, "media_type": MediaType.PNG.value}
        await session.execute(sa.update(store.prints).values(**image))


async def images_of(service: Service, session: Session, record_id: str) -> list[bytes]:
    """Return images of the prints of a record: those that are stored, and other impressions of the same fingers.

    For a notice or a work of art, a photograph that may be added to it.
    """
    if service in (notices.SERVICE, cultural_property.SERVICE):
        return [photograph()]
    if service is not fingerprints.SERVICE:
        return []
    held: Any = sa.select(store.prints.c.template).where(store.prints.c.record_id == record_id)
    templates = [Template.from_bytes(row.template) for row in await session.fetch(held, in_thread=True)]
    again = [impression_of(template, np.random.default_rng(1)) for template in templates]
    return [template.to_bytes() for template in (*templates, *again)]
