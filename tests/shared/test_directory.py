"""The directory: only what the root key signed, with its whole history; and how it is kept current."""

import asyncio
import io
import itertools
from datetime import timedelta

import msgspec
import pytest

from shared.clock import FixedClock
from shared.directory import ENTRY_TYPE, MAX_ENTRY, Directory, Entry, EntryRefused, sign_entry, verify_entry
from shared.directory_feed import CHANGES_SUBJECT, FETCH_SUBJECT, DirectoryFeed, DirectoryPublisher
from shared.envelope import EnvelopeRefused, Reason
from shared.keyring import KeyRing, KeysAtHand
from shared.logs import Log
from shared.participant import Participant
from shared.signing import SigningKey, encode_base64url
from shared.transport import Arrival, Parcel
from shared.transport.memory import MemoryBroker
from tests.conftest import NOW

ROOT = SigningKey(bytes(32))
OLD, NEW = SigningKey(bytes([1]) * 32), SigningKey(bytes([2]) * 32)
T = NOW.timestamp()
DAY = 86_400.0


def entry(key: SigningKey = OLD, participant: str = "FR", **changed: float | None) -> Entry:
    """Return an entry that is valid for a day around noon."""
    times: dict[str, float | None] = {"issued": T - DAY, "not_before": T - DAY / 2, "not_after": T + DAY / 2}
    return msgspec.convert(
        {
            "participant": participant,
            "kind": "bureau",
            "signing_key": encode_base64url(key.public.raw),
            "nats_user": "UA",
            **times,
            **changed,
        },
        Entry,
    )


def directory(*entries: Entry) -> Directory:
    """Return a directory with entries."""
    return Directory(ROOT.public, [sign_entry(one, ROOT) for one in entries])


def refusal(book: Directory, key: SigningKey, *, participant: str = "FR", hours: float = 0) -> Reason | None:
    """Return why a key is not accepted some hours after noon, or None if it is."""
    try:
        found = book.key_of(participant, key.kid, NOW + timedelta(hours=hours), NOW + timedelta(hours=hours))
    except EnvelopeRefused as refused:
        return refused.reason
    assert found.raw == key.public.raw
    return None


def test_a_key_is_known_under_its_participant_alone() -> None:
    """The key of one bureau is unknown as that of another, and so is a key that nobody has."""
    book = directory(entry())
    assert refusal(book, OLD) is None
    assert refusal(book, OLD, participant="DE") is Reason.KEY_UNKNOWN
    assert refusal(book, NEW) is Reason.KEY_UNKNOWN


def test_a_key_is_valid_within_its_time() -> None:
    """Before and after its time, whose ends are within it, a key is not valid."""
    book = directory(entry())
    seen = [refusal(book, OLD, hours=hours) for hours in (-12.001, -12, 12, 12.001)]
    assert seen == [Reason.KEY_NOT_VALID, None, None, Reason.KEY_NOT_VALID]


def test_keys_overlap_while_they_are_rotated() -> None:
    """With a new key announced, both are accepted until the old one's time ends."""
    book = directory(entry(), entry(NEW, not_before=T, not_after=T + 9 * DAY))
    assert [refusal(book, OLD, hours=h) for h in (-1, 1, 13)] == [None, None, Reason.KEY_NOT_VALID]
    assert [refusal(book, NEW, hours=h) for h in (-1, 1, 13)] == [Reason.KEY_NOT_VALID, None, None]


def test_what_a_key_signed_stays_checkable_as_of_its_time() -> None:
    """A revoked key is refused from its revocation on; for the time before it is still known."""
    book = directory(entry(), entry(issued=T, revoked_at=T))
    assert refusal(book, OLD, hours=-1) is None
    assert refusal(book, OLD, hours=0) is Reason.KEY_NOT_VALID
    assert refusal(book, OLD, hours=1) is Reason.KEY_NOT_VALID
    assert len(book.signed_entries()) == 1


def test_a_newer_entry_changes_how_long_a_key_is_valid() -> None:
    """The entry that was issued last counts, whichever arrives last."""
    first, later = entry(), entry(issued=T, not_after=T + 9 * DAY)
    for order in ((first, later), (later, first)):
        assert refusal(directory(*order), OLD, hours=48) is None


def test_a_revocation_is_final_in_whatever_order_entries_arrive() -> None:
    """No entry takes a revocation back or puts it off, be it issued or received before or after."""
    entries = (
        entry(),
        entry(issued=T, revoked_at=T),
        entry(issued=T + 1),
        entry(issued=T + 2, revoked_at=T + 9 * DAY),
    )
    for order in itertools.permutations(entries):
        book = directory(*order)
        assert refusal(book, OLD) is Reason.KEY_NOT_VALID
        assert book.entries() == [entry(issued=T, revoked_at=T)]


def test_a_key_does_not_change_hands() -> None:
    """An entry that gives a known key to somebody else is not taken in."""
    book = directory(entry(), entry(issued=T, participant="DE"))
    assert refusal(book, OLD) is None
    assert refusal(book, OLD, participant="DE") is Reason.KEY_UNKNOWN


def test_entries_prove_themselves() -> None:
    """A directory that is rebuilt from the signed entries of another knows the same."""
    book = directory(entry(), entry(NEW))
    assert Directory(ROOT.public, book.signed_entries()).entries() == book.entries() == [entry(), entry(NEW)]


