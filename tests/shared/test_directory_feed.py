"""How a directory is kept current: entries are fetched and announced, and invalid ones are refused."""

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
from shared.protocol.envelope import RefusalReason
from shared.protocol.parcel import Parcel
from shared.rpc.directory_sync import (
    ANNOUNCED_BYTES,
    DirectoryFeed,
    DirectoryPublisher,
    compare_head,
    fetch,
)
from shared.rpc.directory_witness import witnesses_of
from shared.rpc.keyring import KeyRing, PrivateKeys
from shared.rpc.participant import Participant
from shared.transport import Arrival
from shared.transport.memory import MemoryBroker, MemoryTransport
from shared.transport.subjects import DIRECTORY_CHANGES, directory_subject
from tests.conftest import NOW
from tests.shared.directories import BAD_ENTRIES, NEW, OLD, ROOT, T, directory, entry, following, refusal


@dataclass(frozen=True, slots=True)
class MemoryParticipant(Participant):
    """A participant whose connection a test can interrupt."""

    transport: MemoryTransport


class Net:
    """A Secretariat and a service in memory, the service with an empty directory."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.log = io.BytesIO()
        self.secretariat = self.participant("IPSG", directory(entry(), entry(NEW)))
        self.service = self.participant("notices", directory())

    def participant(self, name: str, book: Directory, key: SigningKey | None = None) -> MemoryParticipant:
        """Return a connected participant with a directory."""
        log = Log(name, stream=self.log)
        clock, key = FixedClock(NOW), key or SigningKey.generate()
        keys = KeyRing(name, book, clock, lambda: PrivateKeys([key]))
        return MemoryParticipant(name, keys, book, self.broker.connect(name), clock, log)

    def new(self, *entries: Entry) -> DirectoryPart:
        """Return the next part that the root key signs."""
        return following(self.secretariat.directory, *entries)

    async def publish_and_settle(self, subject: str, body: bytes) -> None:
        """Publish to all subscribers, and wait until they have handled it."""
        await self.secretariat.transport.publish(subject, Parcel("", body))
        await self.settled()

    async def settled(self) -> None:
        """Wait until all sent parcels are handled."""
        for servers in self.broker.subscriptions.values():
            for server in servers:
                await server._tasks.finish()


@pytest.fixture
def net() -> Net:
    """Return a small network in memory."""
    return Net()


async def test_a_fetch_returns_all_entries(net: Net) -> None:
    await DirectoryPublisher(net.secretariat).start()
    assert await DirectoryFeed(net.service).fetch()
    assert net.service.directory.entries() == net.secretariat.directory.entries()


async def test_an_announced_revocation_takes_effect_without_a_fetch(net: Net) -> None:
    await DirectoryPublisher(net.secretariat).start()
    await DirectoryFeed(net.service).start()
    await DirectoryPublisher(net.secretariat).announce(net.new(entry(revoked_at=T)))
    await net.settled()
    assert refusal(net.service.directory, OLD) is RefusalReason.KEY_NOT_VALID
    assert refusal(net.secretariat.directory, OLD) is RefusalReason.KEY_NOT_VALID


async def test_invalid_entries_among_valid_ones_are_skipped_and_logged(net: Net) -> None:
    """A forged or garbled announcement does no harm."""
    await DirectoryFeed(net.service).start()
    entries = [*BAD_ENTRIES.values(), sign_entry(entry(), ROOT)]
    await net.publish_and_settle(DIRECTORY_CHANGES, encode_part(DirectoryPart("no head", 0, entries)))
    await net.publish_and_settle(DIRECTORY_CHANGES, b"\xff\xfe\x00")
    assert net.service.directory.entries() == [entry()]
    assert net.service.directory.log.size == 0
    net.service.log.flush()
    noted = [json.loads(line) for line in net.log.getvalue().splitlines()]
    assert sum(line["count"] for line in noted if line["event"] == "directory-entry-refused") == 2


async def test_a_fetch_without_an_answer_keeps_the_known_entries(net: Net) -> None:
    """The participant continues while the Secretariat is unreachable."""
    net.service.directory.learn(sign_entry(entry(), ROOT))
    assert not await DirectoryFeed(net.service).fetch()
    assert net.service.directory.entries() == [entry()]


async def test_each_fetch_counts_against_the_rate_of_its_sender(net: Net) -> None:
    """A participant fetches when it connects and once a minute; one that fetches all the time is paused."""
    await DirectoryPublisher(net.secretariat).start()
    (secretariat,) = net.broker.subscriptions_for(directory_subject("FR"), turn=0)
    answered, penalties = list[Parcel](), list[int]()

    async def answer(parcel: Parcel) -> None:
        answered.append(parcel)

    for _ in range(3):
        arrival = Arrival(directory_subject("FR"), Parcel("", b""), "_R_.1", answer, lambda: penalties.append(1))
        secretariat.deliver(arrival)
    await net.settled()
    assert (len(answered), len(penalties)) == (3, 3)
    # The same body for all, so many requests need no more memory.
    assert answered[0].body is answered[2].body


async def test_a_fetch_returns_only_the_entries_that_are_missing(net: Net) -> None:
    """All entries, the latest ones, or none."""
    await DirectoryPublisher(net.secretariat).start()
    assert decode_part((await fetch(net.service)).body).entries == net.secretariat.directory.log.entries()
    net.service.directory.take(net.secretariat.directory.log.part())
    assert (await fetch(net.service)).body == b""
    net.secretariat.directory.take(net.new(entry(revoked_at=T)))
    assert decode_part((await fetch(net.service)).body).entries == net.secretariat.directory.log.entries(2)


async def test_a_participant_with_a_forked_log_receives_the_whole_log_and_keeps_the_proof(net: Net) -> None:
    """The root key signed both heads; the entries are accepted all the same."""
    await DirectoryPublisher(net.secretariat).start()
    net.service.directory.take(following(net.service.directory, entry(SigningKey(bytes([3]) * 32), "KE")))
    ours = net.service.directory.log.head
    assert await DirectoryFeed(net.service).fetch()
    forked = net.service.directory.forked
    assert forked is not None
    assert (forked.ours, forked.theirs) == (ours, net.secretariat.directory.log.head)
    assert refusal(net.service.directory, NEW) is None


async def test_bureaus_cosign_the_head_of_the_directory_log(net: Net) -> None:
    """Later fetches return the cosignatures; a service and the Secretariat do not cosign."""
    await DirectoryPublisher(net.secretariat).start()
    witness = net.participant("FR", directory(entry(), entry(NEW)), OLD)
    assert (await fetch(witness)).body != b""
    await DirectoryFeed(net.service).fetch()
    assert witnesses_of(net.service.directory.log.head) == {"FR"}
    await DirectoryFeed(net.service).fetch()
    assert witnesses_of(net.secretariat.directory.log.head) == {"FR"}


async def test_a_cosignature_not_made_with_a_valid_key_of_its_bureau_is_ignored(net: Net) -> None:
    """One with an unknown key, and one in the name of another bureau."""
    await DirectoryPublisher(net.secretariat).start()
    log, france = net.secretariat.directory.log, net.participant("FR", directory()).transport
    for key, named, taken in ((SigningKey.generate(), "FR", set()), (OLD, "DE", set()), (OLD, "FR", {"FR"})):
        line = cosign(parse_note(log.head), witness_name(named), key, NOW)
        known = {"size": log.size, "root": encode_base64url(log.root_hash), "from": log.size, "cosignature": line}
        await france.request(directory_subject("FR"), Parcel("", json.dumps(known).encode()), timeout=5)
        assert witnesses_of(log.head) == taken
    assert net.log.getvalue().count(b'"cosignature-refused"') == 2


async def test_only_the_three_witnesses_of_the_directory_cosign_it_and_nothing_is_refused(net: Net) -> None:
    """Nor is what another bureau sends, which may know an earlier assignment: an operator has nothing to do."""
    keys = {bureau: SigningKey.generate() for bureau in ("FR", "DE", "PL", "JP", "KE")}
    net.secretariat = net.participant("IPSG", directory(*(entry(key, each) for each, key in keys.items())))
    await DirectoryPublisher(net.secretariat).start()
    log = net.secretariat.directory.log
    for bureau, key in keys.items():
        participant = net.participant(bureau, directory(), key)
        await fetch_twice(participant)
        line = cosign(parse_note(log.head), witness_name(bureau), key, NOW)
        known = {"size": log.size, "root": encode_base64url(log.root_hash), "from": log.size, "cosignature": line}
        await participant.transport.request(
            directory_subject(bureau), Parcel("", json.dumps(known).encode()), timeout=5
        )
    assert witnesses_of(log.head) == {"JP", "KE", "PL"}
    assert net.log.getvalue() == b""


async def fetch_twice(participant: Participant) -> None:
    """Fetch the directory, and once more, with the cosignature of what is known now."""
    for _ in range(2):
        await DirectoryFeed(participant).fetch()


async def test_the_cached_answer_to_a_fetch_is_replaced_with_each_new_entry(net: Net) -> None:
    await DirectoryPublisher(net.secretariat).start()
    before = (await fetch(net.service)).body
    net.secretariat.directory.take(net.new(entry(revoked_at=T)))
    assert (await fetch(net.service)).body != before


async def test_a_directory_too_large_for_one_answer_is_fetched_in_several(net: Net) -> None:
    """The log takes effect once it is complete."""
    entries = [entry(SigningKey(number.to_bytes(32, "big")), issued=T + number) for number in range(9, 300)]
    net.secretariat.directory.take(net.new(*entries))
    net.broker.max_parcel_bytes = 50_000
    await DirectoryPublisher(net.secretariat).start()
    assert await DirectoryFeed(net.service).fetch()
    assert net.service.directory.log.entries() == net.secretariat.directory.log.entries()
    assert net.service.directory.log.head == net.secretariat.directory.log.head


async def test_many_entries_are_announced_in_parts(net: Net) -> None:
    """For example when many keys of one bureau are revoked at once."""
    entries = [entry(SigningKey(number.to_bytes(32, "big"))) for number in range(9, 2_000)]
    net.service.directory.take(net.secretariat.directory.log.part())
    net.broker.max_parcel_bytes = ANNOUNCED_BYTES
    await DirectoryFeed(net.service).start()
    await DirectoryPublisher(net.secretariat).announce(net.new(*entries))
    await net.settled()
    assert net.service.directory.entries()[2:] == entries
    assert net.service.directory.log.head == net.secretariat.directory.log.head


async def test_a_missed_announcement_is_fetched_after_the_next_one(net: Net) -> None:
    """The next announcement shows that entries are missing, and takes effect at once."""
    await DirectoryPublisher(net.secretariat).start()
    book = net.service.directory
    following = asyncio.create_task(DirectoryFeed(net.service).follow())
    await book.changed(1)
    net.secretariat.directory.take(net.new(entry(SigningKey(bytes([3]) * 32), "KE")))
    await DirectoryPublisher(net.secretariat).announce(net.new(entry(revoked_at=T)))
    async with asyncio.timeout(5):
        while book.log.size < 4:
            await book.changed(book.version)
    assert refusal(book, OLD) is RefusalReason.KEY_NOT_VALID
    following.cancel()


async def test_a_reconnected_participant_fetches_missed_entries_at_once(net: Net) -> None:
    """Not only with the next periodic fetch a minute later."""
    await DirectoryPublisher(net.secretariat).start()
    book = net.service.directory
    following = asyncio.create_task(DirectoryFeed(net.service).follow())
    await book.changed(1)
    net.service.transport.disconnect()
    net.secretariat.directory.take(net.new(entry(revoked_at=T)))
    net.service.transport.reconnect()
    await asyncio.wait_for(book.changed(book.version), 5)
    assert refusal(book, OLD) is RefusalReason.KEY_NOT_VALID
    following.cancel()


async def test_an_entry_is_learned_once_over_the_remaining_connections_of_a_host(net: Net) -> None:
    """A gateway with several bureaus follows the directory on the connection of each."""
    await DirectoryPublisher(net.secretariat).start()
    turn, book = asyncio.Lock(), net.service.directory
    hosted = [net.participant(name, book) for name in ("FR", "DE", "KE")]
    following = [asyncio.create_task(DirectoryFeed(one, turn).follow()) for one in hosted]
    await book.changed(1)
    hosted[0].transport.disconnect()
    await DirectoryPublisher(net.secretariat).announce(net.new(entry(revoked_at=T)))
    await net.settled()
    assert refusal(book, OLD) is RefusalReason.KEY_NOT_VALID
    assert book.version == 3
    for task in following:
        task.cancel()


async def test_an_announced_head_neither_removes_cosignatures_nor_adds_forged_ones(net: Net) -> None:
    """The operator of the broker could announce such a head."""
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


async def test_a_fork_after_a_restore_of_the_secretariat_does_not_delay_a_revocation(net: Net) -> None:
    """A bureau states a head from before the restore, which the next head contradicts: the fork is recorded."""
    await DirectoryPublisher(net.secretariat).start()
    await DirectoryFeed(net.service).start()
    net.service.directory.take(net.secretariat.directory.log.part())
    compare_head(net.secretariat, "FR", net.new(entry(SigningKey(bytes([3]) * 32), "KE")).head)
    await DirectoryPublisher(net.secretariat).announce(net.new(entry(revoked_at=T)))
    await net.settled()
    assert net.secretariat.directory.forked is not None
    assert (net.service.directory.log.size, refusal(net.service.directory, OLD)) == (3, RefusalReason.KEY_NOT_VALID)


async def test_a_late_announcement_is_not_taken_for_an_older_directory(net: Net) -> None:
    """It may arrive late on the slower of two connections."""
    await DirectoryPublisher(net.secretariat).start()
    late = net.new(entry(revoked_at=T))
    net.secretariat.directory.take(late)
    net.secretariat.directory.take(net.new(entry(SigningKey(bytes([3]) * 32), "KE")))
    await DirectoryFeed(net.service).fetch()
    net.service.directory.take(late)
    assert await DirectoryFeed(net.service).fetch()
    assert net.service.directory.log.shown == net.service.directory.log.size == 4
