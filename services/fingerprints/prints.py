"""Turn an untrusted image into a print that can be compared, or say what is wrong with it.

The extractor is loaded with the first image, so that the service starts at once.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.fingerprints.image_headers import read_header
from services.fingerprints.models import MediaType
from shared.errors import Busy
from shared.images.refusals import ImageRefused, ImageUnusable

if TYPE_CHECKING:
    from services.fingerprints.extraction import Extractor
    from services.fingerprints.matching import Pair
    from services.fingerprints.minutiae import Template

# A slap full of ridges takes 16 to 27 s of one core, one finger 0.5 to 1 s. With the wait for others this stays within
# the deadline of the service.
EXTRACTION_SECONDS: Final = 40.0
WAITING_IMAGES: Final = 16
QUALITY_DIGITS: Final = 3

_MEDIA_TYPES: Final = {"PNG": MediaType.PNG, "WSQ": MediaType.WSQ}


def pointer_of(part: str) -> str:
    """Return the pointer to a part of a form, or to the whole body."""
    return "" if part == "body" else f"/{part}"


@dataclass(frozen=True, slots=True)
class Print:
    """One print of one finger: its template, and the image that it was found in, if there was one."""

    width: int
    height: int
    template: "Template"
    image: bytes | None = None
    media_type: MediaType | None = None

    @property
    def minutiae(self) -> int:
        """How many minutiae the print shows."""
        return len(self.template)

    @property
    def quality(self) -> float:
        """How sure the detector was of the minutiae, 0 to 1, on average."""
        return round(float(self.template.quality.mean()), QUALITY_DIGITS) if self.minutiae else 0.0


class PrintReader:
    """Finds the minutiae of images in processes of its own, which start with the first image."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._extractor: Extractor | None = None

    async def read(self, image: bytes, part: str, sender: str) -> Print:
        """Return the print in a file that is this part of a request. Senders take turns. Raises ImageUnusable, Busy."""
        with _refusing(part):
            header = read_header(image)
            template = await self._workers().template(image, sender)
        return Print(header.width, header.height, template, image, _MEDIA_TYPES[header.format])

    async def picture(self, image: bytes, part: str, sender: str) -> bytes:
        """Return what a file shows where it has ridges, as a PNG of the same size. Raises ImageUnusable, Busy."""
        with _refusing(part):
            return await self._workers().picture(image, sender)

    async def close(self) -> None:
        """End the processes."""
        if self._extractor is not None:
            await self._extractor.close()

    def _workers(self) -> "Extractor":
        from services.fingerprints.extraction import Extractor

        if self._extractor is None:
            waiting = WAITING_IMAGES * self._processes
            self._extractor = Extractor(workers=self._processes, waiting=waiting, timeout_s=EXTRACTION_SECONDS)
        return self._extractor


@contextmanager
def _refusing(part: str) -> Iterator[None]:
    """Refuse what a part of a request shows, or that the workers are busy, as the service does."""
    from shared.images.pool import WorkersBusy, WorkersClosed

    try:
        yield
    except ImageRefused as refused:
        raise ImageUnusable(str(refused), at=pointer_of(part)) from refused
    except (WorkersBusy, WorkersClosed) as busy:
        raise Busy("too many images wait for their extraction: try again later") from busy


async def compared(first: "Template", second: "Template") -> "tuple[float, list[Pair]]":
    """Return how alike two prints are, 0 to 1, and the pairs of minutiae that count."""
    from services.fingerprints.matching import compare

    return await asyncio.to_thread(compare, first, second)
