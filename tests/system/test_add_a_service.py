"""The tutorial on adding a service is carried out step by step, in a copy of the project."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import DOCS, PROJECT, block_run_by, blocks
from tests.system.mesh import run_i247, running_mesh

pytestmark = pytest.mark.thorough

PAGE = "tutorials/add-a-service.md"
COPIED = ("services", "gateway", "shared", "deploy", "tests", "pyproject.toml", "mkdocs.yml", "README.md", "docs")


@pytest.fixture(scope="module")
def with_another_service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project with the steps of the tutorial applied."""
    project = tmp_path_factory.mktemp("another")
    for name in COPIED:
        copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy
        copy(PROJECT / name, project / name)
    for block in blocks(DOCS / PAGE):
        if block.kind == "diff":
            _apply(block.text, project / block.title)
        elif block.title:
            (project / block.title).parent.mkdir(exist_ok=True)
            (project / block.title).write_text(block.text)
    return project


def _apply(diff: str, file: Path) -> None:
    text = file.read_text()
    for hunk in diff.strip("\n").split("\n\n"):
        old, new = ("\n".join(line[1:] for line in hunk.splitlines() if line[0] in kept) for kept in (" -", " +"))
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


def test_the_tutorial_says_how_many_lines_a_service_takes() -> None:
    """In its own folder, and elsewhere."""
    parts = [block for block in blocks(DOCS / PAGE) if block.title]
    own = [block for block in parts if block.title.startswith("services/stolen_bicycles/")]
    elsewhere = [line for block in parts if block not in own for line in block.text.splitlines() if line[:1] == "+"]
    page = (DOCS / PAGE).read_text()
    assert f"{sum(len(block.text.splitlines()) for block in own)} lines in all" in page
    assert f"in the list of services: {len(elsewhere)} lines" in page


@pytest.mark.parametrize("command", [["check"], ["format", "--check", "--diff"]])
def test_the_code_of_the_tutorial_passes_the_linter_and_is_formatted(
    with_another_service: Path, command: list[str]
) -> None:
    """All but the drafted migration, which `make format` formats."""
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--exclude", "migrations", "services"]
    checked = subprocess.run(ruff, cwd=with_another_service, text=True, capture_output=True)
    assert checked.returncode == 0, checked.stdout


def test_a_new_service_needs_one_folder_an_import_and_an_entry(with_another_service: Path, tmp_path: Path) -> None:
    """The five steps of the tutorial give a service that is signed, routed, documented, seeded and tested."""
    project = with_another_service
    steps = block_run_by("tests/system/test_add_a_service.py", PAGE)
    migration = steps.splitlines()[0].split()[1:]
    environment = {**os.environ, "PYTHONPATH": str(project), "I247_HOME": str(tmp_path / "var")}
    drafted = run_i247(*migration, environment=environment)
    assert drafted.returncode == 0, drafted.stderr
    with running_mesh(tmp_path / "var", "--bureaus", "FR,DE", project=project) as mesh:
        with mesh.client("FR") as france, mesh.client("DE") as germany:
            entered = france.post("/api/stolen-bicycles", json={"frame_number": "WBK 1234 567", "make": "Nowhere"})
            assert entered.status_code == 201, entered.text
            assert germany.get("/api/stolen-bicycles").json()["items"][0]["id"] == entered.json()["id"]
            assert "/api/stolen-bicycles" in germany.get("/openapi.json", timeout=120).json()["paths"]
        assert mesh.i247("seed", "--service", "stolen-bicycles", "--records", "50").returncode == 0
    # The operations of the other services are tested by this run itself.
    contracts = ("tests/contract/test_operations.py", "tests/contract/test_single_mistakes.py")
    options = ["--thorough", "-k", "bicycles or test_imports or test_routes", "tests/architecture", *contracts]
    contract = ["-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", *options]
    finished = subprocess.run([sys.executable, *contract], cwd=project, env=environment, text=True, capture_output=True)
    assert finished.returncode == 0, finished.stdout[-3000:]
    assert "test_the_refusals_of_an_operation_are_documented[POST /api/stolen-bicycles]" in finished.stdout
