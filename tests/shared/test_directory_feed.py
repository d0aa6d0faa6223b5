"""How a directory is kept current: fetched, announced, heard, and what of that is refused."""

import asyncio
import io
import json
from dataclasses import dataclass

import pytest

from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.signed_note import cosign, parse_note, witness_name
from shared.logs import Log
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, sign_entry
from shared.protocol.directory_log import DirectoryPart, decode_part, encode_part
from shared.protocol.envelope import Reason
from shared.protocol.parcel import Parcel
from shared.rpc.directory_sync import (
    ANNOUNCED_BYTES,
    CHANGES_SUBJECT,
    DirectoryFeed,
    DirectoryPublisher,
    compare_head,
    fetch,
    fetch_subject,
    witnesses_of,
)
from shared.rpc.keyring import KeyRing, PrivateKeys
from shared.rpc.participant import Participant
from shared.transport import Arrival
from shared.transport.memory import MemoryBroker, MemoryTransport
from tests.conftest import NOW
from tests.shared.test_directory import BAD_ENTRIES, NEW, OLD, ROOT, T, directory, entry, following, refusal


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

    def participant(self, name: str, book: Directory, key: SigningKey | None = None) -> MemoryParticipant:
        """Return a participant that is connected, with a directory."""
        log = Log(name, stream=self.log)
        clock, key = FixedClock(NOW), key or SigningKey.generate()
        keys = KeyRing(name, book, clock, lambda: PrivateKeys([key]))
        return MemoryParticipant(name, keys, book, self.broker.connect(name), clock, log)

    def new(self, *entries: Entry) -> DirectoryPart:
        """Return what the root key signs next."""
        return following(self.secretariat.directory, *entries)

    async def told(self, subject: str, body: bytes) -> None:
        """Publish to all who subscribe and wait until they have handled it."""
        await self.secretariat.transport.publish(subject, Parcel("", body))
        await self.settled()

    async def settled(self) -> None:
        """Wait until all that was sent is handled."""
        for servers in self.broker.servers.values():
            for server in servers:
                await server._tasks.finish()


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
    await DirectoryPublisher(net.secretariat).announce(net.new(entry(revoked_at=T)))
    await net.settled()
    assert refusal(net.service.directory, OLD) is Reason.KEY_NOT_VALID
    assert refusal(net.secretariat.directory, OLD) is Reason.KEY_NOT_VALID


async def test_bad_entries_among_good_ones_are_left_out_and_noted(net: Net) -> None:
    """A false or garbled announcement harms nobody, whatever it holds."""
    await DirectoryFeed(net.service).start()
    entries = [*BAD_ENTRIES.values(), sign_entry(entry(), ROOT)]
    await net.told(CHANGES_SUBJECT, encode_part(DirectoryPart("no head", 0, entries)))
    await net.told(CHANGES_SUBJECT, b"\xff\xfe\x00")
    assert net.service.directory.entries() == [entry()]
    assert net.service.directory.log.size == 0
    net.service.log.flush()
    noted = [json.loads(line) for line in net.log.getvalue().splitlines()]
    assert sum(line["count"] for line in noted if line["event"] == "directory-entry-refused") == 2


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
    """Who asks is sent what they lack: all entries, the last, or none."""
    await DirectoryPublisher(net.secretariat).start()
    assert decode_part((await fetch(net.service)).body).entries == net.secretariat.directory.log.entries()
    net.service.directory.take(net.secretariat.directory.log.part())
    assert (await fetch(net.service)).body == b""
    net.secretariat.directory.take(net.new(entry(revoked_at=T)))
    assert decode_part((await fetch(net.service)).body).entries == net.secretariat.directory.log.entries(2)


async def test_one_with_another_log_is_sent_the_whole_and_proves_that_there_are_two(net: Net) -> None:
    """Both heads are signed by the root key; the entries count all the same."""
    await DirectoryPublisher(net.secretariat).start()
    net.service.directory.take(following(net.service.directory, entry(SigningKey(bytes([3]) * 32), "KE")))
    ours = net.service.directory.log.head
    assert await DirectoryFeed(net.service).fetch()
    forked = net.service.directory.forked
    assert forked is not None
    assert (forked.ours, forked.theirs) == (ours, net.secretariat.directory.log.head)
    assert refusal(net.service.directory, NEW) is None


async def test_bureaus_cosign_what_they_saw(net: Net) -> None:
    """Each by a line under the head, which those who fetch later are shown; a service and the Secretariat sign none."""
    await DirectoryPublisher(net.secretariat).start()
    witness = net.participant("FR", directory(entry(), entry(NEW)), OLD)
    assert (await fetch(witness)).body != b""
    await DirectoryFeed(net.service).fetch()
    assert witnesses_of(net.service.directory.log.head) == {"FR"}
    await DirectoryFeed(net.service).fetch()
    assert witnesses_of(net.secretariat.directory.log.head) == {"FR"}


async def test_a_line_that_no_key_of_the_bureau_signed_is_not_taken(net: Net) -> None:
    """Nobody cosigns in the name of another, or with a key that is not in force."""
    await DirectoryPublisher(net.secretariat).start()
    log, france = net.secretariat.directory.log, net.participant("FR", directory()).transport
    for key, named, taken in ((SigningKey.generate(), "FR", set()), (OLD, "DE", set()), (OLD, "FR", {"FR"})):
        line = cosign(parse_note(log.head), witness_name(named), key, NOW)
        known = {"size": log.size, "root": encode_base64url(log.root_hash), "from": log.size, "cosignature": line}
        await france.request(fetch_subject("FR"), Parcel("", json.dumps(known).encode()), timeout=5)
        assert witnesses_of(log.head) == taken


