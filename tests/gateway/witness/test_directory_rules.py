"""How a bureau checks the directory: false entries, keys without a countersignature, heads without cosignatures."""

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
from tests.shared.directories import DAY, NEW, OLD, ROOT, T, directory, entry, following
from tests.vectors.participants import nkey, sealing_key

THIRD = SigningKey(bytes([3]) * 32)


def asked(key: SigningKey, by: SigningKey | None = None, participant: str = "FR", at: float = T) -> Entry:
    """Return an entry as requested by a participant, countersigned by an earlier key."""
    seed, nats_user = nkey(participant)
    public = encode_base64url(sealing_key(participant).public.raw)
    bare = entry(key, participant, not_before=at, issued=at, requested=at, nats_user=nats_user, sealing_key=public)
    request = read_request(make_request(bare.statement, key, seed.encode(), by))
    return msgspec.structs.replace(bare, countersigned=request.countersignature)


class Held:
    """The signing keys that France holds, and the one sealing key of all its entries here, or another."""

    def __init__(self, keys: set[SigningKey], sealing: str = sealing_key("FR").kid) -> None:
        self._kids = {key.kid for key in keys}
        self._sealing = sealing

    def holds(self, kid: str) -> bool:
        return kid in self._kids

    def holds_sealing(self, kid: str) -> bool:
        return kid == self._sealing


LATER = NOW + timedelta(hours=1)


def faults(book: Directory, holds: set[SigningKey], now: datetime = LATER) -> list[tuple[Fault, int]]:
    """Return the findings of France, which holds some keys."""
    history = History(book)
    history.read(now)
    found = [*false_entries(book, history, "FR", Held(holds), now.timestamp()), *unvouched(history.introduced)]
    return [(each.fault, each.number) for each in [*found, *history.wrong, *fork(book)]]


def restated(entry: Entry, **changed: Any) -> Entry:
    """Return an entry that the Secretariat changed without a request."""
    return msgspec.structs.replace(entry, **({"issued": entry.issued + 1} | changed))


def test_a_countersigned_key_rotation_raises_no_alarm() -> None:
    """Nor does a new key that the bureau holds after all others were revoked."""
    first, second = asked(OLD), asked(NEW, OLD, at=T + 60)
    ended = msgspec.structs.replace(first, issued=T + 60, not_after=T + 120)
    assert faults(directory(first, ended, second), {OLD, NEW}) == []
    revoked = msgspec.structs.replace(first, issued=T + 60, revoked_at=T + 60)
    assert faults(directory(first, revoked, asked(NEW, at=T + 90)), {OLD, NEW}) == []


def test_a_key_the_bureau_does_not_hold_is_reported_as_a_false_entry() -> None:
    """Whether it was entered beside the bureau's own key, or after the revocation of that."""
    beside = directory(asked(OLD), asked(NEW, at=T + 60))
    assert faults(beside, {OLD}) == [(Fault.FALSE_ENTRY, 1), (Fault.NOT_VOUCHED, 1)]
    revoked = msgspec.structs.replace(asked(OLD), issued=T + 60, revoked_at=T + 60)
    assert faults(directory(asked(OLD), revoked, asked(NEW, at=T + 90)), {OLD}) == [(Fault.FALSE_ENTRY, 2)]


def test_mail_is_sealed_to_a_false_key_until_it_is_revoked() -> None:
    """Its holder can read mail to the bureau; only the alarm reports it."""
    other = encode_base64url(sealing_key("DE").public.raw)
    book = directory(asked(OLD), msgspec.structs.replace(asked(NEW, at=T + 60), sealing_key=other))
    sealed_to = book.sealing_key_of("FR", LATER)
    assert sealed_to is not None
    assert sealed_to.kid == sealing_key("DE").kid
    assert book.key_of("FR", NEW.kid, LATER.timestamp(), LATER.timestamp()).kid == NEW.kid
    assert (Fault.FALSE_ENTRY, 1) in faults(book, {OLD})


def test_a_countersignature_of_a_wrong_key_or_entry_is_reported() -> None:
    """By a key of another bureau, or copied from another entry."""
    germany = asked(THIRD, participant="DE")
    assert faults(directory(germany, asked(OLD), asked(NEW, THIRD, at=T + 60)), {OLD, NEW}) == [(Fault.NOT_VOUCHED, 2)]
    taken = msgspec.structs.replace(asked(NEW, at=T + 60), countersigned=asked(THIRD, OLD).countersigned)
    assert faults(directory(asked(OLD), taken), {OLD, NEW}) == [(Fault.NOT_VOUCHED, 1)]


def test_entries_before_the_first_key_held_by_the_bureau_raise_no_alarm() -> None:
    """As where a bureau started again on another machine."""
    revoked = msgspec.structs.replace(asked(OLD), issued=T + 60, revoked_at=T + 60)
    assert faults(directory(asked(OLD), revoked, asked(NEW, at=T + 90)), {NEW}) == []
    assert faults(directory(asked(OLD)), set()) == []


def test_a_key_without_a_countersignature_is_reported_by_other_bureaus() -> None:
    """A false key for Germany raises an alarm in France as well."""
    germany = [asked(OLD, participant="DE"), asked(NEW, participant="DE", at=T + 60)]
    assert faults(directory(*germany), set()) == [(Fault.NOT_VOUCHED, 1)]


