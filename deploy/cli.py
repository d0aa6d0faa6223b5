"""The command `i247`: exit statuses and the mode of new files. Its subcommands are in `deploy.commands`."""

import argparse
import os
import select
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from deploy.commands import command_line
from deploy.commands.parser import UsageRefused
from deploy.state.errors import USAGE_EXIT, exit_status, report_error

# As shells report SIGPIPE.
UNREAD_EXIT: Final = 141
PRIVATE: Final = 0o077

# Settings that are options as well.
_SETTINGS: Final = (
    "bureaus",
    "workers",
    "nats_replicas",
    "clock",
    "examples",
    "sandbox",
    "counterparts",
    "public_faults",
)
HELP: Final = "help"
BEFORE_COMMAND: Final = ("-h", "--help", "--version")
WRITE_TO_REPOSITORY: Final = {"openapi", "migration", "bench"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    0 success, 1 a check failed, 2 wrong usage, 3 the command cannot run, 130 interrupted, 141 the reader of the output
    has ended, such as `head`.
    """
    try:
        return _main(sys.argv[1:] if arguments is None else arguments)
    except BrokenPipeError:
        if not _is_unread():
            raise
        return UNREAD_EXIT


def _main(given: Sequence[str]) -> int:
    options = _parse(given)
    with _file_mode(options.command):
        return exit_status(lambda: _run(options), as_json=getattr(options, "as_json", False))


def _parse(given: Sequence[str]) -> argparse.Namespace:
    """Return the options of the command. Raises SystemExit if they are wrong, or after `--help` and `--version`."""
    try:
        return _parsed(given)
    except UsageRefused as wrong:
        report_error(str(wrong), USAGE_EXIT, as_json="--json" in given, usage=wrong.usage.rstrip())
        raise SystemExit(USAGE_EXIT) from wrong
    except SystemExit:
        # Else Python would, at its end, and could not say that nobody reads it.
        sys.stdout.flush()
        raise


def _parsed(given: Sequence[str]) -> argparse.Namespace:
    first = given[0] if given else HELP
    if first == HELP and not set(given) & {"-h", "--help"}:
        given = [*given[1:], "--help"]
    used = next((word for word in given if not word.startswith("-")), None)
    parser = command_line({used})
    if first.startswith("-") and first not in BEFORE_COMMAND:
        parser.error(f"options come after the command, as in `i247 {used or 'status'} {first}`")
    return parser.parse_args(given)


def _run(options: argparse.Namespace) -> int:
    # Imported here, so that `--help` need not wait for it.
    from deploy.state.settings import load_settings

    settings = load_settings(**{name: getattr(options, name, None) for name in _SETTINGS})
    status: int = options.run(settings, options)
    sys.stdout.flush()
    return status


@contextmanager
def _file_mode(command: str) -> Iterator[None]:
    """Make new files readable by their owner only, except those that belong to the repository."""
    if command in WRITE_TO_REPOSITORY:
        yield
        return
    before = os.umask(PRIVATE)
    try:
        yield
    finally:
        os.umask(before)


def _is_unread() -> bool:
    """Return whether the reader of the standard output has ended; if so, discard the rest of the output."""
    output = select.poll()
    output.register(sys.stdout, 0)
    if not output.poll(0):
        return False
    # Python would try to write the rest at exit, and print a traceback.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


if __name__ == "__main__":
    sys.exit(main())