async def test_what_is_answered_is_made_anew_with_each_entry(net: Net) -> None:
    """An answer that is remembered is never an old one."""
    await DirectoryPublisher(net.secretariat).start()
    before = (await fetch(net.service)).body
    net.secretariat.directory.take(net.new(entry(revoked_at=T)))
    assert (await fetch(net.service)).body != before


async def test_a_directory_that_is_too_large_for_one_answer_comes_in_several(net: Net) -> None:
    """It counts as the log once all is there."""
    entries = [entry(SigningKey(number.to_bytes(32, "big")), issued=T + number) for number in range(9, 300)]
    net.secretariat.directory.take(net.new(*entries))
    net.broker.max_parcel_bytes = 50_000
    await DirectoryPublisher(net.secretariat).start()
    assert await DirectoryFeed(net.service).fetch()
    assert net.service.directory.log.entries() == net.secretariat.directory.log.entries()
    assert net.service.directory.log.head == net.secretariat.directory.log.head


async def test_many_entries_are_announced_in_parts(net: Net) -> None:
    """As for a bureau with many keys that are all revoked at once."""
    entries = [entry(SigningKey(number.to_bytes(32, "big"))) for number in range(9, 2_000)]
    net.service.directory.take(net.secretariat.directory.log.part())
    net.broker.max_parcel_bytes = ANNOUNCED_BYTES
    await DirectoryFeed(net.service).start()
    await DirectoryPublisher(net.secretariat).announce(net.new(*entries))
    await net.settled()
    assert net.service.directory.entries()[2:] == entries
    assert net.service.directory.log.head == net.secretariat.directory.log.head


async def test_one_who_missed_an_announcement_fetches_it_with_the_next(net: Net) -> None:
    """The later one says that there is more, and counts at once."""
    await DirectoryPublisher(net.secretariat).start()
    book = net.service.directory
    following = asyncio.create_task(DirectoryFeed(net.service).follow())
    await book.changed(1)
    net.secretariat.directory.take(net.new(entry(SigningKey(bytes([3]) * 32), "KE")))
    await DirectoryPublisher(net.secretariat).announce(net.new(entry(revoked_at=T)))
    async with asyncio.timeout(5):
        while book.log.size < 4:
            await book.changed(book.version)
    assert refusal(book, OLD) is Reason.KEY_NOT_VALID
    following.cancel()


async def test_after_a_reconnection_what_was_missed_is_fetched_at_once(net: Net) -> None:
    """Not only at the next turn, a minute later."""
    await DirectoryPublisher(net.secretariat).start()
    book = net.service.directory
    following = asyncio.create_task(DirectoryFeed(net.service).follow())
    await book.changed(1)
    net.service.transport.disconnect()
    net.secretariat.directory.take(net.new(entry(revoked_at=T)))
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
    await DirectoryPublisher(net.secretariat).announce(net.new(entry(revoked_at=T)))
    await net.settled()
    assert refusal(book, OLD) is Reason.KEY_NOT_VALID
    assert book.version == 3
    for task in following:
        task.cancel()


async def test_nobody_strips_a_head_of_its_witnesses_or_fills_it_with_made_up_ones(net: Net) -> None:
    """As the operator of the broker might announce it: what a bureau signed stays, and what none signed is not kept."""
    book = directory(entry(), entry(NEW))
    bare = book.log.head
    book.log.cosign(cosign(parse_note(bare), witness_name("FR"), OLD, NOW))
    genuine = book.log.head
    made_up = cosign(parse_note(bare), witness_name("FR"), SigningKey(bytes([9]) * 32), NOW)
    for head in (bare, bare + made_up, bare + made_up.replace("i247/FR", "i247/DE")):
        book.take(DirectoryPart(head, 0, book.log.entries()))
        assert book.log.head == genuine
    other = directory(entry(), entry(NEW))
    other.take(DirectoryPart(genuine + made_up, 0, other.log.entries()))
    assert other.log.head == genuine


async def test_what_the_secretariat_signed_before_it_was_restored_keeps_no_revocation_back(net: Net) -> None:
    """A bureau states the head from before to it, which the next one contradicts: it is noted, and all are told."""
    await DirectoryPublisher(net.secretariat).start()
    await DirectoryFeed(net.service).start()
    net.service.directory.take(net.secretariat.directory.log.part())
    compare_head(net.secretariat, "FR", net.new(entry(SigningKey(bytes([3]) * 32), "KE")).head)
    await DirectoryPublisher(net.secretariat).announce(net.new(entry(revoked_at=T)))
    await net.settled()
    assert net.secretariat.directory.forked is not None
    assert (net.service.directory.log.size, refusal(net.service.directory, OLD)) == (3, Reason.KEY_NOT_VALID)


async def test_an_announcement_that_comes_late_is_no_older_directory(net: Net) -> None:
    """As on the slower of two connections, when the Secretariat says then that it has what is here."""
    await DirectoryPublisher(net.secretariat).start()
    late = net.new(entry(revoked_at=T))
    net.secretariat.directory.take(late)
    net.secretariat.directory.take(net.new(entry(SigningKey(bytes([3]) * 32), "KE")))
    await DirectoryFeed(net.service).fetch()
    net.service.directory.take(late)
    assert await DirectoryFeed(net.service).fetch()
    assert net.service.directory.log.shown == net.service.directory.log.size == 4
