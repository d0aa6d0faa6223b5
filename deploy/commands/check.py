"""The command `i247 check`: checks the lines of a table, as of cameras and rental fleets, through the gateway."""

import argparse
import asyncio
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from deploy.commands.arguments import positive
from deploy.commands.input_file import reading, size_of
from deploy.commands.output import Line, add_json, print_lines
from deploy.state.errors import CommandFailed, StartRefused, tell
from deploy.state.settings import Settings

if TYPE_CHECKING:
    from deploy.commands.check_run import CheckRun

LINES: Final = 2_000
# As the services declare them: to ask them takes seconds, and help is to be there at once.
LINE_KINDS: Final = ("firearm", "travel-document", "valuable", "vehicle", "vessel", "work")
PURPOSE: Final = "criminal-investigation"
KEYS: Final = (
    *("line", "own_reference", "hits", "total", "near", "warnings", "error"),
    *("verdict", "message", "checked", "hit", "none", "unreadable", "refused"),
)


def add_options(check: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    check.add_argument(
        "file", metavar="FILE", help="a table (CSV) whose first line names its columns; `-` is the standard input"
    )
    check.add_argument(
        "--out", metavar="FILE", type=Path, help="write the answers here; the same command goes on with it"
    )
    check.add_argument("--restart", action="store_true", help="begin again, and overwrite the file of `--out`")
    check.add_argument("--near", action="store_true", help="also find what takes one edit; a line takes much longer")
    check.add_argument(
        "--remember", action="store_true", help="keep each line for 72 hours, so that a match entered later is reported"
    )
    check.add_argument("--lines", type=positive, metavar="N", help=f"so many lines in a request (default: {LINES:,})")
    check.add_argument("--bureau", metavar="BUREAU", default="FR", help="whose officer does it (default: FR)")
    add_common(check)
    add_json(check, KEYS)
    check.set_defaults(run=_check)


def add_common(command: argparse.ArgumentParser) -> None:
    """Add the options that all commands have which send the lines of a table."""
    kinds = ", ".join(LINE_KINDS)
    command.add_argument("--kind", default="vehicle", help=f"of record: {kinds} (default: vehicle)")
    command.add_argument(
        "--leave-out", metavar="NAMES", default="", help="columns that are not sent, separated by commas"
    )
    command.add_argument(
        "--purpose", metavar="PURPOSE", default=PURPOSE, help="for what (default: criminal-investigation)"
    )
    command.add_argument(
        "--patience",
        type=positive,
        default=60,
        metavar="SECONDS",
        help="how long to try again if the mesh does not answer (default: 60)",
    )


def _check(settings: Settings, options: argparse.Namespace) -> int:
    with reading(options.file) as stream:
        try:
            run = asyncio.run(_run(settings, options, stream))
        except (KeyboardInterrupt, StartRefused):
            if options.out is not None and options.out.exists():
                tell(f"what is answered is in {options.out}: the same command goes on with it")
            raise
    # The standard output may have the answers.
    with redirect_stdout(sys.stdout if options.as_json else sys.stderr):
        counts = {name: getattr(run.counts, name) for name in ("checked", "hit", "none", "unreadable", "refused")}
        print_lines([Line(run.summary, {"message": run.summary, **counts})], as_json=options.as_json)
    if run.counts.refused:
        raise CommandFailed(f"lines that were not checked: {run.counts.refused:,}; their answers say what to change")
    if not run.counts.checked:
        raise CommandFailed("the table has no line after its header, so nothing was checked")
    return 0


async def _run(settings: Settings, options: argparse.Namespace, stream: BinaryIO) -> "CheckRun":
    from deploy.commands.check_output import opened
    from deploy.commands.check_run import CheckRun
    from deploy.commands.line_kinds import store_of_kind
    from deploy.commands.line_requests import line_requests
    from deploy.commands.line_source import LineSource
    from deploy.commands.progress_bar import progress_bar
    from shared.records.batch.models import MAX_LINES, MAX_NEAR, check_line, columns_of
    from shared.records.batch.routes import CHECKED

    store: Any = store_of_kind(options.kind, CHECKED)
    source = LineSource(stream, columns_of(check_line(store.query)), named(options.leave_out))
    query = {name: True for name in ("near", "remember") if getattr(options, name)}
    path, lines = f"{store.path()}checks", min(options.lines or LINES, MAX_NEAR if query else MAX_LINES)
    with opened(options.out, asked_of(options), restart=options.restart, source=stream) as (output, before):
        async with line_requests(settings, options, path, source.columns, query) as requests:
            run = CheckRun(source, requests, output, as_json=options.as_json)
            run.begin() if before is None else run.go_on(before)
            with progress_bar("checked", size_of(stream), is_shown=not options.as_json) as advance:
                await run.run(lines, advance)
    return run


def named(names: str) -> list[str]:
    """Return the names in a list with commas."""
    return [name.strip() for name in names.split(",") if name.strip()]


def asked_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options on which the answers depend."""
    names = ("kind", "near", "remember", "bureau", "purpose", "leave_out", "as_json")
    return {name: getattr(options, name) for name in names}
