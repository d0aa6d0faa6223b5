"""Errors that end a command, and the exit status of each."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.state.printable import printable, printable_json
from shared.errors import UnknownBureau

FAILED_EXIT: Final = 1
USAGE_EXIT: Final = 2
REFUSED_EXIT: Final = 3
# As shells report SIGINT.
INTERRUPTED_EXIT: Final = 130
ERROR_PREFIX: Final = "i247: "
PROBLEMS: Final[Mapping[int, tuple[str, str]]] = {
    FAILED_EXIT: ("command-failed", "The command failed"),
    USAGE_EXIT: ("wrong-usage", "The command is used wrongly"),
    REFUSED_EXIT: ("start-refused", "The command cannot run"),
    INTERRUPTED_EXIT: ("interrupted", "The command was interrupted"),
}
"""The code and the title of the problem by which a command with `--json` says why it ended with an exit status."""


class StartRefused(Exception):
    """The command cannot run. The message is one sentence that says what to change."""


class SettingsRefused(Exception):
    """A setting is invalid. The message names it and says what to change."""


class CommandFailed(Exception):
    """The command did not do all that it should. The message says why."""


class WrongUsage(Exception):
    """An argument, or a file that it names, cannot be used. The message says which and why."""


def exit_status(command: Callable[[], int], *, as_json: bool = False) -> int:
    """Run a command and return its exit status; print the message of an error that ends it."""
    try:
        return command()
    except (StartRefused, SettingsRefused) as refused:
        message, status = str(refused), REFUSED_EXIT
    except CommandFailed as failure:
        message, status = str(failure), FAILED_EXIT
    except WrongUsage as wrong:
        message, status = str(wrong), USAGE_EXIT
    except UnknownBureau as unknown:
        message, status = unknown.detail, USAGE_EXIT
    except PermissionError as error:
        message, status = f"{error.filename} cannot be used ({error.strerror}): run this as its owner", REFUSED_EXIT
    except KeyboardInterrupt:
        message, status = "interrupted", INTERRUPTED_EXIT
    report_error(message, status, as_json=as_json)
    return status


def report_error(message: str, status: int, *, as_json: bool, usage: str = "") -> None:
    """Print the error that ends a command: one sentence and the usage, or a problem (RFC 9457) on one line."""
    code, title = PROBLEMS[status]
    problem = {"type": f"urn:i247:problem:{code}", "title": title, "detail": message, "exit_status": status}
    if as_json:
        print(printable_json(json.dumps(problem, ensure_ascii=False)), file=sys.stderr)
        return
    tell(message)
    if usage:
        print(usage, file=sys.stderr)


def tell(sentence: str) -> None:
    """Print a sentence on the standard error: nothing in it, wherever it comes from, controls the terminal."""
    print(f"{ERROR_PREFIX}{printable(sentence)}", file=sys.stderr, flush=True)


def no_mesh_in(folder: Path) -> StartRefused:
    """Return the error for a state directory without a mesh."""
    return StartRefused(
        f"there is no mesh in {folder} yet: start one with `i247 up`, "
        "or set I247_HOME to the state directory of the one that you mean"
    )


def unwritable(error: OSError) -> StartRefused:
    """Return the error for a file that cannot be written."""
    file = error.filename2 or error.filename
    return StartRefused(
        f"{file} cannot be written ({error.strerror}): restore it or set I247_HOME to another directory"
    )


@contextmanager
def refusing(*kinds: type[Exception]) -> Iterator[None]:
    """Raise StartRefused with the message of errors of these kinds, or for a file that cannot be written."""
    try:
        yield
    except kinds as error:
        raise StartRefused(str(error)) from error
    except OSError as error:
        raise unwritable(error) from error
