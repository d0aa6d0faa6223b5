"""A state directory without a running mesh, in which commands are run in this process."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import main
from deploy.state.running import MESH, announced
from deploy.state.settings import Settings, load_settings
from tests.broker import free_port

Run = Callable[..., tuple[int, list[dict[str, Any]], list[dict[str, Any]]]]
"""Runs a command with `--json`: its exit status, the objects that it printed, and the problems."""


@pytest.fixture
def settings(provisioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of a provisioned state directory of France, on a port where nothing listens."""
    monkeypatch.setenv("I247_HOME", str(shutil.copytree(provisioned, tmp_path / "home")))
    monkeypatch.setenv("I247_PORT", str(free_port()))
    monkeypatch.setenv("I247_NATS_PORT", str(free_port()))
    monkeypatch.setenv("I247_BUREAUS", "FR")
    return load_settings()


@pytest.fixture
def started(settings: Settings) -> Iterator[None]:
    """Announce a mesh on the port, which another program has taken since."""
    with announced(settings.state_dir, MESH) as announcement:
        announcement.write(settings)
        yield


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command with `--json`."""

    def run_with_json(*command: str) -> tuple[int, list[dict[str, Any]], list[dict[str, Any]]]:
        capsys.readouterr()
        status = main([*command, "--json"])
        printed = capsys.readouterr()
        # Progress goes to the standard error as well.
        problems = [json.loads(line) for line in printed.err.splitlines() if line.startswith("{")]
        return status, [json.loads(line) for line in printed.out.splitlines()], problems

    return run_with_json


@contextmanager
def other_program(settings: Settings, content: bytes, status: int) -> Iterator[list[str]]:
    """Answer everything on the port of the gateway, and yield the requests that come."""
    requests: list[str] = []

    class Other(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            requests.append(self.requestline)

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the library calls it so

    with HTTPServer((settings.host, settings.port), Other) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield requests
        finally:
            server.shutdown()
            thread.join()
