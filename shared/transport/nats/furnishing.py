"""The places that JetStream has for posts and objects: makes what is missing, and asks only once when all is there."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from shared.transport import MESSAGES, Lane, bucket_stream, lane_consumer, lane_subjects
from shared.transport.nats.jetstream import NANOSECONDS, administer
from shared.transport.nats.replies import Replies
from shared.transport.subjects import MESSAGE_PREFIX

KEPT_SECONDS: Final = 7 * 24 * 3600
SETTLE_SECONDS: Final = 30
UNDER_WAY: Final = 32

Configuration = dict[str, Any]


class Found(msgspec.Struct):
    """A stream or consumer that is there."""

    config: Configuration


class Page(msgspec.Struct):
    """Some of the streams or consumers that are there."""

    total: int = 0
    streams: list[Found] | None = None
    consumers: list[Found] | None = None


MESSAGES_STREAM: Final[Configuration] = {
    "name": MESSAGES,
    "subjects": [f"{MESSAGE_PREFIX}.>"],
    "retention": "workqueue",
    "storage": "file",
    "discard": "old",
    # What is sent again takes the place of what was sent before.
    "max_msgs_per_subject": 1,
    "max_age": KEPT_SECONDS * NANOSECONDS,
    "num_replicas": 1,
    # Nobody reads what is for others, and no header of a parcel moves, clears or repeats anything.
    "allow_direct": False,
    "allow_rollup_hdrs": False,
}


def bucket(owner: str) -> Configuration:
    """Return the stream of an object store as all clients of NATS know it (NATS ADR-20)."""
    return {
        "name": bucket_stream(owner),
        "subjects": [f"$O.{owner}.C.>", f"$O.{owner}.M.>"],
        "retention": "limits",
        "storage": "file",
        "discard": "new",
        "max_age": KEPT_SECONDS * NANOSECONDS,
        "num_replicas": 1,
        "allow_direct": True,
        "allow_rollup_hdrs": True,
    }


def consumer(participant: str, lane: Lane) -> Configuration:
    """Return the durable consumer of one lane."""
    return {
        "durable_name": lane_consumer(participant, lane),
        "filter_subject": lane_subjects(participant, lane),
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "ack_wait": SETTLE_SECONDS * NANOSECONDS,
        "max_deliver": -1,
        "max_ack_pending": 1000,
    }


class Furnisher:
    """Furnishes the broker as the Secretariat."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._room = asyncio.Semaphore(UNDER_WAY)

    async def furnish(self, bureaus: Iterable[str], services: Iterable[str]) -> None:
        """Make or correct what these participants need. Raises NotStored, DeadlinePassed, Disconnected."""
        owners = list(bureaus)
        streams = {found["name"]: found for found in await self._list("STREAM.LIST")}
        await self._settle(streams, MESSAGES_STREAM)
        await self._all(self._settle(streams, bucket(bureau)) for bureau in owners)
        consumers = {found["durable_name"]: found for found in await self._list(f"CONSUMER.LIST.{MESSAGES}")}
        await self._all(
            self._appoint(consumers, consumer(participant, lane))
            for participant in (*owners, *services)
            for lane in Lane
        )

    async def _settle(self, streams: dict[str, Configuration], wanted: Configuration) -> None:
        found = streams.get(wanted["name"])
        if found is None:
            await self._administer(f"STREAM.CREATE.{wanted['name']}", wanted)
        elif not _is_as_wanted(found, wanted):
            await self._administer(f"STREAM.UPDATE.{wanted['name']}", found | wanted)

    async def _appoint(self, consumers: dict[str, Configuration], wanted: Configuration) -> None:
        name = wanted["durable_name"]
        if not _is_as_wanted(consumers.get(name, {}), wanted):
            await self._administer(
                f"CONSUMER.CREATE.{MESSAGES}.{name}.{wanted['filter_subject']}",
                {"stream_name": MESSAGES, "config": wanted, "action": ""},
            )

    async def _administer(self, verb: str, request: Configuration) -> bytes:
        async with self._room:
            return await administer(self._replies, verb, request)

    async def _all(self, acts: Iterable[Any]) -> None:
        await asyncio.gather(*acts)

    async def _list(self, verb: str) -> list[Configuration]:
        listed: list[Configuration] = []
        while True:
            answer = await administer(self._replies, verb, {"offset": len(listed)})
            page = msgspec.json.decode(answer, type=Page)
            found = page.streams or page.consumers or []
            listed += [each.config for each in found]
            if not found or len(listed) >= page.total:
                return listed


def _is_as_wanted(found: Configuration, wanted: Configuration) -> bool:
    # The broker leaves out what is false.
    return all(found.get(name, False) == value for name, value in wanted.items())
