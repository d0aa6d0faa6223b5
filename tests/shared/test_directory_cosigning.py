"""The head of the directory log is cosigned by its witnesses, and a log that was forked is detected."""

import json

from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.signed_note import cosign, parse_note, witness_name
from shared.protocol.directory_log import DirectoryPart
from shared.protocol.envelope import RefusalReason
from shared.protocol.parcel import Parcel
from shared.rpc.directory_sync import DirectoryFeed, DirectoryPublisher, compare_head, fetch
from shared.rpc.directory_witness import witnesses_of
from shared.rpc.participant import Participant
from shared.transport.subjects import directory_subject
from tests.conftest import NOW
from tests.shared.directories import NEW, OLD, T, directory, entry, following, refusal
from tests.shared.directory_net import Net


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
