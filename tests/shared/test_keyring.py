"""The private keys of a participant: which one is in force, when another replaces it, and the refusal without one."""

from datetime import timedelta

import pytest

from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.hpke import SealingKey
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, Standing, sign_entry
from shared.protocol.envelope import SKEW_SECONDS
from shared.rpc.keyring import BureauSuspended, KeyNotValid, KeyRing, PrivateKeys
from tests.conftest import NOW

ROOT = SigningKey(bytes(32))
OLD, NEW, NEXT = (SigningKey(bytes([number]) * 32) for number in (1, 2, 3))
OLD_SEAL, NEW_SEAL = SealingKey(bytes([4]) * 32), SealingKey(bytes([5]) * 32)
T = NOW.timestamp()
HOUR = 3_600.0


class BureauKeys:
    """The key ring of a bureau, with its private keys, a directory and a clock."""

    def __init__(self, *signing: SigningKey) -> None:
        self.clock = FixedClock(NOW)
        self.directory = Directory(ROOT.public)
        self.signing = list(signing)
        self.sealing = [OLD_SEAL]
        self.reads = 0
        self.ring = KeyRing("FR", self.directory, self.clock, self._load)

    def _load(self) -> PrivateKeys:
        self.reads += 1
        return PrivateKeys(list(self.signing), list(self.sealing))

    def announce(  # one parameter for each member of a directory entry
        self,
        key: SigningKey,
        *,
        since: float = 0.0,
        hours: float = 24.0,
        issued: float = 0.0,
        revoked_at: float | None = None,
        standing: Standing = "member",
        sealing_key: SealingKey | None = None,
    ) -> None:
        """Add to the directory a key that is valid some seconds from noon on, for some hours."""
        entry = Entry(
            participant="FR",
            kind="bureau",
            signing_key=encode_base64url(key.public.raw),
            nats_user="U",
            issued=T + issued,
            not_before=T + since,
            not_after=T + hours * HOUR,
            revoked_at=revoked_at,
            standing=standing,
            sealing_key=encode_base64url(sealing_key.public.raw) if sealing_key else "",
        )
        self.directory.learn(sign_entry(entry, ROOT))

    def after(self, seconds: float) -> SigningKey:
        """Advance the clock and return the key in force then."""
        self.clock.advance(timedelta(seconds=seconds))
        return self.ring.signing


def test_the_only_private_key_is_used_at_once() -> None:
    """A new bureau need not wait until its entry has reached all participants."""
    bureau = BureauKeys(OLD)
    bureau.announce(OLD)
    assert bureau.ring.signing is OLD


def test_a_new_key_is_used_two_seconds_after_its_announcement() -> None:
    """Until then the old key signs, so that no participant meets an unknown key."""
    bureau = BureauKeys(OLD, NEW)
    bureau.announce(OLD, since=-HOUR)
    bureau.announce(NEW)
    assert [bureau.after(0), bureau.after(1.9), bureau.after(0.1), bureau.after(9)] == [OLD, OLD, NEW, NEW]


def test_the_oldest_of_several_new_keys_is_used() -> None:
    """It has been known to the others the longest."""
    bureau = BureauKeys(OLD, NEW)
    bureau.announce(OLD)
    bureau.announce(NEW, since=0.5)
    assert [bureau.after(1), bureau.after(1), bureau.after(0.5)] == [OLD, OLD, NEW]


def test_a_key_made_while_the_gateway_runs_is_loaded_when_it_is_announced() -> None:
    bureau = BureauKeys(OLD)
    bureau.announce(OLD, since=-HOUR)
    assert bureau.ring.signing is OLD
    bureau.signing.append(NEW)
    bureau.announce(NEW)
    assert [bureau.after(0), bureau.after(2)] == [OLD, NEW]


def test_a_key_file_that_arrives_after_its_directory_entry_is_loaded() -> None:
    """Where the Secretariat runs on another machine, the file is copied by hand."""
    bureau = BureauKeys(OLD)
    bureau.announce(OLD, since=-HOUR)
    bureau.announce(NEW)
    assert bureau.after(10) is OLD
    bureau.signing.append(NEW)
    assert bureau.after(1.1) is NEW


def test_the_signing_key_is_returned_without_reading_files_again() -> None:
    bureau = BureauKeys(OLD)
    bureau.announce(OLD)
    assert bureau.after(0) is OLD
    before = bureau.reads
    assert [bureau.after(1) for _ in range(5)] == [OLD] * 5
    assert bureau.reads == before


def test_an_entry_of_another_participant_does_not_reload_the_keys() -> None:
    """A gateway with many bureaus must not read all their keys when one of them changes its own."""
    bureau = BureauKeys(OLD)
    bureau.announce(OLD)
    bureau.ring.signing  # noqa: B018 - reading it puts the key in force
    before = bureau.reads
    other = Entry(
        participant="DE",
        kind="bureau",
        signing_key=encode_base64url(NEXT.public.raw),
        nats_user="U",
        issued=T,
        not_before=T,
        not_after=T + HOUR,
    )
    bureau.directory.learn(sign_entry(other, ROOT))
    assert (bureau.ring.signing, bureau.reads) == (OLD, before)


