"""The command `i247 openapi`: writes the files that are generated from the code, or checks that they are current."""

import argparse
import sys
from pathlib import Path

from deploy.commands import command_line
from deploy.generated.source_tree import PROJECT, require_source_tree
from deploy.state.settings import Settings


def add_options(openapi: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    openapi.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is not current")
    openapi.add_argument("--print", action="store_true", help="write no file: print the document that a gateway serves")
    openapi.add_argument("--project", type=Path, default=PROJECT, help=argparse.SUPPRESS)
    openapi.set_defaults(run=_openapi)


def _openapi(settings: Settings, options: argparse.Namespace) -> int:
    if options.print:
        from deploy.generated.openapi import served_document

        sys.stdout.buffer.write(served_document(settings))
        return 0
    require_source_tree("openapi", options.project)
    from deploy.generated.files import derived_files, outdated, write_derived
    from services import SERVICES

    files = derived_files(SERVICES, command_line(), options.project)
    if not options.check:
        write_derived(files)
        print(f"wrote {', '.join(map(str, files))}")
        return 0
    for file in outdated(files):
        print(f"i247: {file} is not current: run `i247 openapi` and review it", file=sys.stderr)
    return 1 if outdated(files) else 0
