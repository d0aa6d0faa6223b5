"""One mesh for all system tests that leave it unchanged; tests that stop it start their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import free_port
from tests.system.machines import Machine, MakeMachine
from tests.system.mesh import RunningMesh, running_mesh


@pytest.fixture(scope="package")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """Run a mesh of the default ten bureaus."""
    with running_mesh(tmp_path_factory.mktemp("system") / "var") as running:
        yield running


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> MakeMachine:
    """Return a factory of machines that share only the folder in which files are exchanged."""
    monkeypatch.setenv("I247_NATS_PORT", str(free_port()))
    return lambda name: Machine(tmp_path / name, monkeypatch, capsys)


@pytest.fixture
def secretariat(machine: MakeMachine) -> Machine:
    """Return the machine of the Secretariat, with its own keys only."""
    made = machine("secretariat")
    made.run("provision", "--secretariat")
    return made


@pytest.fixture
def france(machine: MakeMachine) -> Machine:
    """Return an empty machine."""
    return machine("france")
