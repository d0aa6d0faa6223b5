"""The subcommands of `i247`: options and handler of each are in a module of its name, imported when it is used."""

import argparse
from collections.abc import Container
from importlib import import_module
from typing import Any, Final, NoReturn

from deploy.commands.parser import COMMAND, CommandParser

COMMANDS: Final = {
    "up": "start the mesh, or one process of it, until Ctrl-C",
    "status": "say what runs in this state directory, and whether it is healthy",
    "logs": "print what the processes log, in words; with `-f` as it happens",
    "token": "print a bearer token of a demo officer of a bureau",
    "officer": "print the demo login of a bureau; create it if it is missing",
    "officers": "list, add or disable officers of this gateway, or revoke their tokens",
    "provision": "create keys, directory, broker configuration and databases; start nothing",
    "seed": "fill the stores with synthetic records",
    "check": "check the lines of a table, such as plates and VINs, through the gateway",
    "enter": "enter the lines of a table as records of a bureau, or what its daily list changes",
    "notices": "export notices to a file, or import them as a bureau",
    "listen": "show the events of a bureau, and post each to a program on this machine, signed as a webhook",
    "trigger": "make something happen to a bureau of a demo mesh: a hit, a message, a withdrawal, an expiry",
    "demo": "play a demo story against the running mesh; exits 1 if a step fails",
    "migration": "draft a migration of a set of tables to those in the code",
    "keys": "list, request, approve, rotate or revoke the keys of bureaus and services",
    "directory": "sign the decisions of the Secretariat, or list all signed entries",
    "bureaus": "list or add participants, and decide on their standing",
    "partners": "enter the agreement of a partner",
    "explain": "explain what happened to a request or a message of a sandbox, step by step",
    "evidence": "verify the evidence of a message or a test run, offline; make that of a test run",
    "fieldpack": "make signed, encrypted extracts for posts that work offline, and search them",
    "audit": "check what an audit log proves, offline, fetch a whole log, or open another",
    "clock": "print or advance the clock of the mesh (for tests only)",
    "sandbox": "reset a sandbox, take and restore snapshots, let steps fail (for tests only)",
    "openapi": "write the generated files: docs/*.json, the tables of the documents, deploy/compose.yaml",
    "evaluate": "measure parts of the mesh on files of a known answer",
    "bench": "measure the hot path; writes build/bench.json",
    "completion": "print the script by which a shell completes commands and options",
    "help": "print the help of a command",
}


class _Version(argparse.Action):
    """Prints the versions of the program, of Python and of the state directory's format, and ends the command."""

    def __init__(self, option_strings: list[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from deploy.state.version import versions

        print(versions())
        parser.exit()


def command_line(used: Container[str | None] = COMMANDS) -> CommandParser:
    """Return the parser of all commands, with the options of those that are used: only their modules are imported."""
    parser = CommandParser(prog="i247", description="Run and administer a mesh, an open stand-in for I-24/7.")
    parser.add_argument("--version", action=_Version, help="print the version, and those of Python and the state")
    commands = parser.add_subparsers(required=True, metavar=COMMAND, dest="command")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        if name in used:
            import_module(f"{__name__}.{name}").add_options(command)
    return parser
