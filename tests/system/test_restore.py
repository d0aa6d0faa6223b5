"""A service whose store is restored from a backup is cosigned again once its operator has opened a new log."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.cli import main
from shared.crypto.ed25519 import encode_base64url
from shared.crypto.signed_note import Checkpoint, parse_note, read_checkpoint
from tests.documents import block_run_by, lay_out
from tests.shared.audit.notices_log import ENTRIES, ROOT, SERVICE
from tests.shared.directories import directory_text
from tests.system.mesh import RunningMesh, running_mesh

VEHICLES = "/api/stolen-vehicles"
WAIT_SECONDS = 30


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the state directory of a mesh that never ran."""
    monkeypatch.setenv("I247_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("home").mkdir()
    Path("home/root.pub").write_text(encode_base64url(ROOT.public.raw) + "\n")
    Path("home/directory.json").write_text(directory_text(ENTRIES, ROOT))
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["others", "--reason", "why"], 2, "there is no service 'others'"),
        ([SERVICE, "--reason", " "], 2, "--reason takes one line of at most 400 characters"),
        ([SERVICE, "--reason", "a\nb"], 2, "--reason takes one line of at most 400 characters"),
        ([SERVICE, "--reason", "x" * 401], 2, "--reason takes one line of at most 400 characters"),
        ([SERVICE, "--reason", "why", "--number", "0"], 1, "the number of the new log has to be greater than 0"),
    ],
)
def test_a_new_log_command_with_invalid_arguments_fails(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, sentence: str
) -> None:
    """Also one without a reason."""
    assert main(["audit", "new-log", *arguments]) == status
    assert sentence in capsys.readouterr().err


def auditor(mesh: RunningMesh, bureau: str) -> httpx.Client:
    """Return an HTTP client that calls as the auditor of a bureau."""
    token = mesh.token(bureau, "auditor")
    return httpx.Client(base_url=mesh.base, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def found(ask: Callable[[], Any]) -> Any:
    """Return the first result that is not None, as signing follows an action after about a second."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if (answer := ask()) is not None:
            return answer
        time.sleep(0.05)
    raise AssertionError("it never came")


def search(mesh: RunningMesh, times: int) -> str:
    """Have an officer search; return the id of the last request."""
    with mesh.client("DE") as germany:
        for _ in range(times):
            answer = germany.get(f"{VEHICLES}/search", params={"vin": "UNKNOWN1"}).raise_for_status()
    return answer.headers["I247-Request-Id"]


def cosigned(reader: httpx.Client, least: int, log: int = 0) -> Checkpoint:
    """Return a checkpoint of a log that two bureaus cosigned, with at least `least` leaves."""

    def newest() -> Checkpoint | None:
        answered = reader.get(f"{VEHICLES}/audit/checkpoint")
        if answered.status_code != 200:
            return None
        checkpoint = read_checkpoint(parse_note(answered.json()["checkpoint"]))
        return checkpoint if checkpoint.size >= least and checkpoint.log == log else None

    checkpoint: Checkpoint = found(newest)
    return checkpoint


def alarms(reader: httpx.Client) -> list[dict[str, Any]]:
    """Return the alarms of a bureau's witness, the oldest first."""
    items: list[dict[str, Any]] = reader.get("/api/audit/alarms").raise_for_status().json()["items"]
    return items[::-1]


@pytest.mark.thorough
def test_a_restored_service_is_cosigned_again_in_a_new_log(tmp_path: Path) -> None:
    """As in the how-to: restore an older store, open a new log, start, see the alarm; earlier proofs still verify."""
    home, backup, store = tmp_path / "var", tmp_path / "backup.db", "stolen-vehicles.db"
    with running_mesh(home, "--bureaus", "DE,ES,KE") as mesh, auditor(mesh, "DE") as reader:
        search(mesh, 3)
        kept = cosigned(reader, 3).size
    shutil.copy(home / "stores" / store, backup)
    with running_mesh(home, "--bureaus", "DE,ES,KE") as mesh, auditor(mesh, "DE") as reader:
        request = search(mesh, 4)
        lost = cosigned(reader, kept + 4).size
        explained = reader.get(f"{VEHICLES}/audit/by-request/{request}").raise_for_status()
        (tmp_path / "before.json").write_bytes(explained.content)
    for suffix in ("", "-wal", "-shm"):
        (home / "stores" / f"{store}{suffix}").unlink(missing_ok=True)
    shutil.copy(backup, home / "stores" / store)
    with running_mesh(home, "--bureaus", "DE,ES,KE") as mesh, auditor(mesh, "DE") as reader:
        # Two of the three witnesses saw what is lost; the third may not have.
        with auditor(mesh, "ES") as other:
            alarm = found(lambda: next(iter(alarms(reader) or alarms(other)), None))
        assert alarm["fault"] == "shrunk"
        commands = block_run_by("tests/system/test_restore.py", "how-to/restore.md")
        environment = {**os.environ, **mesh.environment}
        script = ["bash", "-c", "set -euo pipefail\n" + commands]
        done = subprocess.run(
            script, env=environment, cwd=lay_out(tmp_path / "project"), text=True, capture_output=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"i247/stolen-vehicles/1 is opened; i247/stolen-vehicles is retired with {kept} leaves" in done.stdout
        search(mesh, 2)
        cosigned(reader, 3, log=1)
        reasons = list[str]()
        for bureau in ("DE", "ES", "KE"):
            with auditor(mesh, bureau) as other:
                last = alarms(other)[-1]
                assert last["fault"] == "new-log"
                reasons.append(last["says"])
        # The third witness may not have checked the log before the loss.
        assert sum(f"had seen, {lost - kept} are lost: {kept} to {lost - 1};" in each for each in reasons) >= 2
        for number in ("0", "1"):
            done = mesh.i247("audit", "fetch", "stolen-vehicles", "--log", number, "--out", str(tmp_path / number))
            assert done.returncode == 0, done.stderr
        verified = mesh.i247("audit", "verify", str(tmp_path / "0"), str(tmp_path / "1"))
        assert verified.returncode == 0, verified.stdout
        assert (
            f"of i247/stolen-vehicles the first {kept} leaves are kept. The reason given: A disk failed."
            in verified.stdout
        )
        verified = mesh.i247("audit", "verify", str(tmp_path / "1"), "--checkpoint", str(tmp_path / "before.json"))
        assert f"of which those from {kept} on were lost" in verified.stdout
        assert mesh.i247("audit", "verify", str(tmp_path / "before.json")).returncode == 0
