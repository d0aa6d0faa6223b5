"""The command `i247`. Options and handler of each subcommand are in `deploy.commands`, imported when it is used."""

import argparse
import os
import select
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Final

from deploy.state.errors import exit_status

# As shells report SIGPIPE.
UNREAD_EXIT: Final = 141
PRIVATE: Final = 0o077

COMMANDS: Final = {
    "up": "start the mesh, or one process of it, until Ctrl-C",
    "token": "print a bearer token of a demo officer of a bureau",
    "officer": "print a login of a bureau; create it if there is none",
    "officers": "list, add or disable officers of this gateway, revoke their tokens",
    "provision": "create keys, directory, broker configuration and databases; start nothing",
    "seed": "fill the stores with synthetic records",
    "demo": "play one story against the running mesh; exits 1 if a step fails",
    "migration": "draft the next version of the tables of a service",
    "keys": "list, rotate or revoke the keys of bureaus and services",
    "directory": "sign the decisions of the Secretariat, or list all signed entries",
    "bureaus": "list, add or suspend members",
    "evidence": "verify the evidence of a message, offline",
    "audit": "check what an audit log proves, offline, fetch a whole log, or open another",
    "clock": "print or advance the clock of the mesh (for tests only)",
    "openapi": "write docs/*.json, the README's tables and deploy/compose.yaml",
    "bench": "measure the hot path; writes build/bench.json",
}
WRITE_TO_REPOSITORY: Final = {"openapi", "migration", "bench"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    0 success, 1 a check failed, 2 wrong usage, 3 the command cannot run, 130 interrupted, 141 the reader of the output
    has ended, such as `head`.
    """
    options = _parse(sys.argv[1:] if arguments is None else arguments)
    try:
        with _file_mode(options.command):
            return exit_status(lambda: _run(options))
    except BrokenPipeError:
        if not _is_unread():
            raise
        return UNREAD_EXIT


def _run(options: argparse.Namespace) -> int:
    # Imported here, so that `--help` need not wait for it.
    from deploy.state.settings import load_settings

    settings = load_settings(**{name: getattr(options, name, None) for name in ("bureaus", "workers", "clock")})
    status: int = options.run(settings, options)
    sys.stdout.flush()
    return status


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="i247", description="An open I-24/7 in a box.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    used = next((word for word in arguments if not word.startswith("-")), None)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        if name == used:
            import_module(f"deploy.commands.{name}").add_options(command)
    return parser.parse_args(arguments)


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
    """Tell whether the reader of the standard output has ended; if so, discard the rest of the output."""
    output = select.poll()
    output.register(sys.stdout, 0)
    if not output.poll(0):
        return False
    # Python would try to write the rest at exit, and print a traceback.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


if __name__ == "__main__":
    sys.exit(main())
