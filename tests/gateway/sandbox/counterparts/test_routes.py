"""Which bureaus can be counterparts, and which scripts are scripts."""

from typing import Any

import pytest

from tests.gateway.sandbox.counterparts.integrator import COUNTERPARTS, Integrator

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_counterpart_is_a_bureau_of_the_mesh(me: Integrator, method: str) -> None:
    """The refusal lists those that there are."""
    body = {"json": {}} if method == "PUT" else {}
    refused = me.sandbox.request(method, f"{COUNTERPARTS}/KE", **body)
    assert (refused.status_code, refused.json()["type"]) == (404, "urn:i247:problem:not-found")
    assert "choose from DE, FR, IT" in refused.json()["detail"]


@pytest.mark.parametrize("code", ["notices", "IPSG", "CCF", "de", "XX"])
def test_no_service_or_office_is_a_counterpart(me: Integrator, code: str) -> None:
    """They are part of the network that is tested with."""
    refused = me.sandbox.put(f"{COUNTERPARTS}/{code}", json={})
    assert refused.status_code == 422
    assert "must be the code of a member" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("script", "pointer"),
    [
        ({"hits": {"do": "confrim"}}, "/hits/do"),
        ({"hits": {"after_seconds": 3}}, "/hits/do"),
        ({"hits": {"do": "confirm", "after_seconds": "3"}}, "/hits/after_seconds"),
        ({"hits": {"do": "confirm", "reason": "other"}}, "/hits/reason"),
        ({"hits": {"do": "postpone"}}, "/hits/minutes"),
        ({"messages": {"do": "refuse", "reason": "tired"}}, "/messages/reason"),
        ({"messages": {"do": "answer", "times": 6}}, "/messages/times"),
        ({"messages": {"do": "answer", "flaw": "late"}}, "/messages/flaw"),
        ({"records": {"car": {"do": "deny"}}}, "/records/car"),
        ({"cut_off_seconds": 0}, "/cut_off_seconds"),
        ({"clock_minutes": 1441}, "/clock_minutes"),
        ({"message": {"do": "read"}}, "/message"),
    ],
)
def test_a_faulty_script_is_refused_at_its_place(me: Integrator, script: Any, pointer: str) -> None:
    """Nothing is changed by it."""
    refused = me.sandbox.put(f"{COUNTERPARTS}/DE", json=script)
    assert refused.status_code == 422, refused.text
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert me.listed() == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (r'{"messages": {"do": "answer", "text": "a\u0000b"}}', 400, "malformed"),
        (r'{"hits": {"do": "confirm", "remark": "\u0000"}}', 400, "malformed"),
        (r'{"messages": {"do": "answer", "text": "\ud800"}}', 400, "malformed"),
        ('{"hits": {"do": "deny"}, "hits": {"do": "confirm"}}', 400, "malformed"),
        ('{"clock_minutes": 0' + " " * 1024 * 1024 + "}", 413, "too-large"),
    ],
    ids=["NUL", "NUL in a remark", "surrogate", "twice", "large"],
)
def test_a_script_that_no_message_can_hold_is_refused_at_once(
    me: Integrator, body: str, status: int, code: str
) -> None:
    """Not only when the counterpart acts."""
    refused = me.sandbox.put(f"{COUNTERPARTS}/DE", content=body, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (status, code)
    assert me.listed() == []


@pytest.mark.parametrize("path", ["/sandbox/faults", "/sandbox/snapshots", "/clock"])
def test_a_body_that_is_too_large_is_refused_as_such(me: Integrator, path: str) -> None:
    """Also where it is no JSON, which nobody reads to its end."""
    refused = me.sandbox.post(path, content=b"a" * (1024 * 1024 + 1), headers={"Content-Type": "text/plain"})
    assert (refused.status_code, refused.json()["type"]) == (413, "urn:i247:problem:too-large")


def test_an_ordinary_bureau_stays_one(me: Integrator) -> None:
    """To remove a script twice is no mistake."""
    assert [me.sandbox.delete(f"{COUNTERPARTS}/DE").status_code for _ in range(2)] == [204, 204]
    me.delivery(me.message(), "delivered")
    assert me.listed() == []
