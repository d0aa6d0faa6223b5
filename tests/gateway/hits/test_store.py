"""The store of hits on both databases: queries, deadlines, state changes, withdrawals and corrections."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from gateway.hits import tables
from gateway.hits.models import HitQuery, HitSide, HitState
from gateway.hits.rows import EarlyRequest, StoredHit, StoredStep
from gateway.hits.rules import ConfirmationStatus
from gateway.hits.store import HitStore
from shared.protocol.payloads import ConfirmationAnswer, ConfirmationRequest
from shared.storage import Database
from tests.gateway.hits.hit_samples import A_RECORD, A_THREAD, AT, MILLISECONDS, MINUTE, SERVICE, an_id, kept, requested
from tests.stores import Tables
from tests.support import Counting

pytestmark = pytest.mark.both_databases

T = TypeVar("T")

ANOTHER_RECORD = "0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7082"


class Kept:
    """The store of hits of a mailbox, with short ways to add rows."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.reading = HitStore(database.reading)

    async def write(self, work: Callable[[HitStore], Awaitable[T]]) -> T:
        """Do something in a transaction."""
        async with self.database.writing(exclusive=True) as session:
            return await work(HitStore(session))

    async def add(self, hit: StoredHit) -> StoredHit:
        """Add a hit."""
        return await self.write(lambda store: store.add(hit))

    async def listed(self, now: int = MILLISECONDS, **query: Any) -> list[str]:
        """Return the ids of the hits of a page."""
        return [hit.details.id for hit in await self.reading.page(HitQuery.model_validate(query), now)]


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of hits."""
    return (tables.TABLES,)


@pytest.fixture
def store(database: Database) -> Kept:
    return Kept(database)


def a_request(hit: StoredHit, number: int = 1, signed: int = MILLISECONDS) -> StoredStep:
    form = ConfirmationRequest(hit=hit.details.id, number=number, urgency="urgent", due=AT + 600)
    return StoredStep(message=an_id(), officer="de.officer", signed=signed, form=form)


def an_answer(hit: StoredHit, *, late: bool) -> StoredStep:
    form = ConfirmationAnswer(hit=hit.details.id, number=1, answer="confirmed")
    return StoredStep(message=an_id(), officer="fr.officer", signed=MILLISECONDS, form=form, late=late)


async def test_a_hit_is_found_as_it_was_stored(store: Kept) -> None:
    """With all its members and its status, whatever characters they contain."""
    status = ConfirmationStatus(state=HitState.LATER, requests=2, due=MILLISECONDS, promised=True, late=True)
    added = await store.add(replace(kept(officer="名前: 'Zoë\\"), status=status, corrected=MILLISECONDS))
    assert added.number > 0
    assert await store.reading.find(added.details.id) == added
    assert await store.reading.find(an_id()) is None


async def test_a_hit_is_found_on_the_requested_side(store: Kept) -> None:
    """By default on the side of owner or finder; the Secretariat may have two rows of one hit."""
    escalated = await store.add(kept(HitSide.SECRETARIAT))
    hit_id = escalated.details.id
    assert await store.reading.find(hit_id) == escalated
    own = await store.add(kept(HitSide.OWNER, id=hit_id))
    assert await store.reading.find(hit_id) == own
    assert await store.reading.find(hit_id, HitSide.SECRETARIAT) == escalated
    assert await store.reading.find(hit_id, HitSide.FINDER) is None
    assert await store.reading.known([hit_id, an_id()]) == {(hit_id, HitSide.SECRETARIAT), (hit_id, HitSide.OWNER)}
    with pytest.raises(Exception, match=r"(?i)unique"):
        await store.add(kept(HitSide.OWNER, id=hit_id))


async def test_stored_hits_are_returned_with_their_numbers_in_order(store: Kept) -> None:
    """However many are added at once, or none."""
    added = await store.write(lambda hits: hits.add_all([kept() for _ in range(100)]))
    assert [await store.reading.find(hit.details.id) for hit in added] == added
    assert await store.write(lambda hits: hits.add_all([])) == []


async def test_a_page_is_newest_first_and_has_one_more_row_than_its_limit(store: Kept) -> None:
    """The extra row says whether there is another page."""
    added = [await store.add(kept()) for _ in range(4)]
    ids = [hit.details.id for hit in reversed(added)]
    assert await store.listed(limit=2) == ids[:3]
    assert await store.listed(limit=4) == ids
    assert await store.listed(after=added[2].number) == ids[2:]


async def test_a_page_matches_all_filters(store: Kept) -> None:
    """Each filter alone and together."""
    plain = await store.add(kept())
    own = await store.add(kept(HitSide.OWNER, owner="DE", finder="KE"))
    other = await store.add(replace(kept(record=ANOTHER_RECORD), service="notices", stored=MILLISECONDS + MINUTE))
    plain_id, own_id, other_id = (hit.details.id for hit in (plain, own, other))
    assert await store.listed(side="finder") == [other_id, plain_id]
    assert await store.listed(side="owner") == [own_id]
    assert await store.listed(service="notices") == [other_id]
    assert await store.listed(record=A_RECORD) == [own_id, plain_id]
    assert await store.listed(bureau="KE") == [own_id]
    assert await store.listed(bureau="FR") == [other_id, plain_id]
    later = datetime.fromtimestamp(AT + 60, UTC)
    assert await store.listed(since=later) == [other_id]
    assert await store.listed(side="finder", record=A_RECORD, service=SERVICE, bureau="FR") == [plain_id]
    assert await store.listed(side="secretariat") == []


async def test_a_page_shows_the_states_as_of_the_current_time(store: Kept) -> None:
    """Whether or not a worker has noticed that a deadline passed."""
    hits = {
        "unconfirmed": ConfirmationStatus(),
        "requested": requested(due=MILLISECONDS + 2),
        "later": ConfirmationStatus(state=HitState.LATER, requests=1, due=MILLISECONDS + 1, promised=True),
        "confirmed": ConfirmationStatus(state=HitState.CONFIRMED, requests=1),
        "not-confirmed": ConfirmationStatus(state=HitState.NOT_CONFIRMED, requests=1),
        "expired": ConfirmationStatus(state=HitState.EXPIRED, requests=1),
        "overdue": ConfirmationStatus(state=HitState.OVERDUE, requests=1),
    }
    ids = {state: (await store.add(kept(status=status))).details.id for state, status in hits.items()}
    assert {state: await store.listed(state=state) for state in hits} == {state: [ids[state]] for state in hits}
    assert await store.listed(MILLISECONDS + 1, state="later") == []
    assert await store.listed(MILLISECONDS + 1, state="requested") == [ids["requested"]]
    assert await store.listed(MILLISECONDS + 2, state="requested") == []
    expired = [ids["expired"], ids["later"], ids["requested"]]
    assert await store.listed(MILLISECONDS + 2, state="expired") == expired


@pytest.mark.parametrize(
    "status", [ConfirmationStatus(), requested(), ConfirmationStatus(state=HitState.EXPIRED, requests=3)]
)
async def test_a_hit_is_saved_only_from_the_state_that_was_read(store: Kept, status: ConfirmationStatus) -> None:
    """Of two concurrent steps one is rejected."""
    hit = await store.add(kept(status=status))
    after = ConfirmationStatus(state=HitState.LATER, requests=3, due=MILLISECONDS + 5, promised=True, late=True)
    assert await store.write(lambda hits: hits.save(hit, after))
    assert not await store.write(lambda hits: hits.save(hit, ConfirmationStatus()))
    assert await store.reading.find(hit.details.id) == replace(hit, status=after)


async def test_expired_deadlines_are_found_longest_overdue_first(store: Kept) -> None:
    """And the earliest of those to come."""
    assert await store.reading.earliest_due() is None
    await store.add(kept())
    second, first = [await store.add(kept(status=requested(due=MILLISECONDS + due))) for due in (2, 1)]
    assert await store.reading.earliest_due() == MILLISECONDS + 1
    assert await store.reading.overdue(MILLISECONDS, 10) == []
    assert await store.reading.overdue(MILLISECONDS + 1, 10) == [first]
    assert await store.reading.overdue(MILLISECONDS + 2, 10) == [first, second]
    assert await store.reading.overdue(MILLISECONDS + 2, 1) == [first]


async def test_steps_of_a_hit_are_returned_in_order(store: Kept) -> None:
    """Each with its message, and whether it was late."""
    hit, other = await store.add(kept()), await store.add(kept())
    steps = [a_request(hit), an_answer(hit, late=True), a_request(hit, 2), an_answer(hit, late=False)]
    for step in steps:
        await store.write(lambda hits, step=step: hits.add_step(hit, step))
    assert await store.reading.steps(hit) == steps
    assert await store.reading.steps(other) == []


async def test_a_withdrawal_removes_the_hits_of_its_finder_and_their_steps(store: Kept) -> None:
    """Not hits of the owner, on other records, or of another service."""
    gone = await store.add(kept())
    await store.write(lambda hits: hits.add_step(gone, a_request(gone)))
    own, other = await store.add(kept(HitSide.OWNER)), await store.add(kept(record=ANOTHER_RECORD))
    elsewhere = await store.add(replace(kept(), service="notices"))
    await store.write(lambda hits: hits.withdraw(SERVICE, A_RECORD, MILLISECONDS))
    assert await store.listed() == [hit.details.id for hit in (elsewhere, other, own)]
    assert await store.reading.steps(gone) == []


async def test_a_hit_found_after_the_time_of_a_withdrawal_is_kept(store: Kept) -> None:
    """However late the withdrawal arrives: the record was visible again."""
    later = await store.add(kept(first=AT - 5, last=AT + 0.001, status=requested()))
    step = a_request(later)
    await store.write(lambda hits: hits.add_step(later, step))
    await store.write(lambda hits: hits.withdraw(SERVICE, A_RECORD, MILLISECONDS))
    assert await store.reading.find(later.details.id) == later
    assert await store.reading.steps(later) == [step]
    await store.write(lambda hits: hits.withdraw(SERVICE, A_RECORD, MILLISECONDS + 1))
    assert await store.reading.find(later.details.id) is None


async def test_the_latest_withdrawal_time_of_a_record_is_returned(store: Kept) -> None:
    """Whatever the order of arrival."""
    for at in (5, 9, 7):
        await store.write(lambda hits, at=at: hits.withdraw(SERVICE, A_RECORD, at))
    assert await store.reading.withdrawn(SERVICE, [A_RECORD, ANOTHER_RECORD]) == {A_RECORD: 9}
    assert await store.reading.withdrawn("notices", [A_RECORD]) == {}


async def test_a_correction_marks_the_hits_of_its_finder_on_earlier_versions(store: Kept) -> None:
    """Hits of the owner and on other records are not marked."""
    found, own, other = [await store.add(hit) for hit in (kept(), kept(HitSide.OWNER), kept(record=ANOTHER_RECORD))]
    again = await store.add(kept(version=2))
    await store.write(lambda hits: hits.correct(SERVICE, A_RECORD, 2, MILLISECONDS))
    assert await store.reading.find(found.details.id) == replace(found, corrected=MILLISECONDS)
    for hit in (own, other, again):
        assert await store.reading.find(hit.details.id) == hit


async def test_the_latest_of_two_corrections_is_stored(store: Kept) -> None:
    """Whatever the order of arrival; for each version the corrections after it."""
    first, second = [await store.add(kept(version=version)) for version in (1, 2)]
    for version, at in ((3, MILLISECONDS + 9), (2, MILLISECONDS)):
        await store.write(lambda hits, version=version, at=at: hits.correct(SERVICE, A_RECORD, version, at))
    for hit in (first, second):
        assert await store.reading.find(hit.details.id) == replace(hit, corrected=MILLISECONDS + 9)


async def test_hits_on_one_record_are_corrected_and_removed_in_batches(
    store: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A camera may see the same vehicle each minute for years."""
    monkeypatch.setattr("gateway.hits.store.BATCH_SIZE", 2)
    found = [await store.add(kept()) for _ in range(5)]
    async with store.database.writing(exclusive=True) as session:
        counting: Any = Counting(session)
        await HitStore(counting).correct(SERVICE, A_RECORD, 2, MILLISECONDS)
        corrected = [await HitStore(session).find(hit.details.id) for hit in found]
        await HitStore(counting).withdraw(SERVICE, A_RECORD, MILLISECONDS)
    assert corrected == [replace(hit, corrected=MILLISECONDS) for hit in found]
    assert await store.listed() == []
    assert counting.most == 2


async def test_early_requests_are_consumed_once_in_the_order_of_signing(store: Kept) -> None:
    """Those of the given hits only."""
    hit, other = kept(HitSide.OWNER), kept(HitSide.OWNER)
    early = [
        EarlyRequest(hit=of.details.id, sender=sender, step=a_request(of, number, MILLISECONDS + signed))
        for of, sender, number, signed in ((hit, "DE", 2, 2), (hit, "DE", 1, 1), (other, "KE", 1, 0))
    ]
    for each in early:
        await store.write(lambda hits, each=each: hits.add_early(each))
    assert await store.write(lambda hits: hits.take_early([hit.details.id])) == [early[1], early[0]]
    assert await store.write(lambda hits: hits.take_early([hit.details.id])) == []
    assert await store.write(lambda hits: hits.take_early([other.details.id, hit.details.id])) == [early[2]]
    assert early[0].step.message != A_THREAD
