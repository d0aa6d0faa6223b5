"""What the officer's bureau has asked of owners already: hits of earlier searches on the records that are found.

One record is found by many searches. Without this an officer would ask again what the owner has answered.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from gateway.console.api import part
from gateway.console.in_process import ApiRefused
from gateway.console.page import Page
from gateway.console.search.answers import SourceAnswer
from gateway.console.search.hits import SETTLED, FoundHit, KnownHit
from gateway.console.search.received_hits import MALFORMED

HITS: Final = "/api/hits"
RUNNING: Final = frozenset({"requested", "later"})
_STATES: Final = ("requested", "later", "confirmed", "not-confirmed")
MOST: Final = 200
# A search does not wait longer for it: then the hits of others are not said.
SECONDS: Final = 2.0


class KnownHits:
    """The hits of a bureau that an owner was asked about, as far as the officer may read them."""

    def __init__(self, page: Page) -> None:
        self._api = page.api
        self._may_read = page.may("hits:read")
        self._task: asyncio.Task[Mapping[str, str]] | None = None

    def begin(self) -> None:
        """Begin to ask for them."""
        if self._may_read:
            self._task = asyncio.create_task(self._by_record())

    async def give_up(self) -> None:
        """Give up what has not answered."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def added_to(self, source: SourceAnswer) -> SourceAnswer:
        """Return what a register answered, with what is known of each record."""
        if not source.hits or self._task is None:
            return source
        try:
            async with asyncio.timeout(SECONDS):
                by_record = await asyncio.shield(self._task)
                hits = await asyncio.gather(*(self._added(hit, by_record.get(hit.id or "")) for hit in source.hits))
        except (TimeoutError, ApiRefused, *MALFORMED):
            return source
        return replace(source, hits=hits)

    async def _added(self, found: FoundHit, hit: str | None) -> FoundHit:
        return (
            found
            if hit is None
            else replace(found, known=known_of(await self._api.get(f"{HITS}/{part(hit)}", side="finder")))
        )

    async def _by_record(self) -> Mapping[str, str]:
        """Return the id of the hit that counts on each record."""
        pages = await asyncio.gather(
            *(self._api.get(HITS, side="finder", state=state, limit=MOST) for state in _STATES)
        )
        hits = [hit for page in pages for hit in page["items"]]
        records = {str(hit["record"]) for hit in hits}
        by_record = {record: [hit for hit in hits if hit["record"] == record] for record in records}
        return {record: str(asked["id"]) for record, of in by_record.items() if (asked := asked_before(of))}


def asked_before(hits: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return of the hits on a record that which an owner was asked about: one that waits, else the last answered."""
    asked = [hit for hit in hits if hit["state"] in RUNNING | SETTLED]
    return max(asked, key=lambda hit: (hit["state"] in RUNNING, str(hit["last"])), default=None)


def known_of(hit: Mapping[str, Any]) -> KnownHit:
    """Return what became of a hit: who asked when, and what the owner answered when. Raises one of `MALFORMED`."""
    latest = hit["confirmations"][-1]
    answered = latest["answers"][-1]["answered"] if latest["answers"] else None
    return KnownHit(
        str(hit["id"]), str(hit["state"]), str(latest["requested"]), latest["officer"], str(latest["asked"]), answered
    )
