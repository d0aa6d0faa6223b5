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
from tests.shared.records.searchable_kind import LampSearch, LampService, LampStore, metadata
from tests.stores import Tables
from tests.support import caller

RED = LampSearch(colour="red")


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of lamps."""
    return metadata


async def subscribe(
    service: LampService, bureau: str, search: LampSearch = RED, days: int = 365
) -> Subscription[LampSearch]:
    who, now = service.searcher(bureau), service.now
    async with service.database.writing() as session:
        return await SubscriptionStore(LampStore, session, who, now).add(uuid7(now), search, days)


async def end(service: LampService, bureau: str, subscription: str) -> None:
    async with service.database.writing() as session:
        await SubscriptionStore(LampStore, session, service.searcher(bureau), service.now).end(subscription)


def subscriptions_of(service: LampService, bureau: str) -> SubscriptionStore[LampSearch]:
    return SubscriptionStore(LampStore, service.database.reading, service.searcher(bureau), service.now)


async def test_a_subscription_is_matched_with_records_entered_months_later(
    service: LampService, clock: FixedClock
) -> None:
    """Each record is notified once, and none that existed before."""
    await service.enter()
    await service.matching.run_once()
    await subscribe(service, "DE")
    clock.advance(timedelta(days=200))
    lamps = [await service.enter() for _ in range(2)]
    await service.change(lamps[0], restricted=("KE",))
    await service.enter("green")
    notified = await service.matches()
    assert {(bureau, record, how) for bureau, _, record, _, how in notified} == {
        ("DE", lamp.id, "subscription") for lamp in lamps
    }
    assert len(notified) == 2


async def test_recent_searches_do_not_displace_a_subscription(service: LampService, clock: FixedClock) -> None:
    """They are newer than one that is months old, and have a limit of their own."""
    await subscribe(service, "DE")
    clock.advance(timedelta(days=200))
    await service.save_many("DE", MAX_COMPARED + 1)
    officers = await service.compared_with(await service.enter())
    assert len(officers) == MAX_COMPARED + 1
    assert "de.officer" in officers


@pytest.mark.both_databases
@pytest.mark.parametrize(("after", "notified"), [(timedelta(days=30, seconds=-1), ["DE"]), (timedelta(days=30), [])])
async def test_a_subscription_ends_after_the_stated_days(
    service: LampService, clock: FixedClock, after: timedelta, notified: list[str]
) -> None:
    """It is then deleted with its query, and not listed."""
    subscription = await subscribe(service, "DE", days=30)
    assert subscription.until - subscription.created == timedelta(days=30)
    clock.advance(after)
    await service.enter()
    assert await service.matched_bureaus() == notified
    await service.expiry.run_once()
    assert len((await subscriptions_of(service, "DE").page(SubscriptionsQuery())).items) == len(notified)
    assert await service.saved() == ((1, 1) if notified else (0, 0))


async def test_a_bureau_is_not_notified_while_it_is_no_member(service: LampService) -> None:
    """Neither by subscriptions nor by recent searches; as a member again, it is notified of records entered later."""
    await subscribe(service, "DE")
    await service.search("DE", "green")
    await service.search("KE", "green")
    service.members.discard(BureauCode("DE"))
    for colour in ("red", "green"):
        await service.enter(colour)
    assert await service.matched_bureaus() == ["KE"]
    service.members.add(BureauCode("DE"))
    await service.enter()
    assert await service.matched_bureaus() == ["KE", "DE"]


async def test_an_ended_subscription_is_not_notified(service: LampService) -> None:
    """It is deleted; another one with the same query stays."""
    ended, remaining = await subscribe(service, "DE"), await subscribe(service, "DE")
    await end(service, "DE", ended.id)
    assert await service.saved() == (1, 1)
    await service.enter()
    assert await service.matched_bureaus() == ["DE"]
    await end(service, "DE", remaining.id)
    await service.enter()
    assert await service.matched_bureaus() == ["DE"]


async def test_a_bureau_sees_its_own_subscriptions_alone(service: LampService) -> None:
    """Newest first, page by page; those of another bureau can neither be read nor ended."""
    own = [await subscribe(service, "DE", LampSearch(colour=colour)) for colour in ("red", "green", "blue")]
    other = await subscribe(service, "KE")
    await service.search("DE")
    own.sort(key=lambda subscription: subscription.id, reverse=True)
    german = subscriptions_of(service, "DE")
    first = await german.page(SubscriptionsQuery(limit=2))
    assert (first.items, first.next) == (own[:2], own[1].id)
    second = await german.page(SubscriptionsQuery(after=first.next, limit=2))
    assert (second.items, second.next) == (own[2:], None)
    assert [await german.get(subscription.id) for subscription in own] == own
    for act in (german.get(other.id), end(service, "DE", other.id)):
        with pytest.raises(NotFound):
            await act
    assert await subscriptions_of(service, "KE").get(other.id) == other


async def test_a_subscription_is_shown_as_it_was_entered(service: LampService) -> None:
    """With officer, purpose, time and query."""
    subscription = await subscribe(service, "DE", LampSearch(colour="red", at_least=3))
    assert (subscription.officer, subscription.purpose, subscription.created) == (
        "de.officer",
        Purpose.SECURITY_CHECK,
        service.now,
    )
    assert LampSearch.model_validate(subscription.search) == LampSearch(colour="red", at_least=3)


async def test_a_subscription_and_an_equal_recent_search_are_notified_separately(service: LampService) -> None:
    """They are two requests, and the subscription outlives the search."""
    await subscribe(service, "DE")
    await service.search("DE")
    await service.enter()
    assert sorted(how for *_, how in await service.matches()) == ["delayed-inquiry", "subscription"]


async def test_the_number_of_subscriptions_of_a_bureau_is_limited(
    service: LampService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of other bureaus, and recent searches, do not count."""
    monkeypatch.setattr("shared.records.search.subscriptions.rules.MAX_SUBSCRIPTIONS", 2)
    await subscribe(service, "KE")
    await service.search("DE")
    first = await subscribe(service, "DE")
    await subscribe(service, "DE")
    with pytest.raises(TooManySubscriptions):
        await subscribe(service, "DE")
    await end(service, "DE", first.id)
    await subscribe(service, "DE")


def test_a_bureau_may_have_as_many_subscriptions_as_the_limit_and_no_more() -> None:
    require_room(MAX_SUBSCRIPTIONS - 1)
    with pytest.raises(TooManySubscriptions):
        require_room(MAX_SUBSCRIPTIONS)


def commission() -> Any:
    return caller("CCF", "lamps:read", purpose=Purpose.DATA_SUBJECT_REQUEST)


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
