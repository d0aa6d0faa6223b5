"""What a bureau makes of the directory: false entries, keys that nobody vouches for, and heads that nobody cosigned."""

import asyncio
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from gateway.witness.directory_rules import (
    GRACE_SECONDS,
    History,
    false_entries,
    fork,
    unlogged,
    unvouched,
    unwitnessed,
    witnesses_of,
)
from gateway.witness.directory_watch import DirectoryWatch
from gateway.witness.rules import Fault
from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.signed_note import NoteRefused, cosign, parse_note, witness_name
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, EntryRefused, sign_entry
from shared.protocol.directory_log import DirectoryPart, LogForked, log_head
from shared.protocol.key_request import make_request, read_request
from tests.conftest import NOW
from tests.shared.test_directory import DAY, NEW, OLD, ROOT, T, directory, entry, following
from tests.vectors.parts import nkey, sealing_key

THIRD = SigningKey(bytes([3]) * 32)


def asked(key: SigningKey, by: SigningKey | None = None, participant: str = "FR", at: float = T) -> Entry:
    """Return an entry as a participant asked for it, countersigned by an earlier key."""
    seed, nats_user = nkey(participant)
    public = encode_base64url(sealing_key(participant).public.raw)
    bare = entry(key, participant, not_before=at, issued=at, requested=at, nats_user=nats_user, sealing_key=public)
    request = read_request(make_request(bare.statement, key, seed.encode(), by))
    return msgspec.structs.replace(bare, countersigned=request.countersignature)


class Held:
    """The signing keys that France holds, with the one sealing key of all its entries here, or another."""

    def __init__(self, keys: set[SigningKey], sealing: str = sealing_key("FR").kid) -> None:
        self._kids = {key.kid for key in keys}
        self._sealing = sealing

    def holds(self, kid: str) -> bool:
        return kid in self._kids

    def holds_sealing(self, kid: str) -> bool:
        return kid == self._sealing


LATER = NOW + timedelta(hours=1)


def faults(book: Directory, holds: set[SigningKey], now: datetime = LATER) -> list[tuple[Fault, int]]:
    """Return what France finds, which holds some keys."""
    history = History(book)
    history.read(now)
    found = [*false_entries(book, history, "FR", Held(holds), now.timestamp()), *unvouched(history.introduced)]
    return [(each.fault, each.number) for each in [*found, *history.wrong, *fork(book)]]


def restated(entry: Entry, **changed: Any) -> Entry:
    """Return an entry that the Secretariat changed by itself."""
    return msgspec.structs.replace(entry, **({"issued": entry.issued + 1} | changed))


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


def test_mail_is_sealed_to_a_false_key_all_the_same() -> None:
    """The alarm says so; until the key is revoked, who entered it reads what others write to the bureau."""
    other = encode_base64url(sealing_key("DE").public.raw)
    book = directory(asked(OLD), msgspec.structs.replace(asked(NEW, at=T + 60), sealing_key=other))
    sealed_to = book.sealing_key_of("FR", LATER)
    assert sealed_to is not None
    assert sealed_to.kid == sealing_key("DE").kid
    assert book.key_of("FR", NEW.kid, LATER.timestamp(), LATER.timestamp()).kid == NEW.kid
    assert (Fault.FALSE_ENTRY, 1) in faults(book, {OLD})


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
    """The finding holds both heads, and stays the same while the log grows."""
    book, other = directory(entry()), directory(entry(NEW))
    with pytest.raises(LogForked):
        book.take(other.log.part())
    [finding] = fork(book)
    assert (finding.fault, finding.seen, finding.shown) == (Fault.FORKED, book.log.head, other.log.head)
    book.take(following(book, entry(THIRD)))
    assert list(fork(book)) == [finding]


def test_two_heads_that_others_state_are_both_in_the_finding() -> None:
    """With the own, smaller one, either of them would agree."""
    book, here, there = directory(entry()), directory(entry(), entry(NEW)), directory(entry(), entry(THIRD))
    book.compare_head(here.log.signed_head)
    book.compare_head(there.log.signed_head)
    [finding] = fork(book)
    assert (finding.seen, finding.shown) == (here.log.head, there.log.head)


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
        finding = unwitnessed(book, "FR", witnesses_of(book, NOW), NOW)
        return [] if finding is None else [finding.says]

    add("FR", OLD)
    add("DE", OLD)
    assert missing() == ["0 other bureaus cosigned the directory of 3 entries, and 2 should have"]
    add("KE", THIRD)
    assert missing() == ["1 other bureaus cosigned the directory of 3 entries, and 2 should have"]
    # A line stays good when the key that signed it has ended.
    assert witnesses_of(book, NOW + timedelta(days=2)) == {"FR", "KE"}
    with pytest.raises(NoteRefused):
        book.log.cosign("no line")


