"""The audit log of a running mesh: a disclosure is proven offline, with the cosignatures of bureaus."""

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.system.mesh import RunningMesh

CAR = {"vin": "ZAR93200007654321", "make": "Alfa Romeo", "theft_date": "2026-03-14"}
WAIT_SECONDS = 30


def _auditor(mesh: RunningMesh, bureau: str) -> httpx.Client:
    token = mesh.token(bureau, "auditor")
    return httpx.Client(base_url=mesh.base, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def _explained(auditor: httpx.Client, path: str) -> dict[str, Any]:
    """Return the explanation of a disclosure once two bureaus have cosigned a checkpoint that covers it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        answered = auditor.get(path)
        if answered.status_code == 200 and len(answered.json()["witnesses"]) >= 2:
            explained: dict[str, Any] = answered.json()
            return explained
        time.sleep(0.05)
    raise AssertionError(f"it was never cosigned by two bureaus: {answered.text}")


@pytest.mark.thorough
def test_an_owner_proves_offline_a_disclosure_to_another_bureau(mesh: RunningMesh, tmp_path: Path) -> None:
    """The auditor finds the search, gets its explanation and proof, and verifies the whole log without others' data."""
    with mesh.client("FR") as france, mesh.client("DE") as germany, mesh.client("KE") as kenya:
        kenya.get("/api/stolen-vehicles/search", params={"vin": "UNKNOWN1"}).raise_for_status()
        record = france.post("/api/stolen-vehicles", json=CAR).json()["id"]
        request = germany.get("/api/stolen-vehicles/search", params={"vin": CAR["vin"]}).headers["I247-Request-Id"]
    with _auditor(mesh, "FR") as auditor, _auditor(mesh, "KE") as stranger:
        [searched] = auditor.get("/api/audit", params={"record": record, "bureau": "DE"}).json()["items"]
        assert (searched["request"], searched["service"]) == (request, "stolen-vehicles")
        path = f"/api/stolen-vehicles/audit/{searched['index']}"
        explained = _explained(auditor, path)
        assert stranger.get(path).status_code == 404
        assert auditor.get("/api/audit/alarms").json()["items"] == []
    fetched = tmp_path / "log"
    completed = mesh.i247("audit", "fetch", "stolen-vehicles", "--bureau", "FR", "--out", str(fetched))
    assert (completed.returncode, fetched.is_file()) == (0, True), completed.stderr
    assert any('"leaf":' not in line for line in fetched.read_text().splitlines()[1:])
    verified = mesh.i247("audit", "verify", str(fetched))
    assert verified.returncode == 0, verified.stdout
    assert "in the list of FR were found in the leaves, without a gap" in verified.stdout
    proof = tmp_path / "proof.json"
    proof.write_text(explained["proof"])
    verified = mesh.i247("audit", "verify", str(proof))
    assert (verified.returncode, record in verified.stdout) == (0, True), verified.stdout
    proof.write_text(explained["proof"].replace('"members"', '"owner"'))
    assert mesh.i247("audit", "verify", str(proof)).returncode == 1
