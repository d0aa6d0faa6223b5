"""Subscriptions: which bureau has them, how long, and when it is notified."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.errors import NotFound, PurposeNotAllowed, ScopeMissing
from shared.identity import Purpose
from shared.ids import uuid7
from shared.records.search.saved_searches import MAX_COMPARED
from shared.records.search.subscriptions.models import Subscription, SubscriptionsQuery
from shared.records.search.subscriptions.rules import (
    MAX_SUBSCRIPTIONS,
    TooManySubscriptions,
    require_may_subscribe,
    require_room,
)
from shared.records.search.subscriptions.store import SubscriptionStore
from tests.shared.records.searchable_kind import LampSearch, LampStore, Seeking, metadata
from tests.stores import Tables
from tests.support import caller

RED = LampSearch(colour="red")


@pytest.fixture
def store_tables() -> Tables:
    """Return those of lamps."""
    return metadata


async def leave(seeking: Seeking, bureau: str, search: LampSearch = RED, days: int = 365) -> Subscription[LampSearch]:
    who, now = seeking.searcher(bureau), seeking.now
    async with seeking.database.writing() as session:
        return await SubscriptionStore(LampStore, session, who, now).add(uuid7(now), search, days)


async def end(seeking: Seeking, bureau: str, subscription: str) -> None:
    async with seeking.database.writing() as session:
        await SubscriptionStore(LampStore, session, seeking.searcher(bureau), seeking.now).end(subscription)


def standing(seeking: Seeking, bureau: str) -> SubscriptionStore[LampSearch]:
    return SubscriptionStore(LampStore, seeking.database.reading, seeking.searcher(bureau), seeking.now)


async def test_a_subscription_is_matched_with_records_entered_months_later(seeking: Seeking, clock: FixedClock) -> None:
    """Each record is notified once, and none that existed before."""
    await seeking.enter()
    await seeking.matching.turn()
    await leave(seeking, "DE")
    clock.advance(timedelta(days=200))
    lamps = [await seeking.enter() for _ in range(2)]
    await seeking.change(lamps[0], restricted=("KE",))
    await seeking.enter("green")
    told = await seeking.told()
    assert {(bureau, record, how) for bureau, _, record, _, how in told} == {
        ("DE", lamp.id, "subscription") for lamp in lamps
    }
    assert len(told) == 2


async def test_recent_searches_do_not_displace_a_subscription(seeking: Seeking, clock: FixedClock) -> None:
    """They are newer than one that is months old, and have a limit of their own."""
    await leave(seeking, "DE")
    clock.advance(timedelta(days=200))
    await seeking.keep_many("DE", MAX_COMPARED + 1)
    officers = await seeking.compared_with(await seeking.enter())
    assert len(officers) == MAX_COMPARED + 1
    assert "de.officer" in officers


@pytest.mark.both_databases
@pytest.mark.parametrize(("after", "told"), [(timedelta(days=30, seconds=-1), ["DE"]), (timedelta(days=30), [])])
async def test_a_subscription_ends_after_the_stated_days(
    seeking: Seeking, clock: FixedClock, after: timedelta, told: list[str]
) -> None:
    """It is then deleted with its query, and not listed."""
    left = await leave(seeking, "DE", days=30)
    assert left.until - left.created == timedelta(days=30)
    clock.advance(after)
    await seeking.enter()
    assert await seeking.bureaus_told() == told
    await seeking.forgetting.turn()
    assert len((await standing(seeking, "DE").page(SubscriptionsQuery())).items) == len(told)
    assert await seeking.kept() == ((1, 1) if told else (0, 0))


async def test_a_bureau_is_not_notified_while_it_is_no_member(seeking: Seeking) -> None:
    """Neither by subscriptions nor by recent searches; as a member again, it is notified of records entered later."""
    await leave(seeking, "DE")
    await seeking.search("DE", "green")
    await seeking.search("KE", "green")
    seeking.members.discard(BureauCode("DE"))
    for colour in ("red", "green"):
        await seeking.enter(colour)
    assert await seeking.bureaus_told() == ["KE"]
    seeking.members.add(BureauCode("DE"))
    await seeking.enter()
    assert await seeking.bureaus_told() == ["KE", "DE"]


async def test_an_ended_subscription_is_not_notified(seeking: Seeking) -> None:
    """It is deleted; another one with the same query stays."""
    ended, stands = await leave(seeking, "DE"), await leave(seeking, "DE")
    await end(seeking, "DE", ended.id)
    assert await seeking.kept() == (1, 1)
    await seeking.enter()
    assert await seeking.bureaus_told() == ["DE"]
    await end(seeking, "DE", stands.id)
    await seeking.enter()
    assert await seeking.bureaus_told() == ["DE"]


async def test_a_bureau_sees_its_own_subscriptions_alone(seeking: Seeking) -> None:
    """Newest first, page by page; those of another bureau can neither be read nor ended."""
    own = [await leave(seeking, "DE", LampSearch(colour=colour)) for colour in ("red", "green", "blue")]
    other = await leave(seeking, "KE")
    await seeking.search("DE")
    own.sort(key=lambda left: left.id, reverse=True)
    german = standing(seeking, "DE")
    first = await german.page(SubscriptionsQuery(limit=2))
    assert (first.items, first.next) == (own[:2], own[1].id)
    second = await german.page(SubscriptionsQuery(after=first.next, limit=2))
    assert (second.items, second.next) == (own[2:], None)
    assert [await german.get(left.id) for left in own] == own
    for act in (german.get(other.id), end(seeking, "DE", other.id)):
        with pytest.raises(NotFound):
            await act
    assert await standing(seeking, "KE").get(other.id) == other


async def test_a_subscription_is_shown_as_it_was_entered(seeking: Seeking) -> None:
    """With officer, purpose, time and query."""
    left = await leave(seeking, "DE", LampSearch(colour="red", at_least=3))
    assert (left.officer, left.purpose, left.created) == ("de.officer", Purpose.SECURITY_CHECK, seeking.now)
    assert LampSearch.model_validate(left.search) == LampSearch(colour="red", at_least=3)


async def test_a_subscription_and_an_equal_recent_search_are_notified_separately(seeking: Seeking) -> None:
    """They are two requests, and the subscription outlives the search."""
    await leave(seeking, "DE")
    await seeking.search("DE")
    await seeking.enter()
    assert sorted(how for *_, how in await seeking.told()) == ["delayed-inquiry", "subscription"]


async def test_the_number_of_subscriptions_of_a_bureau_is_limited(
    seeking: Seeking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of other bureaus, and recent searches, do not count."""
    monkeypatch.setattr("shared.records.search.subscriptions.rules.MAX_SUBSCRIPTIONS", 2)
    await leave(seeking, "KE")
    await seeking.search("DE")
    kept = await leave(seeking, "DE")
    await leave(seeking, "DE")
    with pytest.raises(TooManySubscriptions):
        await leave(seeking, "DE")
    await end(seeking, "DE", kept.id)
    await leave(seeking, "DE")


def test_a_bureau_may_have_as_many_subscriptions_as_the_limit_and_no_more() -> None:
    require_room(MAX_SUBSCRIPTIONS - 1)
    with pytest.raises(TooManySubscriptions):
        require_room(MAX_SUBSCRIPTIONS)


def commission() -> Any:
    return caller("IPSG", "lamps:read", purpose=Purpose.DATA_SUBJECT_REQUEST)


@pytest.mark.parametrize(
    ("who", "refused"),
    [
        (lambda: caller("DE", "lamps:write"), ScopeMissing),
        (commission, PurposeNotAllowed),
        (lambda: replace(commission(), scopes=frozenset()), ScopeMissing),
    ],
)
def test_a_caller_who_may_not_search_may_not_subscribe(who: Callable[[], Any], refused: type[Exception]) -> None:
    """Nor may the Commission, which is never notified."""
    with pytest.raises(refused):
        require_may_subscribe(who(), "lamps:read")


@pytest.mark.parametrize("bureau", ["DE", "IPSG"])
def test_a_caller_who_may_search_may_subscribe(bureau: str) -> None:
    """The Secretariat as well."""
    require_may_subscribe(caller(bureau, "lamps:read", "lamps:write"), "lamps:read")
