"""Decode images and find minutiae in worker processes, so that no image holds up or brings down the service.

The first step of an image decodes it, each other searches one tile. Only the workers load onnxruntime.
"""

import asyncio
from typing import Final

from services.fingerprints import extraction_messages as messages
from services.fingerprints.image_headers import Header, read_header
from services.fingerprints.images import Box, Pixels, png_of
from services.fingerprints.minutiae import Floats, Template, View, shifted, template_of, views
from shared.images.pool import Steps, WorkerPool

_MODULE: Final = "services.fingerprints.extraction_worker"


class Extractor(WorkerPool):
    """A pool of worker processes that find minutiae, for one event loop."""

    def __init__(self, *, workers: int = 1, waiting: int = 16, timeout_s: float = 30.0) -> None:
        """Start nothing yet. `timeout_s` is for one image, without its wait.

        While `waiting` images of a sender wait for a worker, further ones are refused.
        """
        super().__init__(_MODULE, "fingerprints", workers=workers, waiting=waiting, timeout_s=timeout_s)

    async def template(self, image: bytes, sender: str = "") -> Template:
        """Return the template of a PNG or WSQ file of a sender.

        Raise ImageRefused, with a reason fit for the sender, also when the image costs a worker its life or more than
        the time allowed; WorkersBusy when too many images wait; WorkersClosed.
        """
        header = read_header(image)
        with self.steps(sender) as steps:
            pixels, box = await _decode(steps, image, header)
            found = [shifted(await _detect(steps, view), left, top) for left, top, view in views(pixels)]
            return template_of(found, box)

    async def picture(self, image: bytes, sender: str = "") -> bytes:
        """Return a file of a sender as a PNG of the same size: what has ridges, on paper, and nothing else of the file.

        Raise what `template` raises.
        """
        header = read_header(image)
        with self.steps(sender) as steps:
            pixels, box = await _decode(steps, image, header)
        return await asyncio.to_thread(png_of, pixels, box, header.width, header.height)


async def _decode(steps: Steps, image: bytes, header: Header) -> tuple[Pixels, Box]:
    """Return the part of the image that has ridges, and where it is. Raises ImageRefused."""
    return await steps.take(
        messages.DECODE + image, messages.PIXELS, lambda body: messages.area_of(body, header.width, header.height)
    )


async def _detect(steps: Steps, view: View) -> Floats:
    """Return the minutiae of a view. Raises ImageRefused."""
    message = messages.DETECT + messages.view_to_bytes(view)
    return await steps.take(message, messages.MINUTIAE, lambda body: messages.minutiae_of(body, view))
