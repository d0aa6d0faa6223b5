"""The command `i247 bench`: measures the hot path."""

import argparse

from deploy.commands.arguments import prints
from deploy.state.settings import Settings


def add_options(bench: argparse.ArgumentParser) -> None:
    """Add the handler of the command, which has no options."""
    prints(bench, _bench)


def _bench(_settings: Settings, _options: argparse.Namespace) -> list[str]:
    from deploy.bench.run import run_bench

    return [run_bench()]
