"""How often anyone may ask without a token, so that nobody lets the audit log grow without a bound."""

from datetime import timedelta

import pytest

import gateway.rates
from gateway.public_quota import PublicQuota, QuestionCounter
from shared.clock import FixedClock

GALLERY, LIBRARY, OTHER_OF_GALLERY = "203.0.113.7", "198.51.100.9", "2001:db8:1:2::9"


def counted(counter: QuestionCounter, host: str, times: int) -> list[bool]:
    return [counter.take(host) is None for _ in range(times)]


def test_an_address_may_ask_so_often_within_an_hour(clock: FixedClock) -> None:
    """A part of the hour gives that part back; who asks too often is told how long to wait."""
    counter = QuestionCounter(PublicQuota(in_all=1_000, of_an_address=4), clock)
    assert counted(counter, GALLERY, 5) == [True] * 4 + [False]
    too_often = counter.take(GALLERY)
    assert too_often is not None
    assert (too_often.wait_seconds, too_often.words) == (
        900,
        "4 questions an hour are answered to one address: wait 900 s, and then ask one every 900 s at most",
    )
    assert counted(counter, LIBRARY, 1) == [True]
    clock.advance(timedelta(minutes=15))
    assert counted(counter, GALLERY, 2) == [True, False]


def test_the_addresses_of_an_ipv6_network_count_as_one(clock: FixedClock) -> None:
    """A subscriber has all of a /64."""
    counter = QuestionCounter(PublicQuota(in_all=1_000, of_an_address=2), clock)
    assert counted(counter, "2001:db8:1:2::1", 1) + counted(counter, OTHER_OF_GALLERY, 2) == [True, True, False]
    assert counted(counter, "2001:db8:1:3::1", 1) == [True]


def test_all_together_may_ask_so_often(clock: FixedClock) -> None:
    """Also from this machine, whose addresses have no limit of their own; what waits is not counted."""
    counter = QuestionCounter(PublicQuota(in_all=6, of_an_address=4), clock)
    assert counted(counter, GALLERY, 5) == [True] * 4 + [False]
    assert counted(counter, "127.0.0.1", 3) == [True, True, False]
    refused = counter.take(LIBRARY)
    assert refused is not None
    assert "to all together" in refused.words
    clock.advance(timedelta(minutes=10))
    assert counted(counter, LIBRARY, 2) == [True, False]


def test_what_is_remembered_of_addresses_is_bounded(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the addresses that asked least it is forgotten first, so that many others free nobody."""
    monkeypatch.setattr(gateway.rates, "REMEMBERED", 100)
    counter = QuestionCounter(PublicQuota(in_all=100_000, of_an_address=4), clock)
    counted(counter, GALLERY, 4)
    for number in range(1_000):
        counter.take(f"2001:db8:{number:x}::1")
    assert len(counter._by_source._counts) <= 100
    assert counted(counter, GALLERY, 1) == [False]
