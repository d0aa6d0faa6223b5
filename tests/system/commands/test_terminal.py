"""Nothing that comes from a file or from an answer controls the terminal, or passes for another line."""

import json
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.commands.output import Line, print_lines
from deploy.state.errors import REFUSED_EXIT, USAGE_EXIT, CommandFailed, exit_status
from deploy.state.settings import Settings
from tests.system.commands.conftest import other_program

RUDE = "\x1b]0;owned\x07\x1b[2J\x9b2J\x7f\u202e\ndone\r"
SHOWN = r"\x1b]0;owned\x07\x1b[2J\x9b2J\x7f\u202e\ndone\r"
Printed = pytest.CaptureFixture[str]


def fail(*_: object) -> int:
    """Fail with a text from outside."""
    raise CommandFailed(RUDE)


def test_a_line_is_one_line_of_printable_characters(capsys: Printed) -> None:
    """Also each further one, and a sentence alone."""
    print_lines([RUDE, Line(RUDE, None, (RUDE,))], as_json=False)
    assert capsys.readouterr().out == f"{SHOWN}\n" * 3


def test_json_has_escapes_for_the_others(capsys: Printed) -> None:
    """A program that reads it gets the characters themselves."""
    print_lines([Line("", {RUDE: RUDE})], as_json=True)
    printed = capsys.readouterr().out
    assert printed[:-1].isprintable()
    assert json.loads(printed) == {RUDE: RUDE}


def test_an_error_is_one_line_of_them_too(capsys: Printed) -> None:
    """Or a problem."""
    exit_status(fail)
    assert capsys.readouterr().err == f"i247: {SHOWN}\n"
    exit_status(fail, as_json=True)
    printed = capsys.readouterr().err
    assert printed[:-1].isprintable()
    assert json.loads(printed)["detail"] == RUDE


def test_wrong_usage_is_followed_by_the_usage(capsys: Printed) -> None:
    """On lines of its own."""
    with pytest.raises(SystemExit) as ended:
        main(["status", RUDE])
    first, second, *_ = capsys.readouterr().err.split("\n")
    assert (ended.value.code, first, second[:6]) == (USAGE_EXIT, f"i247: unexpected: {SHOWN}", "usage:")


def test_a_line_of_a_file_is_shown_so(tmp_path: Path, capsys: Printed) -> None:
    """Such as one with a member whose name is an escape sequence."""
    file = tmp_path / "notices.jsonl"
    file.write_text(json.dumps({"colour": "red", RUDE: 1}) + "\n")
    assert main(["notices", "import", "--check", str(file)]) == 1
    said = capsys.readouterr().err
    assert "]0;owned" in said
    assert all(line.isprintable() for line in said.split("\n"))


def test_the_file_of_counterparts_is_refused_so(
    settings: Settings, tmp_path: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the name that it has for a member."""
    file = tmp_path / "counterparts.json"
    file.write_text(json.dumps({"DE": {RUDE: 1}}))
    assert main(["up", "--sandbox", "--bureaus", "FR,DE", "--counterparts", str(file)]) == REFUSED_EXIT
    said = capsys.readouterr().err
    assert "]0;owned" in said
    assert all(line.isprintable() for line in said.split("\n"))


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("status", [200, 422, 500])
def test_an_answer_of_another_program_is_shown_so(settings: Settings, status: int, capsys: Printed) -> None:
    """A problem is shown, as it may be one of a gateway."""
    snapshots = [{"name": RUDE, "taken": RUDE, "bytes": 1}]
    content = {"items": snapshots} if status == 200 else {"title": RUDE, "detail": RUDE}
    with other_program(settings, json.dumps(content).encode(), status):
        main(["sandbox", "snapshots"])
    printed = "".join(capsys.readouterr())
    assert SHOWN in printed
    assert printed.count("\n") == 1
