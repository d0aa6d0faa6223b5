"""What a service does at its start, and what it does not wait for."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services import stolen_vehicles
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey
from shared.ids import uuid7
from shared.logs import Log
from shared.mailbox.notifications import Notification
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import sign_entry
from shared.protocol.messages import Receipt
from shared.protocol.payloads import ReviewDue
from shared.records.outbox import enqueue
from shared.rpc.directory_sync import DirectoryPublisher
from shared.rpc.keyring import KeyRing, PrivateKeys
from shared.rpc.participant import Participant
from shared.runner import run_service
from shared.transport.memory import MemoryBroker
from tests.conftest import NOW, store_of
from tests.shared.directories import NEW, ROOT, directory, entry

SERVICE = stolen_vehicles.SERVICE
PATIENCE = 5.0
FR = BureauCode("FR")


class RecordingMailbox:
    """A mailbox that records, for each notification, whether its recipients are in the directory when it is sent."""

    def __init__(self, book: Directory) -> None:
        self._book = book
        self.known: asyncio.Queue[bool] = asyncio.Queue()

    async def send(self, letter: Notification) -> None:
        """Record it."""
        self.known.put_nowait(all(map(self._book.knows_bureau, letter.recipients)))

    async def proven(self, letters: Iterable[str]) -> Mapping[str, list[Receipt]]:
        """Return no receipts."""
        return {letter: [] for letter in letters}


@asynccontextmanager
async def started(participant: Participant, store_url: str, post: RecordingMailbox) -> AsyncIterator[None]:
    """Run a service until the block ends."""
    running = asyncio.create_task(run_service(SERVICE, participant, store_url, post=post))
    yield
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("answering", [True, False])
async def test_a_service_starts_its_jobs_after_fetching_the_directory(tmp_path: Path, answering: bool) -> None:
    """Its stored directory may be old; the service also starts if the Secretariat does not answer."""
    broker, clock, log = MemoryBroker(), FixedClock(NOW), Log("test", stream=io.BytesIO())

    def participant(name: str, book: Directory) -> Participant:
        key = SigningKey.generate()
        book.learn(sign_entry(entry(key, participant=name), ROOT))
        keys = KeyRing(name, book, clock, lambda: PrivateKeys([key]))
        return Participant(name, keys, book, broker.connect(name), clock, log)

    secretariat, service = participant("IPSG", directory(entry(NEW))), participant(SERVICE.name, directory())
    if answering:
        await DirectoryPublisher(secretariat).start()
    store_url, post = f"sqlite:///{tmp_path / 'vehicles.db'}", RecordingMailbox(service.directory)
    notification = Notification(
        id=uuid7(NOW),
        recipients=(FR,),
        disclosed=True,
        urgent=False,
        purpose="security-check",
        subject="A review is due",
        form=ReviewDue(service=SERVICE.name, kind="vehicle", record=uuid7(NOW), expires=NOW.timestamp()),
        written=NOW,
    )
    async with store_of(SERVICE, store_url) as database, database.writing() as session:
        await enqueue(session, [notification])
    async with started(service, store_url, post), asyncio.timeout(PATIENCE):
        assert await post.known.get() is answering
