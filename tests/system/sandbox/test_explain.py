"""The commands that say why, and who did what, against a running sandbox."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from tests.system.sandbox.client import Client, code_of, new_id

pytestmark = pytest.mark.thorough


def failed_in(text: str) -> str:
    """Return the first step that failed, such as `gateway, token`."""
    return next(line.removeprefix("FAILED").split(":")[0].strip() for line in text.splitlines() if "FAILED" in line)


@pytest.mark.parametrize(
    ("step", "failure", "explained"),
    [
        ("token", "unavailable", "gateway, token"),
        ("token", "revoked", "gateway, token"),
        ("sign", "no-valid-key", "gateway, signing key"),
        ("broker", "unreachable", "gateway, network"),
        ("verify", "request", "request, signature"),
        ("verify", "reply", "answer, signature"),
        ("store", "unavailable", "sandbox, fault at store"),
        ("audit", "not-written", "sandbox, fault at audit"),
    ],
)
def test_a_fault_is_explained_where_it_happened(sandbox: Client, step: str, failure: str, explained: str) -> None:
    """By the id that the client chose, or that the problem names; first comes the result with its reason."""
    fault = sandbox.fault(step=step, failure=failure, bureau="FR")
    request = new_id()
    refused = sandbox.report("FR", **{"I247-Request-Id": request})
    assert not refused.is_success
    # Also when it is gone.
    sandbox.client.delete(f"/sandbox/faults/{fault}").raise_for_status()
    done = sandbox.mesh.i247("explain", request)
    assert done.returncode == 0, done.stderr
    assert failed_in(done.stdout) == explained, done.stdout
    reason = f"a fault of the sandbox at step {step} ({failure}), set by POST /sandbox/faults as {fault}"
    result = f"POST /api/stolen-vehicles was answered {refused.status_code} {code_of(refused)}"
    assert done.stdout.splitlines()[0] == f"{result}: {reason}: it ended after 1 time."


def test_a_delay_is_named_beside_the_result(sandbox: Client) -> None:
    """Of an answer that is good there is no other trace of it."""
    request = new_id()
    sandbox.fault(step="sign", latency_ms=50, request_id=request, count=3)
    assert sandbox.search("FR", **{"I247-Request-Id": request}).is_success
    says = sandbox.explain("FR", request)["says"]
    assert says.startswith(
        "GET /api/stolen-vehicles/search was answered 200; a fault of the sandbox at step sign (50 ms"
    )
    assert says.endswith(": it happens 2 times more.")


def test_requests_of_the_same_id_are_explained_each_to_its_bureau(sandbox: Client) -> None:
    """A bureau that chooses an id of another neither hides nor sees anything of it, nor does a client without token."""
    request = {"I247-Request-Id": new_id()}
    france, germany = sandbox.search("FR", **request), sandbox.report("DE", **request)
    nobody = sandbox.client.get("/api/notices", headers=request)
    assert (france.status_code, germany.status_code, nobody.status_code) == (200, 201, 401)
    of = {bureau: sandbox.explain(bureau, request["I247-Request-Id"])["says"] for bureau in ("FR", "DE", "IPSG")}
    assert of["FR"] == "GET /api/stolen-vehicles/search was answered 200."
    assert of["DE"] == "POST /api/stolen-vehicles was answered 201."
    assert of["IPSG"].startswith("GET /api/notices was answered 401")


def test_an_explanation_is_text_or_json(sandbox: Client) -> None:
    """Of a search also the records that come near, in both."""
    plate = uuid4().hex[:8].upper()
    sandbox.report("DE", plate)
    query = {"plate": plate[:-1] + ("X" if plate[-1] != "X" else "Y"), "country": "IT"}
    headers = sandbox.officer("FR")
    request = sandbox.client.get("/api/stolen-vehicles/search", params=query, headers=headers).headers[
        "i247-request-id"
    ]
    text = sandbox.mesh.i247("explain", request, "--bureau", "FR").stdout
    assert f"found {plate} of IT" in text
    whole = json.loads(sandbox.mesh.i247("explain", request, "--bureau", "FR", "--json").stdout)
    assert whole["why_not"]["near"][0]["owner"] == "DE"
    assert whole["request"]["signing_input"]["text"].startswith(whole["request"]["signature"].partition("..")[0])


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("abc",), 2, "is no id"),
        (("0197a3c2-5b1e-7c3a-9f20-4d5e6f708192",), 1, "no request or message"),
        (("0197a3c2-5b1e-7c3a-9f20-4d5e6f708192", "--bureau", "XX"), 2, "XX"),
    ],
)
def test_what_cannot_be_explained_is_said(sandbox: Client, arguments: tuple[str, ...], status: int, says: str) -> None:
    """With a status that tells a wrong word from an unknown request."""
    done = sandbox.mesh.i247("explain", *arguments)
    assert (done.returncode, says in done.stderr) == (status, True), done.stderr


def test_a_test_run_is_asserted_and_handed_over(sandbox: Client, tmp_path: Path) -> None:
    """The assertions hold by the logs, and a third party decides them again from the pack alone."""
    start = datetime.now(UTC).isoformat()
    entered = sandbox.report("DE").json()["id"]
    sandbox.client.get(f"/api/stolen-vehicles/{entered}", headers=sandbox.officer("FR")).raise_for_status()
    wanted = {
        "assertions": [
            {"expect": {"bureau": "FR", "did": "read", "record": entered}, "exactly": 1},
            {"never": {"bureau": "FR", "did": "changed", "record": entered}},
        ]
    }
    right, wrong, pack = tmp_path / "right.json", tmp_path / "wrong.json", tmp_path / "run.json"
    right.write_text(json.dumps(wanted))
    wrong.write_text(json.dumps({"assertions": [{"never": {"did": "read", "record": entered}}]}))
    held = sandbox.mesh.i247("audit", "assert", str(right), "--since", start)
    assert (held.returncode, "all checks passed" in held.stdout) == (0, True), held.stdout + held.stderr
    failed = sandbox.mesh.i247("audit", "assert", str(wrong))
    assert (failed.returncode, "FAILED     assertion 1" in failed.stdout) == (1, True), failed.stdout
    made = sandbox.mesh.i247("evidence", "pack", "--since", start, "--assert", str(right), "--out", str(pack))
    assert made.returncode == 0, made.stdout + made.stderr
    assert pack.stat().st_mode & 0o777 == 0o600
    verified = sandbox.mesh.i247("evidence", "verify", str(pack))
    assert verified.returncode == 0, verified.stdout
    pack.write_bytes(pack.read_bytes().replace(entered.encode(), entered[::-1].encode(), 1))
    assert sandbox.mesh.i247("evidence", "verify", str(pack)).returncode == 1
