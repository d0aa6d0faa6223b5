"""Snapshots of a whole mesh, restored while clients go on; and back to the first start."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.system.sandbox.client import SEARCH, Client, code_of, wait_for

pytestmark = pytest.mark.thorough

# The plate of a test identity, which every sandbox has.
IDENTITY = "TST 101 AAA"


def test_a_restored_mesh_is_what_it_was(own: Client) -> None:
    """Records, messages, faults and clock, and the token of before is still good."""
    before, after, subject = uuid4().hex[:8], uuid4().hex[:8], uuid4().hex
    headers = own.officer("FR")
    assert own.report("FR", before).status_code == 201
    message = own.send("FR", "DE", subject).json()["id"]
    wait_for(lambda: own.state_of_message("FR", message, "DE") == "delivered")
    fault, offset = own.fault(step="audit", bureau="DE"), own.client.get("/clock").json()["offset_seconds"]
    taken = own.client.post("/sandbox/snapshots", json={"name": "one"})
    assert taken.status_code == 201
    assert taken.json()["bytes"] > 0
    assert own.report("FR", after).status_code == 201
    own.advance(3600)
    own.client.delete("/sandbox/faults").raise_for_status()

    own.replace("/sandbox/snapshots/one/restore")

    assert own.client.get(SEARCH, headers=headers).status_code == 200
    assert (own.found("FR", before), own.found("FR", after)) == (1, 0)
    assert len(own.received("DE", subject)) == 1
    assert own.state_of(fault)["left"] == 1
    assert own.client.get("/clock").json()["offset_seconds"] == offset
    assert own.report("FR", after).status_code == 201


def test_a_message_under_way_arrives_once_in_the_restored_mesh(own: Client) -> None:
    """Its outbox has it, whatever the broker had."""
    subject = uuid4().hex
    own.fault(step="deliver", bureau="FR", seconds=3600)
    message = own.send("FR", "DE", subject).raise_for_status().json()["id"]
    own.client.post("/sandbox/snapshots", json={"name": "under-way"}).raise_for_status()
    own.client.delete("/sandbox/faults").raise_for_status()
    wait_for(lambda: own.received("DE", subject))
    own.replace("/sandbox/snapshots/under-way/restore")
    assert own.received("DE", subject) == []
    own.client.delete("/sandbox/faults").raise_for_status()
    wait_for(lambda: own.state_of_message("FR", message, "DE") == "delivered")
    assert len(own.received("DE", subject)) == 1


def test_a_restored_log_raises_no_alarm(own: Client) -> None:
    """Its witnesses are as old as the log, so that nobody saw more of it; and it grows on."""
    assert own.report("FR").status_code == 201
    own.client.post("/sandbox/snapshots", json={"name": "log"}).raise_for_status()
    for _ in range(5):
        assert own.report("FR").status_code == 201
    _cosign(own)
    own.replace("/sandbox/snapshots/log/restore")
    assert own.report("FR").status_code == 201
    _cosign(own)
    for bureau in ("FR", "DE", "IPSG"):
        alarms = own.client.get("/api/audit/alarms", headers=_auditor(own, bureau)).raise_for_status()
        assert alarms.json()["items"] == []
    assert own.client.get("/health").json()["alarms"] == []


def test_a_counterpart_acts_again_by_the_script_of_then(own: Client) -> None:
    """As it did when the snapshot was taken."""
    script = {"hits": {"do": "confirm", "after_seconds": 3}}
    own.client.put("/sandbox/counterparts/DE", json=script).raise_for_status()
    own.client.post("/sandbox/snapshots", json={"name": "scripted"}).raise_for_status()
    own.client.delete("/sandbox/counterparts/DE").raise_for_status()
    own.replace("/sandbox/snapshots/scripted/restore")
    [counterpart] = own.client.get("/sandbox/counterparts").json()["items"]
    assert (counterpart["bureau"], counterpart["script"]["hits"]["do"]) == ("DE", "confirm")
    own.replace("/sandbox/reset")
    assert own.client.get("/sandbox/counterparts").json()["items"] == []


def test_no_request_after_the_answer_sees_the_former_state_or_an_error(own: Client) -> None:
    """Each waits until the mesh works, on connections of its own."""
    plate, headers = uuid4().hex[:8], own.officer("FR")
    own.client.post("/sandbox/snapshots", json={"name": "empty"}).raise_for_status()
    assert own.report("FR", plate).status_code == 201
    own.client.post("/sandbox/snapshots/empty/restore").raise_for_status()

    def search(_: int) -> tuple[int, int]:
        query = {"plate": plate, "country": "IT"}
        url = f"{own.mesh.base}/api/stolen-vehicles/search"
        answer = httpx.get(url, params=query, headers=headers, timeout=60)
        return answer.status_code, len(answer.json()["hits"])

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(search, range(16))) == {(200, 0)}


def test_a_reset_mesh_is_as_it_was_first_started(own: Client) -> None:
    """Nothing is left but keys, officers and tokens, and the clock is that of the machine."""
    plate, headers = uuid4().hex[:8], own.officer("FR")
    assert own.report("FR", plate).status_code == 201
    own.fault(step="audit", count=100)
    own.advance(86_400)
    own.client.post("/sandbox/snapshots", json={"name": "kept"}).raise_for_status()
    own.replace("/sandbox/reset")
    assert own.client.get(SEARCH, headers=headers).status_code == 200
    assert (own.found("FR", plate), own.found("FR", IDENTITY, "DE")) == (0, 1)
    assert own.client.get("/sandbox/faults").json() == {"items": []}
    assert own.client.get("/clock").json()["offset_seconds"] == 0
    assert [each["name"] for each in own.client.get("/sandbox/snapshots").json()["items"]] == ["start", "kept"]
    own.replace("/sandbox/snapshots/kept/restore")
    own.client.delete("/sandbox/faults").raise_for_status()
    assert own.found("FR", plate) == 1


def test_one_replacement_at_a_time(own: Client) -> None:
    """The other client is told to try again."""
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: httpx.post(f"{own.mesh.base}/sandbox/reset", timeout=60), range(2)))
    assert sorted(answer.status_code for answer in answers) == [202, 503]
    [refused] = [answer for answer in answers if answer.status_code == 503]
    assert (code_of(refused), refused.headers["retry-after"]) == ("busy", "1")
    [accepted] = [answer for answer in answers if answer.status_code == 202]
    assert own.client.get(accepted.headers["location"]).json()["state"] == "done"


def test_what_cannot_be_done_with_a_snapshot_is_refused(own: Client) -> None:
    """The problem says what to do instead."""
    client = own.client
    assert code_of(client.post("/sandbox/snapshots", json={"name": "../up"})) == "invalid"
    assert code_of(client.post("/sandbox/snapshots", json={"name": "start"})) == "snapshot-taken"
    assert code_of(client.post("/sandbox/snapshots/none/restore")) == "not-found"
    assert code_of(client.delete("/sandbox/snapshots/none")) == "not-found"
    assert code_of(client.delete("/sandbox/snapshots/start")) == "invalid"
    assert code_of(client.get("/sandbox/operations/0197a3c2-5b1e-7c3a-9f20-4d5e6f708192")) == "not-found"


def test_only_the_owner_reads_a_snapshot(own: Client) -> None:
    """It holds private keys and records."""
    own.client.post("/sandbox/snapshots", json={"name": "private"}).raise_for_status()
    home = Path(own.mesh.environment["I247_HOME"])
    folder = home / "sandbox" / "snapshots" / "private"
    assert {file.stat().st_mode & 0o077 for file in [folder, *folder.rglob("*")]} == {0}


def test_two_sandboxes_run_beside_each_other(own: Client, sandbox: Client) -> None:
    """What is done to one concerns no other."""
    plate = uuid4().hex[:8]
    assert sandbox.report("FR", plate).status_code == 201
    own.fault(step="broker", count=100)
    assert (own.search("FR").status_code, sandbox.search("FR").status_code) == (503, 200)
    own.replace("/sandbox/reset")
    assert sandbox.found("FR", plate) == 1


def _cosign(client: Client) -> None:
    """Wait until the witnesses have cosigned all that is in the log of stolen vehicles now."""
    logs = client.client.get("/api/stolen-vehicles/audit/logs", headers=_auditor(client, "FR")).raise_for_status()
    leaves = logs.json()["items"][-1]["leaves"]
    assert leaves > 0
    for bureau in ("FR", "DE"):
        wait_for(lambda bureau=bureau: _witnessed(client, bureau) >= leaves)


def _witnessed(client: Client, bureau: str) -> int:
    """Return how many leaves a bureau saw as a witness."""
    answer = client.client.get("/api/audit/witnessed/stolen-vehicles", headers=_auditor(client, bureau))
    return int(answer.json()["checkpoint"].splitlines()[1]) if answer.status_code == 200 else 0


def _auditor(client: Client, bureau: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.mesh.token(bureau, 'auditor')}"}
