"""The mesh when its processes are killed, and when it is stopped."""

import time
from pathlib import Path

import httpx
import pytest

from tests.system.mesh import RunningMesh, free_port, left_of, run_i247, running_mesh

pytestmark = pytest.mark.thorough

WAIT_SECONDS = 30
CAR = {"vin": "ZAR93200001234567", "make": "Alfa Romeo", "theft_date": "2026-03-14"}


def _until_health_is(mesh: RunningMesh, status: int) -> dict[str, dict[str, str]]:
    """Poll the health endpoint, as a monitor would, and return the services of the first answer with that status."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        health = httpx.get(f"{mesh.base}/health", timeout=10)
        if health.status_code == status:
            services: dict[str, dict[str, str]] = health.json()["services"]
            return services
        time.sleep(0.02)
    raise AssertionError(f"the health was never {status}")


def test_a_killed_service_is_reported_down_and_restarted(mesh: RunningMesh) -> None:
    """After kill -9, the health endpoint names the service that is down, and then that it is up again."""
    with mesh.unattended():
        mesh.process("--service", "stolen-vehicles").kill()
        services = _until_health_is(mesh, 503)
    assert services["stolen-vehicles"]["status"] == "down"
    assert services["notices"]["status"] == "up"
    assert _until_health_is(mesh, 200)["stolen-vehicles"]["status"] == "up"


def test_the_fork_server_has_one_thread_no_sockets_and_no_open_files(mesh: RunningMesh) -> None:
    """It runs one thread, listens to its parent only, and has no file of the mesh open."""
    server = mesh.process("multiprocessing.forkserver")
    assert server.num_threads() == 1
    assert server.net_connections(kind="inet") == []
    assert [
        file.path for file in server.open_files() if file.path.startswith(mesh.environment["I247_HOME"] + "/")
    ] == []


def test_processes_are_replaced_when_their_fork_server_is_killed(mesh: RunningMesh) -> None:
    """After kill -9 of the fork server its processes end, and another one forks their replacements."""
    forked = [mesh.process("--gateway"), mesh.process("--service", "notices")]
    mesh.process("multiprocessing.forkserver").kill()
    assert left_of(forked, seconds=WAIT_SECONDS) == []
    assert _until_health_is(mesh, 200)["notices"]["status"] == "up"
    assert mesh.process("--service", "notices") not in forked


def test_all_processes_end_when_the_first_is_killed(tmp_path: Path) -> None:
    """After kill -9 of `i247 up` itself: broker, gateway and services."""
    with running_mesh(tmp_path / "var", "--bureaus", "FR,DE") as mesh:
        family = mesh.family()
        family[0].kill()
        assert left_of(family, seconds=WAIT_SECONDS) == []


def test_without_a_broker_requests_are_refused_as_unreachable(mesh: RunningMesh) -> None:
    """After kill -9 of the broker a request returns a 503 with a transport error; later all connect again."""
    with mesh.client("FR") as france:
        with mesh.unattended():
            mesh.process("--log").kill()
            _until_health_is(mesh, 503)
            refused = france.get("/api/stolen-vehicles")
        assert (refused.status_code, refused.headers["I247-Error"]) == (503, "unreachable")
        _until_health_is(mesh, 200)
        assert france.get("/api/stolen-vehicles").status_code == 200


def test_a_stopped_mesh_leaves_no_process_and_keeps_its_data(tmp_path: Path) -> None:
    """SIGTERM ends every process; after the second start the record of the first is found."""
    home = tmp_path / "var"
    with running_mesh(home, "--bureaus", "FR,DE") as first:
        with first.client("FR") as france:
            entered = france.post("/api/stolen-vehicles", json=CAR)
            assert entered.status_code == 201
        family = first.family()
        assert first.stop() == 0
        assert left_of(family) == []
    with running_mesh(home, "--bureaus", "FR,DE") as second, second.client("DE") as germany:
        assert germany.get(entered.headers["Location"]).json()["vin"] == CAR["vin"]
        assert second.i247("token", "IT").returncode == 3


def test_secrets_are_readable_only_by_their_owner(mesh: RunningMesh) -> None:
    """No log holds a key or a token."""
    home = Path(mesh.environment["I247_HOME"])
    secrets = [file for file in (home / "secrets").rglob("*") if file.is_file()]
    assert len(secrets) > 30
    assert {oct(file.stat().st_mode & 0o777) for file in secrets} == {"0o600"}
    token = mesh.token("FR")
    with mesh.client("FR") as france:
        france.get("/api/stolen-vehicles/search", params={"vin": "SECRETVIN12345678"})
    logs = "".join(file.read_text() for file in (home / "log").iterdir())
    assert '"event":"request"' in logs
    assert "SECRETVIN" not in logs
    assert token.rpartition(".")[2] not in logs


def test_no_file_of_a_mesh_is_readable_by_other_accounts(mesh: RunningMesh) -> None:
    """Stores, logs, mailboxes, the broker's files: whatever the umask of the shell is."""
    home = Path(mesh.environment["I247_HOME"])
    written = {path: path.lstat().st_mode & 0o077 for path in home.rglob("*")}
    assert {path.name for path in written} >= {
        "gateway.log",
        "notices.db",
        "mailbox-fr.db",
        "nats-server.conf",
        "FR.pem",
    }
    assert [path for path, of_others in written.items() if of_others] == []


def test_a_second_mesh_in_the_same_state_directory_is_refused(mesh: RunningMesh) -> None:
    """Whichever ports it uses; the first is not disturbed."""
    ports = {"I247_PORT": f"{free_port()}", "I247_NATS_PORT": f"{free_port()}"}
    second = run_i247("up", environment={**mesh.environment, **ports})
    home = mesh.environment["I247_HOME"]
    assert second.returncode == 3
    assert second.stderr == f"i247: a mesh runs in {home} already: stop it or set I247_HOME to another\n"
    assert mesh.i247("token", "FR").returncode == 0
