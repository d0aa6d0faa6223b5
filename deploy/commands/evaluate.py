"""The command `i247 evaluate`: measures parts of the mesh on files of a known answer."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from deploy.commands.arguments import prints
from deploy.state.settings import Settings


def add_options(evaluate: argparse.ArgumentParser) -> None:
    """Add what can be evaluated."""
    kinds = evaluate.add_subparsers(dest="what", metavar="WHAT", required=True)
    screening = kinds.add_parser("screening", help="the screening of notices: precision and recall of each reason")
    screening.add_argument(
        "file", metavar="FILE", type=Path, help="JSON Lines: owner, content and expected reasons of a request each"
    )
    screening.add_argument("--missed", action="store_true", help="also print each request that was judged wrongly")
    prints(screening, _screening)


def _screening(_settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    from deploy.evaluation import screening

    judged = screening.judge(screening.read_requests(options.file))
    yield from screening.reason_lines(judged)
    if options.missed:
        yield from screening.missed_lines(judged)
