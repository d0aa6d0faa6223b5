"""What a witness makes of a checkpoint, case by case."""

from datetime import timedelta

import msgspec
import pytest

from gateway.witness.rules import Alarm, Fault, Undecided, must_be_proven, read_shown, require_growth
from shared.audit.merkle import Frontier, leaf_hash
from shared.audit.note import Checkpoint, log_name, sign_checkpoint
from shared.directory import Entry
from shared.signing import SigningKey, encode_base64url
from tests.conftest import NOW

KEY, ANOTHER = SigningKey(bytes(32)), SigningKey(bytes([1]) * 32)
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


def tree(leaves: int, begin: bytes = b"") -> Checkpoint:
    """Return the checkpoint of a log of so many leaves."""
    frontier = Frontier()
    for number in range(leaves):
        frontier.append(leaf_hash(begin + bytes([number])))
    return Checkpoint(NAME, frontier.size, frontier.root())


def test_a_checkpoint_that_the_service_signed_is_read() -> None:
    """With the text as it came, cosignatures and all."""
    text = sign_checkpoint(tree(3), NAME, KEY)
    shown = read_shown(text, "things", [ENTRY], NOW)
    assert (shown.text, shown.checkpoint) == (text, tree(3))


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
def test_what_the_service_did_not_sign_is_a_reason_for_alarm(text: str, fault: Fault) -> None:
    """It came in an answer that it did sign."""
    with pytest.raises(Alarm) as raised:
        read_shown(text, "things", [ENTRY], NOW)
    assert raised.value.fault is fault


def test_a_key_that_is_not_valid_any_more_is_no_reason_for_alarm_but_none_to_cosign() -> None:
    """A log at rest was signed with a key that has run out since, or was revoked."""
    text = sign_checkpoint(tree(3), NAME, KEY)
    revoked = msgspec.structs.replace(ENTRY, revoked_at=NOW.timestamp())
    for entry, at in ((ENTRY, NOW + 2 * DAY), (revoked, NOW)):
        with pytest.raises(Undecided):
            read_shown(text, "things", [entry], at)


def test_only_growth_has_to_be_proven() -> None:
    """Not what is seen first, nor what was seen already."""
    assert [must_be_proven(seen, tree(3)) for seen in (None, tree(3), tree(2))] == [False, False, True]


@pytest.mark.parametrize(
    ("seen", "shown", "fault"),
    [(tree(3), tree(2), Fault.SHRUNK), (tree(3), tree(3, b"other"), Fault.FORKED)],
    ids=["smaller", "of the same size"],
)
def test_what_contradicts_what_was_seen_is_a_reason_for_alarm(
    seen: Checkpoint, shown: Checkpoint, fault: Fault
) -> None:
    """Whatever could be proven of it."""
    with pytest.raises(Alarm) as raised:
        must_be_proven(seen, shown)
    assert raised.value.fault is fault


def test_growth_is_believed_when_it_is_proven() -> None:
    """From one leaf to two it takes the hash of the second."""
    second = encode_base64url(leaf_hash(bytes([1])))
    require_growth(tree(1), tree(2), [second])
    for proof in ([], [second, second], [encode_base64url(bytes(32))], ["no hash"], ["é"]):
        with pytest.raises(Alarm) as raised:
            require_growth(tree(1), tree(2), proof)
        assert raised.value.fault is Fault.REWRITTEN
