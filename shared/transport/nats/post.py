"""Collects posts from the consumers of a participant.

Does NOT use the pull subscription of nats-py: it waits without and then with a heartbeat, keeps a subscription for each
pull, and learns of a lost connection by a timeout.
"""

import asyncio
from functools import partial
from typing import Final

import msgspec
from nats.aio.msg import Msg

from shared.transport import NoResponder, PostArrival
from shared.transport.nats.client import BrokerClient, parcel_of
from shared.transport.nats.jetstream import API, NANOSECONDS, said_by
from shared.transport.nats.pace import MESSAGES_OF_A_PARCEL, Pace
from shared.transport.nats.replies import Replies, is_nobody, size_of
from shared.transport.subjects import MESSAGES, Lane, lane_consumer

# After the time for which the broker was to wait, until its silence counts as the end.
GRACE_SECONDS: Final = 3.0
# How long to wait for the status that ends a full batch.
END_SECONDS: Final = 0.5
# Of one pull in a cluster, and the time after it: a server that fails takes the pull along, and tells nobody.
PULL_SECONDS: Final = 2.0
CLUSTER_GRACE_SECONDS: Final = 1.0
# After the broker ended a wait early, such as when another process waits for the same.
AGAIN_SECONDS: Final = 0.1
# Bounds the memory of one pull of large parcels; each single parcel fits.
PULL_BYTES: Final = 4 * 1024 * 1024
ACK_PREFIX: Final = "$JS.ACK."
GONE: Final = ("Consumer Deleted", "Stream Deleted")


class Collector:
    """Collects the posts to one participant."""

    def __init__(
        self, client: BrokerClient, replies: Replies, pace: Pace, participant: str, *, in_cluster: bool = False
    ) -> None:
        self._client = client
        self._pull_seconds = PULL_SECONDS if in_cluster else float("inf")
        self._grace_seconds = CLUSTER_GRACE_SECONDS if in_cluster else GRACE_SECONDS
        self._pace = pace
        self._replies = replies
        self._participant = participant

    async def collect(self, lane: Lane, limit: int, seconds: float) -> list[PostArrival]:
        """Return the posts of a lane as soon as there are some. Raises NoResponder, Disconnected."""
        loop = asyncio.get_running_loop()
        subject = f"{API}.CONSUMER.MSG.NEXT.{MESSAGES}.{lane_consumer(self._participant, lane)}"
        deadline = loop.time() + seconds
        while True:
            left = max(deadline - loop.time(), 0.001)
            messages = await self._pull(subject, limit, min(left, self._pull_seconds))
            arrivals = [self._arrival(message) for message in messages]
            if arrivals or loop.time() + AGAIN_SECONDS >= deadline:
                return arrivals
            await asyncio.sleep(AGAIN_SECONDS)

    async def _pull(self, subject: str, limit: int, seconds: float) -> list[Msg]:
        # The broker delivers what is there, or waits for the first parcel, and then sends a status as the end.
        pull = {
            "batch": limit,
            "no_wait": True,
            "expires": int(seconds * NANOSECONDS),
            "max_bytes": PULL_BYTES,
        }
        messages: list[Msg] = []
        await self._pace.ready()
        async with self._replies.pull(subject, msgspec.json.encode(pull)) as answers:
            while True:
                message = await answers.next(END_SECONDS if len(messages) == limit else seconds + self._grace_seconds)
                if message is None:
                    return messages
                if not message.reply.startswith(ACK_PREFIX):
                    break
                messages.append(message)
                self._pace.count(MESSAGES_OF_A_PARCEL, size_of(message))
            answers.complete = True
        if is_nobody(message) or said_by(message) in GONE:
            raise NoResponder(f"nobody serves {subject}")
        return messages

    def _arrival(self, message: Msg) -> PostArrival:
        async def acknowledge(kind: bytes) -> None:
            await self._client.send(message.reply, kind)

        async def postpone(seconds: float) -> None:
            await acknowledge(b'-NAK {"delay": %d}' % (seconds * NANOSECONDS))

        # $JS.ACK.<stream>.<consumer>.<attempt>. ...
        attempt = int(message.reply.split(".")[4])
        settle, extend = partial(acknowledge, b"+ACK"), partial(acknowledge, b"+WPI")
        return PostArrival(message.subject, parcel_of(message), attempt, settle, postpone, extend)
