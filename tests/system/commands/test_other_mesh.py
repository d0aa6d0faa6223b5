"""Commands with the state directory of one mesh and the port of another say so, instead of what the gateway says."""

import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.mesh.summary import summary
from deploy.state.listener import listener_on
from deploy.state.running import MESH, announced, running_in
from deploy.state.settings import Settings, load_settings
from tests.system.commands.conftest import Run, other_program
from tests.system.mesh import PROJECT, RunningMesh, left_of, running_mesh

CALLS = (
    "trigger message FR --by IPSG",
    "listen FR",
    "notices export -",
    "audit fetch notices",
    "evidence pack --out pack",
)
"""Commands that call the gateway with a token."""
SANDBOX_CALLS = (
    "sandbox",
    "sandbox snapshot a",
    "sandbox snapshots",
    "sandbox restore a",
    "sandbox fault store",
    "sandbox faults",
    "explain 0197a3c2-5b1e-7c3a-9f20-4d5e6f708192",
)


@pytest.fixture
def confused(settings: Settings, mesh: RunningMesh, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set the port of a running mesh, with the state directory of another; return that of the running one."""
    monkeypatch.setenv("I247_PORT", mesh.environment["I247_PORT"])
    return Path(mesh.environment["I247_HOME"])


@pytest.mark.thorough
@pytest.mark.parametrize("command", CALLS)
def test_a_token_of_another_mesh_is_explained(
    confused: Path, settings: Settings, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With both state directories and the setting to change."""
    assert main(command.split()) == 3
    said = capsys.readouterr().err
    assert f"it seems to be the mesh of {confused}, and the token was made in {settings.home}: set I247_HOME" in said


@pytest.mark.thorough
def test_the_status_names_the_mesh_that_has_the_port(confused: Path, run: Run) -> None:
    """Nothing runs in this state directory, and a start here would fail."""
    status, [report], _ = run("status")
    assert (status, report["state"]) == (3, "not running")
    assert f"the mesh of the state directory {confused} (process " in report["advice"]
    assert f"set I247_HOME={confused}" in report["advice"]


@pytest.mark.thorough
def test_a_start_names_the_mesh_that_has_the_port(confused: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up"]) == 3
    said = capsys.readouterr().err
    assert f"the mesh of the state directory {confused} (process " in said
    assert "set I247_PORT to another port" in said


def test_a_refused_token_of_the_own_mesh_is_told_as_the_gateway_tells_it(settings: Settings) -> None:
    """Such as one that a fault of a sandbox revokes."""
    with announced(settings.state_dir, MESH) as announcement:
        announcement.write(settings)
        from httpx import Response

        from deploy.state.gateway import require_own_mesh

        require_own_mesh(settings, Response(401, json={"title": "No valid token", "detail": "revoked"}))


@pytest.mark.parametrize("command", [*CALLS, "explain 0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"])
def test_without_a_gateway_a_command_says_how_to_start_one(
    provisioned: Path, settings: Settings, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the status of what cannot run."""
    assert main(command.split()) == 3
    said = capsys.readouterr().err
    assert said.startswith(f"i247: no mesh answers at http://127.0.0.1:{settings.port}: start one with `i247 up")


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("command", [*CALLS[:3], "sandbox", "explain 0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"])
def test_another_program_on_the_port_is_not_taken_for_a_gateway(
    settings: Settings, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it answers, such as a page, is not printed."""
    with other_program(settings, b"<p>", 501):
        assert main(command.split()) == 1
    said = capsys.readouterr().err
    assert f"{settings.host}:{settings.port} answered 501, and not as a gateway does" in said
    assert "<" not in said


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    "content",
    [b"{}", b"[1]", b'{"items": [{}], "next": null}', b'{"says": "a", "steps": [1], "why_not": null}'],
)
@pytest.mark.parametrize("command", [*CALLS, *SANDBOX_CALLS])
def test_an_answer_of_another_form_is_explained(
    settings: Settings, command: str, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever succeeds there, in JSON or not, is no answer of a gateway."""
    with other_program(settings, content, 200):
        assert main(command.split()) == 1
    said = capsys.readouterr().err
    assert "answered 200, and not as a gateway does: another program" in said or " has another form: " in said


@pytest.mark.thorough
def test_the_printed_commands_work_in_any_terminal(mesh: RunningMesh) -> None:
    """Without the settings of the one in which the mesh was started."""
    home = Path(mesh.environment["I247_HOME"])
    printed = (home.parent / f"{home.name}.out").read_text()
    [command] = [line.split(maxsplit=2)[2] for line in printed.splitlines() if line.startswith("  its state")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("I247_")}
    done = subprocess.run(["sh", "-c", command], env=environment, cwd=PROJECT, text=True, capture_output=True)
    assert (done.returncode, done.stdout[:8]) == (0, "healthy:"), done.stderr


def test_the_usual_settings_are_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the folder where the mesh was started the command is as it was typed; elsewhere its path is whole."""
    for name in [name for name in os.environ if name.startswith("I247_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("sys.argv", [".venv/bin/i247", "up"])
    assert "  a token    .venv/bin/i247 token BR\n" in summary(load_settings())
    monkeypatch.setenv("I247_HOME", "a folder")
    monkeypatch.setenv("I247_PORT", "9000")
    assert f"I247_HOME={shlex.quote(str(Path('a folder').absolute()))} I247_PORT=9000 {Path.cwd()}/.venv/bin/i247 " in (
        summary(load_settings())
    )


def test_a_sandbox_is_said_to_be_one(settings: Settings) -> None:
    """With what that permits."""
    said = "programs on this machine may reset it, move its clock and let steps fail, without a token"
    assert said in summary(settings.model_copy(update={"sandbox": True}))
    assert said not in summary(settings)


@pytest.mark.thorough
def test_a_killed_mesh_leaves_nothing_that_is_taken_for_running(tmp_path: Path) -> None:
    """Its processes end with it, its announcement counts no longer, and the next start needs no cleaning."""
    with running_mesh(tmp_path / "var", "--bureaus", "FR,DE") as mesh:
        family = mesh.family()
        os.kill(family[0].pid, signal.SIGKILL)
        assert left_of(family[1:], seconds=10) == []
        home = Settings(home=Path(mesh.environment["I247_HOME"])).state_dir
        assert [file.name for file in home.running.iterdir()] == [f"mesh-{family[0].pid}.json"]
        assert mesh.i247("status").returncode == 3
        assert running_in(home) == [] == [*home.running.iterdir()]
        assert listener_on(int(mesh.environment["I247_PORT"])) is None


def test_an_announcement_removes_what_a_killed_process_left(settings: Settings) -> None:
    settings.state_dir.running.mkdir()
    left = settings.state_dir.running / "mesh-1.json"
    left.write_text("{}")
    with announced(settings.state_dir, MESH):
        assert not left.exists()
        assert len([*settings.state_dir.running.iterdir()]) == 1
