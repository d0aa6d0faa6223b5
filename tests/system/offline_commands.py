"""Runs the commands that verify files, without a network."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.cli import main

Run = Callable[..., tuple[int, str, str]]


def running_offline(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Return a function that runs `i247 COMMAND verify` in a folder and returns exit status, output and errors."""

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a file is checked without the network")

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main([command, "verify", *arguments])
        except SystemExit as exit_:
            status = int(exit_.code or 0)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setenv("I247_HOME", str(folder / "home"))
    monkeypatch.chdir(folder)
    return run
