"""The gallery of this process, kept up to date with the store.

Before each search the changes since the last one are loaded: those of this process, of its replicas, and of other
writers of the store. Searches take turns in one thread; they would wait for each other anyway.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from services.fingerprints.models import MAX_CANDIDATES
from services.fingerprints.store import GalleryChanges
from shared.errors import Busy
from shared.records import service_kit as kit

if TYPE_CHECKING:
    from services.fingerprints.gallery import Candidate, Gallery
    from services.fingerprints.minutiae import Template

# Computed (1 ms each) before the progress counts.
CHANGES_PER_BATCH: Final = 500
# Enough for 20,000 new prints, and within the deadline of the service.
MAX_WAIT_SECONDS: Final = 20.0
# So that loading does not slow down the start of the mesh.
WARM_AFTER_SECONDS: Final = 5.0

T = TypeVar("T")


class CurrentGallery:
    """Searches all prints of the store in memory."""

    def __init__(self, database: kit.Database, *, wait_seconds: float = MAX_WAIT_SECONDS) -> None:
        self._changes = GalleryChanges(database.reading)
        self._wait_seconds = wait_seconds
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "gallery")
        self._gallery: Gallery | None = None
        self._seen = 0
        self._loading = asyncio.create_task(self._load_after(WARM_AFTER_SECONDS))

    async def identify(
        self, template: "Template", *, hidden: Callable[[], Awaitable[Collection[str]]], finger: int | None = None
    ) -> list["Candidate"]:
        """Return the records whose prints are most like a template, best first. Raises Busy.

        `hidden` is asked once the gallery is current; the records that it names take no part in the search.
        """
        try:
            async with asyncio.timeout(self._wait_seconds) as deadline, self._turn:
                gallery = await self._load()
                deadline.reschedule(None)
                excluded = await hidden()
                search = partial(gallery.identify, template, MAX_CANDIDATES, excluded=excluded, finger=finger)
                return await self._in_thread(search)
        except TimeoutError as error:
            if self._loading.done():
                self._loading = asyncio.create_task(self._load_after(0))
            # How many prints are loaded already would reveal records that the caller may not know of.
            raise Busy("prints are being loaded, or too many searches wait: try again later") from error

    async def close(self) -> None:
        """Stop loading, and end the thread."""
        self._loading.cancel()
        await asyncio.gather(self._loading, return_exceptions=True)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _load_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        async with self._turn:
            if await self._changes.last():
                await self._load()

    async def _load(self) -> "Gallery":
        """Bring the gallery up to date. What was loaded stays so if this is cancelled."""
        if self._gallery is None:
            from services.fingerprints.gallery import Gallery

            self._gallery = await self._in_thread(Gallery)
        gallery = self._gallery
        last = await self._changes.last()
        while self._seen < last:
            up_to = min(self._seen + CHANGES_PER_BATCH, last)
            changed = await self._changes.between(self._seen, up_to)
            removed = await self._changes.removed_between(self._seen, up_to)
            await self._in_thread(partial(_apply, gallery, changed, removed))
            self._seen = up_to
        return gallery

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _apply(gallery: "Gallery", changed: kit.Rows, removed: Iterable[str]) -> None:
    from services.fingerprints.minutiae import Template

    for row in changed:
        if row.searched:
            gallery.add(row.record_id, Template.from_bytes(row.template), finger=row.position)
        else:
            gallery.remove(row.record_id)
    for record_id in removed:
        gallery.remove(record_id)
