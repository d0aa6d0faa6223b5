"""How a witness checks a checkpoint, case by case."""

from datetime import timedelta

import msgspec
import pytest

from gateway.witness.rules import (
    Alarm,
    Fault,
    Undecided,
    lost,
    must_be_proven,
    read_new_log,
    read_shown,
    require_consistency,
)
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.merkle import CompactRange, leaf_hash
from shared.crypto.signed_note import Checkpoint, Signature, cosign, log_name, parse_note, sign_checkpoint, witness_name
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, sign_entry
from tests.conftest import NOW

ROOT, KEY, ANOTHER, FRENCH = (SigningKey(bytes([number]) * 32) for number in range(4))
NAME = log_name("things")
DAY = timedelta(days=1)
ENTRY = Entry(
    participant="things",
    kind="service",
    signing_key=encode_base64url(KEY.public.raw),
    nats_user="",
    issued=NOW.timestamp(),
    not_before=NOW.timestamp(),
    not_after=(NOW + DAY).timestamp(),
)
FRANCE = msgspec.structs.replace(
    ENTRY, participant="FR", kind="bureau", signing_key=encode_base64url(FRENCH.public.raw)
)


def directory(*entries: Entry) -> Directory:
    """Return a directory with these entries, or those of the service and of France."""
    return Directory(ROOT.public, (sign_entry(entry, ROOT) for entry in entries or (ENTRY, FRANCE)))


def tree(leaves: int, begin: bytes = b"") -> Checkpoint:
    """Return the checkpoint of a log with this many leaves."""
    frontier = CompactRange()
    for number in range(leaves):
        frontier.append(leaf_hash(begin + bytes([number])))
    return Checkpoint(NAME, frontier.size, frontier.root())


def test_a_signed_checkpoint_is_read_with_its_cosignatures() -> None:
    text = sign_checkpoint(tree(3), NAME, KEY)
    text += cosign(parse_note(text), witness_name("FR"), FRENCH, NOW)
    shown = read_shown(text, "things", directory(), NOW)
    assert (shown.note.written, shown.checkpoint) == (text, tree(3))


@pytest.mark.parametrize("name", ["i247/ZZ", "i247/FR", "i247/IPSG", NAME, "witness.example/x"])
def test_invalid_signature_lines_of_a_checkpoint_are_dropped(name: str) -> None:
    """They neither invalidate the checkpoint nor weaken it as evidence."""
    text = sign_checkpoint(tree(3), NAME, KEY)
    for key_id in (bytes(4), parse_note(text).signatures[0].key_id):
        junk = Signature(name, key_id, bytes(72)).line
        assert read_shown(text + junk, "things", directory(), NOW).note.written == text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.UNREADABLE),
        ("i247/things\n3\n\n— i247/things AAAAAAAA\n", Fault.UNREADABLE),
        (sign_checkpoint(Checkpoint(log_name("others"), 3, bytes(32)), NAME, KEY), Fault.UNREADABLE),
        (sign_checkpoint(tree(3), NAME, ANOTHER), Fault.UNSIGNED),
        (sign_checkpoint(tree(3), log_name("others"), KEY), Fault.UNSIGNED),
        (sign_checkpoint(tree(3), NAME, KEY).replace("\n3\n", "\n4\n"), Fault.UNSIGNED),
    ],
    ids=["nothing", "no checkpoint", "of another log", "another key", "another name", "altered"],
)
def test_a_checkpoint_without_a_valid_signature_raises_an_alarm(text: str, fault: Fault) -> None:
    """It was part of an answer that the service did sign."""
    with pytest.raises(Alarm) as raised:
        read_shown(text, "things", directory(), NOW)
    assert raised.value.fault is fault


def test_a_checkpoint_of_an_expired_or_revoked_key_is_undecided() -> None:
    """A log at rest may have been signed with a key that expired since, or was revoked."""
    text = sign_checkpoint(tree(3), NAME, KEY)
    revoked = msgspec.structs.replace(ENTRY, revoked_at=NOW.timestamp())
    for entry, at in ((ENTRY, NOW + 2 * DAY), (revoked, NOW)):
        with pytest.raises(Undecided):
            read_shown(text, "things", directory(entry), at)


def test_only_growth_must_be_proven() -> None:
    """Not a checkpoint that is the first, or was seen before."""
    assert [must_be_proven(seen, tree(3)) for seen in (None, tree(3), tree(2))] == [False, False, True]


@pytest.mark.parametrize(
    ("seen", "shown", "fault"),
    [
        (tree(3), tree(2), Fault.SHRUNK),
        (tree(3), tree(3, b"other"), Fault.FORKED),
        (msgspec.structs.replace(tree(3), origin=f"{NAME}/1"), tree(4), Fault.SHRUNK),
    ],
    ids=["smaller", "of the same size", "of an earlier log"],
)
def test_a_checkpoint_that_contradicts_the_last_one_raises_an_alarm(
    seen: Checkpoint, shown: Checkpoint, fault: Fault
) -> None:
    """No proof is needed."""
    with pytest.raises(Alarm) as raised:
        must_be_proven(seen, shown)
    assert raised.value.fault is fault


def test_growth_without_a_valid_consistency_proof_raises_an_alarm() -> None:
    """From one leaf to two the proof is the hash of the second."""
    second = encode_base64url(leaf_hash(bytes([1])))
    require_consistency(tree(1), tree(2), [second])
    for proof in ([], [second, second], [encode_base64url(bytes(32))], ["no hash"], ["é"]):
        with pytest.raises(Alarm) as raised:
            require_consistency(tree(1), tree(2), proof)
        assert raised.value.fault is Fault.REWRITTEN


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        (None, "none is kept"),
        (tree(3), "2 are lost: 3 to 4"),
        (tree(5), "none is lost"),
        (tree(7), "none is lost"),
    ],
    ids=["nothing", "less", "all", "more"],
)
def test_lost_leaves_are_reported_by_number(kept: Checkpoint | None, says: str) -> None:
    """Of the log that the bureau saw, whatever is kept of earlier ones."""
    assert lost(tree(5), kept) == f"of the 5 leaves of {NAME} that this bureau had seen, {says}"
    second = msgspec.structs.replace(tree(5), origin=f"{NAME}/1")
    assert lost(second, tree(7)).endswith("of i247/things/1 that this bureau had seen, none is kept")


def test_a_retired_log_that_differs_from_what_was_seen_raises_an_alarm() -> None:
    """Both trees have one size: the log signed a fork."""
    with pytest.raises(Alarm) as raised:
        lost(tree(5), tree(5, b"other"))
    assert raised.value.fault is Fault.FORKED


@pytest.mark.thorough
@pytest.mark.parametrize("proof", [(), ("no hash",)], ids=["not proven", "no hash"])
def test_a_new_log_without_an_opening_leaf_raises_an_alarm(proof: tuple[str, ...]) -> None:
    with pytest.raises(Alarm) as raised:
        read_new_log("{}", proof, msgspec.structs.replace(tree(3), origin=f"{NAME}/1"), "FR", directory())
    assert raised.value.fault is Fault.REWRITTEN
