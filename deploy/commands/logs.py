"""The command `i247 logs`: prints what the processes of a state directory log, in words."""

import argparse
import signal
from collections.abc import Iterator
from contextlib import closing
from threading import Event
from typing import Final

from deploy.commands.arguments import positive, prints
from deploy.commands.output import Line
from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused, WrongUsage
from deploy.state.setting_types import CLUSTER
from deploy.state.settings import Settings
from deploy.state.state_dir import nats_server_name
from gateway.local_services import LOCAL_SERVICES
from services import SERVICES
from shared.bureaus import parse_bureau
from shared.suggestions import unknown

LINES: Final = 20
PROCESSES: Final = (
    *(each.name for each in (*SERVICES, *LOCAL_SERVICES)),
    "gateway",
    "relay",
    *(nats_server_name(number) for number in range(1, CLUSTER + 1)),
)
"""What lines are of: a process, or a service to which a request went."""
# Neither a rename nor a write of another process can be awaited portably.
POLL_SECONDS: Final = 0.2


def add_options(logs: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    logs.add_argument("-f", "--follow", action="store_true", help="go on with what is written, until Ctrl-C")
    logs.add_argument("--lines", type=positive, default=LINES, help=f"how many to begin with (default: {LINES})")
    logs.add_argument("--service", metavar="PROCESS", help="only lines of this process, and of requests to it")
    logs.add_argument("--bureau", metavar="BUREAU", help="only lines about this bureau")
    prints(logs, _logs, ("at", "level", "part", "event", "text"))


def _process(name: str) -> str:
    if name not in PROCESSES:
        raise WrongUsage(f"there are no logs of {unknown(name, PROCESSES)}")
    return name


def _bureau(settings: Settings, code: str) -> str:
    bureau = parse_bureau(code)
    if settings.state_dir.has_directory() and not load_directory(settings.state_dir).entries_of(bureau):
        raise StartRefused(f"{bureau} is not in this mesh: `i247 bureaus list` lists all")
    return str(bureau)


def _logs(settings: Settings, options: argparse.Namespace) -> Iterator[Line]:
    from deploy.commands.log_files import LogFiles, LogLine
    from deploy.commands.log_words import words_of

    def line_of(line: LogLine) -> Line:
        return Line("" if options.as_json else words_of(line), {"at": line.at, **line.values})

    folder = settings.state_dir.logs
    if not folder.is_dir():
        raise StartRefused(f"there are no logs in {folder}: start a mesh with `i247 up`, or set I247_HOME to another")
    wanted = options.service and _process(options.service), options.bureau and _bureau(settings, options.bureau)
    stopped = Event()
    if options.follow:
        # Ctrl-C is how it ends, also where a shell had it ignored by what it runs in the background.
        signal.signal(signal.SIGINT, lambda *_: stopped.set())
    with closing(LogFiles(folder)) as files:
        yield from map(line_of, files.last(options.lines, *wanted))
        while options.follow and not stopped.wait(POLL_SECONDS):
            yield from map(line_of, files.new(*wanted))
