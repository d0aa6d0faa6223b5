"""Log files: lines stay whole despite a full disk and other processes, and files are rotated at a limit."""

import fcntl
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.logs import Log
from shared.logs.output import LineOutput, LogFile

PROJECT = Path(__file__).parent.parent.parent
# With this limit a write beyond it is cut short, and the next one fails, as on a full disk.
LIMIT_WRITES = """
import os, resource, sys
from pathlib import Path
from shared.logs.output import LineOutput, LogFile
from shared.logs import Log

def allow(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

path = Path(sys.argv[1])
"""
FULL_DISK = {
    "a file of its own": "log = Log('test', stream=LogFile(path, limit=10**6, kept=1))",
    "the standard error output": """
os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
log = Log('test')
""",
    "a file that is not appended to": """
os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), 2)
log = Log('test')
""",
}
FILL_UP = """
for number in range(3):
    log.info("before", number=number)
whole = os.stat(path).st_size
for room in range(0, 120, 7):
    allow(whole + room)
    log.info("lost", text="x" * 200)
    log.info("lost too", text="y" * 200)
    assert os.stat(path).st_size == whole, os.stat(path).st_size
allow(resource.RLIM_INFINITY)
for number in range(3):
    log.info("after", number=number)
"""


def run(program: str, *arguments: object) -> None:
    """Run a program in another process."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def lines_of(*files: Path) -> list[dict[str, Any]]:
    """Return the lines of log files; each must be whole."""
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.mark.parametrize("place", FULL_DISK)
def test_a_full_disk_leaves_only_whole_lines_in_the_log(tmp_path: Path, place: str) -> None:
    """Wherever in a line the space ended; lines before and after are complete."""
    file = tmp_path / "x.log"
    run(LIMIT_WRITES + FULL_DISK[place] + FILL_UP, file)
    assert [(line["event"], line["number"]) for line in lines_of(file)] == [
        *(("before", number) for number in range(3)),
        *(("after", number) for number in range(3)),
    ]


@pytest.fixture
def small_pipe() -> Iterator[tuple[int, int]]:
    """Return both ends of a pipe with room for one page, so that a longer line is written in part."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    yield reading, writing
    os.close(reading)
    os.close(writing)


def test_a_partial_line_that_cannot_be_truncated_is_ended_before_the_next_line(small_pipe: tuple[int, int]) -> None:
    """As in a pipe."""
    reading, writing = small_pipe
    output = LineOutput(writing)
    output.write(b"x" * 6_000 + b"\n")
    with pytest.raises(BlockingIOError):
        output.write(b"full\n")
    assert os.read(reading, 8_000) == b"x" * 4_096
    output.write(b"whole\n")
    output.write(b"also\n")
    assert os.read(reading, 8_000) == b"\nwhole\nalso\n"


@pytest.fixture
def own_streams() -> Iterator[None]:
    """Restore the standard streams after a test, as a log file replaces them."""
    before = os.dup(1), os.dup(2)
    yield
    for descriptor, each in enumerate(before, start=1):
        os.dup2(each, descriptor)
        os.close(each)


@pytest.mark.usefixtures("own_streams")
def test_an_incomplete_last_line_is_ended_before_the_next_line(tmp_path: Path) -> None:
    """A process that was killed in mid-write leaves such a line."""
    file = tmp_path / "x.log"
    file.write_bytes(b'{"event":"one"}\n{"event":"tw')
    LogFile(file, limit=1_000, kept=1).write(b'{"event":"three"}\n')
    assert file.read_bytes().splitlines() == [b'{"event":"one"}', b'{"event":"tw', b'{"event":"three"}']


