"""A command of `i247` that is expected not to start, with its own state directory."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.broker import free_port
from tests.system.mesh import PROJECT

REFUSED = 3
TIMEOUT_SECONDS = 30


def with_one_in_fast_runs(cases: Iterable[str]) -> list[Any]:
    """Return test parameters, of which only the first is not thorough: each starts a process."""
    first, *others = cases
    return [first, *(pytest.param(case, marks=pytest.mark.thorough) for case in others)]


class Start:
    """A command of `i247` with its own state directory and environment."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROJECT),
            "I247_HOME": str(home),
            "I247_PORT": str(free_port()),
            "I247_NATS_PORT": str(free_port()),
            "I247_BUREAUS": "FR",
        }

    def run(self, *arguments: str, python: Path = Path(sys.executable)) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = [python, "-m", "deploy", *(arguments or ("up",))]
        return subprocess.run(
            command,
            env=self.environment,
            cwd=PROJECT,
            text=True,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    @contextmanager
    def begin(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start a command, and kill it at the end of the block."""
        command = [sys.executable, "-m", "deploy", *arguments]
        with subprocess.Popen(command, env=self.environment, cwd=PROJECT, stdout=subprocess.DEVNULL) as process:
            try:
                yield process
            finally:
                process.kill()

    def first_error_of(self, *arguments: str) -> str:
        """Run a command until it has printed a line on the standard error, and return that."""
        command = [sys.executable, "-m", "deploy", *arguments]
        with subprocess.Popen(
            command, env=self.environment, cwd=PROJECT, text=True, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        ) as process:
            assert process.stderr is not None
            try:
                return process.stderr.readline()
            finally:
                process.kill()

    def refusal(self, *arguments: str, python: Path = Path(sys.executable)) -> str:
        """Run a command that must be refused, and return its one sentence."""
        done = self.run(*arguments, python=python)
        assert done.returncode == REFUSED, done
        assert "Traceback" not in done.stdout + done.stderr
        # It may say first that it waits for a broker.
        *waits, sentence = done.stderr.splitlines()
        assert [line for line in waits if "no broker answers" not in line] == []
        assert sentence.startswith("i247: ")
        return sentence.removeprefix("i247: ")
