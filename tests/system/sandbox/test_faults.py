"""Faults at each step of a request, as the client that gets the answers sees them."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.sandbox.faults import FAILURES
from tests.system.mesh import PROJECT
from tests.system.sandbox.client import Client, code_of, new_id

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("step", "failure", "status", "code"),
    [
        ("token", "unavailable", 503, "provider-unreachable"),
        ("token", "revoked", 401, "unauthenticated"),
        ("sign", "no-valid-key", 503, "key-not-valid"),
        ("broker", "unreachable", 503, "unreachable"),
        ("broker", "disconnected", 503, "unreachable"),
        ("broker", "timeout", 504, "timeout"),
        ("verify", "request", 403, "envelope-refused"),
        ("verify", "reply", 502, "forged-reply"),
        ("store", "unavailable", 503, "store-unavailable"),
        ("store", "failed", 500, "internal"),
        ("audit", "not-written", 503, "not-audited"),
    ],
)
def test_one_request_of_one_bureau_fails_as_if_the_step_were_broken(
    sandbox: Client, step: str, failure: str, status: int, code: str
) -> None:
    """Not the requests of others, and not the next one; the fault names the request that it happened to."""
    fault, request = sandbox.fault(step=step, failure=failure, bureau="FR"), new_id()
    assert sandbox.report("DE").status_code == 201
    failed = sandbox.report("FR", **{"I247-Request-Id": request})
    assert (failed.status_code, code_of(failed)) == (status, code)
    assert sandbox.report("FR").status_code == 201
    state = sandbox.state_of(fault)
    assert (state["fired"], state["left"], state["is_over"], state["requests"]) == (1, 0, True, [request])


@pytest.mark.parametrize(
    ("step", "failure", "code"),
    [
        ("store", "outcome-unknown", "outcome-unknown"),
        ("audit", "not-written", "not-audited"),
        ("verify", "reply", "forged-reply"),
        ("broker", "reply-lost", "timeout"),
    ],
)
def test_what_was_carried_out_is_there_although_the_answer_was_lost(
    sandbox: Client, step: str, failure: str, code: str
) -> None:
    """So a program has to look before it repeats a change."""
    plate = uuid4().hex[:8]
    sandbox.fault(step=step, failure=failure, bureau="FR")
    assert code_of(sandbox.report("FR", plate)) == code
    assert sandbox.found("DE", plate) == 1


@pytest.mark.parametrize(
    ("step", "failure"), [("store", "failed"), ("store", "unavailable"), ("broker", "unreachable")]
)
def test_what_failed_before_the_commit_is_not_there(sandbox: Client, step: str, failure: str) -> None:
    """Nothing is half done."""
    plate = uuid4().hex[:8]
    sandbox.fault(step=step, failure=failure, bureau="FR")
    assert sandbox.report("FR", plate).is_server_error
    assert sandbox.found("DE", plate) == 0


def test_a_login_fails_as_if_it_could_not_be_recorded(sandbox: Client) -> None:
    """The token endpoint answers with a problem and `Retry-After`."""
    passwords = Path(sandbox.mesh.environment["I247_HOME"]) / "secrets" / "demo-passwords.json"
    name, password = next(item for item in json.loads(passwords.read_text()).items() if item[0].startswith("fr."))
    form = {"grant_type": "password", "username": name, "password": password}
    sandbox.fault(step="token", service="oauth")
    failed = sandbox.client.post("/oauth/token", data=form)
    assert (failed.status_code, code_of(failed), failed.headers["retry-after"]) == (503, "store-unavailable", "1")
    assert sandbox.client.post("/oauth/token", data=form).status_code == 200


@pytest.mark.parametrize(("step", "code"), [("audit", "not-audited"), ("broker", "unreachable")])
def test_a_count_is_exact_for_requests_at_the_same_time(sandbox: Client, step: str, code: str) -> None:
    """Also where several processes of a service share them."""
    fault, headers = sandbox.fault(step=step, bureau="FR", count=7), sandbox.officer("FR")

    def search(_: int) -> str:
        return code_of(sandbox.client.get("/api/stolen-vehicles/search?vin=ZAR93200001234567", headers=headers))

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(search, range(30)))
    assert sorted(codes) == [""] * 23 + [code] * 7
    state = sandbox.state_of(fault)
    assert (state["fired"], len(set(state["requests"]))) == (7, 7)


def test_a_fault_is_for_one_request_alone(sandbox: Client) -> None:
    """The client chose the id of the request before it sent it."""
    request = new_id()
    fault = sandbox.fault(step="store", request_id=request, count=5)
    assert sandbox.search("FR").status_code == 200
    failed = sandbox.search("FR", **{"I247-Request-Id": request})
    assert (failed.status_code, failed.headers["i247-request-id"]) == (503, request)
    assert sandbox.state_of(fault)["left"] == 4


def test_time_ends_a_fault(sandbox: Client) -> None:
    """It is the time of the mesh, which the test advances."""
    fault = sandbox.fault(step="broker", service="stolen-vehicles", seconds=600)
    assert [sandbox.search("FR").status_code for _ in range(3)] == [503, 503, 503]
    assert sandbox.client.get("/api/notices", headers=sandbox.officer("FR")).status_code == 200
    sandbox.advance(601)
    assert sandbox.search("FR").status_code == 200
    assert sandbox.state_of(fault)["is_over"]


@pytest.mark.parametrize("step", ["token", "sign", "broker", "verify", "store", "audit"])
def test_a_step_is_late_and_nothing_fails(sandbox: Client, step: str) -> None:
    """Latency alone changes no answer."""
    sandbox.fault(step=step, latency_ms=400, bureau="FR")
    before = time.monotonic()
    assert sandbox.search("FR").status_code == 200
    assert time.monotonic() - before >= 0.4
    [fault] = sandbox.client.get("/sandbox/faults").json()["items"]
    assert (fault["failure"], fault["fired"], fault["is_over"]) == (None, 1, True)


def test_a_deleted_fault_does_not_happen(sandbox: Client) -> None:
    """And is not listed any more."""
    fault = sandbox.fault(step="audit", count=10)
    assert sandbox.search("FR").status_code == 503
    assert sandbox.client.delete(f"/sandbox/faults/{fault}").status_code == 204
    assert sandbox.search("FR").status_code == 200
    assert sandbox.client.delete(f"/sandbox/faults/{fault}").status_code == 404
    assert sandbox.client.get("/sandbox/faults").json() == {"items": []}


@pytest.mark.parametrize(
    ("draft", "says"),
    [
        ({}, "step"),
        ({"step": "disk"}, "step"),
        ({"step": "audit", "failure": "timeout"}, "not-written"),
        ({"step": "audit", "service": "weather"}, "must be one of"),
        ({"step": "audit", "bureau": "XX"}, "bureau"),
        ({"step": "audit", "count": 0}, "count"),
        ({"step": "audit", "latency_ms": 10**9}, "latency_ms"),
        ({"step": "audit", "request_id": "mine"}, "request_id"),
    ],
    ids=str,
)
def test_a_fault_that_cannot_be_is_refused(sandbox: Client, draft: dict[str, Any], says: str) -> None:
    """The problem says what to change, and nothing fails."""
    answer = sandbox.client.post("/sandbox/faults", json=draft)
    assert (answer.status_code, code_of(answer)) == (422, "invalid")
    assert says in answer.json()["detail"]
    assert sandbox.client.get("/sandbox/faults").json() == {"items": []}


def test_a_request_id_that_is_none_is_refused(sandbox: Client) -> None:
    """It would be refused by the service."""
    answer = sandbox.search("FR", **{"I247-Request-Id": "mine"})
    assert (answer.status_code, code_of(answer)) == (422, "invalid")


def test_the_page_lists_how_each_step_may_fail() -> None:
    """In the order of the program, with the usual failure of a step first."""
    page = (PROJECT / "docs" / "how-to" / "sandbox.md").read_text()
    listed = re.findall(r"^\| `([a-z]+)` \| `([a-z-]+)` \|", page, re.MULTILINE)
    assert listed == [(step, failure) for step, failures in FAILURES.items() for failure in failures]
