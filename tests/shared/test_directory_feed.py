"""How a directory is kept current: fetched, announced, heard, and what of that is refused."""

import asyncio
import io
from dataclasses import dataclass

import pytest

from shared.clock import FixedClock
from shared.directory import Directory, sign_entry
from shared.directory_feed import (
    ANNOUNCED_BYTES,
    CHANGES_SUBJECT,
    DirectoryFeed,
    DirectoryPublisher,
    fetch,
    fetch_subject,
)
from shared.envelope import Reason
from shared.keyring import KeyRing, KeysAtHand
from shared.logs import Log
from shared.participant import Participant
from shared.signing import SigningKey
from shared.transport import Arrival, Parcel
from shared.transport.memory import MemoryBroker, MemoryTransport
from tests.conftest import NOW
from tests.shared.test_directory import BAD_ENTRIES, NEW, OLD, ROOT, T, directory, entry, refusal


@dataclass(frozen=True, slots=True)
class MemoryParticipant(Participant):
    """A participant whose connection a test can cut."""

    transport: MemoryTransport


class Net:
    """A Secretariat and a service in memory, the service with an empty directory."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.log = io.BytesIO()
        self.secretariat = self.participant("IPSG", directory(entry(), entry(NEW)))
        self.service = self.participant("notices", directory())

    def participant(self, name: str, book: Directory) -> MemoryParticipant:
        """Return a participant that is connected, with a directory."""
        log = Log(name, stream=self.log)
        clock, key = FixedClock(NOW), SigningKey.generate()
        keys = KeyRing(name, book, clock, lambda: KeysAtHand([key]))
        return MemoryParticipant(name, keys, book, self.broker.connect(name), clock, log)

    async def told(self, subject: str, body: bytes) -> None:
        """Publish to all who subscribe and wait until they have handled it."""
        await self.secretariat.transport.publish(subject, Parcel("", body))
        await self.settled()

    async def settled(self) -> None:
        """Wait until all that was sent is handled."""
        for servers in self.broker.servers.values():
            for server in servers:
                await asyncio.gather(*server._tasks)


@pytest.fixture
def net() -> Net:
    """Return a small network in memory."""
    return Net()


async def test_a_participant_fetches_all_entries_there_are(net: Net) -> None:
    """One fetch brings the whole directory."""
    await DirectoryPublisher(net.secretariat).start()
    assert await DirectoryFeed(net.service).fetch()
    assert net.service.directory.entries() == net.secretariat.directory.entries()


async def test_a_revocation_reaches_a_participant_at_once(net: Net) -> None:
    """What the Secretariat announces is known to those who follow, without a fetch."""
    await DirectoryPublisher(net.secretariat).start()
    await DirectoryFeed(net.service).start()
    await DirectoryPublisher(net.secretariat).announce([sign_entry(entry(revoked_at=T), ROOT)])
    await net.settled()
    assert refusal(net.service.directory, OLD) is Reason.KEY_NOT_VALID
    assert refusal(net.secretariat.directory, OLD) is Reason.KEY_NOT_VALID


async def test_bad_entries_among_good_ones_are_left_out_and_noted(net: Net) -> None:
    """A false or garbled announcement harms nobody, whatever it holds."""
    await DirectoryFeed(net.service).start()
    await net.told(CHANGES_SUBJECT, "\n".join([*BAD_ENTRIES.values(), sign_entry(entry(), ROOT)]).encode())
    await net.told(CHANGES_SUBJECT, b"\xff\xfe\x00")
    assert net.service.directory.entries() == [entry()]
    # The empty one is none, and the second announcement is one.
    assert net.log.getvalue().count(b'"directory-entry-refused"') == len(BAD_ENTRIES)


async def test_nobody_answering_is_no_fault_of_those_who_fetch(net: Net) -> None:
    """Without the Secretariat a participant goes on with what it knows."""
    net.service.directory.learn(sign_entry(entry(), ROOT))
    assert not await DirectoryFeed(net.service).fetch()
    assert net.service.directory.entries() == [entry()]


async def test_each_question_counts_against_who_asks(net: Net) -> None:
    """A participant asks when it connects and once a minute; whoever asks all the time is not heard for a while."""
    await DirectoryPublisher(net.secretariat).start()
    (secretariat,) = net.broker.servers_for(fetch_subject("FR"), turn=0)
    answered, penalties = list[Parcel](), list[int]()

    async def answer(parcel: Parcel) -> None:
        answered.append(parcel)

    for _ in range(3):
        arrival = Arrival(fetch_subject("FR"), Parcel("", b""), "_R_.1", answer, lambda: penalties.append(1))
        secretariat.deliver(arrival)
    await net.settled()
    assert (len(answered), len(penalties)) == (3, 3)
    # One text for all, however many ask.
    assert answered[0].body is answered[2].body


async def test_where_nothing_is_new_nothing_is_sent(net: Net) -> None:
    """Who asks with the digest of what they know is sent all the entries, or none."""
    await DirectoryPublisher(net.secretariat).start()
    transport, subject = net.service.transport, fetch_subject("notices")
    unchanged = Parcel("", net.secretariat.directory.digest.encode())
    assert (await transport.request(subject, unchanged, timeout=1)).body == b""
    everything = (await transport.request(subject, Parcel("", b""), timeout=1)).body.decode().split()
    assert everything == net.secretariat.directory.signed_entries()
    assert (await fetch(net.service)).body.decode().split() == everything


async def test_what_is_answered_is_made_anew_with_each_entry(net: Net) -> None:
    """An answer that is remembered is never an old one."""
    await DirectoryPublisher(net.secretariat).start()
    before = (await fetch(net.service)).body
    net.secretariat.directory.learn(sign_entry(entry(revoked_at=T), ROOT))
    assert (await fetch(net.service)).body != before


async def test_a_directory_that_is_too_large_loses_its_oldest_entries_on_the_way(net: Net) -> None:
    """What is new arrives in any case; what is old is in the files of those who have been there for long."""
    entries = [entry(SigningKey(number.to_bytes(32, "big")), issued=T + number) for number in range(9, 300)]
    for one in entries:
        net.secretariat.directory.learn(sign_entry(one, ROOT))
    net.broker.max_parcel_bytes = 50_000
    await DirectoryPublisher(net.secretariat).start()
    await DirectoryFeed(net.service).fetch()
    learned = net.service.directory.entries()
    assert learned == entries[::-1][: len(learned)]
    assert len(learned) > 50


async def test_many_entries_are_announced_in_parts(net: Net) -> None:
    """As for a bureau with many keys that are all revoked at once."""
    entries = [entry(SigningKey(number.to_bytes(32, "big"))) for number in range(9, 2_000)]
    net.broker.max_parcel_bytes = ANNOUNCED_BYTES
    await DirectoryFeed(net.service).start()
    await DirectoryPublisher(net.secretariat).announce(sign_entry(one, ROOT) for one in entries)
    await net.settled()
    assert net.service.directory.entries() == entries


async def test_after_a_reconnection_what_was_missed_is_fetched_at_once(net: Net) -> None:
    """Not only at the next turn, a minute later."""
    await DirectoryPublisher(net.secretariat).start()
    book = net.service.directory
    following = asyncio.create_task(DirectoryFeed(net.service).follow())
    await book.changed(1)
    net.service.transport.disconnect()
    net.secretariat.directory.learn(sign_entry(entry(revoked_at=T), ROOT))
    net.service.transport.reconnect()
    await asyncio.wait_for(book.changed(book.version), 5)
    assert refusal(book, OLD) is Reason.KEY_NOT_VALID
    following.cancel()


async def test_one_whose_connection_is_lost_leaves_the_others_informed(net: Net) -> None:
    """Who hosts many follows on the connection of each; the entry is learned once."""
    await DirectoryPublisher(net.secretariat).start()
    turn, book = asyncio.Lock(), net.service.directory
    hosted = [net.participant(name, book) for name in ("FR", "DE", "KE")]
    following = [asyncio.create_task(DirectoryFeed(one, turn).follow()) for one in hosted]
    await book.changed(1)
    hosted[0].transport.disconnect()
    await DirectoryPublisher(net.secretariat).announce([sign_entry(entry(revoked_at=T), ROOT)])
    await net.settled()
    assert refusal(book, OLD) is Reason.KEY_NOT_VALID
    assert book.version == 3
    for task in following:
        task.cancel()