def test_a_fork_is_reported_with_both_signed_heads() -> None:
    """The finding stays the same while the log grows."""
    book, other = directory(entry()), directory(entry(NEW))
    with pytest.raises(LogForked):
        book.take(other.log.part())
    [finding] = fork(book)
    assert (finding.fault, finding.seen, finding.shown) == (Fault.FORKED, book.log.head, other.log.head)
    book.take(following(book, entry(THIRD)))
    assert list(fork(book)) == [finding]


def test_a_fork_between_two_heads_of_others_is_reported_with_both() -> None:
    """The own, smaller head is consistent with either."""
    book, here, there = directory(entry()), directory(entry(), entry(NEW)), directory(entry(), entry(THIRD))
    book.compare_head(here.log.signed_head)
    book.compare_head(there.log.signed_head)
    [finding] = fork(book)
    assert (finding.seen, finding.shown) == (here.log.head, there.log.head)


def test_an_entry_outside_the_log_is_reported() -> None:
    """It is in force although no witness has seen it."""
    book = directory(entry())
    book.learn(sign_entry(entry(NEW), ROOT))
    [finding] = unlogged(list(book.unlogged))
    assert (finding.fault, finding.shown) == (Fault.NOT_LOGGED, sign_entry(entry(NEW), ROOT))
    book.take(following(book, entry(NEW)))
    assert not book.unlogged


def test_a_head_without_enough_cosignatures_of_other_bureaus_is_reported() -> None:
    """Two others, or all there are; neither the own cosignature counts, nor one by a key that is not in force."""
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
    # A cosignature stays valid after the expiry of its key.
    assert witnesses_of(book, NOW + timedelta(days=2)) == {"FR", "KE"}
    with pytest.raises(NoteRefused):
        book.log.cosign("no line")


def test_a_directory_with_one_member_needs_no_cosignature() -> None:
    book = directory(entry(), entry(NEW, "IPSG"))
    assert unwitnessed(book, "FR", set(), NOW) is None


@pytest.mark.parametrize(
    "other",
    [{"sealing_key": encode_base64url(sealing_key("DE").public.raw)}, {"nats_user": nkey("DE")[1]}],
    ids=lambda other: next(iter(other)),
)
def test_a_changed_sealing_key_or_broker_account_is_refused_and_reported(other: dict[str, str]) -> None:
    """With a sealing key of its own under a bureau's signing key, the Secretariat could read the bureau's mail."""
    first = asked(OLD)
    book = directory(first)
    with pytest.raises(EntryRefused, match="has other keys"):
        book.take(following(book, restated(first, **other)))
    assert book.sealing_key_of("FR", NOW) is not None
    assert book.sealing_key_of("FR", NOW).kid == sealing_key("FR").kid  # type: ignore[union-attr]  # as before
    assert faults(book, {OLD}) == [(Fault.NOT_VOUCHED, 1)]
    assert faults(directory(asked(OLD)), {OLD}) == []


def test_an_entry_with_the_own_signing_key_but_another_sealing_key_is_reported() -> None:
    book = directory(asked(OLD))
    history = History(book)
    history.read(LATER)
    held = Held({OLD}, sealing=sealing_key("DE").kid)
    assert list(false_entries(book, history, "FR", held, LATER.timestamp())) == []
    two = directory(asked(OLD), restated(asked(NEW, OLD, at=T + 60), sealing_key=asked(THIRD, None, "DE").sealing_key))
    assert (Fault.FALSE_ENTRY, 1) in faults(two, {OLD, NEW})


def test_a_leaf_that_is_no_entry_is_reported_and_later_entries_are_checked() -> None:
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
def test_a_false_key_is_reported_whatever_times_the_entries_state(between: list[Entry], issued: float) -> None:
    """The order in the log decides, and whether the earlier key is revoked by now."""
    false = msgspec.structs.replace(asked(NEW, at=T + 60), issued=issued)
    found = faults(directory(asked(OLD), *between, false), {OLD})
    number = 1 + len(between)
    assert found == [(Fault.FALSE_ENTRY, number), (Fault.NOT_VOUCHED, number)]


def test_a_false_first_key_is_reported_until_it_is_revoked() -> None:
    """Also if it countersigned the bureau's own key."""
    false, true = asked(OLD), asked(NEW, OLD, at=T + 60)
    assert faults(directory(false, true), {NEW}) == [(Fault.FALSE_ENTRY, 0)]
    assert faults(directory(false, true, restated(false, revoked_at=T + 90)), {NEW}) == []


async def test_new_heads_do_not_extend_the_grace_period_for_cosignatures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The grace period belongs to the directory, not to each head that the Secretariat signs."""
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


async def test_an_entry_that_is_added_while_the_directory_is_watched_is_checked() -> None:
    """Each look reads what is new in the log."""
    book = directory(asked(OLD))
    bureau = SimpleNamespace(name="FR", directory=book, clock=FixedClock(LATER), keys=Held({OLD}))
    watch = DirectoryWatch()
    assert [each.fault for each in watch._findings(bureau)] == []  # type: ignore[arg-type]  # a fake
    book.take(following(book, asked(NEW, at=T + 60)))
    assert [each.fault for each in watch._findings(bureau)] == [Fault.FALSE_ENTRY, Fault.NOT_VOUCHED]  # type: ignore[arg-type]
