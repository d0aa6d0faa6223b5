"""Asks the other processes of a service for the reply to a request that was sent again and reached this one.

The replay guard of a process knows its own requests alone. Where the store shows that a change was carried out before,
the process that did it still has the reply: the copy gets the same one. Nothing is stored for it, and nothing asked
for other requests. Does NOT help after that process has ended: the caller reads what was changed.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from shared.protocol.envelope import RequestHead
from shared.protocol.parcel import Parcel
from shared.rpc.participant import Participant
from shared.rpc.replay import ReplayGuard, key_of
from shared.transport import Arrival, TransportFailure
from shared.transport.subjects import repetition_subject

# The processes of a service are near each other; those that know nothing of the request are silent.
ASKED_SECONDS: Final = 0.3
ASKED_AGAIN_SECONDS: Final = 0.1
_UNDER_WAY: Final = Parcel("", b"")


class Replicas:
    """The other processes of one service. The broker lets nobody else ask and answer on its subject."""

    def __init__(self, service: Participant, guard: ReplayGuard[Parcel]) -> None:
        """`guard` has the requests of this process."""
        self._transport = service.transport
        self._guard = guard
        self._subject = repetition_subject(service.name)
        self._asking: set[str] = set()

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Answer the others until the block ends."""
        subscription = await self._transport.subscribe(self._subject, self._answer)
        try:
            yield
        finally:
            await subscription.stop()

    async def reply_to(self, head: RequestHead, digest: str) -> Parcel | None:
        """Return the reply of the process that carries a request out, once it has one; None if no process knows it."""
        key = key_of(head)
        self._asking.add(key)
        try:
            async with asyncio.timeout(head.exp - head.iat):
                return await self._ask(Parcel(digest, key.encode()))
        except (TransportFailure, TimeoutError):
            return None
        finally:
            self._asking.discard(key)

    async def _ask(self, question: Parcel) -> Parcel:
        while True:
            reply = await self._transport.request(self._subject, question, timeout=ASKED_SECONDS)
            if reply.signature:
                return reply
            await asyncio.sleep(ASKED_AGAIN_SECONDS)

    async def _answer(self, arrival: Arrival) -> None:
        key = arrival.parcel.body.decode(errors="replace")
        seen = None if key in self._asking else self._guard.find(key, arrival.parcel.signature)
        if seen is not None and (seen.reply is not None or seen.waiting is not None):
            await arrival.reply(seen.reply or _UNDER_WAY)
