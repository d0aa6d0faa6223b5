"""The command `i247 logs`: the lines of all processes in words, in order, and across rotations."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import main
from deploy.commands.log_files import LogFiles
from deploy.commands.log_words import words_of
from deploy.state.settings import Settings

Printed = pytest.CaptureFixture[str]
REQUEST = {
    "event": "request",
    "method": "POST",
    "service": "notices",
    "bureau": "KE",
    "officer": "ke.officer",
    "purpose": "wanted-person",
    "id": "0197a3c2-6c2f-7d4b-8a31-5e6f70819203",
    "status": 403,
    "code": "not-the-owner",
    "milliseconds": 75.61,
}


class Writer:
    """Writes the log of one process."""

    def __init__(self, folder: Path, part: str) -> None:
        self.file = folder / f"{part}.log"
        self._part = part

    def write(self, second: int, event: str, **values: Any) -> None:
        """Write a line of a time."""
        line = {"at": f"2026-11-28T12:00:{second:02}.125000Z", "level": "info", "part": self._part, "event": event}
        self.add(json.dumps({**line, **values}) + "\n")

    def add(self, text: str) -> None:
        """Write a text."""
        with self.file.open("a") as log:
            log.write(text)

    def rotate(self) -> None:
        """Rename the file, as a process does when it is full."""
        self.file.replace(self.file.with_name(f"{self.file.name}.1"))


@pytest.fixture
def folder(settings: Settings) -> Path:
    """Return the empty folder of the logs."""
    settings.state_dir.logs.mkdir(exist_ok=True)
    return settings.state_dir.logs


@pytest.fixture
def gateway(folder: Path) -> Writer:
    """Return the log of the gateway."""
    return Writer(folder, "gateway")


@pytest.fixture
def notices(folder: Path) -> Writer:
    """Return the log of a service."""
    return Writer(folder, "notices")


@pytest.fixture
def files(folder: Path) -> Iterator[LogFiles]:
    """Return a reader of all logs."""
    with closing(LogFiles(folder)) as reader:
        yield reader


def events(lines: list[Any]) -> list[str]:
    return [line.values.get("event") or line.values["text"] for line in lines]


def test_a_refused_request_is_told_in_words(gateway: Writer, capsys: Printed) -> None:
    """When, who, what, the status, the time, the purpose, and the problem with its title."""
    gateway.write(1, **REQUEST)
    assert main(["logs"]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert words == (
        "12:00:01.125 gateway KE ke.officer POST notices 403 76 ms for wanted-person "
        "not-the-owner: Only the owner may do this [0197a3c2-6c2f-7d4b-8a31-5e6f70819203]"
    )


def test_other_events_are_told_with_their_values(notices: Writer, capsys: Printed) -> None:
    """Warnings and errors are marked; what is not printable cannot reach the terminal."""
    notices.write(1, "service-ready", service="notices")
    notices.write(2, "key-odd", level="warning", cause="\x1b[2J", names=["a", "b"])
    assert main(["logs"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.split(maxsplit=2)[2] == "service ready: service notices"
    assert second.split(maxsplit=2)[2] == "! key odd: cause \\x1b[2J, names a, b"


def test_lines_of_all_processes_are_in_the_order_of_their_times(
    gateway: Writer, notices: Writer, files: LogFiles
) -> None:
    """The last ones first, and then what is written."""
    for second in (1, 3, 5):
        gateway.write(second, f"gateway-{second}")
        notices.write(second + 1, f"notices-{second + 1}")
    assert events(files.last(3, None, None)) == ["notices-4", "gateway-5", "notices-6"]
    assert files.new(None, None) == []
    notices.write(8, "later")
    gateway.write(7, "earlier")
    assert events(files.new(None, None)) == ["earlier", "later"]


def test_lines_are_in_the_order_of_writing_where_the_clock_was_put_back(
    gateway: Writer, notices: Writer, files: LogFiles
) -> None:
    """As by a reset of a sandbox: what was written last comes last."""
    for second in (50, 51, 2, 3):
        gateway.write(second, f"gateway-{second}")
    notices.write(52, "notices-52")
    notices.write(4, "notices-4")
    assert events(files.last(2, None, None)) == ["notices-52", "notices-4"]
    gateway.write(5, "gateway-5")
    assert events(files.new(None, None)) == ["gateway-5"]


def test_a_rotation_loses_and_repeats_nothing(gateway: Writer, folder: Path, files: LogFiles) -> None:
    """What was written before it is read first, also if another process makes its file later."""
    gateway.write(1, "first")
    assert events(files.last(10, None, None)) == ["first"]
    gateway.write(2, "second")
    gateway.rotate()
    gateway.write(3, "third")
    Writer(folder, "relay").write(4, "fourth")
    assert events(files.new(None, None)) == ["second", "third", "fourth"]
    assert files.new(None, None) == []


def test_a_line_that_is_being_written_is_waited_for(gateway: Writer, folder: Path, files: LogFiles) -> None:
    gateway.write(1, "whole")
    gateway.add('{"at":"2026-11-28T12:00:02Z","part":"gate')
    assert events(files.new(None, None)) == ["whole"]
    gateway.add('way","event":"rest"}\n')
    assert events(files.new(None, None)) == ["rest"]


def test_a_traceback_stays_with_the_line_before_it(gateway: Writer, notices: Writer, files: LogFiles) -> None:
    """It has no time of its own."""
    gateway.write(1, "began")
    gateway.add("Traceback (most recent call last):\n  ValueError\n\n")
    notices.write(2, "other")
    lines = files.last(10, None, None)
    assert events(lines) == ["began", "Traceback (most recent call last):", "  ValueError", "other"]
    assert "ValueError" in words_of(lines[2])


def test_only_warnings_of_the_broker_are_shown(folder: Path, files: LogFiles) -> None:
    """At its start it prints pages."""
    broker = Writer(folder, "nats-server")
    broker.add(
        "[1] 2026/11/28 12:00:01.000001 [INF] Starting\n   drawn  \n[1] 2026/11/28 12:00:02.000001 [ERR] Violation\n"
    )
    assert events(files.last(10, None, None)) == ["Violation"]


def test_lines_are_selected_by_process_and_by_bureau(gateway: Writer, notices: Writer, capsys: Printed) -> None:
    """A request to a service is in the log of the gateway."""
    gateway.write(1, **{**REQUEST, "bureau": "IPSG"})
    gateway.write(2, **{**REQUEST, "service": "messages", "bureau": "FR"})
    notices.write(3, "request-refused", sender="IPSG", level="warning")
    for options, seconds in (
        (["--service", "notices"], [1, 3]),
        (["--bureau", "ipsg"], [1, 3]),
        (["--bureau", "FR"], [2]),
    ):
        assert main(["logs", "--json", *options]) == 0
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [int(each["at"][17:19]) for each in found] == seconds


@pytest.mark.thorough
def test_following_ends_with_ctrl_c_also_where_a_shell_had_it_ignored(gateway: Writer) -> None:
    """As what it runs in the background."""
    gateway.write(1, **REQUEST)
    command = f'trap "" INT; exec {sys.executable} -m deploy logs --follow'
    with subprocess.Popen(["sh", "-c", command], text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert "ke.officer" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_without_logs_one_sentence_says_so(settings: Settings, capsys: Printed) -> None:
    """Such as with another state directory than that of the mesh."""
    for file in settings.state_dir.logs.glob("*"):
        file.unlink()
    settings.state_dir.logs.rmdir()
    assert main(["logs"]) == 3
    assert "start a mesh with `i247 up`" in capsys.readouterr().err
