"""The command `i247 bench`: measures the hot path."""

import argparse

from deploy.commands.arguments import prints
from deploy.generated.source_tree import require_source_tree
from deploy.state.settings import Settings


def add_options(bench: argparse.ArgumentParser) -> None:
    """Add the handler of the command, which has no options."""
    prints(bench, _bench)


def _bench(_settings: Settings, _options: argparse.Namespace) -> list[str]:
    require_source_tree("bench")
    from deploy.bench.run import run_bench

    return [run_bench()]
