"""The command `i247 enter`: enters the lines of a table as records of a bureau, through the gateway."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from deploy.commands.arguments import not_negative, positive
from deploy.commands.check import add_common, named
from deploy.commands.input_file import reading, size_of
from deploy.commands.output import Line, add_json, print_lines
from deploy.state.clock import clock_of
from deploy.state.errors import CommandFailed, WrongUsage, tell
from deploy.state.settings import Settings

if TYPE_CHECKING:
    from deploy.commands.enter_run import Entered, EnterRun, Say
    from deploy.commands.line_source import LineSource

# A part of so many lines keeps the only writer of a store for a tenth of a second, or half a second of vessels.
LINES: Final = 200
KEYS: Final = (
    *("line", "reference", "result", "id", "error", "message", "lines", "created", "present", "updated", "ended"),
    *("refused", "warned", "warnings", "new", "changed", "missing", "recent"),
)
ENDINGS: Final = ("withdrawn", "recovered")


def add_options(enter: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    enter.add_argument(
        "file", metavar="FILE", help="a table (CSV) whose first line names its columns; `-` is the standard input"
    )
    enter.add_argument("--update", action="store_true", help="change records of which a line says something else")
    enter.add_argument(
        "--differential",
        action="store_true",
        help="the table is the whole list of the bureau: say what it changes; with `--confirm` do it",
    )
    enter.add_argument(
        "--confirm",
        type=not_negative,
        metavar="N",
        help="with `--differential`: do it, if at most N records are missing in the list",
    )
    enter.add_argument(
        "--confirm-recent",
        type=not_negative,
        metavar="N",
        help="and if at most N of them were entered or changed in the last 72 hours (default: fewer than the limit of "
        "records that are taken back)",
    )
    enter.add_argument(
        "--missing", choices=ENDINGS, default=ENDINGS[0], help="what is missing in the list is so (default: withdrawn)"
    )
    enter.add_argument("--all-or-none", action="store_true", help="enter no line unless each can be: 1,000 at most")
    enter.add_argument("--lines", type=positive, metavar="N", help=f"so many lines in a request (default: {LINES})")
    enter.add_argument(
        "--bureau", metavar="BUREAU", required=True, help="whose records they are, and whose officer does it"
    )
    add_common(enter)
    add_json(enter, KEYS)
    enter.set_defaults(run=_enter)


def _enter(settings: Settings, options: argparse.Namespace) -> int:
    if (options.confirm, options.confirm_recent) != (None, None) and not options.differential:
        raise WrongUsage(
            "--confirm and --confirm-recent are for --differential, which ends what is missing in the list"
        )
    if options.differential and options.file == "-":
        raise WrongUsage("--differential reads the list twice: give it as a file")
    if options.differential and options.all_or_none:
        raise WrongUsage("--differential enters and ends many records, not all or none")
    with reading(options.file) as stream:
        try:
            entered = asyncio.run(_run(settings, options, stream))
        except KeyboardInterrupt:
            tell("what was entered stays: the same command may be repeated, and finds it present")
            raise
    if entered is not None:
        _require_all(entered, options)
    return 0


def _require_all(entered: "Entered", options: argparse.Namespace) -> None:
    """Require that all lines were entered. Raises CommandFailed."""
    if not entered.lines and not options.differential:
        raise CommandFailed("the table has no line after its header, so nothing was entered")
    if entered.refused:
        raise CommandFailed(f"{'; '.join(entered.advice(update=options.update))}; the others are entered")


async def _run(settings: Settings, options: argparse.Namespace, stream: BinaryIO) -> "Entered | None":
    from deploy.commands.enter_run import STATUS, EnterRun
    from deploy.commands.line_kinds import store_of_kind
    from deploy.commands.line_requests import line_requests
    from shared.bureaus import parse_bureau
    from shared.records.batch.entering import reader_of
    from shared.records.batch.routes import ENTERED

    options.bureau = parse_bureau(options.bureau)
    store: Any = store_of_kind(options.kind, ENTERED)
    reader = reader_of(store)
    table = _table(stream, [*reader.columns, STATUS], options)
    sent = [name for name in table.columns if name != STATUS]
    query = {"all_or_none": True} if options.all_or_none else {}
    async with line_requests(settings, options, f"{store.path()}entries", sent, query) as requests:
        run = EnterRun(requests, store.path(), reader, _say_of(options), options.bureau)
        if options.differential:
            return await _compared(run, table, stream, options, clock_of(settings.state_dir).now())
        await _entered(run, table, stream, options)
        return _summed_up(run, options)


def _table(stream: BinaryIO, columns: Sequence[str], options: argparse.Namespace) -> "LineSource":
    from deploy.commands.enter_run import REFERENCE
    from deploy.commands.line_source import LineSource

    table = LineSource(stream, columns, named(options.leave_out))
    if REFERENCE not in table.columns:
        raise WrongUsage("the table needs a column reference, so that it may be sent again")
    return table


async def _entered(run: "EnterRun", table: "LineSource", stream: BinaryIO, options: argparse.Namespace) -> None:
    from deploy.commands.progress_bar import progress_bar
    from shared.records.batch.models import MAX_ENTRIES

    lines = MAX_ENTRIES if options.all_or_none else min(options.lines or LINES, MAX_ENTRIES)
    with progress_bar("entered", size_of(stream), is_shown=not options.as_json) as advance:
        if options.all_or_none:
            await run.all_or_none(table, lines)
        else:
            await run.run(table, lines, advance, update=options.update or options.differential)


async def _compared(
    run: "EnterRun", table: "LineSource", stream: BinaryIO, options: argparse.Namespace, at: datetime
) -> "Entered | None":
    """Say what a whole list changes, or do it."""
    from deploy.commands.differential import differences, end_missing, require_few

    begin = table.position()
    found = await differences(run, table, at)
    if options.confirm is None:
        print_lines(found.output(options.missing), as_json=options.as_json)
        return None
    require_few(found, options.missing, options.confirm, options.confirm_recent)
    table.again(begin)
    await _entered(run, table, stream, options)
    await end_missing(run, found, options.missing)
    return _summed_up(run, options)


def _summed_up(run: "EnterRun", options: argparse.Namespace) -> "Entered":
    words = f"{options.bureau}: {run.entered.summary}"
    print_lines([Line(words, {"message": words, **run.entered.counts()})], as_json=options.as_json)
    return run.entered


def _say_of(options: argparse.Namespace) -> "Say":
    """Return what prints what became of a line: for programs each, for people those that were refused."""

    def say(line: Line) -> None:
        with redirect_stdout(sys.stdout if options.as_json else sys.stderr):
            print_lines([line], as_json=options.as_json)

    return say
