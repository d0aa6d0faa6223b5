"""What may be started as a sandbox, and what may not."""

from pathlib import Path

import pytest

from deploy.cli import main
from deploy.state.errors import StartRefused
from deploy.state.sandbox import prepare_sandbox
from deploy.state.settings import load_settings
from deploy.state.state_dir import StateDir

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


def test_no_other_mesh_becomes_a_sandbox(home: StateDir) -> None:
    """A reset would delete its records."""
    home.directory.write_text("{}")
    with pytest.raises(StartRefused, match="holds a mesh that is no sandbox"):
        prepare_sandbox(home, load_settings(sandbox=True))
    assert not home.sandbox.exists()


def test_a_sandbox_stays_one(home: StateDir) -> None:
    """Its identities are known to all, so nothing in it is ever real."""
    sandbox = load_settings(sandbox=True)
    prepare_sandbox(home, sandbox)
    prepare_sandbox(home, sandbox)
    assert home.sandbox.stat().st_mode & 0o777 == 0o700
    with pytest.raises(StartRefused, match="i247 up --sandbox"):
        prepare_sandbox(home, load_settings())
