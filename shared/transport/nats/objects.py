"""Objects in buckets of JetStream, in the form that all clients of NATS know (NATS ADR-20).

nats-py reads an object through a consumer that it creates. Whoever may create one for the bucket of another can have
it deliver to any subject, and leave as many behind as he likes; and it waits forever when the connection is lost. So
this reads by itself, some chunks at a time, with the one permission to get from a stream.
"""

import asyncio
import base64
import hashlib
import secrets
from collections import deque
from contextlib import suppress
from typing import BinaryIO, Final

import msgspec
from nats.aio.msg import Msg

from shared.transport import (
    DeadlinePassed,
    MessageTooLarge,
    NoObject,
    NoResponder,
    NotStored,
    TransportFailure,
    bucket_stream,
)
from shared.transport.nats.jetstream import API, API_SECONDS, check
from shared.transport.nats.replies import Replies, status_of

CHUNK_BYTES: Final = 128 * 1024
# All chunks but the last have as much: who writes smaller ones, or empty ones for ever, would hold up who reads.
SMALLEST_CHUNK_BYTES: Final = 4 * 1024
# How many chunks are on their way to the broker at once, and how many bytes it sends before it is asked for more.
CHUNKS_UNDER_WAY: Final = 8
BATCH_BYTES: Final = 8 * CHUNK_BYTES
BATCH_CHUNKS: Final = 64
DIGEST_PREFIX: Final = "SHA-256="
# Of all parcels of the subject only the one with this header remains.
REPLACE_BEFORE: Final = {"Nats-Rollup": "sub"}


class Description(msgspec.Struct, omit_defaults=True):
    """What the bucket says of an object."""

    name: str
    bucket: str
    nuid: str
    size: int
    chunks: int
    digest: str
    deleted: bool = False


class Buckets:
    """Reads the buckets of all, and writes that of one participant."""

    def __init__(self, replies: Replies, participant: str) -> None:
        self._replies = replies
        self._participant = participant

    async def put(self, name: str, source: BinaryIO) -> None:
        """Store an object. Raises NoResponder, NotStored, DeadlinePassed, Disconnected."""
        before = await self._find(self._participant, name)
        nuid = secrets.token_urlsafe(16)
        try:
            described = await self._send(name, nuid, source)
            await self._store(_description(self._participant, name), msgspec.json.encode(described), REPLACE_BEFORE)
        except BaseException:
            # Half an object is of no use; without a connection it goes with its time.
            with suppress(TransportFailure):
                await self._clear(nuid)
            raise
        if before is not None:
            await self._clear(before.nuid)

    async def get(self, owner: str, name: str, target: BinaryIO, max_bytes: int) -> None:
        """Write an object. Raises NoObject, MessageTooLarge, DeadlinePassed, Disconnected."""
        try:
            described = await self._find(owner, name)
        except NoResponder as failure:
            raise NoObject(f"{owner} has no bucket") from failure
        if described is None:
            raise NoObject(f"{owner} has no object {name}")
        if described.size > max_bytes:
            raise MessageTooLarge(f"{name} has {described.size} bytes, more than {max_bytes}")
        if await self._receive(_chunks(owner, described.nuid), owner, described.size, target) != described.digest:
            raise NoObject(f"{name} of {owner} is not as a whole what it is described as")

    async def has(self, name: str) -> bool:
        """Tell whether the own bucket holds an object. Raises DeadlinePassed, Disconnected."""
        try:
            return await self._find(self._participant, name) is not None
        except NoResponder:
            return False

    async def delete(self, name: str) -> None:
        """Remove an object. Raises DeadlinePassed, Disconnected."""
        try:
            before = await self._find(self._participant, name)
            if before is not None:
                # The description first, so that nobody finds an object without its chunks.
                gone = Description(name, self._participant, before.nuid, size=0, chunks=0, digest="", deleted=True)
                await self._store(_description(self._participant, name), msgspec.json.encode(gone), REPLACE_BEFORE)
                await self._clear(before.nuid)
        except (NoResponder, NotStored):
            # The bucket is gone, and the object with it.
            return

    async def _find(self, owner: str, name: str) -> Description | None:
        request = msgspec.json.encode({"last_by_subj": _description(owner, name)})
        message = await self._replies.only(f"{API}.DIRECT.GET.{bucket_stream(owner)}", request, API_SECONDS)
        try:
            described = msgspec.json.decode(message.data, type=Description)
        except msgspec.DecodeError:
            return None
        return None if described.deleted else described

    async def _send(self, name: str, nuid: str, source: BinaryIO) -> Description:
        digest, size, chunks = hashlib.sha256(), 0, 0
        under_way: deque[asyncio.Task[None]] = deque()
        try:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                size, chunks = size + len(chunk), chunks + 1
                under_way.append(asyncio.create_task(self._store(_chunks(self._participant, nuid), chunk)))
                if len(under_way) == CHUNKS_UNDER_WAY:
                    await under_way.popleft()
            while under_way:
                await under_way.popleft()
        finally:
            # Those that are on their way come before what is removed, and not after it.
            await asyncio.gather(*under_way, return_exceptions=True)
        return Description(name, self._participant, nuid, size, chunks, _named(digest.digest()))

    async def _receive(self, subject: str, owner: str, size: int, target: BinaryIO) -> str:
        """Write the chunks of an object, at most `size` bytes, and return their digest; nothing if they do not fit."""
        digest, received, sequence, room = hashlib.sha256(), 0, 1, size // SMALLEST_CHUNK_BYTES + 1
        while received < size:
            chunks = await self._batch(subject, owner, sequence)
            if not chunks:
                break
            room -= len(chunks)
            for chunk in chunks:
                received += len(chunk.data)
                if received > size or room < 0:
                    return ""
                digest.update(chunk.data)
                target.write(chunk.data)
            sequence = int((chunks[-1].headers or {})["Nats-Sequence"]) + 1
        return _named(digest.digest()) if received == size else ""

    async def _batch(self, subject: str, owner: str, sequence: int) -> list[Msg]:
        request = {"seq": sequence, "next_by_subj": subject, "batch": BATCH_CHUNKS, "max_bytes": BATCH_BYTES}
        chunks: list[Msg] = []
        where = f"{API}.DIRECT.GET.{bucket_stream(owner)}"
        async with self._replies.ask(where, msgspec.json.encode(request)) as answers:
            while True:
                message = await answers.next(API_SECONDS)
                if message is None:
                    raise DeadlinePassed(f"the bucket of {owner} does not answer")
                if status_of(message):
                    return chunks
                chunks.append(message)

    async def _store(self, subject: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        check((await self._replies.only(subject, body, API_SECONDS, headers)).data)

    async def _clear(self, nuid: str) -> None:
        """Have an empty chunk take the place of all chunks of an object."""
        await self._store(_chunks(self._participant, nuid), b"", REPLACE_BEFORE)


def _chunks(owner: str, nuid: str) -> str:
    return f"$O.{owner}.C.{nuid}"


def _description(owner: str, name: str) -> str:
    return f"$O.{owner}.M.{base64.urlsafe_b64encode(name.encode()).decode()}"


def _named(digest: bytes) -> str:
    return DIGEST_PREFIX + base64.urlsafe_b64encode(digest).decode()
