"""Commands print JSON for programs: one object a line, with the members that the reference names."""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.commands import command_line
from deploy.state.errors import PROBLEMS
from deploy.state.settings import Settings
from tests.documents import DOCS
from tests.system.commands.conftest import Run

WITHOUT = {
    "up": "it runs until it is stopped; `status --json` says what runs",
    "openapi": "what it prints is JSON already, or the names of the files that it writes",
    "completion": "it prints a script for a shell",
    "help": "it prints a text for people",
}
"""Commands without `--json`, and why."""

PRINTING = (
    ("token", "FR"),
    ("officer", "FR"),
    ("officers", "list"),
    ("officers", "add", "FR", "fr.desk"),
    ("officers", "password", "fr.officer"),
    ("keys", "list"),
    ("keys", "list", "FR"),
    ("directory", "log"),
    ("bureaus", "list"),
    ("clock",),
    ("keys", "rotate", "FR"),
    ("bureaus", "add", "DE"),
    ("provision",),
    ("seed", "--records", "1", "--service", "notices"),
)


def commands(parser: argparse.ArgumentParser, *words: str) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """Yield each command that can be run, with its parser."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                yield from commands(child, *words, name)
            if action.required:
                return
    yield words, parser


COMMANDS = dict(commands(command_line()))


def test_every_command_that_prints_data_takes_json() -> None:
    """All but a few, each for a reason."""
    without = {words[0] for words, parser in COMMANDS.items() if "--json" not in parser._option_string_actions}
    assert without == set(WITHOUT)


@pytest.mark.parametrize("command", PRINTING, ids=" ".join)
def test_what_a_command_prints_as_json_has_the_members_of_the_reference(
    settings: Settings, run: Run, command: tuple[str, ...]
) -> None:
    """A sentence is the member `message`."""
    words = next(command[:length] for length in (2, 1) if command[:length] in COMMANDS)
    keys = {"message", *(COMMANDS[words].get_default("keys") or ())}
    status, objects, problems = run(*command)
    assert (status, problems) == (0, [])
    assert objects
    assert [each for each in objects if not each or each.keys() - keys] == []


def test_json_says_what_the_words_say(settings: Settings, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A row of the table is an object, and its heading is none."""
    _, objects, _ = run("officers", "list")
    assert main(["officers", "list"]) == 0
    rows = [line.split(maxsplit=3) for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["NAME", "BUREAU", "KIND", "STATE"]
    assert [list(each.values()) for each in objects] == rows[1:]


def test_each_refused_line_of_a_file_is_an_object(settings: Settings, run: Run, tmp_path: Path) -> None:
    """With its number and why; the sum follows."""
    file = tmp_path / "notices.jsonl"
    file.write_text("{}\nno json\n")
    status, objects, problems = run("notices", "import", str(file), "--check")
    assert (status, len(problems)) == (1, 1)
    assert [each["line"] for each in objects[:-1]] == [1, 2]
    assert all(each["fault"] for each in objects[:-1])
    assert (objects[-1]["checked"], objects[-1]["refused"]) == (True, 2)


def test_an_error_is_a_problem_with_the_same_exit_status(
    settings: Settings, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the standard error, on one line."""
    for command in (["token", "XX"], ["token", "IT"], ["keys", "list", "nobody"]):
        status = main(command)
        said = capsys.readouterr().err
        assert run(*command) == (status, [], [_problem(said.removeprefix("i247: ").strip(), status)])
        assert status in (2, 3)


def test_wrong_options_are_a_problem_too(capsys: pytest.CaptureFixture[str]) -> None:
    """The usage is for people."""
    with pytest.raises(SystemExit) as exit_:
        main(["seed", "--records", "-5", "--json"])
    problem = json.loads(capsys.readouterr().err)
    detail = "argument --records: must be a whole number of 1 or more, not '-5'"
    assert (exit_.value.code, problem) == (2, _problem(detail, 2))
    with pytest.raises(SystemExit):
        main(["seed", "--records", "-5"])
    assert capsys.readouterr().err.startswith(f"i247: {detail}\nusage: i247 seed")


def _problem(detail: str, status: int) -> dict[str, object]:
    code, title = PROBLEMS[status]
    return {"type": f"urn:i247:problem:{code}", "title": title, "detail": detail, "exit_status": status}


def test_the_reference_lists_each_exit_status_with_its_problem() -> None:
    """Those without a problem are of commands that end as they should."""
    rows = re.findall(r"^\| (\d+) \| .* \| (?:`(.*)` )?\|$", (DOCS / "reference" / "cli.md").read_text(), re.MULTILINE)
    problems = {str(status): f"urn:i247:problem:{code}" for status, (code, _) in PROBLEMS.items()}
    assert dict(rows) == {"0": "", "141": "", **problems}


def test_the_version_names_what_a_report_of_a_fault_needs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--version"])
    assert exit_.value.code == 0
    assert re.fullmatch(r"i247 \d+\.\d+\.\d+\S*, Python 3\.\d+\.\d+\S*, state format \d+\n", capsys.readouterr().out)


def test_a_number_below_one_is_wrong_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Of records, processes and lines."""
    for command in (["seed", "--records=0"], ["up", "--workers", "-1"], ["logs", "--lines", "x"]):
        with pytest.raises(SystemExit) as exit_:
            main(command)
        assert exit_.value.code == 2
        assert "must be a whole number of 1 or more" in capsys.readouterr().err
