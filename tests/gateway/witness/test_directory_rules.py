"""What a bureau makes of the directory: false entries, keys that nobody vouches for, and heads that nobody cosigned."""

from datetime import timedelta

import msgspec
import pytest

from gateway.witness.directory_rules import History, false_entries, fork, unlogged, unvouched, unwitnessed, witnesses_of
from gateway.witness.rules import Fault
from shared.audit.note import cosign, parse_note, witness_name
from shared.directory import Directory, Entry, sign_entry
from shared.directory_log import LogForked
from shared.key_request import make_request, read_request
from shared.signing import SigningKey, encode_base64url
from tests.conftest import NOW
from tests.shared.test_directory import NEW, OLD, ROOT, T, directory, entry, following
from tests.vectors.parts import nkey, sealing_key

THIRD = SigningKey(bytes([3]) * 32)


def asked(key: SigningKey, by: SigningKey | None = None, participant: str = "FR", at: float = T) -> Entry:
    """Return an entry as a participant asked for it, countersigned by an earlier key."""
    seed, nats_user = nkey(participant)
    public = encode_base64url(sealing_key(participant).public.raw)
    bare = entry(key, participant, not_before=at, issued=at, requested=at, nats_user=nats_user, sealing_key=public)
    request = read_request(make_request(bare.statement, key, seed.encode(), by))
    return msgspec.structs.replace(bare, countersigned=request.countersignature)


def faults(book: Directory, holds: set[SigningKey]) -> list[tuple[Fault, int]]:
    """Return what France finds, which holds some keys."""
    kids = {key.kid for key in holds}
    introduced = History(book).introduced()
    found = [*false_entries(introduced, "FR", kids.__contains__), *unvouched(introduced), *fork(book)]
    return [(each.fault, each.number) for each in found]


def test_a_rotation_that_the_key_before_countersigned_is_no_alarm() -> None:
    """Nor one after all keys were revoked, which the bureau asked for with another."""
    first, second = asked(OLD), asked(NEW, OLD, at=T + 60)
    ended = msgspec.structs.replace(first, issued=T + 60, not_after=T + 120)
    assert faults(directory(first, ended, second), {OLD, NEW}) == []
    revoked = msgspec.structs.replace(first, issued=T + 60, revoked_at=T + 60)
    assert faults(directory(first, revoked, asked(NEW, at=T + 90)), {OLD, NEW}) == []


def test_a_key_that_the_bureau_does_not_hold_is_a_false_entry() -> None:
    """The Secretariat entered it beside the bureau's own, or after it revoked that."""
    beside = directory(asked(OLD), asked(NEW, at=T + 60))
    assert faults(beside, {OLD}) == [(Fault.FALSE_ENTRY, 1), (Fault.NOT_VOUCHED, 1)]
    revoked = msgspec.structs.replace(asked(OLD), issued=T + 60, revoked_at=T + 60)
    assert faults(directory(asked(OLD), revoked, asked(NEW, at=T + 90)), {OLD}) == [(Fault.FALSE_ENTRY, 2)]


def test_a_countersignature_of_another_key_vouches_for_nothing() -> None:
    """Of another bureau, and one that was taken from another entry."""
    germany = asked(THIRD, participant="DE")
    assert faults(directory(germany, asked(OLD), asked(NEW, THIRD, at=T + 60)), {OLD, NEW}) == [(Fault.NOT_VOUCHED, 2)]
    taken = msgspec.structs.replace(asked(NEW, at=T + 60), countersigned=asked(THIRD, OLD).countersigned)
    assert faults(directory(asked(OLD), taken), {OLD, NEW}) == [(Fault.NOT_VOUCHED, 1)]


def test_what_was_entered_before_the_first_key_that_is_held_is_no_alarm() -> None:
    """As where a bureau began anew on another machine."""
    revoked = msgspec.structs.replace(asked(OLD), issued=T + 60, revoked_at=T + 60)
    assert faults(directory(asked(OLD), revoked, asked(NEW, at=T + 90)), {NEW}) == []
    assert faults(directory(asked(OLD)), set()) == []


def test_others_see_a_key_that_its_bureau_did_not_vouch_for() -> None:
    """A false key for Germany is an alarm in France as well."""
    germany = [asked(OLD, participant="DE"), asked(NEW, participant="DE", at=T + 60)]
    assert faults(directory(*germany), set()) == [(Fault.NOT_VOUCHED, 1)]


def test_two_directories_that_the_root_key_signed_convict_it() -> None:
    """The finding holds the other head."""
    book, other = directory(entry()), directory(entry(NEW))
    with pytest.raises(LogForked) as forked:
        book.take(other.log.part())
    book.forked = forked.value
    assert [(each.fault, each.shown) for each in fork(book)] == [(Fault.FORKED, other.log.head)]


def test_an_entry_outside_the_log_is_found() -> None:
    """It is in force, and yet no witness will ever have seen it."""
    book = directory(entry())
    book.learn(sign_entry(entry(NEW), ROOT))
    [finding] = unlogged(list(book.unlogged))
    assert (finding.fault, finding.shown) == (Fault.NOT_LOGGED, sign_entry(entry(NEW), ROOT))
    book.take(following(book, entry(NEW)))
    assert not book.unlogged


def test_a_head_that_others_did_not_cosign_is_found() -> None:
    """Two others, or as many as there are; the own line does not count, nor one by a key that is not in force."""
    book = directory(entry(OLD, "FR"), entry(NEW, "DE"), entry(THIRD, "KE"))

    def add(bureau: str, key: SigningKey) -> None:
        book.log.cosign(cosign(parse_note(book.log.head), witness_name(bureau), key, NOW))

    def missing() -> list[str]:
        return [each.says for each in unwitnessed(book, "FR", witnesses_of(book, NOW), NOW)]

    add("FR", OLD)
    add("DE", OLD)
    assert missing() == ["0 other bureaus cosigned the directory of 3 entries, and 2 should have"]
    add("KE", THIRD)
    assert missing() == ["1 other bureaus cosigned the directory of 3 entries, and 2 should have"]
    assert witnesses_of(book, NOW + timedelta(days=2)) == set()


def test_a_member_alone_needs_no_witness() -> None:
    """There is nobody else."""
    book = directory(entry(), entry(NEW, "IPSG"))
    assert list(unwitnessed(book, "FR", set(), NOW)) == []
