"""The command `i247 bench`: measures the hot path."""

import argparse

from deploy.state.settings import Settings


def add_options(bench: argparse.ArgumentParser) -> None:
    """Add the handler of the command, which has no options."""
    bench.set_defaults(run=_bench)


def _bench(_settings: Settings, _options: argparse.Namespace) -> int:
    from deploy.bench.run import run_bench

    run_bench()
    return 0
