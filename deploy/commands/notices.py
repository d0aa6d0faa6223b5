"""The commands `i247 notices export` and `import`: notices in files, through the gateway and with a bureau's rights."""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TextIO

from deploy.commands.input_file import reading
from deploy.commands.output import Line, add_json, print_lines
from deploy.state.errors import CommandFailed, WrongUsage
from deploy.state.settings import Settings
from services.notices.colours import Colour

if TYPE_CHECKING:
    from deploy.commands.notices_export import Exported
    from deploy.commands.notices_import import Import, Say

FORMATS: Final = ("jsonl", "ftm")
_FORMAT_HELP: Final = "`jsonl`, the shape of the public notices API (default), or `ftm`, FollowTheMoney entities"


def add_options(notices: argparse.ArgumentParser) -> None:
    """Add the actions of the command."""
    actions = notices.add_subparsers(required=True, metavar="ACTION")
    export = actions.add_parser("export", help="write the notices that a bureau sees to a file, newest first")
    _add_common(export, "to write; `-` is the standard output")
    export.add_argument("--colour", choices=[each.value for each in Colour], help="only those of this colour")
    export.add_argument(
        "--all-states", action="store_true", help="also drafts and what ended (default: those in force)"
    )
    export.add_argument("--public", action="store_true", help="only what owners made public, and no more of it")
    add_json(export, ("message", "written", "left_out", "photographs"))
    export.set_defaults(run=_export)
    bring = actions.add_parser("import", help="enter the notices of a file as drafts of a bureau")
    _add_common(bring, "to read; `-` is the standard input")
    bring.add_argument("--check", action="store_true", help="only read the file, and say what is wrong with it")
    bring.add_argument(
        "--publish", action="store_true", help="submit, review and publish them as well: in a demo mesh only"
    )
    add_json(bring, ("message", "line", "fault", "checked", "good", "entered", "known", "published", "refused"))
    bring.set_defaults(run=_import)


def _add_common(command: argparse.ArgumentParser, file: str) -> None:
    command.add_argument("file", metavar="FILE", help=file)
    command.add_argument("--bureau", metavar="BUREAU", default="FR", help="whose officer does it (default: FR)")
    command.add_argument("--format", choices=FORMATS, default=FORMATS[0], help=_FORMAT_HELP)


def _export(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.notices_export import Export, export_notices
    from deploy.commands.officer_client import officer_client

    wanted = Export(
        colour=options.colour,
        is_public=options.public,
        all_states=options.all_states,
        is_ftm=options.format == "ftm",
    )

    async def run(output: BinaryIO) -> None:
        async with officer_client(settings, options.bureau) as client:
            done = await export_notices(client, wanted, output.write)
        # The standard output may be the file.
        _sum_up(options, done, to=sys.stderr if options.file == "-" else None)

    with _writing(options.file) as output:
        asyncio.run(run(output))
    return 0


def _import(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.notice_lines import READERS
    from deploy.commands.notices_import import Import, check_lines, import_notices
    from deploy.commands.officer_client import officer_client
    from shared.bureaus import SECRETARIAT

    say = _say_of(options)

    async def run(source: BinaryIO) -> Import:
        lines = READERS[options.format](source)
        if options.check:
            return check_lines(lines, say)
        async with officer_client(settings, options.bureau) as client:
            if not options.publish:
                return await import_notices(client, lines, say)
            async with (
                officer_client(settings, SECRETARIAT) as first,
                officer_client(settings, SECRETARIAT, role="reviewer") as second,
            ):
                return await import_notices(client, lines, say, reviewers=(first, second))

    with reading(options.file) as source:
        done = asyncio.run(run(source))
    _sum_up(options, done)
    if done.refused:
        raise CommandFailed(f"{done.refused} lines were refused; what was entered stays: correct the lines and repeat")
    return 0


def _sum_up(options: argparse.Namespace, done: "Exported | Import", to: TextIO | None = None) -> None:
    data = {"message": done.summary, **{name: getattr(done, name) for name in options.keys if hasattr(done, name)}}
    with redirect_stdout(to or (sys.stdout if options.as_json else sys.stderr)):
        print_lines([Line(done.summary, data)], as_json=options.as_json)


@contextmanager
def _writing(name: str) -> Iterator[BinaryIO]:
    """Write a file that appears whole or not at all."""
    if name == "-":
        yield sys.stdout.buffer
        return
    part = Path(f"{name}.part")
    try:
        with part.open("wb") as output:
            yield output
        part.replace(name)
    except OSError as error:
        raise WrongUsage(f"{name} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def _say_of(options: argparse.Namespace) -> "Say":
    """Return what prints why a line was refused: for programs an object, for people on the standard error."""

    def say(line: Line) -> None:
        with redirect_stdout(sys.stdout if options.as_json else sys.stderr):
            print_lines([line], as_json=options.as_json)

    return say
