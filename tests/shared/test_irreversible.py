"""Irreversible steps: when they are allowed, that deletions are announced, and that a large share is delayed."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from msgspec.structs import replace

from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.logs import Log
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, sign_entry
from shared.rpc.irreversible import (
    FEW,
    LARGE_SHARE_WAITS,
    LOGGED_AFTER_SECONDS,
    USUALLY_LEFT,
    Announcement,
    IrreversibleWatch,
    blocked_reason,
)
from shared.rpc.keyring import KeyRing, PrivateKeys
from shared.rpc.participant import Participant
from shared.transport.memory import MemoryBroker
from tests.conftest import NOW
from tests.support import events_in

ROOT, KEY = SigningKey(bytes(32)), SigningKey(bytes([1]) * 32)
T = NOW.timestamp()
ENTRY = Entry(
    participant="notices",
    kind="service",
    signing_key=encode_base64url(KEY.public.raw),
    nats_user="",
    issued=T,
    not_before=T - 3_600,
    not_after=T + 3 * 365 * 86_400,
)


@pytest.fixture
def written() -> BytesIO:
    return BytesIO()


@pytest.fixture
def service(clock: FixedClock, written: BytesIO) -> Participant:
    """Return a service of which two bureaus have just signed that its clock is right."""
    directory, log = Directory(ROOT.public, [sign_entry(ENTRY, ROOT)]), Log("notices", stream=written, clock=clock)
    ring = KeyRing("notices", directory, clock, lambda: PrivateKeys([KEY]))
    service = Participant("notices", ring, directory, MemoryBroker().connect("notices"), clock, log)
    receive_times(service)
    return service


def receive_times(service: Participant) -> None:
    for bureau in ("FR", "DE"):
        service.times.add(bureau, service.clock.now().timestamp(), service.clock)


@pytest.fixture
def announcement(clock: FixedClock, written: BytesIO) -> Iterator[Announcement]:
    return Announcement("things", clock, Log("things", stream=written, clock=clock))


def test_irreversible_steps_are_allowed_with_a_valid_key_and_a_confirmed_clock(service: Participant) -> None:
    assert blocked_reason(service) is None


@pytest.mark.parametrize(("years", "reason"), [(2, "clock-off"), (5, "key-not-valid"), (-1, "key-not-valid")])
def test_irreversible_steps_are_blocked_while_the_clock_is_wrong(
    service: Participant, clock: FixedClock, years: int, reason: str
) -> None:
    """Whether its key is valid by that clock, already expired, or not yet valid."""
    clock.step(timedelta(days=365 * years))
    assert blocked_reason(service) == reason


def test_irreversible_steps_are_blocked_without_a_valid_key(service: Participant) -> None:
    """Even if the clock is right."""
    service.directory.learn(sign_entry(replace(ENTRY, issued=T + 1, revoked_at=T), ROOT))
    assert blocked_reason(service) == "key-not-valid"


async def test_a_block_of_irreversible_steps_is_logged_once_with_its_reason(
    service: Participant, clock: FixedClock, written: BytesIO
) -> None:
    """After a minute, with the offset of the clock; its end is logged too."""
    watch = IrreversibleWatch(service)
    clock.step(timedelta(days=365))
    for _ in range(3):
        await watch.run_once()
        assert events_in(written, "irreversible-steps-wait") == []
        clock.advance(timedelta(seconds=LOGGED_AFTER_SECONDS / 2 - 1))
    clock.advance(timedelta(seconds=3))
    for _ in range(3):
        await watch.run_once()
    [event] = events_in(written, "irreversible-steps-wait")
    assert (event["participant"], event["reason"], event["signers"]) == ("notices", "clock-off", 2)
    assert event["ahead_seconds"] == 365 * 86_400
    clock.step(timedelta(days=-365))
    await watch.run_once()
    assert len(events_in(written, "irreversible-steps-go-on")) == 1


def test_a_deletion_is_announced_first_and_limited_to_the_announced_number(
    announcement: Announcement, written: BytesIO
) -> None:
    """A small number may be deleted at once; a deletion of nothing is not announced."""
    announcement.make(0, 0)
    assert not announcement.stands
    announcement.make(FEW, 0)
    assert announcement.left == FEW
    announcement.count(FEW - 1)
    assert (announcement.left, announcement.stands) == (1, True)
    announcement.count(1)
    assert (announcement.left, announcement.stands) == (0, False)
    [event] = events_in(written, "deletion-announced")
    assert (event["level"], event["what"], event["due"], event["in_seconds"]) == ("info", "things", FEW, 0)


@pytest.mark.parametrize(
    ("due", "left", "waits"),
    [
        (FEW, 0, False),
        (FEW + 1, 0, True),
        (FEW + 1, USUALLY_LEFT * (FEW + 1) - 1, True),
        (FEW + 1, USUALLY_LEFT * (FEW + 1), False),
        (10_000, 500, True),
    ],
)
def test_a_deletion_of_more_than_a_tenth_of_a_store_waits_for_a_day(
    announcement: Announcement, clock: FixedClock, written: BytesIO, due: int, left: int, waits: bool
) -> None:
    """Unless it is few records; an operator who reads the log has that time to stop it."""
    announcement.make(due, left)
    assert (announcement.left == 0, events_in(written, "deletion-announced")[0]["level"] == "warning") == (waits, waits)
    clock.advance(LARGE_SHARE_WAITS - timedelta(seconds=1))
    clock.step(timedelta(days=365))
    assert (announcement.left == 0) == waits
    clock.advance(timedelta(seconds=1))
    assert announcement.left == due


def test_a_withdrawn_deletion_is_announced_again_and_waits_anew(announcement: Announcement, clock: FixedClock) -> None:
    """For example when the clock was in doubt meanwhile."""
    announcement.make(1_000, 0)
    clock.advance(LARGE_SHARE_WAITS / 2)
    announcement.withdraw()
    assert not announcement.stands
    announcement.make(1_000, 0)
    clock.advance(LARGE_SHARE_WAITS / 2)
    assert announcement.left == 0
