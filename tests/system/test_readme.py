"""What the README shows is run as it stands, against a mesh as a reader would have it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.generated.files import PROJECT, derived_files, outdated
from services import SERVICES
from shared.rpc.bridge import CARRIED_HEADERS
from tests.system.mesh import RunningMesh, run_i247, running_mesh

README = (PROJECT / "README.md").read_text()
# Some of them wait for what another bureau does.
COMMANDS_SECONDS = 120
COPIED = ("services", "gateway", "shared", "deploy", "tests", "pyproject.toml", "README.md", "docs")


def blocks(info: str) -> list[str]:
    """Return the fenced blocks whose line of information is this."""
    return re.findall(rf"^```{re.escape(info)}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def _files() -> Iterator[tuple[str, str, str]]:
    """Return the kind, path and content of each block that is a file."""
    yield from re.findall(r"^```(\w+) file=(\S+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def here(commands: str, mesh: RunningMesh) -> str:
    """Return the commands as they are for this environment and this mesh."""
    local = commands.replace("http://127.0.0.1:8247", mesh.base)
    return local.replace(".venv/bin/i247", f"{sys.executable} -m deploy")


def test_the_commands_work_as_they_are_written(mesh: RunningMesh, tmp_path: Path) -> None:
    """Each command for a running mesh succeeds in order: the story, curl with a token, a conversation and its proof."""
    commands = [block for block in blocks("sh") if block.strip() != "make run"]
    assert len(commands) == 11
    shutil.copy(PROJECT / "README.md", tmp_path)
    script = "set -euo pipefail\n" + "\n".join(here(block, mesh) for block in commands)
    command = ["bash", "-c", script]
    done = subprocess.run(
        command, env=mesh.environment, cwd=tmp_path, text=True, capture_output=True, timeout=COMMANDS_SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"access_token"' in done.stdout
    assert "all checks passed" in done.stdout
    assert '"match":"plate"' in done.stdout


def test_the_program_that_checks_a_signature_runs(mesh: RunningMesh) -> None:
    """The example verifies an answer with a JOSE library and the published keys, and names its signer.

    It is run where the commands before it were, and has its token from them.
    """
    [program], [given] = blocks("python"), [block for block in blocks("sh") if "export " in block]
    script = f'set -e\n{here(given, mesh)}\n"$PYTHON" -c "$PROGRAM"'
    environment = {**mesh.environment, "PYTHON": sys.executable, "PROGRAM": here(program, mesh)}
    done = subprocess.run(["bash", "-c", script], env=environment, cwd=PROJECT, text=True, capture_output=True)
    assert done.stdout.endswith("signed by stolen-vehicles for PL\n"), done.stderr


def test_the_headers_that_leave_a_service_are_those_decided_on() -> None:
    """All of them are named by the decision, and no others."""
    decision = (PROJECT / "docs/decisions/0001-http-inside-signed-envelopes.md").read_text()
    [named] = re.findall(r"An answer carries (.*?) inside the signed head", decision, re.DOTALL)
    assert tuple(re.findall("`(.*?)`", named)) == CARRIED_HEADERS


def test_what_repeats_the_code_is_current() -> None:
    """The tables of the README, the OpenAPI document and the compose file say what the code says today."""
    assert outdated(derived_files(SERVICES)) == []


@pytest.fixture(scope="module")
def with_a_fifth_service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project in which the README's steps for another service were done."""
    project = tmp_path_factory.mktemp("fifth")
    for name in COPIED:
        copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy
        copy(PROJECT / name, project / name)
    for kind, path, content in _files():
        if kind == "diff":
            _apply(content, project / path)
        else:
            (project / path).parent.mkdir(exist_ok=True)
            (project / path).write_text(content)
    return project


def _apply(diff: str, file: Path) -> None:
    text = file.read_text()
    lines = [line for line in diff.splitlines() if line]
    for old, new in zip(lines[::2], lines[1::2], strict=True):
        assert old[0] == "-"
        assert new[0] == "+"
        assert old[1:] in text
        text = text.replace(old[1:], new[1:])
    file.write_text(text)


def test_a_fifth_service_takes_one_folder_and_one_line(with_a_fifth_service: Path, tmp_path: Path) -> None:
    """The README's five steps give a service that is signed, routed, documented, seeded and held to the same tests."""
    project = with_a_fifth_service
    [steps] = blocks("sh fifth")
    migration = steps.splitlines()[0].split()[1:]
    environment = {**os.environ, "PYTHONPATH": str(project), "I247_HOME": str(tmp_path / "var")}
    drafted = run_i247(*migration, environment=environment)
    assert drafted.returncode == 0, drafted.stderr
    with running_mesh(tmp_path / "var", "--bureaus", "FR,DE", project=project) as mesh:
        with mesh.client("FR") as france, mesh.client("DE") as germany:
            entered = france.post("/api/works-of-art", json={"title": "The Storm", "artist": "A. Nobody"})
            assert entered.status_code == 201, entered.text
            assert germany.get("/api/works-of-art").json()["items"][0]["id"] == entered.json()["id"]
            assert "/api/works-of-art" in germany.get("/openapi.json").json()["paths"]
        assert mesh.i247("seed", "--service", "works-of-art", "--records", "50").returncode == 0
    # The operations of the other services are held to them by this run.
    of_it = ["-k", "works or test_imports or test_routes", "tests/architecture", "tests/contract/test_operations.py"]
    contract = ["-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", *of_it]
    held = subprocess.run([sys.executable, *contract], cwd=project, env=environment, text=True, capture_output=True)
    assert held.returncode == 0, held.stdout[-3000:]
    assert "test_the_refusals_of_an_operation_are_documented[POST /api/works-of-art]" in held.stdout
