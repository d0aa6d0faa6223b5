"""Objects in buckets of JetStream: each chunk has a subject of its own, and so has the description of the object.

The object store of other NATS clients (NATS ADR-20) keeps all chunks of an object under one subject. Readers need a
consumer, which they can have deliver to any subject and leave behind; or batches, of which a few small requests make
the server run out of memory. Here a request names one chunk, and the relay passes it on.
"""

import asyncio
import base64
import hashlib
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Iterable, Iterator
from contextlib import aclosing, suppress
from typing import Annotated, Any, BinaryIO, Final, TypeVar

import msgspec

from shared.transport import BrokerRefused, MessageTooLarge, NoObject, NoResponder, TransportFailure
from shared.transport.nats.jetstream import API_SECONDS
from shared.transport.nats.pace import Pace
from shared.transport.nats.relayed import ask_relay, store
from shared.transport.nats.replies import Replies
from shared.transport.subjects import DESCRIPTION, reading_subject, writing_subject

# The size of all chunks but the last.
CHUNK_BYTES: Final = 128 * 1024
# How many chunks are pending: of one object, and of all objects of a participant.
UNDER_WAY: Final = 8
ALL_UNDER_WAY: Final = 32
DIGEST_PREFIX: Final = "SHA-256="
# Replaces a removed part; the relay has it expire a second later.
GONE: Final = b""

Result = TypeVar("Result")


class Description(msgspec.Struct, omit_defaults=True):
    """The description of an object, by its owner: nothing that does not fit may become part of a subject."""

    name: str
    bucket: str
    nuid: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
    size: Annotated[int, msgspec.Meta(ge=0)]
    digest: str


class Buckets:
    """Reads all buckets, and writes the one of a participant."""

    def __init__(self, replies: Replies, pace: Pace, participant: str) -> None:
        self._replies = replies
        self._pace = pace
        self._participant = participant
        self._room = asyncio.Semaphore(ALL_UNDER_WAY)

    async def put(self, name: str, source: BinaryIO) -> None:
        """Store an object. Raises NoResponder, BrokerRefused, DeadlinePassed, Disconnected."""
        before = await self._find(self._participant, name)
        nuid, digest, size = secrets.token_urlsafe(16), hashlib.sha256(), 0

        def chunks() -> Iterator[Coroutine[Any, Any, None]]:
            nonlocal size
            while chunk := source.read(CHUNK_BYTES):
                place = size // CHUNK_BYTES
                digest.update(chunk)
                size += len(chunk)
                yield self._write(nuid, place, chunk)

        try:
            await _all(chunks())
            described = Description(name, self._participant, nuid, size, _named(digest.digest()))
            await self._write(_coded(name), DESCRIPTION, msgspec.json.encode(described))
        except BaseException:
            # Without a connection the incomplete object stays until it expires.
            with suppress(TransportFailure):
                await self._clear(nuid, size)
            raise
        if before is not None:
            await self._clear(before.nuid, before.size)

    async def get(self, owner: str, name: str, target: BinaryIO, max_bytes: int) -> None:
        """Write an object. Raises NoObject, MessageTooLarge, NoResponder, DeadlinePassed, Disconnected."""
        described = await self._find(owner, name)
        if described is None:
            raise NoObject(f"{owner} has no object {name}")
        if described.size > max_bytes:
            raise MessageTooLarge(f"{name} has {described.size} bytes, more than {max_bytes}")
        if await self._receive(described.nuid, owner, described.size, target) != described.digest:
            raise NoObject(f"{name} of {owner} is incomplete, or differs from its description")

    async def has(self, name: str) -> bool:
        """Return whether the own bucket holds an object. Raises NoResponder, DeadlinePassed, Disconnected."""
        return await self._find(self._participant, name) is not None

    async def delete(self, name: str) -> None:
        """Remove an object from the own bucket, if it is there. Raises DeadlinePassed, Disconnected."""
        try:
            before = await self._find(self._participant, name)
            if before is not None:
                # The description first, so that nobody finds an object without its chunks.
                await self._write(_coded(name), DESCRIPTION, GONE)
                await self._clear(before.nuid, before.size)
        except (NoResponder, BrokerRefused):
            # There is no bucket, and so no object.
            return

    async def _find(self, owner: str, name: str) -> Description | None:
        try:
            return msgspec.json.decode(await self._read(owner, _coded(name), DESCRIPTION), type=Description)
        except (ValueError, RecursionError):
            return None

    async def _receive(self, nuid: str, owner: str, size: int, target: BinaryIO) -> str:
        """Write the chunks of an object, `size` bytes, and return their digest; empty if a chunk has another size."""
        digest, left = hashlib.sha256(), size
        reads = (self._read(owner, nuid, place) for place in range(_count(size)))
        async with aclosing(_in_order(reads)) as chunks:
            async for chunk in chunks:
                if len(chunk) != min(left, CHUNK_BYTES):
                    return ""
                digest.update(chunk)
                target.write(chunk)
                left -= len(chunk)
        return _named(digest.digest())

    async def _read(self, owner: str, name: str, part: int | str) -> bytes:
        """Return a part of an object, empty where there is none. Raises NoResponder, DeadlinePassed, ..."""
        async with self._room:
            await self._pace.ready()
            subject = reading_subject(owner, name, part, self._participant)
            found = (await ask_relay(self._replies, subject, b"", API_SECONDS)).data
            self._pace.count(2, len(found))
            return found

    async def _write(self, name: str, part: int | str, body: bytes) -> None:
        async with self._room:
            await self._pace.ready()
            await store(self._replies, writing_subject(name, part, self._participant), body, API_SECONDS)
            self._pace.count(2, len(body))

    async def _clear(self, nuid: str, size: int) -> None:
        """Remove the chunks of an object."""
        await _all(self._write(nuid, place, GONE) for place in range(_count(size)))


async def _all(acts: Iterable[Coroutine[Any, Any, None]]) -> None:
    async with aclosing(_in_order(acts)) as done:
        async for _ in done:
            continue


async def _in_order(acts: Iterable[Coroutine[Any, Any, Result]]) -> AsyncGenerator[Result, None]:
    """Run some coroutines at once, and yield their results in order; cancel all when one fails."""
    under_way: deque[asyncio.Task[Result]] = deque()
    try:
        for act in acts:
            under_way.append(asyncio.create_task(act))
            if len(under_way) == UNDER_WAY:
                yield await under_way.popleft()
        while under_way:
            yield await under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


def _count(size: int) -> int:
    return -(-size // CHUNK_BYTES)


def _coded(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _named(digest: bytes) -> str:
    return DIGEST_PREFIX + base64.urlsafe_b64encode(digest).decode()
