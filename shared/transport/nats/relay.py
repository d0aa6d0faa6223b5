"""Passes to JetStream what participants post, write and read: they speak to it to collect their own post, and no more.

JetStream obeys the headers of what it is sent: it compares with all that waits, repeats, remembers, removes. And it
answers a question of some bytes with a chunk of an object as often as it is asked, and keeps in memory what cannot be
sent. So the relay passes on a parcel, and no other header; of each participant it has only so much under way; and it
waits for the answer of JetStream before it takes more. Relays that run at the same time share the work.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, Final

import msgspec
from nats import errors
from nats.aio.msg import Msg

from shared.logs import Log
from shared.transport import NoResponder, ServiceCard, TransportFailure
from shared.transport.nats.admission import Admission
from shared.transport.nats.attempts import Attempts
from shared.transport.nats.client import Broker, BrokerClient, Seed, disconnected, headers_of, parcel_of
from shared.transport.nats.jetstream import CROWDED, NOT_FOUND, Fault, Outcome, fault_in
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
# Between attempts to store where a stream has more to take in than it keeps waiting.
FIRST_WAIT_SECONDS: Final = 0.01
LAST_WAIT_SECONDS: Final = 0.1
# Of one participant. The largest posts together are less than the server holds back for a connection.
POSTS_UNDER_WAY: Final = 48
PARTS_UNDER_WAY: Final = 32
# Of all: what JetStream sends must be read before it is too much for the connection.
READS_UNDER_WAY: Final = 64
KEPT: Final = b"{}"
NOTHING: Final = b""
# Of the body of a question for a part, which has none.
MAX_QUESTION: Final = 1_024
LANES: Final = frozenset(Lane)
NOWHERE: Final = msgspec.json.encode(Outcome(Fault(code=NOT_FOUND, description="there is no place to keep it")))
# Without wildcards, which the server takes in a subject too: JetStream looks through all that is there for one to read.
# What is asked of JetStream is longer, and a line of 1,024 characters closes the connection.
SUBJECT: Final = re.compile(r"[!-)+-=?-~]{1,300}")
TOO_LARGE: Final = msgspec.json.encode(Outcome(Fault(code=400, description="it is larger than anything that is kept")))
# Takes the place of a part that is removed, and is gone itself a second later.
GONE: Final = {"Nats-TTL": "1s"}

Handle = Callable[[Msg], Awaitable[None]]


class Relay:
    """The connection of a relay, and those whom it serves."""

    def __init__(self, client: BrokerClient, log: Log) -> None:
        self._client = client
        self._log = log
        self._replies = Replies(client)
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading = asyncio.Semaphore(READS_UNDER_WAY)
        self._participants: set[str] = set()
        posts, writes, reads = (
            posting_subject(f"{MESSAGE_PREFIX}.*.*.*.*"),
            writing_subject("*", "*", "*"),
            reading_subject("*", "*", "*", "*"),
        )
        self._posts = self._server(
            posts, ServiceCard("relay-posts", share=POSTS_UNDER_WAY), self._post, MAX_POST_BYTES, NOWHERE
        )
        self._writes = self._server(
            writes, ServiceCard("relay-writes", share=PARTS_UNDER_WAY), self._write, MAX_CHUNK_BYTES, NOWHERE
        )
        self._reads = self._server(
            reads, ServiceCard("relay-reads", share=PARTS_UNDER_WAY), self._read, MAX_QUESTION, NOTHING
        )

    @classmethod
    async def connect(cls, broker: Broker, seed: Seed, log: Log) -> "Relay":
        """Connect, and tell the operator from then on that there is a relay. Raises Disconnected with the reason."""
        relay = cls(BrokerClient(broker, BROKER_RELAY, seed, log), log)
        await relay._client.open()
        try:
            await relay._client.subscribe(RELAY_SUBJECT, queue=BROKER_RELAY, cb=relay._be_there)
        except errors.Error as error:
            raise disconnected(error) from error
        return relay

    async def admit_by(self, admission: Admission) -> None:
        """Answer the server, with other relays, whom it lets in. Raises Disconnected."""

        async def answer(message: Msg) -> None:
            answered, refused = admission.answer(message.data)
            if refused:
                self._log.refusal("connection-refused", reason=refused)
            await self._answer(message, answered)

        try:
            await self._client.subscribe(ADMISSION_SUBJECT, queue=BROKER_RELAY, cb=answer)
        except errors.Error as error:
            raise disconnected(error) from error

    async def admit(self, bureaus: Iterable[str], services: Iterable[str]) -> None:
        """Serve these as well: a bureau has a bucket, and a service posts alone. Raises Disconnected."""
        bureaus = list(bureaus)
        posting = [*bureaus, *services]
        self._participants |= set(posting)
        try:
            await self._posts.admit(posting)
            await self._writes.admit(bureaus)
            await self._reads.admit(bureaus)
        except errors.Error as error:
            raise disconnected(error) from error

    async def close(self) -> None:
        """Finish what is under way and disconnect."""
        with suppress(errors.Error, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                for server in (self._posts, self._writes, self._reads):
                    await server.stop()
        while self._tasks:
            await asyncio.wait(self._tasks)
        if not self._client.is_closed:
            await self._client.close()

    def _server(self, pattern: str, card: ServiceCard, handle: Handle, limit: int, refusal: bytes) -> FairServer:
        """Take what is said on a pattern; to a subject that is none `refusal` is the answer."""

        async def take(message: Msg, penalize: Penalize) -> None:
            try:
                if SUBJECT.fullmatch(message.subject) is None:
                    penalize()
                    await self._answer(message, refusal)
                elif len(message.data) > limit:
                    # Some of these at once are more than the server holds back for a connection.
                    for _ in range(REFUSALS_PER_SECOND + 1):
                        penalize()
                    await self._answer(message, TOO_LARGE)
                else:
                    await handle(message)
            except TransportFailure as failure:
                # Who asks hears nothing, and asks again.
                self._log.debug("not-relayed", kind=card.name, error=str(failure))

        server = FairServer(self._client, pattern, card, take, self._spawn, self._log)
        self._client.on_connected.append(lambda: self._reopen(server))
        return server

    def _reopen(self, server: FairServer) -> None:
        self._spawn(server.reopen())

    async def _post(self, message: Msg) -> None:
        _, _, recipient, lane, _, _ = message.subject.split(".")
        if recipient not in self._participants or lane not in LANES:
            # Nobody would collect it.
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
                # There is no such bucket, and so nothing in it.
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
        # How many were stored before it, of all senders, is nobody's business.
        await self._answer(message, KEPT if fault is None else said)

    async def _answer(self, message: Msg, body: bytes) -> None:
        if message.reply:
            await self._client.send(message.reply, body)

    async def _be_there(self, message: Msg) -> None:
        await self._answer(message, KEPT)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
