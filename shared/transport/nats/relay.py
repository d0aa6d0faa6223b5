"""Passes posts, writes and reads of participants to JetStream, which they may only ask for their own posts.

JetStream obeys the headers of a message: it compares, repeats, remembers or removes what is stored. It replies to a
small request with a whole chunk, as often as it is asked, and keeps in memory what cannot be sent. So the relay passes
on a parcel and no other header, has a bounded number of requests of each participant pending, and waits for JetStream
before it accepts more. Relays that run at the same time share the work.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Final

import msgspec
from nats import errors
from nats.aio.msg import Msg

from shared.background import TaskSet
from shared.logs import Log
from shared.transport import NoResponder, ServiceCard, TransportFailure
from shared.transport.nats.admission import Admission
from shared.transport.nats.client import Broker, BrokerClient, Seed, disconnected, headers_of, parcel_of
from shared.transport.nats.jetstream import CROWDED, NOT_FOUND, Fault, Outcome, fault_in
from shared.transport.nats.relayed import Attempts
from shared.transport.nats.replies import Replies
from shared.transport.nats.serving import REFUSALS_PER_SECOND, FairServer, Penalize
from shared.transport.nats.stream_setup import MAX_CHUNK_BYTES, MAX_POST_BYTES
from shared.transport.subjects import (
    ADMISSION_SUBJECT,
    BROKER_RELAY,
    MESSAGE_PREFIX,
    POST_PREFIX,
    RELAY_SUBJECT,
    Lane,
    bucket_stream,
    object_subject,
    posting_subject,
    reading_subject,
    writing_subject,
)

ANSWER_SECONDS: Final = 4.0
CLOSE_SECONDS: Final = 3.0
# Between attempts to store while the queue of a stream is full.
FIRST_WAIT_SECONDS: Final = 0.01
LAST_WAIT_SECONDS: Final = 0.1
# Of one participant. So many of the largest posts are less than the server buffers for a connection.
POSTS_UNDER_WAY: Final = 48
PARTS_UNDER_WAY: Final = 32
# Of all participants: what JetStream sends must be less than the server buffers for a connection.
READS_UNDER_WAY: Final = 64
KEPT: Final = b"{}"
NOTHING: Final = b""
# Of a read, which has no body.
MAX_QUESTION: Final = 1_024
LANES: Final = frozenset(Lane)
NOWHERE: Final = msgspec.json.encode(Outcome(Fault(code=NOT_FOUND, description="there is no place to keep it")))
# Without wildcards, for which JetStream would search all that it stores. Its own subjects are longer, and a line of
# 1,024 characters closes the connection.
SUBJECT: Final = re.compile(r"[!-)+-=?-~]{1,300}")
TOO_LARGE: Final = msgspec.json.encode(Outcome(Fault(code=400, description="it is larger than anything that is kept")))
# Replaces a part that is removed, and expires a second later.
GONE: Final = {"Nats-TTL": "1s"}

Handle = Callable[[Msg], Awaitable[None]]


class Relay:
    """The connection of a relay, and the participants that it serves."""

    def __init__(self, client: BrokerClient, log: Log) -> None:
        self._client = client
        self._log = log
        self._replies = Replies(client)
        self._tasks = TaskSet()
        self._reading = asyncio.Semaphore(READS_UNDER_WAY)
        self._participants: set[str] = set()
        posts, writes, reads = (
            ServiceCard(f"relay-{what}", share=share)
            for what, share in (("posts", POSTS_UNDER_WAY), ("writes", PARTS_UNDER_WAY), ("reads", PARTS_UNDER_WAY))
        )
        pattern = posting_subject(f"{MESSAGE_PREFIX}.*.*.*.*")
        self._posts = self._server(pattern, posts, self._post, MAX_POST_BYTES, NOWHERE)
        self._writes = self._server(writing_subject("*", "*", "*"), writes, self._write, MAX_CHUNK_BYTES, NOWHERE)
        self._reads = self._server(reading_subject("*", "*", "*", "*"), reads, self._read, MAX_QUESTION, NOTHING)

    @classmethod
    async def connect(cls, broker: Broker, seed: Seed, log: Log) -> "Relay":
        """Connect, and reply to the operator that a relay runs. Raises Disconnected with the reason."""
        relay = cls(BrokerClient(broker, BROKER_RELAY, seed, log), log)
        await relay._client.open()
        await relay._subscribe(RELAY_SUBJECT, partial(relay._answer, body=KEPT))
        return relay

    async def _subscribe(self, subject: str, handle: Handle) -> None:
        try:
            await self._client.subscribe(subject, queue=BROKER_RELAY, cb=handle)
        except errors.Error as error:
            raise disconnected(error) from error

    async def admit_by(self, admission: Admission) -> None:
        """Decide for the server, with other relays, which connections it accepts. Raises Disconnected."""

        async def answer(message: Msg) -> None:
            answered, refused = admission.answer(message.data)
            if refused:
                self._log.refusal("connection-refused", reason=refused)
            await self._answer(message, answered)

        await self._subscribe(ADMISSION_SUBJECT, answer)

    async def admit(self, bureaus: Iterable[str], services: Iterable[str]) -> None:
        """Serve these as well: a bureau has a bucket, a service only posts."""
        bureaus = list(bureaus)
        posting = [*bureaus, *services]
        self._participants |= set(posting)
        await self._posts.admit(posting)
        await self._writes.admit(bureaus)
        await self._reads.admit(bureaus)

    async def close(self) -> None:
        """Finish pending work and disconnect."""
        with suppress(errors.Error, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                for server in (self._posts, self._writes, self._reads):
                    await server.stop()
        await self._tasks.finish()
        if not self._client.is_closed:
            await self._client.close()

    def _server(self, pattern: str, card: ServiceCard, handle: Handle, limit: int, refusal: bytes) -> FairServer:
        """Handle the messages on a pattern; `refusal` is the reply to a malformed subject."""

        async def take(message: Msg, penalize: Penalize) -> None:
            try:
                if SUBJECT.fullmatch(message.subject) is None:
                    penalize()
                    await self._answer(message, refusal)
                elif len(message.data) > limit:
                    # Some of these at once are more than the server buffers for a connection.
                    for _ in range(REFUSALS_PER_SECOND + 1):
                        penalize()
                    await self._answer(message, TOO_LARGE)
                else:
                    await handle(message)
            except TransportFailure as failure:
                # Without a reply the requester tries again.
                self._log.debug("not-relayed", kind=card.name, error=str(failure))

        return FairServer(self._client, pattern, card, take, self._tasks.spawn, self._log)

    async def _post(self, message: Msg) -> None:
        _, _, recipient, lane, _, _ = message.subject.split(".")
        if recipient not in self._participants or lane not in LANES:
            # Nobody would collect the post.
            await self._answer(message, NOWHERE)
            return
        parcel = parcel_of(message)
        kept = f"{MESSAGE_PREFIX}{message.subject.removeprefix(POST_PREFIX)}"
        await self._store(message, kept, parcel.body, headers_of(parcel))

    async def _write(self, message: Msg) -> None:
        _, _, name, part, owner = message.subject.split(".")
        await self._store(message, object_subject(owner, name, part), message.data, None if message.data else GONE)

    async def _read(self, message: Msg) -> None:
        _, _, owner, name, part, _ = message.subject.split(".")
        subject = f"$JS.API.DIRECT.GET.{bucket_stream(owner)}.{object_subject(owner, name, part)}"
        async with self._reading:
            try:
                found = (await self._replies.only(subject, b"", ANSWER_SECONDS)).data
            except NoResponder:
                # There is no such bucket.
                found = NOTHING
        await self._answer(message, found)

    async def _store(self, message: Msg, subject: str, body: bytes, headers: dict[str, str] | None) -> None:
        attempts = Attempts(ANSWER_SECONDS, FIRST_WAIT_SECONDS, LAST_WAIT_SECONDS)
        while True:
            try:
                said = (await self._replies.only(subject, body, attempts.left, headers)).data
            except NoResponder:
                said = NOWHERE
            fault = fault_in(said)
            if fault is None or fault.code != CROWDED or not await attempts.another():
                break
        # The reply of JetStream would reveal how many posts of all senders are stored.
        await self._answer(message, KEPT if fault is None else said)

    async def _answer(self, message: Msg, body: bytes) -> None:
        if message.reply:
            await self._client.send(message.reply, body)
