"""One mesh for all system tests that leave it unchanged; tests that stop it start their own."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.state.state_dir import StateDir
from tests.broker import NatsServer, free_port
from tests.system.machines import Machine, MakeMachine
from tests.system.mesh import RunningMesh, running_mesh
from tests.system.start import Start
from tests.system.wire import Party


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


@pytest.fixture
async def party(nats_server: NatsServer) -> AsyncIterator[Party]:
    """Open connections to the broker of the test run, and close them afterwards."""
    async with AsyncExitStack() as stack:
        yield Party(nats_server, stack)


@pytest.fixture(scope="session")
def provisioned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provision one state directory for the whole test run."""
    home = tmp_path_factory.mktemp("provisioned") / "home"
    done = Start(home).run("provision")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def start(provisioned: Path, tmp_path: Path) -> Start:
    """Return a start in a copy of a provisioned state directory."""
    return Start(shutil.copytree(provisioned, tmp_path / "home"))


@pytest.fixture
def two_bureaus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> StateDir:
    """Provision a state directory for France and Germany, with a port on which no broker listens."""
    monkeypatch.setenv("I247_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("I247_BUREAUS", "FR,DE")
    monkeypatch.setenv("I247_NATS_PORT", str(free_port()))
    assert main(["provision"]) == 0
    capsys.readouterr()
    return StateDir(tmp_path / "home")
