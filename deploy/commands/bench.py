"""The command `i247 bench`: measures the hot path."""

import argparse
from typing import Final

from deploy.commands.arguments import positive, prints
from deploy.generated.source_tree import require_source_tree
from deploy.state.settings import Settings

VEHICLES: Final = 100_000
DOCUMENTS: Final = 100_000


def add_options(bench: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    bench.add_argument(
        "--records",
        type=positive,
        default=VEHICLES,
        metavar="N",
        help=f"stolen vehicles in the store (default: {VEHICLES}); to fill it with 7400000 takes a quarter of an hour",
    )
    bench.add_argument(
        "--documents",
        type=positive,
        default=DOCUMENTS,
        metavar="N",
        help=f"travel documents in the store (default: {DOCUMENTS}); to enter 10000000 takes some eight minutes",
    )
    prints(bench, _bench)


def _bench(_settings: Settings, options: argparse.Namespace) -> list[str]:
    require_source_tree("bench")
    from deploy.bench.run import run_bench

    return run_bench(options.records, options.documents)
