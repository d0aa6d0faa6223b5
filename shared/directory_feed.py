"""Keeps a directory current: fetched from the Secretariat when a participant connects, followed live from then on.

Entries prove themselves by the root signature, so neither the answer nor the announcements need an envelope. The
Secretariat alone can publish on the subject of changes; the broker sees to that. Who fetches tells the digest of what
he knows, so that where nothing is new next to nothing is sent.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from shared.directory import Directory, EntryRefused
from shared.participant import Participant
from shared.transport import INBOX_PREFIX, Arrival, Disconnected, Parcel, Transport, TransportFailure

FETCH_SUBJECT: Final = "i247.directory"
CHANGES_SUBJECT: Final = "i247.directory.changes"
FETCH_SECONDS: Final = 2.0
# What was announced and not heard, such as by a Secretariat that restarted meanwhile, is fetched at the next turn.
FETCH_EVERY_SECONDS: Final = 60.0
# An announcement is also heard by those who could not take much at once.
ANNOUNCED_BYTES: Final = 500_000


class DirectoryFeed:
    """Takes in the entries that the Secretariat publishes.

    A process that hosts many participants follows on the connection of each, so that one which the broker no longer
    lets in leaves none of the others uninformed. They share one turn: what one has fetched the next does not.
    """

    def __init__(self, participant: Participant, turn: asyncio.Lock | None = None) -> None:
        self._directory = participant.directory
        self._transport = participant.transport
        self._log = participant.log
        self._turn = turn or asyncio.Lock()

    async def follow(self) -> None:
        """Take in all entries there are, and every new one from now on, until cancelled."""
        await self.start()
        while True:
            connections = self._transport.connections
            await self.fetch()
            await _until_next_turn(self._transport, connections)

    async def start(self) -> None:
        """Take in every entry that is announced from now on."""
        await self._transport.subscribe(CHANGES_SUBJECT, self._hear)

    async def fetch(self) -> bool:
        """Take in all entries that are not known yet; tell whether the Secretariat has answered."""
        try:
            async with self._turn:
                self._learn(await fetch(self._transport, self._directory))
        except TransportFailure as failure:
            self._log.debug("directory-not-fetched", error=str(failure))
            return False
        return True

    async def _hear(self, arrival: Arrival) -> None:
        self._learn(arrival.parcel)

    def _learn(self, parcel: Parcel) -> None:
        for jws in parcel.body.decode("ascii", "replace").split():
            try:
                self._directory.learn(jws)
            except EntryRefused as refused:
                self._log.refusal("directory-entry-refused", error=str(refused))


async def fetch(transport: Transport, directory: Directory) -> Parcel:
    """Return what the Secretariat knows, or an empty parcel if that is what is known here. Raises TransportFailure."""
    return await transport.request(FETCH_SUBJECT, Parcel("", directory.digest.encode()), timeout=FETCH_SECONDS)


async def _until_next_turn(transport: Transport, connections: int) -> None:
    try:
        async with asyncio.timeout(FETCH_EVERY_SECONDS):
            # While there was no connection, announcements passed unheard.
            await transport.reconnected(connections)
    except TimeoutError:
        return
    except Disconnected:
        # The transport is closed, and whoever closed it ends this as well.
        await asyncio.sleep(FETCH_EVERY_SECONDS)


class DirectoryPublisher:
    """The Secretariat's side: answers with all entries, and announces new ones."""

    def __init__(self, secretariat: Participant) -> None:
        self._directory = secretariat.directory
        self._transport = secretariat.transport
        self._log = secretariat.log

    async def follow(self, read: Callable[[], Iterable[str]]) -> None:
        """Answer those who fetch, and announce what was written down while nobody could be told, until cancelled.

        `read` returns the entries as the Secretariat keeps them.
        """
        await self.start()
        while True:
            connections = self._transport.connections
            await self._announce_unheard(read)
            await _until_next_turn(self._transport, connections)

    async def start(self) -> None:
        """Answer those who fetch."""
        await self._transport.subscribe(FETCH_SUBJECT, self._answer, group="directory")

    async def announce(self, entries: Iterable[str]) -> None:
        """Take in new entries and tell everyone. Raises EntryRefused, Disconnected."""
        for jws in (announced := list(entries)):
            self._directory.learn(jws)
        for part in _parts(announced):
            await self._transport.publish(CHANGES_SUBJECT, Parcel("", part.encode("ascii")))

    async def _announce_unheard(self, read: Callable[[], Iterable[str]]) -> None:
        known = set(self._directory.signed_entries())
        try:
            await self.announce(jws for jws in read() if jws not in known)
        except (OSError, EntryRefused, Disconnected) as error:
            self._log.warning("directory-not-announced", error=str(error))

    async def _answer(self, arrival: Arrival) -> None:
        # The subject does not say who asks, so he could have the Secretariat speak wherever it may.
        if not arrival.reply_to.startswith(f"{INBOX_PREFIX}."):
            return
        known = arrival.parcel.body == self._directory.digest.encode()
        await arrival.answer(Parcel("", b"" if known else self._all()))

    def _all(self) -> bytes:
        """Return as many entries as fit, those that were issued last before the others."""
        entries = sorted(self._directory.entries(), key=lambda entry: entry.issued, reverse=True)
        signed = (jws for entry in entries if (jws := self._directory.signed_entry_of(entry.kid)) is not None)
        return next(_parts(signed, self._transport.max_parcel_bytes), "").encode("ascii")


def _parts(entries: Iterable[str], limit: int = ANNOUNCED_BYTES) -> Iterator[str]:
    """Divide entries into texts of no more than so many characters, one entry a line."""
    part: list[str] = []
    size = 0
    for jws in entries:
        if part and size + len(jws) + 1 > limit:
            yield "\n".join(part)
            part, size = [], 0
        part.append(jws)
        size += len(jws) + 1
    if part:
        yield "\n".join(part)
