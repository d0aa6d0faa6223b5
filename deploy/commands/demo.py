"""The command `i247 demo`: plays one story against the running mesh."""

import argparse
import asyncio
from typing import Final

from deploy.state.settings import Settings
from shared.bureaus import BureauCode
from shared.standing import Standing

# Of the committee that restricts a bureau in the story.
RESOLUTION: Final = "EC/2026/14"


def add_options(demo: argparse.ArgumentParser) -> None:
    """Add the handler of the command, which has no options."""
    demo.set_defaults(run=_demo)


def _demo(settings: Settings, _options: argparse.Namespace) -> int:
    from deploy.commands.standing_decisions import MeasureOptions, StandingCommands
    from deploy.demo.story import play_story

    def decide(bureau: BureauCode, standing: Standing) -> None:
        measure = MeasureOptions() if standing == "member" else MeasureOptions("arrears", resolution=RESOLUTION)
        for _line in StandingCommands(settings).change(bureau, standing, measure):
            pass

    return 0 if asyncio.run(play_story(settings, decide)) else 1
