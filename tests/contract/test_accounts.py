"""Each request that succeeds has one leaf in the audit log, with every record that was disclosed or changed.

Every operation of every service is carried out at least once, on records in each state.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import sqlalchemy as sa

from services import SERVICES
from shared.audit.backfill import BACKFILL_AFTER
from shared.audit.tables import audit_leaves, disclosures
from shared.bureaus import COMMISSION, SECRETARIAT
from shared.clock import FixedClock
from shared.identity import Caller, Purpose
from shared.protocol.http import HttpRequest, HttpResponse
from shared.records.policy import REVIEWED_BEFORE
from shared.service import Service
from tests.conftest import NOW
from tests.contract.askers import OWNER, officer_of
from tests.contract.comparison import UUID
from tests.contract.field_copies import take_field_copies
from tests.contract.guessed_requests import Clues, Guesses, questions
from tests.contract.hidden_records import Secret, filled_stores
from tests.contract.noninterference import World, running
from tests.contract.operations import Operation, document_of, operations_of
from tests.support import under

# Number of records of each kind in each state, and the greatest number of times that an operation is carried out.
RECORDS: Final = 3
TIMES: Final = 3
QUESTIONS: Final = 4
# For the public, for partners, and for who sought a picture before: tests of the services ask the same of them.
NOT_HERE: Final = frozenset(
    {
        "GET /api/cultural-property/extracts/search",
        "GET /api/cultural-property/statements",
        "GET /api/cultural-property/statements/{request_id}/proof",
        "POST /api/cultural-property/similar/subscriptions",
        "GET /api/cultural-property/similar/{picture_id}/{record_id}/{photograph_id}",
        "POST /api/travel-documents/screening",
    }
)
# A record can be renewed only some time after its entry.
LATER: Final = REVIEWED_BEFORE


@dataclass(frozen=True)
class Answered:
    """A request and its answer."""

    operation: Operation
    caller: Caller
    request: HttpRequest
    response: HttpResponse

    @property
    def good(self) -> bool:
        """Whether it was carried out."""
        return self.response.status < 300

    @property
    def named(self) -> set[str]:
        """The ids in an answer that has records; for an image, those in the path of the request."""
        if "Handling" in self.operation.shows:
            return {*UUID.findall(self.response.body.decode())}
        is_json = "json" in self.response.headers.get("content-type", "json")
        return set() if is_json else {*UUID.findall(self.request.target)}


@dataclass
class Accounts:
    """The requests to a service, and what its audit log has of them."""

    operations: Sequence[Operation]
    answered: list[Answered] = field(default_factory=list)
    leaves: Counter[str] = field(default_factory=Counter)
    """How many leaves each request has, by its id."""

    disclosed: set[tuple[str, str]] = field(default_factory=set)
    """Each request with each record that it disclosed or changed."""

    records: set[str] = field(default_factory=set)
    """The ids of all records."""

    @property
    def times(self) -> Counter[str]:
        """How often each operation was carried out."""
        return Counter(str(each.operation) for each in self.answered if each.good)


@pytest.fixture(scope="module", params=SERVICES, ids=lambda service: service.name)
def accounts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Accounts:
    """Carry out all operations of a service."""
    service: Service = request.param
    store = tmp_path_factory.mktemp("accounts") / "store.db"
    store.write_bytes(filled_stores(service).open)
    operations = [each for each in operations_of(document_of(service)) if each.scope in service.scopes]
    drawn = {str(each): _drawn(each, filled_stores(service).secrets) for each in operations if "{" not in each.path}
    return asyncio.run(_carry_out(service, store, operations, drawn))


def _drawn(operation: Operation, secrets: Sequence[Secret]) -> list[HttpRequest]:
    """Return requests for records that name no record id, in addition to those that restate a record."""
    about = [secret for secret in secrets if secret.kind in operation.shows][:RECORDS]
    if not operation.scope.endswith(":read") or not about:
        return []
    clues = [Clues(secret.content, (), secret.images) for secret in about]
    return [each for requests in questions(operation, clues, QUESTIONS) for each in requests]


async def _carry_out(
    service: Service, store: Path, operations: Sequence[Operation], drawn: dict[str, list[HttpRequest]]
) -> Accounts:
    accounts, clock = Accounts(operations), FixedClock(NOW)
    async with running(service, f"sqlite:///{store}", clock) as world:
        clock.advance(LATER)
        await take_field_copies(service, world)
        for secret in _in_each_state(filled_stores(service).secrets):
            while await _carry_out_one(accounts, world, service, secret, drawn):
                pass
        clock.advance(BACKFILL_AFTER + timedelta(seconds=1))
        await world.work(checkpoints=False)
        leaves = await world.database.reading.fetch(sa.select(audit_leaves.c.request), in_thread=True)
        shown = await world.database.reading.fetch(
            sa.select(disclosures.c.request, disclosures.c.record_id), in_thread=True
        )
    accounts.leaves.update(row.request for row in leaves)
    accounts.disclosed.update((row.request, row.record_id) for row in shown)
    accounts.records.update(row.record_id for row in shown)
    accounts.records.update(filled_stores(service).known, (each.id for each in filled_stores(service).secrets))
    return accounts


def _in_each_state(secrets: Sequence[Secret]) -> Iterator[Secret]:
    counted: Counter[tuple[str, str]] = Counter()
    for secret in secrets:
        state = secret.kind, secret.content["status"]
        counted[state] += 1
        if counted[state] <= RECORDS:
            yield secret


async def _carry_out_one(
    accounts: Accounts, world: World, service: Service, secret: Secret, drawn: dict[str, list[HttpRequest]]
) -> bool:
    """Carry out the operation that was carried out least often and is possible now; return whether there is one."""
    times = accounts.times
    for operation in sorted(accounts.operations, key=lambda each: (times[str(each)], _ends(each))):
        if times[str(operation)] >= TIMES:
            continue
        for request in (_restated(accounts, operation, secret), *drawn.get(str(operation), ())):
            world.clock.advance(timedelta(seconds=1))
            caller = _asker(operation, service, world.clock)
            if times[str(operation)] % 2 == 0 and caller.bureau == OWNER:
                caller = msgspec.structs.replace(caller, standing=under("supervised"))
            answered = Answered(operation, caller, request, await world.ask(caller, request))
            accounts.answered.append(answered)
            if answered.good:
                return True
    return False


def _ends(operation: Operation) -> int:
    """Return how much of a record an operation deletes: nothing, a photograph, or all that there is."""
    if operation.scope.endswith(":decide"):
        return 2
    return (1 if "/photographs/" in operation.path else 2) if operation.method == "DELETE" else 0


def _restated(accounts: Accounts, operation: Operation, secret: Secret) -> HttpRequest:
    """Return a request that restates a record; where it concerns a subscription or a link, it names the last one."""
    above, _, _ = operation.path.rpartition("/")
    subscriptions = [json.loads(each.response.body)["id"] for each in accounts.answered if _opens(each, above)]
    # Without the version, as the record may have another since.
    content = {name: value for name, value in secret.content.items() if name != "version"}
    if subscriptions:
        content["subscription_id"] = subscriptions[-1]
    if kept := [json.loads(each.response.body)["id"] for each in accounts.answered if _keeps(each)]:
        content |= {"print_id": kept[0], "other_id": kept[-1]}
    if linked := [other for each in accounts.answered if secret.id in each.request.target for other in _linked(each)]:
        content = {**content, "record": linked[-1], "other_id": linked[-1]}
    return Guesses(operation, Clues(content, (), secret.images)).restated()


def _opens(answered: Answered, path: str) -> bool:
    return answered.response.status == 201 and answered.operation.path == path and path.endswith("/subscriptions")


def _keeps(answered: Answered) -> bool:
    return answered.good and answered.operation.path.endswith("/sought")


def _linked(answered: Answered) -> list[str]:
    """Return the ids of the records that an answer links with another, last of one whose link its owner can confirm."""
    if not answered.good or not answered.operation.path.endswith("/same-person") or answered.operation.method != "GET":
        return []
    items = json.loads(answered.response.body)["items"]
    return [each["record"] for each in sorted(items, key=_is_to_be_confirmed)]


def _is_to_be_confirmed(link: Mapping[str, Any]) -> bool:
    return link["confirmed"] is None and link["stated_by"] != OWNER


def _asker(operation: Operation, service: Service, clock: FixedClock) -> Caller:
    """Return an officer who may carry out the operation: of the owner, of the Secretariat, or of the Commission."""
    if operation.scope.endswith(":decide"):
        return officer_of(COMMISSION, service, clock, Purpose.DATA_SUBJECT_REQUEST)
    return officer_of(SECRETARIAT if operation.scope.endswith(":review") else OWNER, service, clock)


@pytest.mark.thorough
def test_every_operation_is_carried_out(accounts: Accounts) -> None:
    """The other tests of this file cover all operations that one officer may call at any time."""
    assert accounts.times.keys() == {*map(str, accounts.operations)} - NOT_HERE


@pytest.mark.thorough
def test_each_request_that_succeeds_has_exactly_one_leaf(accounts: Accounts) -> None:
    """The backfill adds no second leaf; a request that never reached its operation has none."""
    assert {each.caller.request_id: 1 for each in accounts.answered if each.good}.items() <= accounts.leaves.items()
    assert {accounts.leaves[each.caller.request_id] for each in accounts.answered} <= {0, 1}


@pytest.mark.thorough
def test_each_record_in_an_answer_is_in_the_audit_log(accounts: Accounts) -> None:
    """Whatever the form of the answer: a record, a list, hits, or an image."""
    missing = [
        f"{each.operation}: {record}"
        for each in accounts.answered
        for record in each.named & accounts.records
        if each.good and (each.caller.request_id, record) not in accounts.disclosed
    ]
    assert missing == []
