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


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("network", "share"),
    [
        ("2001:db8:1:2{0:02x}::{1:x}", 10),
        ("2001:db8:1:{0:x}{1:02x}::9", 5),
        ("2001:db8:{0:x}:{1:x}::9", 2),
        ("[2001:db8:1:{0:x}{1:02x}::9]:{0}", 5),
        ("192.0.2.{1}", 5),
        ("192.0.{0}.{1}", 2),
        ("64:ff9b::192.0.2.{1}", 5),
        ("2002:c000:2{1:02x}:{0:x}::9", 5),
        ("::ffff:192.0.2.{1}", 5),
        ("192.0.2.{1}:{0}", 5),
        ("no address {0} {1}", 20),
    ],
)
def test_a_network_of_one_subscriber_uses_up_no_more_than_its_share(
    network: str, share: int, clock: FixedClock
) -> None:
    """From however many of its addresses it asks; what is left is answered to others."""
    counter = QuestionCounter(PublicQuota(in_all=400, of_an_address=20), clock)
    hosts = (network.format(row, place) for row in range(16) for place in range(250))
    assert sum(counter.take(host) is None for host in hosts) == 400 // share
    assert counted(counter, GALLERY, 21) == [True] * 20 + [False]


def test_the_answer_says_which_network_has_asked_too_often(clock: FixedClock) -> None:
    """With the wait of its bound."""
    counter = QuestionCounter(PublicQuota(in_all=400, of_an_address=20), clock)
    for place in range(2):
        counted(counter, f"2001:db8:1:{place}::1", 20)
    too_often = counter.take("2001:db8:1:9::1")
    assert too_often is not None
    assert too_often.wait_seconds == 90
    assert too_often.words.startswith(
        "40 questions an hour are answered to one network (IPv4 /28, IPv6 /56): wait 90 s"
    )


def test_all_together_may_ask_so_often(clock: FixedClock) -> None:
    """Also from this machine, whose addresses have no limit of their own; what waits is not counted."""
    counter = QuestionCounter(PublicQuota(in_all=60, of_an_address=4), clock)
    assert counted(counter, GALLERY, 5) == [True] * 4 + [False]
    assert counted(counter, "127.0.0.1", 57) == [True] * 56 + [False]
    refused = counter.take(LIBRARY)
    assert refused is not None
    assert "to all together" in refused.words
    clock.advance(timedelta(minutes=1))
    assert counted(counter, LIBRARY, 2) == [True, False]


def test_what_is_remembered_of_addresses_is_bounded(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the addresses that asked least it is forgotten first, so that many others free nobody."""
    monkeypatch.setattr(gateway.rates, "REMEMBERED", 100)
    counter = QuestionCounter(PublicQuota(in_all=100_000, of_an_address=4), clock)
    counted(counter, GALLERY, 4)
    for number in range(1_000):
        counter.take(f"2001:{number:x}:1::1")
    assert [len(bound.counter._counts) for bound in counter._of_networks if len(bound.counter._counts) > 100] == []
    assert counted(counter, GALLERY, 1) == [False]
