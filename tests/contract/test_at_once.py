"""Concurrent operations on one record each succeed or are refused with a reason, on both databases.

Every operation on a record is tried, on every kind of record, as listed in the OpenAPI document of its service; a new
operation is covered without being listed here.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import cycle
from typing import Any, Final

import pytest

from services import SERVICES
from shared.bureaus import COMMISSION, BureauCode
from shared.clock import FixedClock
from shared.protocol.http import HttpResponse
from shared.records.policy import REVIEWED_BEFORE
from shared.records.store import RecordStore
from shared.service import Service
from tests.contract.askers import OWNER
from tests.contract.guessed_requests import Clues
from tests.contract.operations import Operation
from tests.contract.service_fixture import CORRECTION, DELETION, ServiceFixture, service_with_records
from tests.extent import by_extent

RECORDS: Final = 30
CALLS: Final = 4
ROUNDS: Final = by_extent(1, 2)

pytestmark = pytest.mark.both_databases

Change = tuple[BureauCode, Operation, dict[str, Any]]


@pytest.fixture(params=SERVICES, ids=lambda service: service.name)
def store_tables(request: pytest.FixtureRequest) -> Service:
    """Return the tables of each service."""
    return request.param


@pytest.fixture
async def running(store_tables: Service, database_url: str, clock: FixedClock) -> AsyncIterator[ServiceFixture]:
    """Run each service, on each database."""
    async with service_with_records(store_tables, database_url, clock, RECORDS) as running:
        # A record can be renewed some time after its entry. Afterwards the clock stands still, as a request that
        # deletes old request ids makes the others wait.
        running.world.clock.advance(REVIEWED_BEFORE)
        yield running


def changes(running: ServiceFixture, kind: type[RecordStore[Any]]) -> Iterator[Change]:
    """Yield each operation that changes a record, and the bureau that may send it: renewal first, deletion last."""
    operations = [each for each in running.about(kind) if each.method != "GET"]
    for operation in sorted(operations, key=_when):
        if operation.stated["operationId"].startswith("decide"):
            yield COMMISSION, operation, CORRECTION
            yield COMMISSION, operation, DELETION
        else:
            yield OWNER, operation, {}


def _when(operation: Operation) -> tuple[bool, bool]:
    """Return the order of an operation: others may end the record, which is not renewed then."""
    return operation.method == "DELETE", not operation.path.endswith("/renewal")


async def carried_out(running: ServiceFixture, clues: Clues, *at_once: Change) -> list[HttpResponse]:
    """Send several operations on one record at the same time."""
    asked = [(bureau, each, replace(clues, content={**clues.content, **extra})) for bureau, each, extra in at_once]
    return await asyncio.gather(*(running.ask(*each) for each in asked))


@pytest.mark.thorough
async def test_identical_concurrent_operations_on_a_record_never_cause_a_server_error(running: ServiceFixture) -> None:
    """Each of the four operations that all kinds have in common also succeeds at least once."""
    done = Counter[str]()
    for kind in running.service.metadata.info["stores"]:
        records = cycle([clues for of_kind, clues in running.clues if of_kind is kind])
        possible = list(changes(running, kind))
        common = {str(operation) for _, operation, _ in possible if operation.stated["operationId"] in names(kind)}
        for change in possible:
            operation = str(change[1])
            for sent in range(RECORDS):
                # Some records have ended, and cannot be renewed.
                if sent >= ROUNDS and (done[operation] or operation not in common):
                    break
                answers = await carried_out(running, next(records), *[change] * CALLS)
                assert [answer for answer in answers if answer.status >= 500] == [], operation
                done[operation] += sum(answer.status < 300 for answer in answers)
        assert len(common) == 4
        assert common <= {operation for operation, times in done.items() if times}


@pytest.mark.thorough
async def test_different_concurrent_operations_on_a_record_never_cause_a_server_error(running: ServiceFixture) -> None:
    """All operations on a record at once, deletion included: they do not deadlock, and at least one succeeds."""
    for kind in running.service.metadata.info["stores"]:
        possible = list(changes(running, kind))
        for clues in [clues for of_kind, clues in running.clues if of_kind is kind][:ROUNDS]:
            answers = await carried_out(running, clues, *possible, *reversed(possible))
            assert [answer for answer in answers if answer.status >= 500] == []
            assert any(answer.status < 300 for answer in answers)


def names(kind: type[RecordStore[Any]]) -> set[str]:
    name = kind.model.record_kind().replace("-", "_")
    return {f"{act}_{name}" for act in ("restrict", "renew", "delete", "decide_on")}
