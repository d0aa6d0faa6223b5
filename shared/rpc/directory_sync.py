"""Keeps a directory current: fetched from the Secretariat when a participant connects, and updated by announcements.

The root signature proves entries and heads, so neither replies nor announcements need an envelope. Only the Secretariat
may publish announcements. A participant that fetches states what it has, so that only the rest is sent; a bureau
cosigns that, as a witness of the log.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final

import msgspec

from shared.background import end_all
from shared.bureaus import BureauCode
from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.crypto.merkle import EMPTY_ROOT
from shared.crypto.signed_note import NoteRefused
from shared.protocol.cosigning import CosignatureRefused, require_cosignature
from shared.protocol.directory_entry import EntryRefused
from shared.protocol.directory_log import DirectoryPart, LogForked, PartRefused, decode_part, encode_part
from shared.protocol.parcel import Parcel
from shared.rpc.directory_witness import cosignature_by, is_witness, witnesses_of
from shared.rpc.participant import Participant
from shared.transport import Arrival, Disconnected, FairSubscription, ServiceCard, Transport, TransportFailure
from shared.transport.subjects import DIRECTORY_CHANGES, directory_subject

FETCH_SECONDS: Final = 2.0
# A lost announcement, such as after a restart, is fetched within this time.
FETCH_EVERY_SECONDS: Final = 60.0
# Of one participant; each reply may have half a megabyte.
FETCHES_AT_ONCE: Final = 8
# Small enough for each subscriber.
ANNOUNCED_BYTES: Final = 500_000
# Cached replies, as many participants request the same.
MAX_REPLIES: Final = 4
MAX_KNOWN: Final = 2_000
# Quotes and commas in JSON for each entry, and the other members.
PER_ENTRY_BYTES: Final = 3
PAGE_FRAME_BYTES: Final = 100


class _Known(msgspec.Struct, frozen=True, rename={"start": "from"}, forbid_unknown_fields=True):
    """What the participant that fetches has of the log."""

    size: int
    root: str
    start: int
    """The index of the first entry that is wanted."""

    cosignature: str = ""
    """The cosignature of a bureau for the head of that size."""

    witnesses: int = 0
    """How many cosignatures it has."""


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(_Known).decode


class DirectoryFeed:
    """Updates a directory with the entries that the Secretariat publishes.

    A process that hosts many participants follows on the connection of each, as the broker may exclude any of them.
    They share the lock `turn`, so that only the first fetches what is new.
    """

    def __init__(self, participant: Participant, turn: asyncio.Lock | None = None) -> None:
        self._participant = participant
        self._directory = participant.directory
        self._transport = participant.transport
        self._log = participant.log
        self._turn = turn or asyncio.Lock()
        self._behind = asyncio.Event()

    async def follow(self) -> None:
        """Keep the directory current until cancelled."""
        await self.start()
        while True:
            connections = self._transport.connections
            self._behind.clear()
            await self.fetch()
            await _first_of(_until_next_fetch(self._transport, connections), self._behind.wait())

    async def start(self) -> None:
        """Subscribe to announcements."""
        await self._transport.subscribe(DIRECTORY_CHANGES, self._on_announcement)

    async def fetch(self) -> bool:
        """Fetch the missing entries; return whether the Secretariat replied."""
        log = self._directory.log
        try:
            async with self._turn:
                while True:
                    before = log.wanted
                    reply = await fetch(self._participant)
                    if reply.body:
                        self._take(reply)
                    else:
                        log.confirm()
                    if log.wanted <= before or log.wanted >= log.promised:
                        return True
        except TransportFailure as failure:
            self._log.debug("directory-not-fetched", error=str(failure))
            return False

    async def _on_announcement(self, arrival: Arrival) -> None:
        self._take(arrival.parcel)
        if self._directory.log.wanted < self._directory.log.promised:
            # An earlier announcement was lost.
            self._behind.set()

    def _take(self, parcel: Parcel) -> None:
        try:
            self._directory.take(decode_part(parcel.body))
        except (EntryRefused, PartRefused) as refused:
            self._log.refusal("directory-entry-refused", error=str(refused))
        except LogForked as forked:
            self._log.error("directory-forked", error=str(forked))


def compare_head(participant: Participant, sender: str, head: str) -> None:
    """Compare the head of the directory that another participant sent, if any, and log a fork."""
    directory, log = participant.directory, participant.log
    known = directory.forked
    try:
        if head:
            directory.compare_head(head)
    except PartRefused as refused:
        log.refusal("directory-head-refused", sender=sender, error=str(refused))
    if directory.forked is not known:
        log.error("directory-forked", sender=sender, error=str(directory.forked))


async def fetch(participant: Participant, *, seconds: float = FETCH_SECONDS) -> Parcel:
    """Return what is new at the Secretariat; an empty parcel for nothing. Raises TransportFailure."""
    log = participant.directory.log
    root, cosignature = encode_base64url(log.root_hash), cosignature_by(participant)
    known = _encode(_Known(log.size, root, log.wanted, cosignature, len(witnesses_of(log.head))))
    return await participant.transport.request(directory_subject(participant.name), Parcel("", known), timeout=seconds)


async def _first_of(*waits: Coroutine[Any, Any, object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end_all(tasks)


async def _until_next_fetch(transport: Transport, connections: int) -> None:
    try:
        async with asyncio.timeout(FETCH_EVERY_SECONDS):
            # Announcements were lost while there was no connection.
            await transport.reconnected(connections)
    except TimeoutError:
        return
    except Disconnected:
        # The transport is closed; this task is about to be cancelled.
        await asyncio.sleep(FETCH_EVERY_SECONDS)


class DirectoryPublisher:
    """Serves the directory at the Secretariat, and announces new entries."""

    def __init__(self, secretariat: Participant) -> None:
        self._secretariat = secretariat
        self._directory = secretariat.directory
        self._transport = secretariat.transport
        self._log = secretariat.log
        self._replies: tuple[str, dict[int, bytes]] = ("", {})

    async def follow(self, read: Callable[[], DirectoryPart | None]) -> None:
        """Serve the directory, and announce what was not announced yet, until cancelled.

        `read` returns the log from the file of the Secretariat, or None if it cannot be read.
        """
        fetches = await self.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._admit_all(fetches))
            group.create_task(self._announce_repeatedly(read))

    async def start(self) -> FairSubscription:
        """Serve the participants that are known now."""
        card = ServiceCard("directory", share=FETCHES_AT_ONCE)
        senders = self._directory.participants()
        return await self._transport.serve(directory_subject("*"), self._reply, senders=senders, card=card)

    async def _admit_all(self, fetches: FairSubscription) -> None:
        """Serve participants that are entered later, too."""
        while True:
            version = self._directory.version
            await fetches.admit(self._directory.participants())
            await self._directory.changed(version)

    async def _announce_repeatedly(self, read: Callable[[], DirectoryPart | None]) -> None:
        while True:
            connections = self._transport.connections
            known, kept = self._directory.log.size, read()
            try:
                if kept is not None and kept.start + len(kept.entries) > known:
                    await self.announce(DirectoryPart(kept.head, known, kept.entries[known - kept.start :]))
            except (OSError, EntryRefused, PartRefused, LogForked, Disconnected) as error:
                self._log.warning("directory-not-announced", error=str(error))
            await _until_next_fetch(self._transport, connections)

    async def announce(self, part: DirectoryPart) -> None:
        """Add new entries and announce them, even if the head of another participant contradicts them.

        Raises EntryRefused, PartRefused, Disconnected, and LogForked where the log does not extend the present one.
        """
        try:
            self._directory.take(part)
        except LogForked as forked:
            if self._directory.log.size < part.start + len(part.entries):
                raise
            self._log.error("directory-forked", error=str(forked))
        for each in _pages(part, ANNOUNCED_BYTES):
            await self._transport.publish(DIRECTORY_CHANGES, Parcel("", encode_part(each)))

    async def _reply(self, arrival: Arrival) -> None:
        # A participant that fetches far more often than it connects is paused.
        arrival.penalize()
        try:
            known = _decode(arrival.parcel.body[:MAX_KNOWN])
            root = decode_base64url(known.root)
        except (ValueError, RecursionError):
            known, root = _Known(0, "", 0), EMPTY_ROOT
        self._witness(arrival.sender, known, root)
        await arrival.reply(Parcel("", self._rest_for(known, root)))

    def _witness(self, sender: str, known: _Known, root: bytes) -> None:
        log = self._directory.log
        if not known.cosignature or (known.size, root) != (log.size, log.root_hash) or sender in witnesses_of(log.head):
            return
        # What others send does not count, and is no fault: they may know another assignment.
        if not is_witness(sender, self._secretariat):
            return
        try:
            now = self._secretariat.clock.now()
            require_cosignature(log.head, known.cosignature, BureauCode(sender), self._directory, now)
            log.cosign(known.cosignature)
        except (CosignatureRefused, NoteRefused) as refused:
            self._log.refusal("cosignature-refused", bureau=sender, error=str(refused))

    def _rest_for(self, known: _Known, root: bytes) -> bytes:
        """Return what a participant lacks, as much as fits; all if it has another log."""
        log = self._directory.log
        if not log.head or (
            known.size == log.size and root == log.root_hash and known.witnesses >= len(witnesses_of(log.head))
        ):
            return b""
        start = max(0, min(known.start, log.size)) if log.begins_with(known.size, root) else 0
        head, made = self._replies
        if head != log.head or (start not in made and len(made) >= MAX_REPLIES):
            self._replies = head, made = log.head, {}
        if start not in made:
            made[start] = encode_part(next(_pages(log.part(start), self._transport.max_parcel_bytes)))
        return made[start]


def _pages(part: DirectoryPart, limit: int) -> Iterator[DirectoryPart]:
    """Divide a part into parts of at most `limit` bytes in JSON."""
    start, room = 0, limit - len(part.head.encode()) * 2 - PAGE_FRAME_BYTES
    while True:
        size = end = 0
        for jws in part.entries[start:]:
            size += len(jws) + PER_ENTRY_BYTES
            if size > room and end:
                break
            end += 1
        yield DirectoryPart(part.head, part.start + start, part.entries[start : start + end])
        start += end
        if start >= len(part.entries):
            return
