"""Commands act on the mesh of their state directory alone, and say where that is, or that there is none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.state.running import MESH, announced
from deploy.state.settings import Settings
from tests.broker import free_port
from tests.system.commands.conftest import other_program

Printed = pytest.CaptureFixture[str]

OF_SANDBOX = (
    "sandbox reset",
    "sandbox restore start",
    "sandbox snapshot a",
    "sandbox delete a",
    "sandbox fault store",
    "sandbox faults --delete",
    "sandbox faults",
    "sandbox snapshots",
    "sandbox",
)
CALLS = ("trigger message FR --by IPSG", "trigger message FR --by DE", "notices export -", "listen FR")
EXPLAIN = "explain 0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"


@pytest.fixture
def asked(settings: Settings) -> Iterator[list[str]]:
    """Let another program listen on the port, and return the requests that it gets."""
    with other_program(settings, b"{}", 200) as requests:
        yield requests


@pytest.fixture
def elsewhere(settings: Settings) -> Iterator[int]:
    """Announce a mesh in the state directory, and return its port, which is not the one in the environment."""
    other = settings.model_copy(update={"port": free_port()})
    with announced(settings.state_dir, MESH) as announcement:
        announcement.write(other)
        yield other.port


@pytest.mark.parametrize("command", OF_SANDBOX)
def test_a_sandbox_of_another_state_directory_is_left_alone(
    settings: Settings, asked: list[str], command: str, capsys: Printed
) -> None:
    """Although it would do what is asked, as that needs no token: nothing is sent to it."""
    assert main(command.split()) == 3
    assert f"i247: no mesh runs in {settings.home}: start it with `i247 up`" in capsys.readouterr().err
    assert asked == []


@pytest.mark.parametrize("command", OF_SANDBOX)
def test_a_sandbox_on_another_port_is_left_alone(
    settings: Settings, asked: list[str], elsewhere: int, command: str, capsys: Printed
) -> None:
    """The error names the port of the own mesh."""
    assert main(command.split()) == 3
    assert f"set I247_PORT={elsewhere}\n" in capsys.readouterr().err
    assert asked == []


def test_the_sandbox_of_the_state_directory_is_asked(settings: Settings, asked: list[str], capsys: Printed) -> None:
    """At the port where it was announced."""
    with announced(settings.state_dir, MESH) as announcement:
        announcement.write(settings)
        assert main(["sandbox"]) == 1
    assert asked == ["GET /sandbox HTTP/1.1"]


@pytest.mark.parametrize("command", [*CALLS[:1], *CALLS[2:], EXPLAIN])
def test_without_an_answer_a_command_names_the_port_of_its_mesh(
    settings: Settings, elsewhere: int, command: str, capsys: Printed
) -> None:
    """It was started with another one."""
    assert main(command.split()) == 3
    said = capsys.readouterr().err
    assert said == (
        f"i247: no mesh answers at http://127.0.0.1:{settings.port}: the mesh in {settings.home} is at "
        f"http://127.0.0.1:{elsewhere}, set I247_PORT={elsewhere}\n"
    )


def test_a_mesh_that_runs_and_does_not_answer_is_not_started_again(settings: Settings, capsys: Printed) -> None:
    with announced(settings.state_dir, MESH) as announcement:
        announcement.write(settings)
        assert main(["sandbox"]) == main(["notices", "export", "-"]) == 3
    said = f"i247: the mesh in {settings.home} does not answer at http://127.0.0.1:{settings.port}: it starts, or see "
    assert [line[: len(said)] for line in capsys.readouterr().err.splitlines()] == [said] * 2


@pytest.mark.parametrize("command", ["sandbox reset", CALLS[0]])
def test_the_command_that_starts_a_sandbox_says_that_it_is_one(
    settings: Settings, command: str, capsys: Printed
) -> None:
    """An ordinary mesh is refused in the state directory of one."""
    settings.state_dir.mark_sandbox()
    assert main(command.split()) == 3
    assert "with `i247 up --sandbox`" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [*OF_SANDBOX[:2], *CALLS, EXPLAIN, "demo", "token FR", "clock", "clock advance 1h", "clock to 2060-01-01"],
)
def test_where_no_mesh_is_a_command_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings, command: str, capsys: Printed
) -> None:
    """All of them in the same words, and no state directory is made."""
    monkeypatch.setenv("I247_HOME", str(tmp_path / "nowhere"))
    assert main(command.split()) == 3
    printed = capsys.readouterr()
    assert printed.err.startswith(
        f"i247: there is no mesh in {tmp_path / 'nowhere'} yet: start one with `i247 up`, or "
    )
    assert "set I247_HOME" in printed.err
    assert (printed.out, (tmp_path / "nowhere").exists()) == ("", False)
