"""What a refusal says of the change, against what a search finds afterwards: for each way in which a step may fail."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest

from shared.errors import REFUSALS
from shared.outcomes import MAY_BE_MADE, Outcome
from shared.sandbox.faults import FAILURES, FaultStep
from tests.system.sandbox.client import SEARCH, VEHICLES, Client, code_of

pytestmark = pytest.mark.thorough

# These only delay a message: nobody is refused.
OF_MESSAGES: Final = {FaultStep.DELIVER, FaultStep.RECEIPT}
# Each waits for the deadline of the service.
SLOW: Final = {"timeout", "reply-lost"}
OF_CHANGES: Final = {"failed", "outcome-unknown"}


def ways(*, reading: bool) -> Iterator[Any]:
    """Yield the steps of a request, each with a way to fail."""
    for step, failures in FAILURES.items():
        for failure in failures if step not in OF_MESSAGES else ():
            if not (reading and failure in OF_CHANGES):
                yield pytest.param(step, failure, marks=[pytest.mark.thorough] if failure in SLOW else [])


def enter(sandbox: Client, plate: str) -> httpx.Response:
    """Enter a stolen vehicle with a reference of the owner."""
    car = {"plate": plate, "country": "IT", "make": "Fiat", "theft_date": "2026-03-14", "reference": f"2026/{plate}"}
    return sandbox.client.post(VEHICLES, json=car, headers=sandbox.officer("FR"))


@pytest.mark.parametrize(("step", "failure"), [*ways(reading=False)])
def test_a_refused_entry_says_truly_whether_it_may_have_been_made(sandbox: Client, step: str, failure: str) -> None:
    """And sent again with its reference it is there once."""
    plate = uuid4().hex[:8]
    sandbox.fault(step=step, failure=failure, bureau="FR")
    refused = enter(sandbox, plate)
    outcome = REFUSALS[code_of(refused)].outcome
    assert refused.json()["detail"].endswith(MAY_BE_MADE) is (outcome is Outcome.UNKNOWN)
    if outcome is Outcome.NOTHING_CHANGED:
        assert sandbox.found("DE", plate) == 0
    assert enter(sandbox, plate).status_code == 201
    listed = sandbox.client.get(VEHICLES, params={"reference": f"2026/{plate}"}, headers=sandbox.officer("FR"))
    assert len(listed.raise_for_status().json()["items"]) == 1


@pytest.mark.parametrize(("step", "failure"), [*ways(reading=True)])
def test_a_refused_search_changed_nothing_and_says_so(sandbox: Client, step: str, failure: str) -> None:
    """Unless the search has to be corrected, or another token is needed, it says so."""
    sandbox.fault(step=step, failure=failure, bureau="FR")
    refused = sandbox.search("FR")
    assert ("nothing was changed" in refused.json()["detail"]) is refused.is_server_error
    assert sandbox.client.get(SEARCH, headers=sandbox.officer("FR")).status_code == 200