def test_a_member_alone_needs_no_witness() -> None:
    """There is nobody else."""
    book = directory(entry(), entry(NEW, "IPSG"))
    assert unwitnessed(book, "FR", set(), NOW) is None


@pytest.mark.parametrize(
    "other",
    [{"sealing_key": encode_base64url(sealing_key("DE").public.raw)}, {"nats_user": nkey("DE")[1]}],
    ids=lambda other: next(iter(other)),
)
def test_what_its_owner_did_not_state_is_not_believed_and_is_an_alarm(other: dict[str, str]) -> None:
    """A sealing key of the Secretariat under the signing key of the bureau, by which it would read its mail."""
    first = asked(OLD)
    book = directory(first)
    with pytest.raises(EntryRefused, match="has other keys"):
        book.take(following(book, restated(first, **other)))
    assert book.sealing_key_of("FR", NOW) is not None
    assert book.sealing_key_of("FR", NOW).kid == sealing_key("FR").kid  # type: ignore[union-attr]  # as before
    assert faults(book, {OLD}) == [(Fault.NOT_VOUCHED, 1)]
    assert faults(directory(asked(OLD)), {OLD}) == []


def test_an_entry_with_the_own_signing_key_and_another_sealing_key_is_false() -> None:
    """From the first one on, when nobody else can know."""
    book = directory(asked(OLD))
    history = History(book)
    history.read(LATER)
    held = Held({OLD}, sealing=sealing_key("DE").kid)
    assert list(false_entries(book, history, "FR", held, LATER.timestamp())) == []
    two = directory(asked(OLD), restated(asked(NEW, OLD, at=T + 60), sealing_key=asked(THIRD, None, "DE").sealing_key))
    assert (Fault.FALSE_ENTRY, 1) in faults(two, {OLD, NEW})


def test_a_leaf_that_is_no_entry_is_an_alarm_and_ends_no_watch() -> None:
    """What comes after it is judged as before."""
    book = directory(asked(OLD))
    leaves = [*book.log.entries(), "x", sign_entry(asked(NEW, at=T + 60), ROOT)]
    with pytest.raises(EntryRefused):
        book.take(DirectoryPart(log_head(leaves, ROOT), 1, leaves[1:]))
    assert faults(book, {OLD}) == [(Fault.FALSE_ENTRY, 2), (Fault.NOT_VOUCHED, 2), (Fault.UNREADABLE, 1)]


@pytest.mark.parametrize(
    "between",
    [
        [],
        [restated(asked(OLD), not_after=T + 1)],
        [restated(asked(OLD), not_after=T + 1), restated(asked(OLD), issued=T + 9)],
        [restated(asked(OLD), revoked_at=T + 10 * DAY)],
        [msgspec.structs.replace(asked(OLD), issued=T - 9, not_after=T - 5)],
    ],
    ids=["beside it", "ended", "ended and not", "to be revoked in ten days", "an entry that is outranked"],
)
@pytest.mark.parametrize("issued", [T - 100 * DAY, T + 60, T + 3_650 * DAY])
def test_no_time_that_the_secretariat_states_hides_a_false_key(between: list[Entry], issued: float) -> None:
    """The order of the log counts, and whether the key before was revoked by now."""
    false = msgspec.structs.replace(asked(NEW, at=T + 60), issued=issued)
    found = faults(directory(asked(OLD), *between, false), {OLD})
    number = 1 + len(between)
    assert found == [(Fault.FALSE_ENTRY, number), (Fault.NOT_VOUCHED, number)]


def test_a_false_key_that_came_first_is_an_alarm_as_long_as_it_may_be_used() -> None:
    """Also where it countersigned the key of the bureau itself."""
    false, true = asked(OLD), asked(NEW, OLD, at=T + 60)
    assert faults(directory(false, true), {NEW}) == [(Fault.FALSE_ENTRY, 0)]
    assert faults(directory(false, true, restated(false, revoked_at=T + 90)), {NEW}) == []


async def test_new_heads_do_not_put_off_that_nobody_cosigns(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often the Secretariat signs another: the patience is with the directory, and not with each head."""
    book = directory(entry(OLD, "FR"), entry(NEW, "DE"), entry(THIRD, "KE"))
    bureau = SimpleNamespace(name="FR", directory=book, clock=FixedClock(NOW))
    watch, passed = DirectoryWatch(), [0.0]
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: passed[0])
    found = []
    for turn in range(3):
        found.append([each.fault for each in watch._of_head(bureau, book)])  # type: ignore[arg-type]  # a fake
        book.take(following(book, entry(NEW, "DE", issued=T + turn)))
        passed[0] += GRACE_SECONDS * 0.6
    assert found == [[], [], [Fault.UNWITNESSED]]
