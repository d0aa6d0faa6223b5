"""Who may use a sandbox, and that no other mesh has one."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.app import describe_gateway
from services import SERVICES
from shared.clock import SystemClock
from shared.sandbox.faults import Fault, Faults, FaultStep
from tests.system.mesh import RunningMesh, running_mesh
from tests.system.sandbox.client import Client, code_of

pytestmark = pytest.mark.thorough

PATHS = (
    ("GET", "/sandbox"),
    ("GET", "/sandbox/faults"),
    ("POST", "/sandbox/faults"),
    ("DELETE", "/sandbox/faults"),
    ("GET", "/sandbox/snapshots"),
    ("POST", "/sandbox/snapshots"),
    ("POST", "/sandbox/snapshots/start/restore"),
    ("POST", "/sandbox/reset"),
    ("GET", "/sandbox/operations/0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"),
    ("GET", "/sandbox/counterparts"),
    ("PUT", "/sandbox/counterparts/DE"),
    ("DELETE", "/sandbox/counterparts/DE"),
    ("GET", "/sandbox/identities"),
)
# In the document they have a parameter.
OF_ONE = (
    "/sandbox/snapshots/start/restore",
    "/sandbox/operations/0197a3c2-5b1e-7c3a-9f20-4d5e6f708192",
    "/sandbox/counterparts/DE",
)


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """Run a mesh that is no sandbox."""
    with running_mesh(tmp_path_factory.mktemp("ordinary") / "var", "--bureaus", "FR") as mesh:
        yield mesh


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=str,
)
def test_no_page_of_another_site_uses_a_sandbox(
    sandbox: Client, method: str, path: str, headers: dict[str, str]
) -> None:
    """A browser on this machine sends what any page asks for."""
    answer = sandbox.client.request(method, path, headers=headers, json={} if method == "POST" else None)
    assert (answer.status_code, code_of(answer)) == (403, "other-site")


def test_a_fault_is_asked_for_in_json_alone(sandbox: Client) -> None:
    """A page may send a text to any site without being asked for its right to."""
    answer = sandbox.client.post("/sandbox/faults", content='{"step": "audit"}', headers={"Content-Type": "text/plain"})
    assert (answer.status_code, code_of(answer)) == (415, "unsupported-media-type")


@pytest.mark.parametrize("path", ["/sandbox/faults", "/clock"])
def test_a_body_with_a_duplicate_member_is_refused(sandbox: Client, path: str) -> None:
    """As everywhere else: some readers take the first and others the last."""
    twice = '{"step": "audit", "step": "token", "advance_seconds": 1, "advance_seconds": 2}'
    answer = sandbox.client.post(path, content=twice, headers={"Content-Type": "application/json"})
    assert (answer.status_code, code_of(answer)) == (400, "malformed")
    assert "duplicate member" in answer.json()["detail"]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_an_ordinary_mesh_has_no_route_of_a_sandbox(ordinary: RunningMesh, method: str, path: str) -> None:
    """It says how to get one."""
    answer = httpx.request(method, f"{ordinary.base}{path}", timeout=30)
    assert (answer.status_code, code_of(answer)) == (404, "not-found")
    assert "`i247 up --sandbox`" in answer.json()["detail"]


def test_only_the_document_of_a_sandbox_lists_its_routes() -> None:
    """So a client that is generated from another document cannot call them."""
    documents = [describe_gateway(SERVICES, is_sandbox=sandbox)["paths"] for sandbox in (False, True)]
    ordinary, sandbox = ([path for path in paths if path.startswith("/sandbox")] for paths in documents)
    assert ordinary == []
    assert {path for _, path in PATHS if path not in OF_ONE} <= set(sandbox)


def test_the_command_says_that_a_mesh_is_no_sandbox(ordinary: RunningMesh) -> None:
    """And how to start one."""
    done = ordinary.i247("sandbox", "reset")
    assert done.returncode == 1
    assert "is no sandbox: start one with `i247 up --sandbox`" in done.stderr


def test_an_ordinary_mesh_ignores_the_files_of_a_sandbox(ordinary: RunningMesh) -> None:
    """Nothing there is ever read."""
    folder = Path(ordinary.environment["I247_HOME"]) / "sandbox"
    folder.mkdir()
    Faults(folder, SystemClock()).add(lambda name, _: Fault(id=name, step=FaultStep.AUDIT, failure="not-written"))
    with httpx.Client(base_url=ordinary.base, timeout=30) as client:
        assert Client(ordinary, client).search("FR").status_code == 200
