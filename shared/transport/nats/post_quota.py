"""Limits how much each sender may have waiting in the stream of messages.

JetStream limits a stream, not its senders. So the operator polls the stream, and removes what a sender posted beyond
its quota, the oldest first, long before the stream is full; the outbox of the sender still has it. The stream then
accepts nothing of that sender for a while, each time for longer.

Nothing lists what waits: after a flood such a list would be too large. Some parcels are sampled to find the busiest
senders, and the server is asked to keep a number of theirs. To ask that for every sender would block the stream for
seconds.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Final

import msgspec

from shared.background import loop_time
from shared.transport import BrokerQuotas, BrokerRefused, Correction
from shared.transport.nats.jetstream import administer
from shared.transport.nats.pauses import Pauses
from shared.transport.nats.replies import Replies
from shared.transport.nats.stream_setup import StreamSetup
from shared.transport.subjects import MESSAGE_PREFIX, MESSAGES, message_subject

# Of a sender, how many parcels are sampled for their mean size: JetStream does not count its bytes.
SAMPLE: Final = 6
# How many parcels are sampled for their senders: of all, and of those since all were last within quota.
SAMPLED_SENDERS: Final = 8
# While less than this part of a quota was posted since all were within quota, no sender is checked.
TOLERANCE: Final = 4
CHECK_SECONDS: Final = 30.0


class _State(msgspec.Struct):
    messages: int
    bytes: int
    first_seq: int = 0
    last_seq: int = 0


class _Info(msgspec.Struct):
    state: _State


class _Purged(msgspec.Struct):
    purged: int = 0


class _Stored(msgspec.Struct):
    """A stored parcel, in base64."""

    subject: str = ""
    hdrs: str = ""
    data: str = ""


class _Found(msgspec.Struct):
    message: _Stored


class PostQuota:
    """Enforces the quotas of senders, as the operator of the broker."""

    def __init__(self, replies: Replies, quotas: BrokerQuotas, streams: StreamSetup) -> None:
        self._replies = replies
        self._quotas = quotas
        self._streams = streams
        self._random = Random()  # noqa: S311 - chooses a sample
        self._within = _State(0, 0)
        self._checked_at = float("-inf")
        self._pauses = Pauses()
        self._excluded: frozenset[str] = frozenset()

    async def enforce(self, senders: Iterable[str]) -> list[Correction]:
        """Remove what these senders posted beyond their quota; return who had. Raises BrokerRefused, NoResponder."""
        await self._exclude_paused()
        state = await self._state()
        if not self._may_be_exceeded(state):
            return []
        corrections = []
        for sender in await self._most_busy(frozenset(senders), state):
            removed = await self._bound(sender, state)
            # What was under way when the stream excluded this sender is no second offence.
            if removed and sender not in self._excluded:
                seconds = self._pauses.begin(sender)
                await self._exclude_paused()
                removed += await self._bound(sender, state)
                says = (
                    f"{sender} had more waiting than its quota: {removed} of its parcels were removed, "
                    f"and no more are accepted for {seconds:.0f} s"
                )
                corrections.append(Correction("post-over-quota", says, sender))
        self._within, self._checked_at = await self._state() if corrections else state, loop_time()
        return corrections

    async def _state(self) -> _State:
        return msgspec.json.decode(await self._ask("STREAM.INFO", {}), type=_Info).state

    def _may_be_exceeded(self, state: _State) -> bool:
        quotas, since = self._quotas, self._within
        if state.messages <= quotas.post_parcels and state.bytes <= quotas.post_bytes:
            return False
        return (
            state.messages - since.messages > quotas.post_parcels // TOLERANCE
            or state.bytes - since.bytes > quotas.post_bytes // TOLERANCE
            or loop_time() > self._checked_at + CHECK_SECONDS
        )

    async def _exclude_paused(self) -> None:
        paused = self._pauses.paused()
        if paused != self._excluded:
            await self._streams.exclude(paused)
            self._excluded = paused

    async def _most_busy(self, senders: frozenset[str], state: _State) -> list[str]:
        """Return the senders of some sampled parcels, the most frequent first."""
        since = max(state.first_seq, self._within.last_seq)
        looks = [*[state.first_seq] * SAMPLED_SENDERS, *[since] * SAMPLED_SENDERS]
        found = await asyncio.gather(*(self._some(f"{MESSAGE_PREFIX}.>", first, state.last_seq) for first in looks))
        counted = Counter(stored.subject.rpartition(".")[2] for stored in found if stored is not None)
        return [sender for sender, _ in counted.most_common() if sender in senders]

    async def _bound(self, sender: str, state: _State) -> int:
        removed = await self._keep(sender, self._quotas.post_parcels)
        if state.bytes > self._quotas.post_bytes:
            removed += await self._bound_bytes(sender, state)
        return removed

    async def _bound_bytes(self, sender: str, state: _State) -> int:
        looks = (self._some(_posts_of(sender), state.first_seq, state.last_seq) for _ in range(SAMPLE))
        sizes = [_size(stored) for stored in await asyncio.gather(*looks) if stored is not None]
        return await self._keep(sender, max(1, self._quotas.post_bytes * len(sizes) // sum(sizes))) if sizes else 0

    async def _some(self, subject: str, first: int, last: int) -> _Stored | None:
        """Return a random parcel of a subject between two sequence numbers, or the next one, if there is any."""
        wanted = {"seq": self._random.randint(first, max(first, last)), "next_by_subj": subject}
        try:
            return msgspec.json.decode(await self._ask("STREAM.MSG.GET", wanted), type=_Found).message
        except BrokerRefused:
            return None

    async def _keep(self, sender: str, count: int) -> int:
        """Have the server keep at most `count` parcels of a sender, and return how many it removed."""
        wanted = {"filter": _posts_of(sender), "keep": count}
        return msgspec.json.decode(await self._ask("STREAM.PURGE", wanted), type=_Purged).purged

    async def _ask(self, verb: str, request: dict[str, object]) -> bytes:
        return await administer(self._replies, f"{verb}.{MESSAGES}", request)


def _size(stored: _Stored) -> int:
    return (len(stored.hdrs) + len(stored.data)) * 3 // 4 or 1


def _posts_of(sender: str) -> str:
    return message_subject("*", "*", "*", sender)
