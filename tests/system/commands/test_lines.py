"""The commands that send the lines of a table: what is wrong is said before anything is sent."""

from pathlib import Path
from typing import Any

import pytest

from deploy.commands import command_line, enter
from deploy.commands.check import asked_of
from tests.system.commands.conftest import Run


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text("reference,vin\n")
    return path


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("command", "options", "status", "says"),
    [
        ("enter", "--bureau XX", 2, "unknown bureau 'XX'"),
        ("enter", "--bureau FR --confirm-recent 0", 2, "--confirm and --confirm-recent are for --differential"),
        ("enter", "--bureau FR --purpose border", 2, "no purpose is called 'border': did you mean border-management?"),
        ("enter", "--bureau fr", 1, "no line after its header, so nothing was entered"),
        ("check", "--purpose border", 2, "no purpose is called 'border': did you mean border-management?"),
        ("check", "--leave-out palte", 2, "'palte', which is to be left out: did you mean plate?"),
        ("check", "", 1, "no line after its header, so nothing was checked"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    run: Run, table: Path, command: str, options: str, status: int, says: str
) -> None:
    """Nothing is entered as of another bureau, and an empty table is no all-clear."""
    if command == "check":
        table.write_text("vin,plate\n")
    ended, _, [problem] = run(command, str(table), *options.split())
    assert (ended, says in problem["detail"]) == (status, True), problem


def test_a_run_is_not_gone_on_with_for_another_purpose() -> None:
    """Otherwise one list would have two purposes in the audit log."""

    def asked(*options: str) -> dict[str, Any]:
        return asked_of(command_line().parse_args(["check", "list.csv", *options]))

    assert asked("--purpose", "border-management") != asked() == asked("--purpose", "criminal-investigation")


@pytest.mark.usefixtures("settings")
def test_an_interrupted_entry_says_how_to_go_on(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As what was entered is found by its reference."""

    async def interrupted(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(enter, "_run", interrupted)
    options = command_line().parse_args(["enter", str(table), "--bureau", "FR"])
    with pytest.raises(KeyboardInterrupt):
        options.run(None, options)
    assert "the same command may be repeated, and finds it present" in capsys.readouterr().err
