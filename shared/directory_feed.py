"""Keeps a directory current: fetched from the Secretariat when a participant connects, followed live from then on.

Entries prove themselves by the root signature, so neither the answer nor the announcements need an envelope. The
Secretariat alone can publish on the subject of changes; the broker sees to that. Who fetches tells the digest of what
he knows, so that where nothing is new next to nothing is sent.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from shared.directory import EntryRefused
from shared.participant import Participant
from shared.transport import (
    Arrival,
    Disconnected,
    FairSubscription,
    Parcel,
    ServiceCard,
    Transport,
    TransportFailure,
)

FETCH_PREFIX: Final = "i247.directory.fetch"
CHANGES_SUBJECT: Final = "i247.directory.changes"
FETCH_SECONDS: Final = 2.0
# What was announced and not heard, such as by a Secretariat that restarted meanwhile, is fetched at the next turn.
FETCH_EVERY_SECONDS: Final = 60.0
# Of one who asks; each answer may have half a megabyte.
ANSWERED_AT_ONCE: Final = 8
# An announcement is also heard by those who could not take much at once.
ANNOUNCED_BYTES: Final = 500_000


def fetch_subject(participant: str) -> str:
    """Return the subject on which a participant asks for the directory: who asks too much can be told by it."""
    return f"{FETCH_PREFIX}.{participant}"


class DirectoryFeed:
    """Takes in the entries that the Secretariat publishes.

    A process that hosts many participants follows on the connection of each, so that one which the broker no longer
    lets in leaves none of the others uninformed. They share one turn: what one has fetched the next does not.
    """

    def __init__(self, participant: Participant, turn: asyncio.Lock | None = None) -> None:
        self._participant = participant
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
                self._learn(await fetch(self._participant))
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


async def fetch(participant: Participant, *, seconds: float = FETCH_SECONDS) -> Parcel:
    """Return what the Secretariat knows, or an empty parcel if that is what is known here. Raises TransportFailure."""
    known = Parcel("", participant.directory.digest.encode())
    return await participant.transport.request(fetch_subject(participant.name), known, timeout=seconds)


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
        self._asked: FairSubscription | None = None
        self._answer_of: tuple[int, bytes] = (-1, b"")

    async def follow(self, read: Callable[[], Iterable[str]]) -> None:
        """Answer those who fetch, and announce what was written down while nobody could be told, until cancelled.

        `read` returns the entries as the Secretariat keeps them.
        """
        await self.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._answer_all())
            group.create_task(self._announce_at_each_turn(read))

    async def start(self) -> None:
        """Answer those who fetch."""
        card = ServiceCard("directory", share=ANSWERED_AT_ONCE)
        senders = self._directory.participants()
        self._asked = await self._transport.serve(fetch_subject("*"), self._answer, senders=senders, card=card)

    async def _answer_all(self) -> None:
        """Answer those who are entered while this runs, too."""
        while self._asked is not None:
            version = self._directory.version
            await self._asked.admit(self._directory.participants())
            await self._directory.changed(version)

    async def _announce_at_each_turn(self, read: Callable[[], Iterable[str]]) -> None:
        while True:
            connections = self._transport.connections
            await self._announce_unheard(read)
            await _until_next_turn(self._transport, connections)

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
        # A participant that asks far more often than it connects is not answered for a while.
        arrival.penalize()
        known = arrival.parcel.body == self._directory.digest.encode()
        await arrival.answer(Parcel("", b"" if known else self._all()))

    def _all(self) -> bytes:
        """Return as many entries as fit, those that were issued last before the others: made once for each version."""
        version, answer = self._answer_of
        if version != self._directory.version:
            entries = sorted(self._directory.entries(), key=lambda entry: entry.issued, reverse=True)
            signed = (jws for entry in entries if (jws := self._directory.signed_entry_of(entry.kid)) is not None)
            answer = next(_parts(signed, self._transport.max_parcel_bytes), "").encode("ascii")
            self._answer_of = (self._directory.version, answer)
        return answer


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
