"""Searches left standing: who has them, how long, and who is told."""

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


async def test_a_bureau_is_told_months_later_of_what_is_entered(seeking: Seeking, clock: FixedClock) -> None:
    """Of each record once, and of none that was there when the search was left."""
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


async def test_a_search_stands_however_much_its_bureau_searches(seeking: Seeking, clock: FixedClock) -> None:
    """Its searches of the past days are newer than one that has stood for months, and have a bound of their own."""
    await leave(seeking, "DE")
    clock.advance(timedelta(days=200))
    await seeking.keep_many("DE", MAX_COMPARED + 1)
    officers = await seeking.compared_with(await seeking.enter())
    assert len(officers) == MAX_COMPARED + 1
    assert "de.officer" in officers


@pytest.mark.both_databases
@pytest.mark.parametrize(("after", "told"), [(timedelta(days=30, seconds=-1), ["DE"]), (timedelta(days=30), [])])
async def test_a_search_stands_as_long_as_was_said(
    seeking: Seeking, clock: FixedClock, after: timedelta, told: list[str]
) -> None:
    """Then it is forgotten, with what it sought, and shown no more."""
    left = await leave(seeking, "DE", days=30)
    assert left.until - left.created == timedelta(days=30)
    clock.advance(after)
    await seeking.enter()
    assert await seeking.bureaus_told() == told
    await seeking.forgetting.turn()
    assert len((await standing(seeking, "DE").page(SubscriptionsQuery())).items) == len(told)
    assert await seeking.kept() == ((1, 1) if told else (0, 0))


async def test_a_bureau_is_told_of_nothing_while_it_is_no_member(seeking: Seeking) -> None:
    """Neither by what it left standing nor by what it sought; of what is entered later it is told again."""
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


async def test_a_search_that_was_ended_is_told_of_nothing(seeking: Seeking) -> None:
    """And nothing is left of it; another one of the same stands."""
    ended, stands = await leave(seeking, "DE"), await leave(seeking, "DE")
    await end(seeking, "DE", ended.id)
    assert await seeking.kept() == (1, 1)
    await seeking.enter()
    assert await seeking.bureaus_told() == ["DE"]
    await end(seeking, "DE", stands.id)
    await seeking.enter()
    assert await seeking.bureaus_told() == ["DE"]


async def test_a_bureau_sees_its_own_subscriptions_alone(seeking: Seeking) -> None:
    """Newest first, page by page; what another has standing is not there, neither to be read nor ended."""
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


async def test_a_standing_search_is_shown_as_it_was_left(seeking: Seeking) -> None:
    """With who left it, for what, and what it seeks."""
    left = await leave(seeking, "DE", LampSearch(colour="red", at_least=3))
    assert (left.officer, left.purpose, left.created) == ("de.officer", Purpose.SECURITY_CHECK, seeking.now)
    assert LampSearch.model_validate(left.search) == LampSearch(colour="red", at_least=3)


async def test_what_stands_and_a_search_of_the_same_are_told_each_for_itself(seeking: Seeking) -> None:
    """They are two requests, and the subscription outlives the other."""
    await leave(seeking, "DE")
    await seeking.search("DE")
    await seeking.enter()
    assert sorted(how for *_, how in await seeking.told()) == ["delayed-inquiry", "subscription"]


async def test_a_bureau_cannot_have_any_number_of_searches_standing(
    seeking: Seeking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of others, and its own searches, do not count."""
    monkeypatch.setattr("shared.records.search.subscriptions.rules.MAX_SUBSCRIPTIONS", 2)
    await leave(seeking, "KE")
    await seeking.search("DE")
    kept = await leave(seeking, "DE")
    await leave(seeking, "DE")
    with pytest.raises(TooManySubscriptions):
        await leave(seeking, "DE")
    await end(seeking, "DE", kept.id)
    await leave(seeking, "DE")


def test_there_is_room_for_a_thousand() -> None:
    """The one after that is refused."""
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
def test_who_may_not_see_what_is_found_leaves_no_search(who: Callable[[], Any], refused: type[Exception]) -> None:
    """Whoever may not search himself, and the Commission, to which nothing is told."""
    with pytest.raises(refused):
        require_may_subscribe(who(), "lamps:read")


@pytest.mark.parametrize("bureau", ["DE", "IPSG"])
def test_who_may_search_may_leave_a_search(bureau: str) -> None:
    """The Secretariat as well."""
    require_may_subscribe(caller(bureau, "lamps:read", "lamps:write"), "lamps:read")
