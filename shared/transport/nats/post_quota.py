"""What each sender may have waiting in the stream of messages.

JetStream bounds a stream, not those who fill it. So the operator looks at the stream often and removes what a sender
has posted beyond its quota, the oldest first, long before the stream is full. The sender's outbox still has it. From
then on the stream takes nothing of that sender for a while, each time for longer, and what it posts costs nobody
anything. A gateway that keeps to the quota never notices.

Nothing here lists what waits: a flood would make such a list too large to be received. Some parcels are looked at to
learn who posts most; the server is told to keep no more than so many of theirs, and says how many it removed. To ask
that for every sender would hold the stream up for seconds.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Final

import msgspec

from shared.transport import BrokerQuotas, Correction, NotStored
from shared.transport.nats.jetstream import administer
from shared.transport.nats.pauses import Pauses
from shared.transport.nats.replies import Replies
from shared.transport.nats.stream_setup import StreamSetup
from shared.transport.subjects import MESSAGE_PREFIX, MESSAGES, message_subject

# JetStream does not tell the bytes of a sender: so many of its parcels are looked at for their mean size.
SAMPLE: Final = 6
# How many parcels are sampled to learn who sent them: of all, and again of those since the last look within quota.
LOOKED_AT: Final = 8
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

    subject: str = ""
    hdrs: str = ""
    data: str = ""


class Parcel(msgspec.Struct):
    """The answer about one parcel."""

    message: Stored


class PostQuota:
    """Bounds what each sender has in the stream of messages, as the operator of the broker."""

    def __init__(
        self, replies: Replies, quotas: BrokerQuotas, furnisher: StreamSetup, random: Random | None = None
    ) -> None:
        self._replies = replies
        self._quotas = quotas
        self._furnisher = furnisher
        self._random = random or Random()  # noqa: S311 - chooses a sample
        self._within = State(0, 0)
        self._looked = float("-inf")
        self._pauses = Pauses()
        self._left_out: frozenset[str] = frozenset()

    async def enforce(self, senders: Iterable[str]) -> list[Correction]:
        """Remove what is beyond the quota of these senders; return who had more. Raises NotStored, NoResponder."""
        await self._leave_out_paused()
        state = await self._state()
        if not self._may_be_exceeded(state):
            return []
        corrections = []
        for sender in await self._most_busy(frozenset(senders), state):
            removed = await self._bound(sender, state)
            # What was on its way to the stream when it took no more of this sender is no second offence.
            if removed and sender not in self._left_out:
                seconds = self._pauses.begin(sender)
                await self._leave_out_paused()
                removed += await self._bound(sender, state)
                says = (
                    f"{sender} had more waiting than its quota: {removed} of its parcels were removed, "
                    f"and none are taken from it for {seconds:.0f} s"
                )
                corrections.append(Correction("post-over-quota", says, sender))
        self._within, self._looked = await self._state() if corrections else state, _now()
        return corrections

    async def _state(self) -> State:
        return msgspec.json.decode(await self._ask("STREAM.INFO", {}), type=Info).state

    def _may_be_exceeded(self, state: State) -> bool:
        quotas, since = self._quotas, self._within
        if state.messages <= quotas.post_parcels and state.bytes <= quotas.post_bytes:
            return False
        return (
            state.messages - since.messages > quotas.post_parcels // TOLERANCE
            or state.bytes - since.bytes > quotas.post_bytes // TOLERANCE
            or _now() > self._looked + LOOK_AGAIN_SECONDS
        )

    async def _leave_out_paused(self) -> None:
        paused = self._pauses.paused()
        if paused != self._left_out:
            await self._furnisher.leave_out(paused)
            self._left_out = paused

    async def _most_busy(self, senders: frozenset[str], state: State) -> list[str]:
        """Return the senders of some parcels that were looked at, the most frequent first."""
        since = max(state.first_seq, self._within.last_seq)
        looks = [*[state.first_seq] * LOOKED_AT, *[since] * LOOKED_AT]
        found = await asyncio.gather(*(self._some(f"{MESSAGE_PREFIX}.>", first, state.last_seq) for first in looks))
        counted = Counter(stored.subject.rpartition(".")[2] for stored in found if stored is not None)
        return [sender for sender, _ in counted.most_common() if sender in senders]

    async def _bound(self, sender: str, state: State) -> int:
        removed = await self._keep(sender, self._quotas.post_parcels)
        if state.bytes > self._quotas.post_bytes:
            removed += await self._bound_bytes(sender, state)
        return removed

    async def _bound_bytes(self, sender: str, state: State) -> int:
        looks = (self._some(_posts_of(sender), state.first_seq, state.last_seq) for _ in range(SAMPLE))
        sizes = [_size(stored) for stored in await asyncio.gather(*looks) if stored is not None]
        return await self._keep(sender, max(1, self._quotas.post_bytes * len(sizes) // sum(sizes))) if sizes else 0

    async def _some(self, subject: str, first: int, last: int) -> Stored | None:
        """Return a parcel on a subject from a place between two, or the next behind it, if there is one."""
        wanted = {"seq": self._random.randint(first, max(first, last)), "next_by_subj": subject}
        try:
            return msgspec.json.decode(await self._ask("STREAM.MSG.GET", wanted), type=Parcel).message
        except NotStored:
            return None

    async def _keep(self, sender: str, count: int) -> int:
        """Have the server keep no more than so many parcels of a sender, and return how many it removed."""
        wanted = {"filter": _posts_of(sender), "keep": count}
        return msgspec.json.decode(await self._ask("STREAM.PURGE", wanted), type=Purged).purged

    async def _ask(self, verb: str, request: dict[str, object]) -> bytes:
        return await administer(self._replies, f"{verb}.{MESSAGES}", request)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _size(stored: Stored) -> int:
    return (len(stored.hdrs) + len(stored.data)) * 3 // 4 or 1


def _posts_of(sender: str) -> str:
    return message_subject("*", "*", "*", sender)
