"""The command `i247 trigger`: makes the real thing happen to a bureau of a demo mesh, so that programs can be tried."""

import argparse
import asyncio
from typing import Final

from deploy.commands.arguments import prints
from deploy.commands.output import Line
from deploy.state.errors import CommandFailed, WrongUsage
from deploy.state.gateway import base_of
from deploy.state.settings import Settings
from shared.bureaus import BureauCode, kind_of, parse_bureau

KINDS: Final = {
    "hit": "another bureau finds a record of this one",
    "message": "another bureau writes to it",
    "withdrawal": "another bureau withdraws a record that it found, and it must remove its copies",
    "expiry": "a record of it comes to its end: needs `up --clock` or `--sandbox`, and advances the clock of the mesh",
    "notice": "another bureau sends it a diffusion",
    "refusal": "another bureau refuses a message of it",
}
KEYS: Final = ("message", "kind", "bureau", "by", "ids", "url")


def add_options(trigger: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    what = "; ".join(f"`{kind}`: {says}" for kind, says in KINDS.items())
    trigger.add_argument("kind", choices=tuple(KINDS), help=what)
    trigger.add_argument("bureau", metavar="BUREAU", help="to which it happens, such as FR")
    trigger.add_argument("--by", metavar="BUREAU", help="the other bureau (default: another member of this gateway)")
    prints(trigger, lambda settings, options: [asyncio.run(_trigger(settings, options))], KEYS)


def _bureau(code: str) -> BureauCode:
    bureau = parse_bureau(code)
    if kind_of(bureau) != "bureau":
        raise WrongUsage(f"{bureau} is no national bureau, and has no such records and messages: name one such as FR")
    return bureau


async def _trigger(settings: Settings, options: argparse.Namespace) -> Line:
    from deploy.demo.actors import StoryFailed
    from deploy.demo.triggers import triggers

    bureau, by = _bureau(options.bureau), options.by and _bureau(options.by)
    try:
        async with triggers(settings, bureau, by) as of_bureau:
            done = await getattr(of_bureau, options.kind)()
    except StoryFailed as failure:
        raise CommandFailed(f"{options.kind}: {failure}") from failure
    url = f"{base_of(settings)}{done.path}"
    ids = [f"  {name:8} {value}" for name, value in done.ids.items()]
    see = f'  see it   curl {url} -H "Authorization: Bearer $(i247 token {bureau})"'
    data = {
        "message": done.says,
        "kind": options.kind,
        "bureau": bureau,
        "by": of_bureau.by,
        "ids": done.ids,
        "url": url,
    }
    return Line(done.says, data, (*ids, see))