def test_an_expired_key_is_replaced_by_the_next_one() -> None:
    """Exactly when it expires."""
    bureau = BureauKeys(OLD)
    bureau.announce(OLD, since=-HOUR, hours=1)
    assert bureau.after(HOUR) is OLD
    with pytest.raises(KeyNotValid, match="i247 keys rotate FR"):
        bureau.after(0.1)
    bureau.signing.append(NEW)
    bureau.announce(NEW, since=HOUR)
    assert bureau.after(0) is NEW


def test_nothing_is_signed_after_a_revocation_until_there_is_a_new_key() -> None:
    """The refusal states the cause and the command that helps."""
    bureau = BureauKeys(OLD)
    bureau.announce(OLD)
    assert bureau.ring.signing is OLD
    bureau.announce(OLD, issued=1, revoked_at=T)
    with pytest.raises(KeyNotValid) as refused:
        bureau.after(0)
    assert (refused.value.status, refused.value.detail) == (
        503,
        (
            "FR has no valid key: make one with `i247 keys rotate FR`, "
            "or request one from a Secretariat on another machine with `i247 keys request FR`"
        ),
    )
    bureau.signing.append(NEW)
    bureau.announce(NEW, issued=2, since=2)
    assert bureau.after(2) is NEW


def test_a_future_revocation_takes_effect_at_its_stated_time_minus_the_clock_skew() -> None:
    """Another participant's clock may differ by 30 s."""
    bureau = BureauKeys(OLD)
    bureau.announce(OLD, revoked_at=T + 5 + SKEW_SECONDS)
    assert bureau.after(4.9) is OLD
    with pytest.raises(KeyNotValid):
        bureau.after(0.2)


@pytest.mark.parametrize(
    ("days", "advice"),
    [
        (
            -2,
            "its key is valid from 2026-06-01 11:00:00 UTC, and its clock shows 2026-05-30 12:00:00 UTC; set the clock",
        ),
        (2, "i247 keys rotate FR"),
    ],
)
def test_a_key_outside_its_validity_by_the_clock_is_not_used(days: int, advice: str) -> None:
    """Not yet valid or expired by a wrong clock; it is used again once the clock is right."""
    bureau = BureauKeys(OLD)
    bureau.announce(OLD, since=-HOUR)
    assert bureau.ring.signing is OLD
    bureau.clock.step(timedelta(days=days))
    with pytest.raises(KeyNotValid, match=advice):
        bureau.after(0)
    bureau.clock.step(timedelta(days=-days))
    assert bureau.ring.signing is OLD


def test_a_refusal_is_signed_with_a_key_that_is_expired_by_a_wrong_clock() -> None:
    """Others can see the offset of the clock by it; a revoked key does not sign."""
    bureau = BureauKeys(OLD)
    bureau.announce(OLD)
    assert bureau.ring.for_refusals is OLD
    bureau.clock.step(timedelta(days=400))
    assert bureau.ring.for_refusals is OLD
    bureau.announce(OLD, issued=1, revoked_at=T)
    with pytest.raises(KeyNotValid):
        _ = bureau.ring.for_refusals


def test_signing_for_a_suspended_bureau_raises_bureau_suspended() -> None:
    """Until the Secretariat makes it a member again, with a new key."""
    bureau = BureauKeys(OLD)
    bureau.announce(OLD)
    bureau.announce(OLD, issued=1, revoked_at=T, standing="suspended")
    assert bureau.ring.suspended
    with pytest.raises(BureauSuspended) as refused:
        bureau.after(0)
    assert (refused.value.status, refused.value.code) == (403, "bureau-suspended")
    bureau.signing.append(NEW)
    bureau.announce(NEW, issued=2)
    assert bureau.after(0) is NEW


def test_a_replaced_sealing_key_still_opens_messages_under_way() -> None:
    """The new key is read when it is first needed."""
    bureau = BureauKeys(OLD)
    bureau.announce(OLD)
    bureau.sealing.append(NEW_SEAL)
    bureau.announce(NEW, sealing_key=NEW_SEAL)
    assert bureau.ring.sealing(NEW_SEAL.kid) is NEW_SEAL
    assert bureau.ring.sealing(OLD_SEAL.kid) is OLD_SEAL


def test_an_unknown_sealing_key_id_reads_no_file() -> None:
    """A sender of unknown key ids must not cause file access."""
    bureau = BureauKeys(OLD)
    bureau.announce(OLD)
    before = bureau.reads
    assert [bureau.ring.sealing("no such key") for _ in range(9)] == [None] * 9
    assert bureau.reads == before
