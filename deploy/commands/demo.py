"""The command `i247 demo`: plays one story against the running mesh."""

import argparse
import asyncio

from deploy.state.settings import Settings


def add_options(demo: argparse.ArgumentParser) -> None:
    """Add the handler of the command, which has no options."""
    demo.set_defaults(run=_demo)


def _demo(settings: Settings, _options: argparse.Namespace) -> int:
    from deploy.demo.story import play_story

    return 0 if asyncio.run(play_story(settings)) else 1