def jws(head: dict[str, object], payload: bytes, root: SigningKey = ROOT) -> str:
    """Return a compact JWS of any head and payload."""
    signed = f"{encode_base64url(msgspec.json.encode(head))}.{encode_base64url(payload)}"
    return f"{signed}.{encode_base64url(root.sign(signed.encode()))}"


HEAD: dict[str, object] = {"alg": "Ed25519", "kid": ROOT.kid, "typ": ENTRY_TYPE}
GOOD = msgspec.json.encode(entry())
ROW = msgspec.to_builtins(entry())
BAD_ENTRIES = {
    "wrong root": sign_entry(entry(), NEW),
    "nothing": "",
    "dots": "..",
    "detached": jws(HEAD, b""),
    "another algorithm": jws(HEAD | {"alg": "EdDSA"}, GOOD),
    "no algorithm": jws(HEAD | {"alg": "none"}, GOOD),
    "another kind": jws(HEAD | {"typ": "i247-request"}, GOOD),
    "unencoded payload": jws(HEAD | {"b64": False, "crit": ["b64"]}, GOOD),
    "payload not JSON": jws(HEAD, b"entry"),
    "payload nested deeply": jws(HEAD, b'{"x":' + b"[" * 2_000),
    "key too short": jws(HEAD, msgspec.json.encode(ROW | {"signing_key": "AAAA"})),
    "key not base64url": jws(HEAD, msgspec.json.encode(ROW | {"signing_key": "=" * 43})),
    "kind of participant unknown": jws(HEAD, msgspec.json.encode(ROW | {"kind": "police"})),
    "member missing": jws(HEAD, msgspec.json.encode({k: v for k, v in ROW.items() if k != "not_after"})),
    "head not JSON": f"{encode_base64url(b'{')}.{encode_base64url(GOOD)}.AA",
    "head not base64url": f"!.{encode_base64url(GOOD)}.AA",
    "padded": sign_entry(entry(), ROOT) + "==",
    "not ascii": sign_entry(entry(), ROOT) + "é",
    "signature cut": sign_entry(entry(), ROOT)[:-4],
    "too long": jws(HEAD, msgspec.json.encode(ROW | {"nats_user": "U" * MAX_ENTRY})),
}


@pytest.mark.parametrize("fault", BAD_ENTRIES)
def test_an_entry_that_the_root_did_not_sign_or_that_does_not_fit_is_refused(fault: str) -> None:
    """Whatever is wrong with an entry, it is refused as one, and nothing of it is learned."""
    book = directory()
    with pytest.raises(EntryRefused):
        book.learn(BAD_ENTRIES[fault])
    assert book.entries() == []


def test_every_changed_character_of_an_entry_is_noticed() -> None:
    """One character changed anywhere, and the entry is refused."""
    good = sign_entry(entry(), ROOT)
    for place, character in enumerate(good):
        changed = good[:place] + ("A" if character != "A" else "B") + good[place + 1 :]
        with pytest.raises(EntryRefused):
            verify_entry(changed, ROOT.public)


def test_an_entry_of_the_largest_size_is_taken() -> None:
    """The bound is just that: what fits within it is taken in."""
    long = entry(participant="F" * (MAX_ENTRY // 2))
    assert verify_entry(sign_entry(long, ROOT), ROOT.public) == long


class Net:
    """A Secretariat and a service in memory, the service with an empty directory."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.log = io.BytesIO()
        self.secretariat = self._participant("IPSG", directory(entry(), entry(NEW)))
        self.service = self._participant("notices", directory())

    def _participant(self, name: str, book: Directory) -> Participant:
        log = Log(name, stream=self.log)
        clock, key = FixedClock(NOW), SigningKey.generate()
        keys = KeyRing(name, book, clock, lambda: KeysAtHand([key]))
        return Participant(name, keys, book, self.broker.connect(name), clock, log)

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
    feed = DirectoryFeed(net.service)
    await feed.fetch()
    assert net.service.directory.entries() == net.secretariat.directory.entries()


async def test_a_revocation_reaches_a_participant_at_once(net: Net) -> None:
    """What the Secretariat announces is known to those who follow, without a fetch."""
    await DirectoryPublisher(net.secretariat).start()
    await DirectoryFeed(net.service).start()
    await DirectoryPublisher(net.secretariat).announce(sign_entry(entry(revoked_at=T), ROOT))
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
    await DirectoryFeed(net.service).fetch()
    assert net.service.directory.entries() == [entry()]


async def test_the_secretariat_sends_the_directory_to_inboxes_alone(net: Net) -> None:
    """Whoever names another subject for the answer, to make the Secretariat speak there, gets none."""
    await DirectoryPublisher(net.secretariat).start()
    (secretariat,) = net.broker.servers_for(FETCH_SUBJECT, turn=0)
    answered: list[str] = []
    for subject in ("", CHANGES_SUBJECT, FETCH_SUBJECT, "i247.req.notices.IPSG", "_INBOX.FR.1"):

        async def answer(_parcel: Parcel, subject: str = subject) -> None:
            answered.append(subject)

        secretariat.deliver(Arrival(FETCH_SUBJECT, Parcel("", b""), subject, answer))
    await net.settled()
    assert answered == ["_INBOX.FR.1"]
