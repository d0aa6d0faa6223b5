"""What a stranger with failed logins can do to an officer, and how many guesses an attacker has."""

import asyncio
from datetime import timedelta

import pytest

import gateway.auth.logins
import gateway.rates
from gateway.auth.accounts import Officer
from gateway.auth.login_failures import (
    FAILURES_OF_LOGIN,
    FAILURES_OF_NAME,
    FAILURES_OF_SOURCE,
    SECONDS_PER_FAILURE_OF_LOGIN,
    SECONDS_PER_FAILURE_OF_SOURCE,
    TooManyFailures,
)
from gateway.auth.logins import Logins, TooManyLogins
from gateway.rates import DecayingCounter, is_loopback, networks_of, source_of
from shared.clock import FixedClock
from tests.gateway.accounts import PASSWORD, logins_of, officers_of

HOME, STRANGER = "192.0.2.1", "203.0.113.9"


@pytest.fixture
def logins(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Logins:
    """Return logins with a cheap password hash, also for unknown names."""
    hash_of_nobody = officers_of()[0].password_hash
    monkeypatch.setattr(gateway.auth.logins, "_hash_of_nobody", lambda _cost: hash_of_nobody)
    return logins_of(officers_of(), clock)


async def login(
    logins: Logins, source: str, password: str = PASSWORD, name: str = "fr.officer"
) -> Officer | type[Exception] | None:
    """Return the officer, None for a wrong password, or why it was not compared."""
    try:
        return await logins.authenticate(name, password, "officer", source)
    except (TooManyFailures, TooManyLogins) as refusal:
        return type(refusal)


async def fail(logins: Logins, times: int, source: str, name: str = "fr.officer") -> list[object]:
    return [await login(logins, source, "guessed", name) for _ in range(times)]


async def fail_from_many(logins: Logins, times: int, name: str = "fr.officer") -> list[object]:
    return [await login(logins, f"198.51.100.{number}", "guessed", name) for number in range(times)]


async def test_failed_logins_from_one_source_do_not_lock_the_officer_out_elsewhere(logins: Logins) -> None:
    """However often they fail with the name, the right password from another address is accepted."""
    answers = await fail(logins, FAILURES_OF_LOGIN + 3, STRANGER)
    assert answers == [None] * FAILURES_OF_LOGIN + [TooManyFailures] * 3
    assert await login(logins, STRANGER) is TooManyFailures
    assert isinstance(await login(logins, HOME), Officer)


async def test_failed_logins_with_one_name_do_not_affect_another_name_at_the_same_source(logins: Logins) -> None:
    await fail(logins, FAILURES_OF_LOGIN + 1, HOME)
    assert isinstance(await login(logins, HOME, name="de.officer"), Officer)


async def test_failed_logins_expire_one_by_one(logins: Logins, clock: FixedClock) -> None:
    """One guess becomes possible for each span, and the right password resets the count."""
    await fail(logins, FAILURES_OF_LOGIN, HOME)
    clock.advance(timedelta(seconds=2 * SECONDS_PER_FAILURE_OF_LOGIN))
    assert await fail(logins, 3, HOME) == [None, None, TooManyFailures]
    clock.advance(timedelta(seconds=SECONDS_PER_FAILURE_OF_LOGIN))
    assert isinstance(await login(logins, HOME), Officer)
    assert await fail(logins, FAILURES_OF_LOGIN + 1, HOME) == [None] * FAILURES_OF_LOGIN + [TooManyFailures]


@pytest.mark.parametrize("leap", [timedelta(days=-1), timedelta(days=1)], ids=str)
async def test_a_clock_step_does_not_change_how_long_a_login_must_wait(
    logins: Logins, clock: FixedClock, leap: timedelta
) -> None:
    """As when the clock of a machine was a day ahead or behind."""
    await fail(logins, FAILURES_OF_LOGIN, HOME)
    clock.step(leap)
    assert await login(logins, HOME) is TooManyFailures
    clock.advance(timedelta(seconds=SECONDS_PER_FAILURE_OF_LOGIN))
    assert isinstance(await login(logins, HOME), Officer)


async def test_an_unknown_name_is_limited_like_a_known_one(logins: Logins) -> None:
    """Otherwise the limits would reveal who is an officer."""
    for name in ("fr.officer", "nobody"):
        answers = await fail(logins, FAILURES_OF_LOGIN + 1, HOME, name)
        assert answers == [None] * FAILURES_OF_LOGIN + [TooManyFailures]


@pytest.mark.parametrize("name", ["fr.officer", "nobody"])
async def test_concurrent_guesses_from_one_source_are_limited(logins: Logins, name: str) -> None:
    """Each is counted before the next is compared, but for the few compared in parallel."""
    answers = await asyncio.gather(*(login(logins, HOME, "guessed", name) for _ in range(40)))
    assert answers.count(TooManyFailures) >= 40 - FAILURES_OF_LOGIN - 3


async def test_concurrent_guesses_from_many_sources_are_limited(logins: Logins) -> None:
    """Those queued before the limit was reached are refused when their turn comes."""
    sources = (f"198.51.100.{number}" for number in range(100))
    answers = await asyncio.gather(*(login(logins, source, "guessed") for source in sources))
    assert answers.count(TooManyFailures) >= 100 - FAILURES_OF_NAME - 3


async def test_the_number_of_names_that_one_source_may_fail_with_is_limited(logins: Logins, clock: FixedClock) -> None:
    """One password for all names (password spraying); a name that logged in there before is still accepted."""
    await login(logins, HOME)
    for number in range(FAILURES_OF_SOURCE):
        assert await login(logins, HOME, "guessed", f"nobody-{number}") is None
    assert await login(logins, HOME, name="de.officer") is TooManyFailures
    assert isinstance(await login(logins, HOME), Officer)
    clock.advance(timedelta(seconds=SECONDS_PER_FAILURE_OF_SOURCE))
    assert isinstance(await login(logins, HOME, name="de.officer"), Officer)


async def test_a_name_guessed_from_many_sources_is_slowed_down_but_not_locked(
    monkeypatch: pytest.MonkeyPatch, logins: Logins
) -> None:
    """From a new source the right password waits its turn; from a familiar one it does not."""
    monkeypatch.setattr(gateway.auth.logins, "SLOW_SECONDS", 60.0)
    await login(logins, HOME)
    assert await fail_from_many(logins, FAILURES_OF_NAME) == [None] * FAILURES_OF_NAME
    async with asyncio.timeout(30):
        assert isinstance(await login(logins, HOME), Officer)
    waiting = [asyncio.create_task(login(logins, f"203.0.113.{number}", "guessed")) for number in range(11)]
    await asyncio.sleep(0)
    assert await login(logins, STRANGER) is TooManyLogins
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    monkeypatch.setattr(gateway.auth.logins, "SLOW_SECONDS", 0.01)
    assert isinstance(await login(logins, STRANGER), Officer)
    assert logins._slow == {}


@pytest.mark.thorough
async def test_guesses_of_a_slowed_name_are_answered_one_by_one(
    monkeypatch: pytest.MonkeyPatch, logins: Logins
) -> None:
    """Whether the name exists or not, so that response times do not reveal it."""
    for name in ("fr.officer", "nobody"):
        monkeypatch.setattr(gateway.auth.logins, "SLOW_SECONDS", 0.05)
        await fail_from_many(logins, FAILURES_OF_NAME, name)
        began = asyncio.get_running_loop().time()
        sources = [f"203.0.113.{number}" for number in range(5)]
        answers = await asyncio.gather(*(login(logins, source, "guessed", name) for source in sources))
        assert answers == [None] * 5
        assert asyncio.get_running_loop().time() - began >= 5 * 0.05 - 0.02


def test_failure_counters_are_bounded_and_the_highest_are_kept(
    clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attacker chooses the names: thousands that failed once must not evict one that failed often."""
    monkeypatch.setattr(gateway.rates, "REMEMBERED", 100)
    counter = DecayingCounter(5, 30.0, clock)
    for _ in range(5):
        counter.add("target")
    for number in range(5_000):
        counter.add(number)
        assert len(counter._counts) <= 100
    assert counter.wait_seconds("target") == 30.0
    assert counter.wait_seconds(4_999) == counter.wait_seconds(0) == 0


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        # Behind translators and tunnels: the IPv4 address that it stands for.
        ("64:ff9b::192.0.2.1", "192.0.2.1"),
        ("64:ff9b:1::192.0.2.1", "192.0.2.1"),
        ("2002:c000:201:7::9", "192.0.2.1"),
        # As some proxies forward it.
        ("192.0.2.1:50123", "192.0.2.1"),
        ("[2001:db8:1:2::9]:50123", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("[::ffff:192.0.2.1]:50123", "192.0.2.1"),
        ("192.0.2.1:port", "unknown"),
        ("", "unknown"),
        ("a proxy's name", "unknown"),
    ],
)
def test_a_source_is_an_ipv4_address_or_the_network_of_an_ipv6_address(host: str, source: str) -> None:
    """An IPv6 subscriber has 2**64 addresses, and would count as many sources."""
    assert source_of(host) == source


@pytest.mark.parametrize(
    ("host", "networks"),
    [
        ("192.0.2.77", ("192.0.2.77", "192.0.2.64/28", "192.0.2.0/24", "192.0.0.0/16")),
        ("2001:db8:1:2ff::9", ("2001:db8:1:2ff::/64", "2001:db8:1:200::/56", "2001:db8:1::/48", "2001:db8::/32")),
        ("::1", ("::/64", "::/56", "::/48", "::/32")),
        ("a proxy's name", ("unknown", "unknown", "unknown", "unknown")),
    ],
)
def test_an_address_is_in_the_networks_that_one_subscriber_may_hold(host: str, networks: tuple[str, ...]) -> None:
    """The smallest first."""
    assert networks_of(host) == networks


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:50123", True),
        ("[::1]:50123", True),
        ("::ffff:127.0.0.1", True),
        ("2002:7f00:1::9", False),
        ("64:ff9b::7f00:1", False),
        ("192.0.2.1", False),
    ],
)
def test_an_address_that_stands_for_a_loopback_address_is_not_of_this_machine(host: str, here: bool) -> None:
    """Else a stranger would have no limit."""
    assert is_loopback(host) is here
