"""The store of data subject requests on both databases: requests, records, deadlines, remedies and removal."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar

import msgspec
import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from gateway.subject_requests import tables
from gateway.subject_requests.models import (
    CommissionOutcome,
    RecordLocation,
    RemedyAct,
    RemedyState,
    RequestQuery,
    RequestStep,
    SubjectRequestKind,
    SubjectRequestState,
)
from gateway.subject_requests.record_client import fault_in
from gateway.subject_requests.rows import StoredProof, StoredRecord, StoredRequest, StoredStep
from gateway.subject_requests.store import SubjectRequestStore
from shared.bureaus import BureauCode
from shared.rpc.client import Reply
from shared.storage import Database
from tests.gateway.subject_requests.requests import MILLISECONDS, TODAY, concerned, kept
from tests.stores import Tables

pytestmark = pytest.mark.both_databases

T = TypeVar("T")

STEP = StoredStep(at=MILLISECONDS, officer="gateway", step=RequestStep.FORGOTTEN)
PROOF = StoredProof(at=MILLISECONDS, request="r", status=200, signature="e..s", body='{"decision": "delete"}')


class Kept:
    """The store of requests of a mailbox, with short ways to add rows."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.reading = SubjectRequestStore(database.reading)

    async def write(self, work: Callable[[SubjectRequestStore], Awaitable[T]]) -> T:
        """Do something in a transaction."""
        async with self.database.writing(exclusive=True) as session:
            return await work(SubjectRequestStore(session))

    async def add(self, *records: StoredRecord, **changed: Any) -> StoredRequest:
        """Add a request with records."""

        async def add(store: SubjectRequestStore) -> StoredRequest:
            request = await store.add(kept(**changed))
            await store.add_records(request, records)
            return request

        return await self.write(add)

    async def listed(self, today: date = TODAY, **query: Any) -> list[int]:
        """Return the numbers of the requests of a page."""
        return [request.number for request in await self.reading.page(RequestQuery.model_validate(query), today)]

    async def everything(self) -> str:
        """Return all rows of the tables as text."""
        rows = [
            await self.database.reading.fetch(sa.select(table))
            for table in (tables.requests, tables.records, tables.steps)
        ]
        return repr(rows)


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of data subject requests."""
    return (tables.TABLES,)


@pytest.fixture
def store(database: Database) -> Kept:
    return Kept(database)


async def test_a_request_is_found_as_it_was_stored(store: Kept) -> None:
    """Whatever characters it contains."""
    added = await store.add(kind=SubjectRequestKind.ACCESS, statement="名前: 'Zoë\\ \n\"")
    assert (added.number, added.reference) == (1, "CCF/2026/1")
    assert await store.reading.find(added.id) == added
    assert await store.reading.find(kept().id) is None


async def test_reference_numbers_have_no_gaps_within_a_year(store: Kept) -> None:
    """Also with concurrent requests, and after a transaction that was rolled back."""

    async def fails(requests: SubjectRequestStore) -> None:
        await requests.add(kept())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.write(fails)
    added = await asyncio.gather(*(store.add() for _ in range(5)))
    assert sorted(request.reference for request in added) == [f"CCF/2026/{number}" for number in range(1, 6)]
    assert (await store.add(year=2027)).reference == "CCF/2027/1"
    assert (await store.add()).number == 6


async def test_all_mutable_members_of_a_request_are_saved(store: Kept) -> None:
    added = await store.add()
    moved = replace(
        added,
        state=SubjectRequestState.CARRIED_OUT,
        admitted=TODAY,
        due=None,
        outcome=CommissionOutcome.PARTLY_GRANTED,
        forget_on=date(2027, 6, 1),
        last_record=3,
        reasons="Some of it.",
    )
    await store.write(lambda requests: requests.save(moved))
    assert await store.reading.find(added.id) == moved


async def test_requests_are_listed_newest_first_and_filtered(store: Kept) -> None:
    """One more than the limit says whether there is another page."""
    await store.add()
    await store.add(kind=SubjectRequestKind.ACCESS)
    await store.add(state=SubjectRequestState.ADMISSIBLE, due=date(2027, 3, 1))
    await store.add(state=SubjectRequestState.CLOSED, due=None)
    assert await store.listed() == [4, 3, 2, 1]
    assert await store.listed(limit=1) == [4, 3]
    last = (await store.reading.page(RequestQuery(), TODAY))[1].sequence
    assert await store.listed(after=last) == [2, 1]
    assert await store.listed(kind="access") == [2]
    assert await store.listed(state="closed") == [4]


async def test_overdue_requests_are_found_from_the_day_after_their_deadline(store: Kept) -> None:
    """A request without a deadline is not overdue."""
    await store.add(due=date(2026, 6, 29))
    await store.add(due=None, state=SubjectRequestState.CLOSED)
    assert await store.listed(date(2026, 6, 29), overdue=True) == []
    assert await store.listed(date(2026, 6, 30), overdue=True) == [1]
    assert await store.listed(date(2026, 6, 30), overdue=False) == [2]


async def test_records_are_stored_with_their_decisions(store: Kept) -> None:
    """In the order in which they were attached."""
    first = concerned(1, RemedyAct.CORRECT, corrections={"forename": None, "marks": ["名"]})
    body = concerned(2, place=RecordLocation(service="missing-persons", path="bodies", record=first.place.record))
    request = await store.add(first, body)
    assert await store.reading.records(request) == [first, body]
    refused = replace(first, attempts=1, problem="invalid: no such colour", refused=True)
    await store.write(lambda requests: requests.save_records(request, [refused]))
    assert await store.reading.records(request) == [refused, body]
    done = replace(first, state=RemedyState.CARRIED_OUT, attempts=2, due=None, proof=PROOF)
    await store.write(lambda requests: requests.save_records(request, [done]))
    assert await store.reading.records(request) == [done, body]
    assert await store.write(lambda requests: requests.remove_record(request, 2))
    assert not await store.write(lambda requests: requests.remove_record(request, 2))
    assert await store.reading.records(request) == [done]


async def test_due_remedies_are_found_with_their_request(store: Kept) -> None:
    """The longest waiting first, and none before its time."""
    later = concerned(1, RemedyAct.DELETE, due=MILLISECONDS + 1000, attempts=1, problem="unreachable: it is not there")
    request = await store.add(concerned(3), later, concerned(2, RemedyAct.DELETE))
    assert await store.reading.earliest_due() == MILLISECONDS
    assert [each.record.number for each in await store.reading.due(MILLISECONDS, 10)] == [2]
    first, second = await store.reading.due(MILLISECONDS + 1000, 10)
    assert (first.record.number, second.record) == (2, later)
    assert (second.request, second.reference, second.officer) == (request.id, "CCF/2026/1", "ccf.officer")
    assert len(await store.reading.due(MILLISECONDS + 1000, 1)) == 1


async def test_a_due_remedy_is_claimed_by_one_worker(store: Kept) -> None:
    """It can be claimed again when the claim has expired."""
    until = MILLISECONDS + 30_000
    await store.add(concerned(1, RemedyAct.DELETE, refused=True), concerned(2, RemedyAct.DELETE, due=until))
    claims = [store.write(lambda requests: requests.claim(MILLISECONDS, until, 10)) for _ in range(2)]
    assert sorted(len(each) for each in await asyncio.gather(*claims)) == [0, 1]
    [first, second] = await store.write(lambda requests: requests.claim(until, until + 1, 10))
    assert first.record.due == second.record.due == until + 1
    assert not first.record.refused


async def test_a_record_without_an_open_decision_is_not_due(store: Kept) -> None:
    """Neither one that is undecided nor one that is carried out."""
    await store.add(concerned(1), concerned(2, RemedyAct.DELETE, due=None))
    assert await store.reading.earliest_due() is None
    assert await store.reading.due(MILLISECONDS * 2, 10) == []


async def test_a_year_after_its_end_a_request_contains_nothing_about_its_subject(store: Kept) -> None:
    """Number, dates, officers and the proof of changes are kept."""
    ended = {
        "state": SubjectRequestState.CARRIED_OUT,
        "due": None,
        "forget_on": date(2027, 6, 1),
        "reasons": "Marlowe is right.",
    }
    deleted = concerned(
        1,
        RemedyAct.DELETE,
        due=None,
        state=RemedyState.CARRIED_OUT,
        proof=PROOF,
        owner=BureauCode("DE"),
        problem="Marlowe",
    )
    corrected = concerned(2, RemedyAct.CORRECT, corrections={"family_name": "Marlowe"}, due=None, proof=PROOF)
    abandoned = concerned(5, RemedyAct.DELETE, due=None, state=RemedyState.ABANDONED, problem="Marlowe")
    looked_at = (concerned(3), concerned(4, RemedyAct.DISCLOSE, due=None), abandoned)
    request = await store.add(deleted, corrected, *looked_at, **ended)
    another = await store.add(statement="Ostrander asks.", forget_on=date(2027, 6, 2))
    reason = StoredStep(at=MILLISECONDS, officer="ccf.officer", step=RequestStep.ADMITTED, reason="Marlowe it is.")
    await store.write(lambda requests: requests.add_steps(request, reason))
    assert await store.reading.to_forget(date(2027, 5, 31), 10) == []
    due = await store.reading.to_forget(date(2027, 6, 1), 10)
    assert due == [request.sequence]
    await store.write(lambda requests: requests.forget(due, STEP))
    await store.write(lambda requests: requests.forget([another.sequence], STEP))
    kept_of_it = await store.everything()
    for word in ("Marlowe", "Zoë", "1987", "found", "Ostrander", *(each.place.record for each in looked_at)):
        assert word not in kept_of_it
    assert await store.reading.find(request.id) == replace(request, subject=None, statement=None, reasons=None)
    assert [each.proof for each in await store.reading.records(request)] == [PROOF, PROOF]
    assert await store.reading.steps(request) == [replace(reason, reason=None), STEP]
    assert await store.reading.to_forget(date(2028, 1, 1) + timedelta(days=1), 10) == []


@pytest.mark.parametrize("body", [b"", b"\xff", b'{"type": "\xff"}', b'{"detail": ' + b"[" * 100_000, b"[" * 100_000])
def test_an_unreadable_error_answer_is_a_failure(body: bytes) -> None:
    """A hostile service cannot stop the gateway's work with it."""
    head: Any = SimpleNamespace(status=422)
    assert fault_in(Reply(head, body, "e..s", "r")) is not None


@pytest.mark.parametrize("member", ["type", "detail"])
async def test_any_failure_text_of_a_service_can_be_stored(store: Kept, member: str) -> None:
    """Also with U+0000: otherwise the failure could not be shown, and the remedy not be abandoned."""
    body = msgspec.json.encode({"type": "urn:i247:problem:invalid", "detail": "no such name", member: "a\0b"})
    head: Any = SimpleNamespace(status=422)
    record = concerned(act=RemedyAct.CORRECT)
    request = await store.add(record)
    failed = replace(record, problem=fault_in(Reply(head, body, "e..s", "r")))
    await store.write(lambda requests: requests.save_records(request, [failed]))
    assert await store.reading.records(request) == [failed]
