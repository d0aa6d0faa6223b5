"""Machines of participants: state directories, and commands that are run in them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.state.state_dir import StateDir


class Machine:
    """The state directory of one machine, and commands that are run in it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = StateDir(folder)
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def run(self, *arguments: str | Path) -> str:
        """Run a command that must succeed, and return its output."""
        status, output, error = self._run(*arguments)
        assert status == 0, error
        return output

    def refusal(self, *arguments: str | Path) -> str:
        """Run a command that must be refused, and return its error message."""
        status, _, error = self._run(*arguments)
        assert status in (2, 3), arguments
        [sentence] = error.splitlines()
        return sentence.removeprefix("i247: ")

    def _run(self, *arguments: str | Path) -> tuple[int, str, str]:
        self._monkeypatch.setenv("I247_HOME", str(self.home.path))
        self._monkeypatch.chdir(self.home.path.parent)
        status = main([str(each) for each in arguments])
        output = self._capsys.readouterr()
        return status, output.out, output.err


MakeMachine = Callable[[str], Machine]


def fingerprint_in(output: str) -> str:
    """Return the fingerprint in the output of a command."""
    found = re.search(r"^fingerprint ((?:[0-9a-f]{4} ?){8}):", output, re.MULTILINE)
    assert found is not None, output
    return found[1]


def root_of(secretariat: Machine) -> str:
    return secretariat.home.root_public_key.read_text().strip()


def admit(secretariat: Machine, bureau: Machine, name: str) -> None:
    """Carry out the three steps that enter a new participant."""
    fingerprint = fingerprint_in(bureau.run("keys", "request", name))
    secretariat.run("keys", "approve", f"{name}.request", "--fingerprint", fingerprint)
    bureau.run("keys", "install", secretariat.home.directory, f"--root={root_of(secretariat)}")


def secrets_in(home: StateDir) -> list[bytes]:
    return [file.read_bytes().strip() for file in home.secrets.rglob("*") if file.is_file()]
