"""The Commission for the Control of Files sees every record, however many bureaus its owner bars from it.

Each service gets the same requests on stores that differ in the barred bureaus alone; all answers must be equal.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from services import SERVICES
from shared.bureaus import COMMISSION
from shared.clock import FixedClock
from shared.identity import Purpose
from shared.protocol.http import HttpRequest, HttpResponse
from shared.service import Service
from tests.conftest import NOW
from tests.contract.askers import officer_of
from tests.contract.comparison import OPAQUE, UNKNOWN_ID, UUID
from tests.contract.field_copies import take_field_copies
from tests.contract.guessed_requests import Clues, questions
from tests.contract.hidden_records import bar, filled_stores
from tests.contract.noninterference import chance_decided, reduced_limits, running
from tests.contract.operations import Operation, document_of, operations_of
from tests.extent import by_extent

BARRED: Final = by_extent(((), ("KE", "NG")), ((), ("KE",), ("KE", "NG"), ("KE", "NG", "ZW")))
# Number of records of each kind that each operation is asked about, and of requests about each record.
RECORDS: Final = 8
QUESTIONS: Final = 4

Asked = Sequence[tuple[Operation, HttpRequest]]


@pytest.mark.thorough
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_commission_gets_the_same_answers_however_many_bureaus_are_barred(service: Service, tmp_path: Path) -> None:
    """From each operation that reads records, and from those that carry out its decisions."""
    asked = _asked(service)
    plain, *others = [asyncio.run(_answers(service, tmp_path, barred, asked)) for barred in BARRED]
    good = {str(operation) for (operation, _), answer in zip(asked, plain, strict=True) if _shows(answer, service)}
    assert good == {str(operation) for operation, _ in asked}
    for answers in others:
        for (operation, request), before, answer in zip(asked, plain, answers, strict=True):
            assert _seen(answer) == _seen(before), f"{operation}: {request.target} {request.body!r}"


def _asked(service: Service) -> Asked:
    """Return the requests of the Commission about some records: first those that read, then its decisions."""
    operations = operations_of(document_of(service))
    return [
        (operation, request)
        for operation in (*filter(_reads, operations), *filter(_decides, operations))
        for requests in questions(operation, _clues(service, operation), QUESTIONS)
        for request in requests
    ]


def _clues(service: Service, operation: Operation) -> list[Clues]:
    secrets = filled_stores(service).secrets
    kinds = {secret.kind for secret in secrets}
    about = [
        secret
        for kind in sorted(kinds & operation.shows or kinds)
        for secret in [each for each in secrets if each.kind == kind][:RECORDS]
    ]
    return [Clues(secret.content, (UNKNOWN_ID,), secret.images) for secret in about]


def _reads(operation: Operation) -> bool:
    """Return whether an operation answers records, or parts of one, and changes nothing."""
    is_of_records = "{record_id}" in operation.path or "Handling" in operation.shows
    # A picture or a print that was sought is shown to those who sought it, the state of a review to those who asked.
    is_of_records &= not any(part in operation.path for part in ("{picture_id}", "{print_id}", "/reviews/own"))
    return is_of_records and operation.scope.endswith(":read")


def _decides(operation: Operation) -> bool:
    return operation.path.endswith("/decision")


def _shows(answer: HttpResponse, service: Service) -> bool:
    """Return whether an answer is 200 and names a record or is an image."""
    filled = filled_stores(service)
    named = {*UUID.findall(answer.body.decode("latin-1"))} & {*filled.known, *(each.id for each in filled.secrets)}
    return answer.status == 200 and bool(named or not _is_json(answer))


async def _answers(service: Service, folder: Path, barred: Sequence[str], asked: Asked) -> list[HttpResponse]:
    """Return the answers of a store in which these bureaus are barred from all records."""
    store = folder / f"{len(barred)}.db"
    store.write_bytes(filled_stores(service).open)
    await bar(service, store, barred)
    clock = FixedClock(NOW)
    answers = []
    with reduced_limits(service), chance_decided() as chance:
        async with running(service, f"sqlite:///{store}", clock) as world:
            chance.start(len(asked))
            await take_field_copies(service, world)
            for number, (_, request) in enumerate(asked):
                clock.advance(timedelta(seconds=1))
                chance.start(number)
                commission = officer_of(COMMISSION, service, clock, Purpose.DATA_SUBJECT_REQUEST)
                answers.append(await world.ask(commission, request))
    return answers


def _seen(response: HttpResponse) -> tuple[int, Any]:
    """Return an answer without the list of barred bureaus, which the Commission sees."""
    body = OPAQUE.sub(b"...", response.body)
    read = json.loads(body, object_hook=lambda each: {**each, "restricted": None}) if _is_json(response) else body
    return response.status, read


def _is_json(response: HttpResponse) -> bool:
    return "json" in response.headers.get("content-type", "")
