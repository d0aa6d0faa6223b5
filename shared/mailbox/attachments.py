"""Attachments: sealed in chunks, stored in the mailbox, carried through the broker's object store.

The sender puts an object again until it is fetched; a message counts as delivered only with all of its attachments.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import BinaryIO, Final, cast

from starlette.datastructures import UploadFile

from shared.crypto.ed25519 import encode_base64url
from shared.crypto.hpke import CHUNK_BYTES, TAG_BYTES, ContentKey, SealBroken
from shared.errors import Busy, OutcomeUnknown, TooLarge
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.quotas import Amount
from shared.mailbox.rules import MailboxFull, NotStored
from shared.mailbox.store import MailStore
from shared.protocol.envelope import EnvelopeRefused, RefusalReason
from shared.protocol.messages import MAX_ATTACHMENTS_BYTES, AttachmentMetadata
from shared.transport import Transport, TransportFailure

MAX_IN_MEMORY: Final = 1024 * 1024


def object_name(message_id: str, number: int) -> str:
    """Return the name of an attachment in the sender's bucket."""
    return f"{message_id}.{number}"


def chunks_of(size: int) -> int:
    """Return the number of chunks of an attachment of so many bytes; an empty one has one."""
    return max(1, -(-size // CHUNK_BYTES))


def sealed_bytes(size: int) -> int:
    """Return the size of an attachment of so many bytes when it is sealed."""
    return size + chunks_of(size) * TAG_BYTES


def require_outbox(used: Amount, limit: Amount) -> None:
    """Require that an outbox holds no more than its quota. Raises MailboxFull."""
    if not used.is_within(limit):
        raise MailboxFull(
            f"the outbox would hold {used.messages} messages and {used.bytes} bytes, and may hold {limit.messages} and "
            f"{limit.bytes}: send less, or have the operator of this gateway raise I247_OUTBOX_BYTES or "
            "I247_OUTBOX_MESSAGES"
        )


class Attachments:
    """The attachments of one message in a mailbox."""

    def __init__(self, mailbox: Mailbox, sender: str, message_id: str, key: ContentKey) -> None:
        self._mailbox = mailbox
        self._sender = sender
        self._id = message_id
        self._key = key

    async def keep(self, number: int, upload: UploadFile, *, room: int) -> AttachmentMetadata:
        """Seal and store an upload of up to `room` bytes. Raises TooLarge, MailboxFull, NotStored."""
        cipher, digest, size, place = self._key.attachment(number), hashlib.sha256(), 0, 0
        following = await upload.read(CHUNK_BYTES)
        while place == 0 or following:
            chunk, following = following, await upload.read(CHUNK_BYTES)
            size += len(chunk)
            if size > room:
                raise TooLarge(f"the attachments of a message may have at most {MAX_ATTACHMENTS_BYTES} bytes together")
            digest.update(chunk)
            await self._keep_chunk(number, place, cipher.seal(place, chunk, last=not following))
            place += 1
        return AttachmentMetadata(
            name=plain_name(upload.filename),
            media_type=(upload.content_type or "application/octet-stream")[:255],
            size=size,
            digest=encode_base64url(digest.digest()),
        )

    async def read(self, number: int, size: int, first: int, last: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `first` to `last`, both included, of an attachment of `size` bytes."""
        cipher, end = self._key.attachment(number), chunks_of(size) - 1
        for place in range(first // CHUNK_BYTES, last // CHUNK_BYTES + 1):
            chunk = cipher.open(place, await self._sealed(number, place), last=place == end)
            begins = place * CHUNK_BYTES
            yield chunk[max(0, first - begins) : last - begins + 1]

    async def upload(self, transport: Transport, number: int, size: int) -> None:
        """Put an attachment into the broker's object store, unless it is there. Raises TransportFailure."""
        name = object_name(self._id, number)
        if await transport.has_object(name):
            return
        with tempfile.SpooledTemporaryFile(MAX_IN_MEMORY) as sealed:
            for place in range(chunks_of(size)):
                await asyncio.to_thread(sealed.write, await self._sealed(number, place))
            sealed.seek(0)
            await transport.put_object(name, sealed)  # type: ignore[arg-type]  # typeshed: not yet a BinaryIO

    async def fetch(self, transport: Transport, number: int, attachment: AttachmentMetadata) -> None:
        """Get an attachment from the sender's bucket, verify it by its signed digest, and store it.

        Raises TransportFailure if it is not there, EnvelopeRefused if it is another, MailboxFull, NotStored.
        """
        name, most = object_name(self._id, number), sealed_bytes(attachment.size)
        with tempfile.SpooledTemporaryFile(MAX_IN_MEMORY) as spooled:
            # Typeshed does not have it as a BinaryIO yet.
            sealed = cast("BinaryIO", spooled)
            await transport.get_object(self._sender, name, sealed, max_bytes=most)
            sealed.seek(0)
            await self._take(number, attachment, sealed)

    async def drop(self) -> None:
        """Delete the stored chunks, unless the message itself was stored. What stays is pruned later."""
        # The sender has to know what became of the message, and not of the chunks.
        with suppress(NotStored, Busy, OutcomeUnknown):
            await self._mailbox.write(lambda store: store.chunks.drop(self._sender, self._id))

    async def _take(self, number: int, attachment: AttachmentMetadata, sealed: BinaryIO) -> None:
        cipher, digest, count = self._key.attachment(number), hashlib.sha256(), chunks_of(attachment.size)
        for place in range(count):
            chunk = await asyncio.to_thread(sealed.read, CHUNK_BYTES + TAG_BYTES)
            try:
                digest.update(cipher.open(place, chunk, last=place == count - 1))
            except SealBroken as error:
                raise EnvelopeRefused(RefusalReason.SEAL, str(error)) from error
            await self._keep_chunk(number, place, chunk)
        if encode_base64url(digest.digest()) != attachment.digest:
            raise EnvelopeRefused(RefusalReason.CONTENT, f"attachment {number} is not the one whose digest was signed")

    async def _keep_chunk(self, number: int, place: int, sealed: bytes) -> None:
        row = {"sender": self._sender, "message_id": self._id, "attachment": number, "number": place, "sealed": sealed}

        async def put(store: MailStore) -> None:
            await store.chunks.put(row)
            await self._require_room(store)

        await self._mailbox.write(put)

    async def _require_room(self, store: MailStore) -> None:
        """Raise MailboxFull if the sender's chunks exceed a limit: others may store at the same time."""
        own, quotas = self._mailbox.bureau, self._mailbox.quotas
        if self._sender == own:
            require_outbox(await store.usage.of(own), quotas.outbox)
        elif not (await store.usage.room(quotas, [self._sender], own=own)).has(self._sender, Amount()):
            raise MailboxFull(f"the mailbox has no room for what {self._sender} sends")

    async def _sealed(self, number: int, place: int) -> bytes:
        chunk = await self._mailbox.reading.chunks.get(self._sender, self._id, number, place)
        if chunk is None:
            raise NotStored(f"chunk {place} of attachment {number} is missing: restore the mailbox from a backup")
        return chunk


async def clear_away(mailbox: Mailbox, transport: Transport, number: int) -> None:
    """Delete from the broker the attachments of a message that no recipient has to fetch any more."""
    message = await mailbox.reading.deliveries.finished(number)
    if message is None:
        return
    for attachment in range(1, message.attachments + 1):
        try:
            await transport.delete_object(object_name(message.id, attachment))
        except TransportFailure as failure:
            # It expires there.
            mailbox.log.debug("object-not-deleted", id=message.id, error=str(failure))


def plain_name(name: str | None) -> str:
    """Return the name of a file without folders, which are private and must not become a path at the recipient."""
    plain = (name or "").replace("\\", "/").rpartition("/")[2]
    shown = "".join(letter for letter in plain if letter.isprintable())[:255]
    return shown if shown.strip(". ") else "attachment"
