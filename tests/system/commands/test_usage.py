"""What a person mistypes is answered with what they probably meant, and help is where they look for it."""

import argparse
import re

import pytest

from deploy.cli import main
from deploy.commands import COMMANDS, command_line
from deploy.state.settings import Settings
from shared.suggestions import did_you_mean

Printed = pytest.CaptureFixture[str]

MISTAKES = {
    "statsu": "there is no command 'statsu': did you mean status?",
    "frobnicate": "there is no command 'frobnicate': `i247 help` lists all",
    "help statsu": "there is no command 'statsu': did you mean status?",
    "officers ad": "argument ACTION: 'ad' is none of list, add, disable, enable, password, revoke: did you mean add?",
    "sandbox fault bruker": "argument STEP: 'bruker' is none of token, sign, broker, verify, ",
    "token FR --officer revewer": "argument --officer: 'revewer' is none of officer, auditor, reviewer, ccf: did you ",
    "status --jsno": "i247 status has no option --jsno: did you mean --json?",
    "keys rotate FR --overlap-days=3": "i247 keys rotate has no option --overlap-days: did you mean --overlap-hours?",
    "fieldpack check --plat X --officer 1": "i247 fieldpack check has no option --plat: did you mean --plate?",
    "status --frobnicate": "i247 status has no option --frobnicate: `i247 status --help` lists all",
    "up --port 9000": "i247 up has no option --port: set I247_PORT in the environment",
    "token FR --home var": "i247 token has no option --home: set I247_HOME in the environment",
    "snapshot a": "there is no command 'snapshot': did you mean `i247 sandbox snapshot`?",
    "sandbox fault store --latency 300ms": "argument --latency: give milliseconds as a number, such as 300, not '300m",
    "sandbox fault store --seconds 5m": "argument --seconds: give seconds as a number, such as 300, not '5m'",
    "sandbox fault store --seconds -5m": "argument --seconds: give seconds as a number, such as 300, not '-5m'",
    "status now": "unexpected: now",
    "--json status": "options come after the command, as in `i247 status --json`",
    "officers": "give ACTION: `i247 officers --help` says more",
    "enter list.csv": "give --bureau: `i247 enter --help` says more",
    "enter list.csv --bureau FR --confirm ten": "argument --confirm: must be a whole number of 0 or more, not 'ten'",
    "token": "give BUREAU: `i247 token --help` says more",
    "listen FR --events mesage": "argument --events: there is no kind 'mesage': did you mean message?",
}
NAMES = (
    "logs --service vehicles",
    "up --service vehicles",
    "seed --service vehicles",
    "audit fetch vehicles",
    "audit new-log vehicles --reason lost",
    "bureaus standing FR restricted --reason arrears --until 2026-12-20 --services vehicles",
    "migration vehicles 0002_x",
)
"""Commands that take the name of a service, with a wrong one."""


def refused(command: str) -> int:
    """Run a command, and return its exit status."""
    try:
        return main(command.split())
    except SystemExit as exit_:
        return int(exit_.code or 0)


@pytest.mark.parametrize("command", MISTAKES)
def test_a_mistake_is_answered_with_what_was_probably_meant(command: str, capsys: Printed) -> None:
    """In one sentence; the usage of that very command follows it, on the standard error."""
    status = refused(command)
    printed = capsys.readouterr()
    assert (status, printed.out) == (2, "" if "--json" not in command else printed.out)
    sentence, usage = printed.err.split("\n", 1) if "--json" not in command else (printed.err, "usage: ")
    assert MISTAKES[command] in sentence
    assert usage.startswith("usage: ")
    if "has no option" in MISTAKES[command]:
        assert usage.startswith(f"usage: {MISTAKES[command].partition(' has no ')[0]}")


@pytest.mark.parametrize(("given", "meant"), [("FRA", "FR"), ("gbr", "GB"), ("Germany", "DE")])
def test_a_country_is_answered_with_the_code_of_its_bureau(given: str, meant: str, capsys: Printed) -> None:
    """Its code of three letters too, which may be nearer to that of another bureau."""
    assert refused(f"token {given}") == 2
    assert f"unknown bureau {given!r}: did you mean {meant}? use an ISO 3166-1 alpha-2 code" in capsys.readouterr().err


@pytest.mark.parametrize("command", NAMES)
def test_a_wrong_name_of_a_service_is_refused_with_the_right_one(
    settings: Settings, command: str, capsys: Printed
) -> None:
    """Nothing that looks like an empty answer."""
    settings.state_dir.logs.mkdir(exist_ok=True)
    status = refused(command)
    printed = capsys.readouterr()
    assert (status, printed.out) == (2, "")
    assert "'vehicles': did you mean stolen-vehicles? use one of notices, fingerprints, " in printed.err


@pytest.mark.parametrize("command", ["keys list vehicles", "directory log vehicles", "officers disable fr.oficer"])
def test_a_name_that_is_not_in_the_state_directory_is_refused_with_a_near_one(
    settings: Settings, command: str, capsys: Printed
) -> None:
    assert refused(command) == 3
    assert "did you mean " in capsys.readouterr().err


def test_logs_of_a_bureau_that_is_not_in_the_mesh_are_refused(settings: Settings, capsys: Printed) -> None:
    """They would be empty for ever."""
    settings.state_dir.logs.mkdir(exist_ok=True)
    assert refused("logs --bureau CA") == 3
    assert "CA is not in this mesh: `i247 bureaus list` lists all" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["", "help", "--help"])
def test_the_help_lists_all_commands(command: str, capsys: Printed) -> None:
    """With one line each, and also without any argument."""
    assert refused(command) == 0
    printed = capsys.readouterr().out
    assert [name for name in COMMANDS if not re.search(rf"^    {name}\b", printed, re.MULTILINE)] == []


def test_the_help_of_a_command_is_that_of_its_option(capsys: Printed) -> None:
    """Of an action too; no setting is needed."""
    for words in ("seed", "officers add", "help"):
        assert refused(f"help {words}") == 0
        helped = capsys.readouterr().out
        assert refused(f"{words} --help") == 0
        assert helped == capsys.readouterr().out
        assert helped.startswith(f"usage: i247 {words} ")


def test_what_argparse_says_of_a_choice_is_still_understood() -> None:
    """Its message is read, as it has no other way to learn what was given and what might be chosen."""
    with pytest.raises(Exception, match="'nonsense' is none of bash, zsh, fish"):
        command_line({"completion"}).parse_args(["completion", "nonsense"])
    assert issubclass(type(command_line({"up"})), argparse.ArgumentParser)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("vehicles", " did you mean stolen-vehicles?"),
        ("NOTICE", " did you mean notices?"),
        ("v", ""),
        ("passports", ""),
    ],
)
def test_near_words_are_suggested_and_others_are_not(word: str, said: str) -> None:
    """By their letters, or as a part of a longer one."""
    assert did_you_mean(word, ["notices", "stolen-vehicles", "fingerprints"]) == said
