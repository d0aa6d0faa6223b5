"""The command `i247 listen`: a program on this machine gets what a webhook gets, signed, and can get it again."""

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from deploy.cli import main
from deploy.commands.local_webhook import LocalTargets
from deploy.state.settings import Settings
from tests.broker import free_port
from tests.system.mesh import RunningMesh

SECONDS = 60


class Program:
    """A program on this machine that receives webhooks."""

    def __init__(self) -> None:
        self.got: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        self.status = 204
        received = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                received.got.put(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(received.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        """Stop, and give the port back."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def program() -> Iterator[Program]:
    """Run a program that receives webhooks."""
    running = Program()
    yield running
    running.close()


@contextmanager
def listening(mesh: RunningMesh, *options: str) -> Iterator[Iterator[str]]:
    """Run the command and yield the lines that it prints; it must end well with Ctrl-C."""
    command = [sys.executable, "-m", "deploy", "listen", "FR", *options]
    with subprocess.Popen(
        command, env=mesh.environment, cwd=mesh.environment["PYTHONPATH"], text=True, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        timer = threading.Timer(SECONDS, process.kill)
        timer.start()
        try:
            yield process.stdout
            process.send_signal(signal.SIGINT)
            assert process.wait(SECONDS) == 0
        finally:
            timer.cancel()
            process.kill()


def write_to_france(mesh: RunningMesh) -> str:
    """Let Germany write to France, and return the id of the message."""
    with mesh.client("DE") as germany:
        answer = germany.post("/api/messages", json={"to": ["FR"], "subject": "A lorry", "body": "Do you know it?"})
    assert answer.status_code == 202
    message: str = answer.json()["id"]
    return message


@pytest.mark.thorough
def test_a_program_gets_each_event_with_a_signature_that_its_library_accepts(
    mesh: RunningMesh, program: Program
) -> None:
    """The secret comes first; each event is a line with its outcome, and can be posted again under the same id."""
    with listening(mesh, "--forward-to", program.url, "--json") as lines:
        begun = json.loads(next(lines))
        assert begun.keys() == {"secret", "url"}
        message = write_to_france(mesh)
        headers, body = program.got.get(timeout=SECONDS)
        shown = json.loads(next(lines))
    event = json.loads(body)
    assert Webhook(begun["secret"]).verify(body, headers) == event
    assert (event["type"], event["id"], event["bureau"]) == ("message", message, "DE")
    assert {name: shown[name] for name in event} == event
    assert (shown["outcome"], shown["url"]) == ("204", program.url)

    replayed = mesh.i247("listen", "FR", "--forward-to", program.url, "--replay", str(event["number"]))
    again = program.got.get(timeout=SECONDS)
    assert (replayed.returncode, again[1], again[0]["webhook-id"]) == (0, body, headers["webhook-id"])
    secret, line = replayed.stdout.splitlines()[1:]
    assert secret == begun["secret"]
    assert line.startswith(f"--> message.delivered {message} from DE  #{event['number']}  <-- 204 POST {program.url}  ")

    program.status = 500
    refused = mesh.i247("listen", "FR", "--forward-to", program.url, "--replay", str(event["number"]))
    assert (refused.returncode, refused.stderr) == (1, f"i247: event {event['number']} was not accepted\n")
    assert "<-- 500 POST" in refused.stdout


@pytest.mark.thorough
def test_events_are_shown_without_a_program(mesh: RunningMesh) -> None:
    """Those of the kinds that were asked for."""
    with listening(mesh, "--events", "message", "--print") as lines:
        assert next(lines) == "events of FR, until Ctrl-C\n"
        message = write_to_france(mesh)
        assert next(lines).startswith(f"--> message.delivered {message} from DE  #")
        assert json.loads(next(lines))["id"] == message


@pytest.mark.thorough
def test_an_event_that_was_not_yet_cannot_be_replayed(mesh: RunningMesh) -> None:
    """The answer comes at once, and says which is the latest: that one is there."""
    write_to_france(mesh)
    done = mesh.i247("listen", "FR", "--replay", "999999")
    said, latest = done.stderr.strip().rsplit(" ", 1)
    assert (done.returncode, said) == (1, "i247: FR has had no event 999999 yet: the latest is")
    there = mesh.i247("listen", "FR", "--replay", latest)
    assert (there.returncode, there.stdout.count("\n")) == (0, 1)
    assert f"#{latest}" in there.stdout


@pytest.mark.thorough
def test_a_port_where_nothing_listens_is_named_with_what_to_do(mesh: RunningMesh) -> None:
    """The event is there, and can be posted again."""
    url = f"http://127.0.0.1:{free_port()}/hook"
    write_to_france(mesh)
    with listening(mesh, "--forward-to", url) as lines:
        assert [next(lines) for _ in range(2)]
        write_to_france(mesh)
        assert f"<-- unreachable POST {url}" in (line := next(lines))
        assert "start your program, and repeat the event with `--replay`" in line


@pytest.mark.parametrize("options", [["--forward-to", "ftp://here"], ["--events", "hits"], ["--replay", "0"]])
def test_wrong_options_are_refused(settings: Settings, capsys: pytest.CaptureFixture[str], options: list[str]) -> None:
    try:
        status = main(["listen", "FR", *options])
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    printed = capsys.readouterr()
    assert (status, printed.out) == (2, "")
    assert printed.err.startswith("i247: ")


ELSEWHERE = (
    "http://10.0.0.5:3000/hook",
    "http://example.com/hook",
    "http://host.docker.internal:3000/hook",
    "http://localhost.example.com/hook",
    "http://127.0.0.1.example.com/hook",
    "http://[::ffff:10.0.0.5]/hook",
)
HERE = ("http://localhost:9/", "http://app.localhost:9/", "http://127.0.0.9:9/", "http://[::1]:9/", "https://10.0.0.5/")


@pytest.mark.parametrize("url", ELSEWHERE)
def test_nothing_is_posted_over_plain_http_to_another_machine(
    settings: Settings, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    """Whatever its name looks like; the refusal says what to use."""
    assert main(["listen", "FR", "--forward-to", url]) == 2
    assert "plain http goes to this machine only, as http://localhost:3000/hook: use https" in capsys.readouterr().err


@pytest.mark.parametrize("url", HERE)
async def test_plain_http_goes_to_this_machine_and_https_anywhere(url: str) -> None:
    """No name server is asked where names under `localhost` are."""
    targets = LocalTargets()
    target = targets.parse(url)
    if target.scheme == "http":
        assert all(ip_address(each).is_loopback for each in await targets.addresses(target))


def test_without_a_mesh_one_sentence_says_so(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["listen", "FR"]) == 3
    assert "start one with `i247 up`" in capsys.readouterr().err


def test_the_secret_is_readable_by_its_owner_only(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """It is the same the next time."""
    file: Path = settings.state_dir.local_webhooks
    for _ in range(2):
        assert main(["listen", "FR", "--forward-to", "http://localhost:3000/hook"]) == 3
        known = file.read_bytes()
        assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes() == known
