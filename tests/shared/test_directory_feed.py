"""How a directory is kept current: entries are fetched and announced, and invalid ones are refused."""

import asyncio
import json

import pytest

from shared.crypto.ed25519 import SigningKey
from shared.protocol.directory_entry import sign_entry
from shared.protocol.directory_log import DirectoryPart, decode_part, encode_part
from shared.protocol.envelope import RefusalReason
from shared.protocol.parcel import Parcel
from shared.rpc.directory_sync import ANNOUNCED_BYTES, DirectoryFeed, DirectoryPublisher, fetch
from shared.transport import Arrival
from shared.transport.subjects import DIRECTORY_CHANGES, directory_subject
from tests.shared.directories import BAD_ENTRIES, OLD, ROOT, T, entry, refusal
from tests.shared.directory_net import Net


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


@pytest.mark.thorough
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
