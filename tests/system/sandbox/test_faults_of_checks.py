"""Faults at each step of a request happen to what a check asks of a register, as to a request of its own."""

import time
from typing import Any, Final
from uuid import uuid4

import pytest

from tests.system.sandbox.client import Client, code_of, new_id, wait_for

SLOW: Final = pytest.mark.thorough
SILENT: Final = [
    ("sign", "no-valid-key", "unreachable"),
    ("broker", "unreachable", "unreachable"),
    ("broker", "disconnected", "unreachable"),
    pytest.param("broker", "timeout", "timeout", marks=SLOW),
    pytest.param("broker", "reply-lost", "timeout", marks=SLOW),
    ("verify", "request", "unreachable"),
    ("verify", "reply", "unreachable"),
    ("store", "unavailable", "unreachable"),
    ("audit", "not-written", "unreachable"),
]
"""The steps and failures of one request, and the state of a register to which they happen."""

FIND_CODES: Final = {"unreachable": 903, "timeout": 902, "none": 1}
pytestmark = pytest.mark.thorough

NOBODY: Final = {"name": "Nobody Atall", "date_of_birth": "1990-01-01"}
OTHERS: Final = {"stolen-vehicles": "none", "missing-persons": "none"}
FIND: Final = {"IPSG": "travel-documents", "IPSG.NOMTD": "notices"}


@pytest.fixture
def asked(sandbox: Client) -> Client:
    """Return a client of a sandbox whose registers answer a check in time, as soon after the start not all do."""
    wait_for(lambda: check(sandbox)["complete"] and set(find(sandbox).values()) == {1})
    return sandbox


def check(sandbox: Client, **headers: str) -> Any:
    """Return the answer to a check of nobody and of an unknown car."""
    stated = {**NOBODY, "plate": uuid4().hex[:8]}
    answer = sandbox.client.post("/api/checks", headers=sandbox.officer("FR") | headers, json=stated)
    return answer.raise_for_status().json()


def states(sandbox: Client, **headers: str) -> dict[str, str]:
    """Return the state of each source of a check."""
    return {each["source"]: each["state"] for each in check(sandbox, **headers)["sources"]}


def find(sandbox: Client) -> dict[str, int]:
    """Return the code of each origin in the answer to a FIND search."""
    wanted = {"number": "TST0000999", "country": "FRA", "type": "passport"}
    answer = sandbox.client.post("/find/v1/search", headers=sandbox.officer("FR"), json=wanted)
    return {FIND[each["origin"]]: each["code"] for each in answer.raise_for_status().json()["origins"]}


@pytest.mark.parametrize(("step", "failure", "state"), SILENT)
def test_a_fault_of_a_register_makes_it_silent_in_a_check(asked: Client, step: str, failure: str, state: str) -> None:
    """The gateway asks it in the name of the client; the other registers answer."""
    fault = asked.fault(step=step, failure=failure, bureau="FR", service="notices")
    answer = check(asked)
    assert {each["source"]: each["state"] for each in answer["sources"]} == {"notices": state, **OTHERS}
    assert answer["verdict"] == "incomplete"
    assert asked.state_of(fault)["fired"] == 1
    assert check(asked)["verdict"] == "no-hit"


@pytest.mark.parametrize(("step", "failure", "state"), SILENT)
def test_a_fault_of_an_origin_is_its_code_in_find(asked: Client, step: str, failure: str, state: str) -> None:
    """And never `NO_ANSWER`."""
    asked.fault(step=step, failure=failure, bureau="FR", service="travel-documents")
    assert find(asked) == {"travel-documents": FIND_CODES[state], "notices": FIND_CODES["none"]}


@pytest.mark.parametrize(
    ("step", "failure", "code"),
    [("token", "unavailable", "provider-unreachable"), ("sign", "no-valid-key", "key-not-valid")],
)
def test_what_fails_for_all_registers_refuses_the_check(asked: Client, step: str, failure: str, code: str) -> None:
    """No register could be asked."""
    asked.fault(step=step, failure=failure, bureau="FR", service="checks", count=3)
    refused = asked.client.post("/api/checks", headers=asked.officer("FR"), json=NOBODY)
    assert (refused.status_code, code_of(refused)) == (503, code)


@pytest.mark.parametrize("failure", ["failed", "outcome-unknown"])
def test_a_failure_of_a_commit_waits_for_a_change(asked: Client, failure: str) -> None:
    """A check reads, so it passes by, and is not used up."""
    fault = asked.fault(step="store", failure=failure, bureau="FR")
    assert check(asked)["verdict"] == "no-hit"
    assert asked.state_of(fault)["left"] == 1


@pytest.mark.parametrize("step", ["sign", "broker", "verify", "store", "audit"])
@pytest.mark.parametrize(
    ("latency", "state"),
    [(400, "none"), *(pytest.param(*each, marks=SLOW) for each in ((3_000, "none"), (6_000, "timeout")))],
)
def test_a_register_that_is_late_answers_or_is_a_timeout(asked: Client, step: str, latency: int, state: str) -> None:
    """Whether it answers within the time of a check: also what is longer than one attempt to send is no shorter."""
    asked.fault(step=step, latency_ms=latency, bureau="FR", service="notices")
    before = time.monotonic()
    assert states(asked) == {"notices": state, **OTHERS}
    assert min(latency / 1000, 4.0) <= time.monotonic() - before < 6.0


@pytest.mark.parametrize("step", ["sign", "broker", "store", "audit"])
@pytest.mark.parametrize("named", ["request_id", "service"])
def test_a_fault_that_names_the_check_happens_to_what_it_asks(asked: Client, step: str, named: str) -> None:
    """In the services too, which see another id and their own name."""
    request = new_id()
    fault = asked.fault(step=step, bureau="FR", **{named: request if named == "request_id" else "checks"})
    found = states(asked, **{"I247-Request-Id": request})
    assert sorted(found.values()) == ["none", "none", "unreachable"]
    assert asked.state_of(fault)["requests"] == [request]
    assert set(states(asked).values()) == {"none"}


def test_a_fault_of_a_store_counts_requests_and_not_what_each_reads(asked: Client) -> None:
    """A search reads several times, and is late once."""
    fault = asked.fault(step="store", latency_ms=200, bureau="FR", service="stolen-vehicles", count=2)
    for left in (1, 0):
        before = time.monotonic()
        assert asked.search("FR").status_code == 200
        assert 0.2 <= time.monotonic() - before < 0.4 + 0.2
        assert (asked.state_of(fault)["left"], asked.state_of(fault)["fired"]) == (left, 2 - left)
