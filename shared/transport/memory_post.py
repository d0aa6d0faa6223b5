"""Posts and objects in memory: the same contract as JetStream, without its permanence."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from shared.background import loop_time
from shared.protocol.parcel import Parcel
from shared.transport import NoObject, NoResponder, PostArrival
from shared.transport.subjects import MESSAGE_PREFIX, Lane

SETTLE_SECONDS: Final = 30.0


class Posted:
    """A parcel that is kept until it is settled, and the time of its next delivery."""

    __slots__ = ("attempts", "due", "parcel", "subject")

    def __init__(self, subject: str, parcel: Parcel) -> None:
        self.subject = subject
        self.parcel = parcel
        self.attempts = 0
        self.due = 0.0


class MemoryPost:
    """Keeps the last parcel of each subject, and the objects of each bureau."""

    def __init__(self) -> None:
        self._lanes: dict[tuple[str, str], dict[str, Posted]] = {}
        self._buckets: dict[str, dict[str, bytes]] = {}
        self._changed = asyncio.Event()

    def ensure_streams(self, bureaus: Iterable[str], services: Iterable[str] = ()) -> None:
        """Create the missing lanes and buckets of participants."""
        for bureau in (own_bucket := tuple(bureaus)):
            self._buckets.setdefault(bureau, {})
        for participant in (*own_bucket, *services):
            for lane in Lane:
                self._lanes.setdefault((participant, lane), {})

    def lose_all(self) -> None:
        """Remove everything, as a broker whose disk is lost."""
        self._lanes.clear()
        self._buckets.clear()
        self.wake()

    def keep(self, subject: str, parcel: Parcel) -> None:
        """Store a parcel; it replaces one of the same subject. Raises NoResponder."""
        recipient, lane = subject.removeprefix(f"{MESSAGE_PREFIX}.").split(".")[:2]
        places = self._place(recipient, lane)
        # The last to come is the last to be delivered, as in a stream.
        places.pop(subject, None)
        places[subject] = Posted(subject, parcel)
        self.wake()

    def take(self, recipient: str, lane: Lane, limit: int, check: Callable[[], None]) -> list[PostArrival]:
        """Return what is due, oldest first; `check` runs before each use of a parcel. Raises NoResponder."""
        now = loop_time()
        due = [posted for posted in self._place(recipient, lane).values() if posted.due <= now]
        return [self._deliver((recipient, lane), posted, check) for posted in due[:limit]]

    async def change(self, recipient: str, lane: Lane, seconds: float) -> None:
        """Wait until something may be due, but no longer than `seconds`."""
        now = loop_time()
        waits = [posted.due - now for posted in self._place(recipient, lane).values()]
        changed = self._changed
        try:
            async with asyncio.timeout(min([seconds, *waits])):
                await changed.wait()
        except TimeoutError:
            return

    def wake(self) -> None:
        """Wake all who wait."""
        self._changed.set()
        self._changed = asyncio.Event()

    def bucket(self, owner: str) -> dict[str, bytes]:
        """Return the objects of a bureau. Raises NoResponder."""
        if owner not in self._buckets:
            raise NoResponder(f"there is no bucket of {owner}")
        return self._buckets[owner]

    def object(self, owner: str, name: str) -> bytes:
        """Return an object. Raises NoObject."""
        found = self._buckets.get(owner, {}).get(name)
        if found is None:
            raise NoObject(f"{owner} has no object {name}")
        return found

    def has_object(self, owner: str, name: str) -> bool:
        """Return whether a bureau has an object."""
        return name in self._buckets.get(owner, {})

    def delete_object(self, owner: str, name: str) -> None:
        """Remove an object, if it is there."""
        self._buckets.get(owner, {}).pop(name, None)

    def _place(self, recipient: str, lane: str) -> dict[str, Posted]:
        place = self._lanes.get((recipient, lane))
        if place is None:
            raise NoResponder(f"there is no lane for {lane} posts to {recipient}")
        return place

    def _deliver(self, place: tuple[str, str], posted: Posted, check: Callable[[], None]) -> PostArrival:
        loop = asyncio.get_running_loop()
        posted.attempts += 1
        posted.due = loop.time() + SETTLE_SECONDS

        async def settle() -> None:
            check()
            kept = self._lanes.get(place, {})
            # Another parcel may have replaced it meanwhile.
            if kept.get(posted.subject) is posted:
                del kept[posted.subject]

        async def postpone(seconds: float) -> None:
            check()
            posted.due = loop.time() + seconds
            self.wake()

        async def extend() -> None:
            check()
            posted.due = loop.time() + SETTLE_SECONDS

        return PostArrival(posted.subject, posted.parcel, posted.attempts, settle, postpone, extend)
