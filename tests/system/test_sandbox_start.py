"""What may be started as a sandbox, and what may not."""

import shutil
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.state.errors import StartRefused
from deploy.state.sandbox import prepare_sandbox
from deploy.state.settings import load_settings
from deploy.state.state_dir import FORMAT, StateDir

SANDBOX, ORDINARY = load_settings(sandbox=True), load_settings()
Printed = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateDir:
    """Return an empty state directory that the commands use."""
    home = StateDir(tmp_path / "state")
    monkeypatch.setenv("I247_HOME", str(home.path))
    monkeypatch.setenv("I247_BUREAUS", "FR")
    home.open()
    return home


@pytest.mark.parametrize("process", [["--gateway"], ["--service", "notices"], ["--relay"]])
def test_a_single_process_is_no_sandbox(home: StateDir, capsys: Printed, process: list[str]) -> None:
    """A process that joins another mesh could fake what others rely on."""
    assert main(["up", "--sandbox", *process]) == 3
    assert "a sandbox is a whole mesh" in capsys.readouterr().err
    assert not home.sandbox.exists()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("I247_NATS_URL", "nats://127.0.0.1:4222"), ("I247_STORE_URL", "postgresql://me@here/{service}")],
)
def test_a_sandbox_has_a_broker_and_stores_of_its_own(
    home: StateDir, capsys: Printed, monkeypatch: pytest.MonkeyPatch, setting: str, value: str
) -> None:
    """An outside server might be that of a production mesh."""
    monkeypatch.setenv(setting, value)
    assert main(["up", "--sandbox"]) == 3
    assert f"unset {setting}" in capsys.readouterr().err
    assert not home.sandbox.exists()


def test_a_sandbox_listens_on_loopback_only(home: StateDir, capsys: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is controlled without a token."""
    monkeypatch.setenv("I247_HOST", "0.0.0.0")  # noqa: S104 - it is refused
    assert main(["up", "--sandbox"]) == 3
    assert "requires a loopback address" in capsys.readouterr().err
    # Its state directory is still that of no kind.
    assert not home.is_sandbox


@pytest.mark.parametrize("setting", ["I247_SANDBOX", "I247_COUNTERPARTS"])
def test_no_setting_makes_a_single_process_or_another_mesh_a_sandbox(
    home: StateDir, tmp_path: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """Whether an option or the environment asks for it, as in a container."""
    scripts = tmp_path / "scripts.json"
    scripts.write_text("{}")
    monkeypatch.setenv(setting, "true" if setting == "I247_SANDBOX" else str(scripts))
    assert main(["up", "--service", "notices"]) == 3
    assert "a sandbox is a whole mesh" in capsys.readouterr().err
    home.directory.write_text("{}")
    assert main(["up"]) == 3
    assert "holds a mesh that is no sandbox" in capsys.readouterr().err
    assert not home.is_sandbox


def test_no_other_mesh_becomes_a_sandbox(home: StateDir) -> None:
    """A reset would delete its records."""
    home.directory.write_text("{}")
    with pytest.raises(StartRefused, match="holds a mesh that is no sandbox"):
        prepare_sandbox(home, SANDBOX)
    assert not home.sandbox.exists()


def test_a_sandbox_stays_one(home: StateDir) -> None:
    """Its identities are known to all, so nothing in it is ever real."""
    prepare_sandbox(home, SANDBOX)
    prepare_sandbox(home, SANDBOX)
    assert home.sandbox.stat().st_mode & 0o777 == 0o700
    home.open()
    with pytest.raises(StartRefused, match="i247 up --sandbox"):
        prepare_sandbox(home, ORDINARY)


@pytest.mark.parametrize("process", [["--gateway"], ["--service", "notices"], ["--relay"]])
def test_a_sandbox_whose_folder_was_removed_becomes_no_other_mesh(
    home: StateDir, capsys: Printed, process: list[str]
) -> None:
    """Nor does it begin anew over the stores that are left."""
    prepare_sandbox(home, SANDBOX)
    home.directory.write_text("{}")
    shutil.rmtree(home.sandbox)
    with pytest.raises(StartRefused, match="is that of a sandbox: start it with"):
        prepare_sandbox(home, ORDINARY)
    assert main(["up", *process]) == 3
    assert "is that of a sandbox" in capsys.readouterr().err
    with pytest.raises(StartRefused, match="whose folder sandbox was removed"):
        prepare_sandbox(home, SANDBOX)
    assert not home.sandbox.exists()


@pytest.mark.parametrize("process", [["--gateway"], ["--service", "notices"], ["--relay"]])
def test_the_folder_of_a_sandbox_makes_no_mesh_one(home: StateDir, capsys: Printed, process: list[str]) -> None:
    """Not even with what is in that of another, which is not used."""
    home.directory.write_text("{}")
    home.sandbox.mkdir()
    with pytest.raises(StartRefused, match="holds a mesh that is no sandbox"):
        prepare_sandbox(home, SANDBOX)
    with pytest.raises(StartRefused, match="has the folder sandbox of one"):
        prepare_sandbox(home, ORDINARY)
    assert main(["up", *process]) == 3
    assert "has the folder sandbox of one" in capsys.readouterr().err
    assert not home.is_sandbox


def test_a_start_that_was_interrupted_before_the_folder_was_made_goes_on(home: StateDir) -> None:
    """There is no mesh yet that could be lost."""
    home.mark_sandbox()
    prepare_sandbox(home, SANDBOX)
    assert home.sandbox.is_dir()


def test_a_state_directory_of_an_unknown_kind_is_refused(home: StateDir) -> None:
    """Such as one of a later program."""
    (home.path / "format").write_text(f"{FORMAT} rehearsal\n")
    with pytest.raises(StartRefused, match=f"has format {FORMAT} rehearsal"):
        home.open()
