"""What each sender may have waiting in the stream of messages.

JetStream bounds a stream, not those who fill it. So the operator looks at the stream often and removes what a sender
has posted beyond its quota, the oldest first, long before the stream is full. The sender's outbox still has it. A
gateway that keeps to the quota never notices.

Nothing here lists what waits: a flood would make such a list too large to be received. The server is told to keep no
more than so many parcels of a sender, and says how many it removed.
"""

import asyncio
from collections.abc import Iterable
from random import Random
from typing import Final

import msgspec

from shared.transport import MESSAGES, BrokerQuotas, Correction, NotStored, message_subject
from shared.transport.nats.jetstream import administer
from shared.transport.nats.replies import Replies

# JetStream does not tell the bytes of a sender: so many of its parcels are looked at for their mean size.
SAMPLE: Final = 6
# While less than this part of a quota has come since all were within theirs, nobody need be looked at again.
TOLERANCE: Final = 4
LOOK_AGAIN_SECONDS: Final = 30.0


class State(msgspec.Struct):
    """What the stream holds."""

    messages: int
    bytes: int
    first_seq: int = 0
    last_seq: int = 0


class Info(msgspec.Struct):
    """The answer about the stream."""

    state: State


class Purged(msgspec.Struct):
    """The answer to a purge."""

    purged: int = 0


class Stored(msgspec.Struct):
    """One parcel as it is stored, in base64."""

    hdrs: str = ""
    data: str = ""


class Parcel(msgspec.Struct):
    """The answer about one parcel."""

    message: Stored


class PostQuota:
    """Bounds what each sender has in the stream of messages, as the operator of the broker."""

    def __init__(self, replies: Replies, quotas: BrokerQuotas, random: Random | None = None) -> None:
        self._replies = replies
        self._quotas = quotas
        self._random = random or Random()  # noqa: S311 - chooses a sample
        self._within = State(0, 0)
        self._looked = float("-inf")

    async def enforce(self, senders: Iterable[str]) -> list[Correction]:
        """Remove what is beyond the quota of these senders; return who had more. Raises NotStored, NoResponder."""
        state = msgspec.json.decode(await self._ask("STREAM.INFO", {}), type=Info).state
        if not self._may_be_exceeded(state):
            return []
        corrections = []
        for sender in senders:
            removed = await self._keep(sender, self._quotas.post_parcels)
            if state.bytes > self._quotas.post_bytes:
                removed += await self._bound_bytes(sender, state)
            if removed:
                says = f"{sender} had more waiting than its quota: {removed} of its parcels were removed"
                corrections.append(Correction("post-over-quota", says, sender))
        self._within, self._looked = state, asyncio.get_running_loop().time()
        return corrections

    def _may_be_exceeded(self, state: State) -> bool:
        quotas, since = self._quotas, self._within
        if state.messages <= quotas.post_parcels and state.bytes <= quotas.post_bytes:
            return False
        return (
            state.messages - since.messages > quotas.post_parcels // TOLERANCE
            or state.bytes - since.bytes > quotas.post_bytes // TOLERANCE
            or asyncio.get_running_loop().time() > self._looked + LOOK_AGAIN_SECONDS
        )

    async def _bound_bytes(self, sender: str, state: State) -> int:
        sizes = [size for _ in range(SAMPLE) if (size := await self._size_of_some(sender, state))]
        return await self._keep(sender, max(1, self._quotas.post_bytes * len(sizes) // sum(sizes))) if sizes else 0

    async def _size_of_some(self, sender: str, state: State) -> int:
        """Return the size of a parcel of a sender, or 0 if none was found."""
        wanted = {
            "seq": self._random.randint(state.first_seq, max(state.first_seq, state.last_seq)),
            "next_by_subj": _posts_of(sender),
        }
        try:
            stored = msgspec.json.decode(await self._ask("STREAM.MSG.GET", wanted), type=Parcel).message
        except NotStored:
            return 0
        return (len(stored.hdrs) + len(stored.data)) * 3 // 4

    async def _keep(self, sender: str, count: int) -> int:
        """Have the server keep no more than so many parcels of a sender, and return how many it removed."""
        wanted = {"filter": _posts_of(sender), "keep": count}
        return msgspec.json.decode(await self._ask("STREAM.PURGE", wanted), type=Purged).purged

    async def _ask(self, verb: str, request: dict[str, object]) -> bytes:
        return await administer(self._replies, f"{verb}.{MESSAGES}", request)


def _posts_of(sender: str) -> str:
    return message_subject("*", "*", "*", sender)
