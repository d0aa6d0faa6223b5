"""The log files of a mesh rotate while it runs, also that of the NATS server."""

import json
import socket
import time
from pathlib import Path

import pytest

from deploy.state.state_dir import FORMAT
from tests.system.mesh import running_mesh

pytestmark = pytest.mark.thorough

MEBIBYTE = 1024 * 1024
TIMEOUT_SECONDS = 20.0
ATTEMPTS = 30
KEPT = 2


def until(what: str, files: Path) -> list[Path]:
    """Wait until matching files exist, and return them."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not (found := list(files.glob(what))):
        assert time.monotonic() < deadline, f"no {what} but {sorted(each.name for each in files.iterdir())}"
        time.sleep(0.05)
    return found


def fail_login(port: int) -> None:
    """Fail to log in to the NATS server, which logs it."""
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS) as stranger:
        stranger.sendall(b'CONNECT {"user":"nobody"}\r\nPING\r\n')
        while stranger.recv(4096):
            pass


@pytest.fixture
def nearly_full(tmp_path: Path) -> Path:
    """Return the log folder of a state directory whose log files have room for a few more lines."""
    logs = tmp_path / "var" / "log"
    logs.mkdir(parents=True)
    (logs.parent / "format").write_text(f"{FORMAT}\n")
    for name in ("gateway", "nats-server"):
        line = json.dumps({"event": "before", "text": "x" * 1_000}) + "\n"
        (logs / f"{name}.log").write_text(line * ((MEBIBYTE - 1_500) // len(line)))
    return logs


def test_log_files_are_rotated_without_a_restart(nearly_full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the size that is set; earlier lines are in the older file, later ones in the current file."""
    monkeypatch.setenv("I247_LOG_FILE_MIB", "1")
    monkeypatch.setenv("I247_LOG_FILES_KEPT", str(KEPT))
    with running_mesh(nearly_full.parent, "--bureaus", "FR") as mesh, mesh.client("FR") as france:
        processes = {process.pid for process in mesh.family()}
        for _ in range(ATTEMPTS):
            assert france.get("/api/notices").status_code == 200
            fail_login(int(mesh.environment["I247_NATS_PORT"]))
        [full] = until("gateway.log.1", nearly_full)
        until("nats-server.log.*", nearly_full)
        assert france.get("/api/notices").status_code == 200
        assert {process.pid for process in mesh.family()} == processes
    present = nearly_full / "gateway.log"
    lines = [json.loads(line) for file in (full, present) for line in file.read_text().splitlines()]
    assert len([line for line in lines if line["event"] == "request"]) >= ATTEMPTS + 1
    assert lines[0]["event"] == "before"
    assert max(full.stat().st_size, present.stat().st_size) <= MEBIBYTE
    assert "authentication error" in (nearly_full / "nats-server.log").read_text()
