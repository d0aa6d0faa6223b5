"""What each sender may have waiting in the stream of messages.

JetStream bounds a stream, not those who fill it. So the operator looks at the stream often and removes what a sender
has posted beyond its quota, the oldest first, long before the stream is full. The sender's outbox still has it. A
gateway that keeps to the quota by itself never notices.
"""

from collections import defaultdict
from collections.abc import Sequence
from random import Random
from typing import Final

import msgspec

from shared.transport import MESSAGES, BrokerQuotas, Correction, NotStored, message_subject, sender_of
from shared.transport.nats.furnishing import MAX_POST_BYTES
from shared.transport.nats.jetstream import administer
from shared.transport.nats.replies import Replies

# JetStream does not tell the bytes of a subject: so many parcels of a sender are looked at for their mean size.
SAMPLE: Final = 24
# How many subjects the server tells at once.
PAGE: Final = 100_000


class State(msgspec.Struct):
    """What the stream holds; its subjects only where they were asked for."""

    messages: int
    bytes: int
    subjects: dict[str, int] = {}


class Info(msgspec.Struct):
    """The answer about a stream."""

    state: State
    total: int = 0


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

    async def enforce(self) -> list[Correction]:
        """Remove what is beyond its sender's quota; return who had more. Raises NotStored, NoResponder."""
        state = (await self._info(None)).state
        if state.messages <= self._quotas.post_parcels and state.bytes <= self._quotas.post_bytes:
            return []
        corrections = []
        for sender, subjects in (await self._by_sender()).items():
            allowed = await self._allowed(subjects)
            if len(subjects) > allowed:
                await self._remove(sender, allowed)
                says = f"{sender} has {len(subjects)} parcels waiting, more than its quota: {allowed} of them are left"
                corrections.append(Correction("post-over-quota", says))
        return corrections

    async def _allowed(self, subjects: Sequence[str]) -> int:
        """Return how many of a sender's parcels fit into its quota."""
        allowed = self._quotas.post_parcels
        if len(subjects) * MAX_POST_BYTES <= self._quotas.post_bytes:
            return allowed
        sample = self._random.sample(subjects, min(SAMPLE, len(subjects)))
        sizes = [size for subject in sample if (size := await self._size_of(subject))]
        return min(allowed, int(self._quotas.post_bytes * len(sizes) / sum(sizes))) if sizes else allowed

    async def _by_sender(self) -> dict[str, list[str]]:
        by_sender: defaultdict[str, list[str]] = defaultdict(list)
        seen, total = 0, 1
        while seen < total:
            page = await self._info(seen)
            for subject in page.state.subjects:
                by_sender[sender_of(subject)].append(subject)
            seen, total = seen + PAGE, page.total
        return by_sender

    async def _info(self, subjects_from: int | None) -> Info:
        request = {} if subjects_from is None else {"subjects_filter": ">", "offset": subjects_from}
        return msgspec.json.decode(await administer(self._replies, f"STREAM.INFO.{MESSAGES}", request), type=Info)

    async def _size_of(self, subject: str) -> int:
        """Return the size of a parcel in base64, or 0 if it is gone by now."""
        try:
            answer = await administer(self._replies, f"STREAM.MSG.GET.{MESSAGES}", {"last_by_subj": subject})
        except NotStored:
            return 0
        stored = msgspec.json.decode(answer, type=Parcel).message
        return (len(stored.hdrs) + len(stored.data)) * 3 // 4 + len(subject)

    async def _remove(self, sender: str, allowed: int) -> None:
        everything = message_subject("*", "*", "*", sender)
        await administer(self._replies, f"STREAM.PURGE.{MESSAGES}", {"filter": everything, "keep": allowed})
