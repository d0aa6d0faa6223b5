"""The command `i247 demo`: plays one story against the running mesh."""

import argparse
import asyncio
from typing import Final

from deploy.commands.output import Line, add_json, print_lines
from deploy.state.errors import CommandFailed
from deploy.state.settings import Settings
from shared.bureaus import BureauCode
from shared.standing import Standing

# Of the committee that restricts a bureau in the story.
RESOLUTION: Final = "EC/2026/14"


def add_options(demo: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_json(demo, ("step", "what", "how", "ok", "message"))
    demo.set_defaults(run=_demo)


def _demo(settings: Settings, options: argparse.Namespace) -> int:
    from deploy.commands.standing_decisions import MeasureOptions, StandingCommands
    from deploy.demo.actors import StoryFailed
    from deploy.demo.story import play_story
    from deploy.demo.story_printer import StoryPrinter, show_words

    def decide(bureau: BureauCode, standing: Standing) -> None:
        measure = MeasureOptions() if standing == "member" else MeasureOptions("arrears", resolution=RESOLUTION)
        for _line in StandingCommands(settings).change(bureau, standing, measure):
            pass

    def show_json(step: int, what: str, how: str, ok: bool) -> None:
        print_lines([Line("", {"step": step, "what": what, "how": how, "ok": ok})], as_json=True)

    printer = StoryPrinter(show_json if options.as_json else show_words)
    try:
        asyncio.run(play_story(settings, decide, printer))
    except StoryFailed as failure:
        raise CommandFailed(f"the story ends here: {failure}") from failure
    print_lines([Line("", {"message": "all steps succeeded"}, ("All steps succeeded.",))], as_json=options.as_json)
    return 0
