"""Keeps a directory current: fetched from the Secretariat when a participant starts, followed live from then on.

Entries prove themselves by the root signature, so neither the answer nor the announcements need an envelope. The
Secretariat alone can publish on the subject of changes; the broker sees to that.
"""

import asyncio
from typing import Final

from shared.directory import EntryRefused
from shared.participant import Participant
from shared.transport import INBOX_PREFIX, Arrival, Parcel, TransportFailure

FETCH_SUBJECT: Final = "i247.directory"
CHANGES_SUBJECT: Final = "i247.directory.changes"
FETCH_SECONDS: Final = 2.0
# What was announced while there was no connection is fetched at the next turn.
FETCH_EVERY_SECONDS: Final = 60.0


class DirectoryFeed:
    """Takes in the entries that the Secretariat publishes."""

    def __init__(self, participant: Participant) -> None:
        self._directory = participant.directory
        self._transport = participant.transport
        self._log = participant.log

    async def follow(self) -> None:
        """Take in all entries there are, and every new one from now on, until cancelled."""
        await self.start()
        while True:
            await self.fetch()
            await asyncio.sleep(FETCH_EVERY_SECONDS)

    async def start(self) -> None:
        """Take in every entry that is announced from now on."""
        await self._transport.subscribe(CHANGES_SUBJECT, self._hear)

    async def fetch(self) -> None:
        """Take in all entries there are, if the Secretariat answers."""
        try:
            self._learn(await self._transport.request(FETCH_SUBJECT, Parcel("", b""), timeout=FETCH_SECONDS))
        except TransportFailure as failure:
            self._log.debug("directory-not-fetched", error=str(failure))

    async def _hear(self, arrival: Arrival) -> None:
        self._learn(arrival.parcel)

    def _learn(self, parcel: Parcel) -> None:
        for jws in parcel.body.decode("ascii", "replace").split():
            try:
                self._directory.learn(jws)
            except EntryRefused as refused:
                self._log.warning("directory-entry-refused", error=str(refused))


class DirectoryPublisher:
    """The Secretariat's side: answers with all entries, and announces new ones."""

    def __init__(self, secretariat: Participant) -> None:
        self._directory = secretariat.directory
        self._transport = secretariat.transport

    async def start(self) -> None:
        """Answer those who fetch."""
        await self._transport.subscribe(FETCH_SUBJECT, self._answer, group="directory")

    async def announce(self, jws: str) -> None:
        """Take in a new entry and tell everyone."""
        self._directory.learn(jws)
        await self._transport.publish(CHANGES_SUBJECT, Parcel("", jws.encode("ascii")))

    async def _answer(self, arrival: Arrival) -> None:
        # The subject does not say who asks, so he could have the Secretariat speak wherever it may.
        if arrival.reply_to.startswith(f"{INBOX_PREFIX}."):
            await arrival.answer(Parcel("", "\n".join(self._directory.signed_entries()).encode("ascii")))