@pytest.mark.usefixtures("own_streams")
def test_a_full_log_file_is_rotated_and_the_oldest_is_deleted(tmp_path: Path) -> None:
    """No file exceeds the limit, and the newest lines are all there."""
    file, limit = tmp_path / "x.log", 500
    log = Log("test", stream=LogFile(file, limit=limit, kept=3))
    for number in range(100):
        log.info("event", number=number)
    files = [tmp_path / f"x.log.{number}" for number in (3, 2, 1)] + [file]
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert max(each.stat().st_size for each in files) <= limit
    found = [line["number"] for line in lines_of(*files)]
    assert found == list(range(100))[-len(found) :]
    assert len(found) > 10


@pytest.mark.usefixtures("own_streams")
def test_standard_error_output_follows_the_current_log_file(tmp_path: Path) -> None:
    """Tracebacks and the output of libraries go there."""
    file = tmp_path / "x.log"
    output = LogFile(file, limit=100, kept=2)
    output.write(b"a" * 80 + b"\n")
    os.write(2, b"Traceback of the first\n")
    output.write(b"b" * 80 + b"\n")
    os.write(2, b"Traceback of the second\n")
    assert file.read_bytes() == b"b" * 80 + b"\nTraceback of the second\n"
    assert (tmp_path / "x.log.1").read_bytes() == b"a" * 80 + b"\nTraceback of the first\n"


@pytest.mark.usefixtures("own_streams")
def test_a_line_longer_than_the_file_limit_gets_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "x.log"
    output = LogFile(file, limit=100, kept=2)
    for line in (b"short\n", b"x" * 300 + b"\n", b"short again\n"):
        output.write(line)
    contents = [each.read_bytes() for each in (tmp_path / "x.log.2", tmp_path / "x.log.1", file)]
    assert contents == [b"short\n", b"x" * 300 + b"\n", b"short again\n"]


@pytest.mark.usefixtures("own_streams")
def test_a_log_file_that_cannot_be_rotated_is_appended_to(tmp_path: Path) -> None:
    """A folder blocks the name of the older file; no line is lost, and the rotation is tried again."""
    file = tmp_path / "x.log"
    blocked = tmp_path / "x.log.1"
    (blocked / "inside").mkdir(parents=True)
    output = LogFile(file, limit=20, kept=1)
    for number in range(5):
        output.write(b"line %d of a log\n" % number)
    assert file.read_bytes().count(b"\n") == 5
    (blocked / "inside").rmdir()
    blocked.rmdir()
    output.write(b"the last\n")
    assert (file.read_bytes(), blocked.read_bytes().count(b"\n")) == (b"the last\n", 5)


@pytest.mark.usefixtures("own_streams")
@pytest.mark.parametrize("lost", ["removed", "moved"])
def test_a_log_file_that_was_removed_or_moved_is_created_again(tmp_path: Path, lost: str) -> None:
    """With the next rotation."""
    file = tmp_path / "x.log"
    output = LogFile(file, limit=20, kept=1)
    output.write(b"line 1 of a log\n")
    if lost == "removed":
        file.unlink()
    else:
        file.rename(tmp_path / "elsewhere")
    output.write(b"line 2 of a log\n")
    assert file.read_bytes() == b"line 2 of a log\n"


WRITE_TOGETHER = """
import sys
from pathlib import Path
from shared.logs.output import LogFile
from shared.logs import Log

log = Log(sys.argv[2], stream=LogFile(Path(sys.argv[1]), limit=20_000, kept=100))
for number in range(1_500):
    log.info("event", number=number)
"""


@pytest.mark.thorough
def test_processes_that_share_a_log_file_lose_no_line(tmp_path: Path) -> None:
    """Each line is whole and occurs once, whichever process rotates the file."""
    file = tmp_path / "x.log"
    command = [sys.executable, "-c", WRITE_TOGETHER, file]
    together = [subprocess.Popen([*command, name], cwd=PROJECT) for name in ("one", "two", "three")]
    assert [each.wait(60) for each in together] == [0, 0, 0]
    files = list(tmp_path.iterdir())
    assert len(files) > 5
    found = Counter((line["part"], line["number"]) for line in lines_of(*files))
    assert found == Counter({(name, number): 1 for name in ("one", "two", "three") for number in range(1_500)})
