"""The wheel and the sdist: what they hold, and that a mesh runs from the wheel in an empty folder."""

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.mesh import PROJECT, RunningMesh, run_i247, running_mesh

pytestmark = pytest.mark.thorough

PACKAGES = {"services", "gateway", "shared", "deploy"}
# The document is made by a process that gives way to all others.
DESCRIBED_SECONDS = 120
OF_THE_SOURCE = ("openapi", "bench", "migration notices 0002_colour")


def in_project(*command: str) -> None:
    """Run a program of this environment on the source. Raises CalledProcessError."""
    subprocess.run([sys.executable, "-m", *command], cwd=PROJECT, check=True, capture_output=True)


def files_below(folder: Path) -> dict[str, int]:
    """Return the modification times of the files below a folder, without compiled modules, by path."""
    files = (file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc")
    return {str(file.relative_to(folder)): file.stat().st_mtime_ns for file in files}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a wheel and an sdist of the source."""
    folder = tmp_path_factory.mktemp("built")
    in_project("hatchling", "build", "--directory", str(folder))
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the wheel is installed; the dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("installed") / "site"
    [wheel] = built.glob("*.whl")
    in_project("pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder), str(wheel))
    return folder


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the empty folder in which a user starts the program."""
    return tmp_path_factory.mktemp("empty")


@pytest.fixture(scope="module")
def mesh(installed: Path, empty: Path) -> Iterator[RunningMesh]:
    """Run a mesh from the wheel, without a checkout."""
    with running_mesh(empty / "var", "--bureaus", "FR,DE", project=installed, folder=empty) as mesh:
        yield mesh


def test_the_wheel_holds_the_program_alone(built: Path) -> None:
    """No test, no document, and no secret of a checkout."""
    [wheel] = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        names = files.namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == PACKAGES
    assert "services/fingerprints/leader/LEADER.onnx" in names
    assert [name for name in names if name.endswith((".env", ".db", ".pem", ".nk"))] == []


def test_the_sdist_holds_what_a_packager_needs(built: Path) -> None:
    """The tests and the lock files too, below one folder, and nothing that is made."""
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as files:
        names = {name.partition("/")[2] for name in files.getnames()}
    assert {"LICENSE", "Makefile", "requirements.lock", "pyproject.toml", "tests/conftest.py"} <= names
    assert {name for name in names if name.split("/")[0] in {"var", "build", "dist", ".venv"}} == set()


def test_a_mesh_runs_in_an_empty_folder(mesh: RunningMesh, installed: Path, empty: Path) -> None:
    """Everything that it and its commands write is below the state folder."""
    before = files_below(installed)
    with mesh.client("FR") as france:
        assert france.get("/health").json()["status"] == "up"
        assert france.get("/api/stolen-vehicles/search", params={"plate": "AB-123-CD", "country": "FR"}).is_success
        assert france.get("/openapi.json", timeout=DESCRIBED_SECONDS).is_success
        assert france.get("/docs").is_success
        assert france.get("/docs/examples/photograph.jpg").content[:3] == b"\xff\xd8\xff"
    assert (empty / "var" / "directory.json").exists()
    assert {file.name for file in empty.iterdir()} == {"var", "var.out"}
    assert files_below(installed) == before


@pytest.mark.parametrize("command", OF_THE_SOURCE)
def test_commands_that_write_to_the_source_need_a_checkout(installed: Path, empty: Path, command: str) -> None:
    """They would write beside the installed package."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "I247_HOME": str(empty / "none")}
    ended = run_i247(*command.split(), environment=environment)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "run it in a checkout" in ended.stderr
