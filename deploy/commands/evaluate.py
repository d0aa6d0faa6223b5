"""The command `i247 evaluate`: measures parts of the mesh on files of a known answer."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from deploy.commands.arguments import prints
from deploy.state.settings import Settings


def add_options(evaluate: argparse.ArgumentParser) -> None:
    """Add what can be evaluated."""
    kinds = evaluate.add_subparsers(dest="what", metavar="WHAT", required=True)
    names = kinds.add_parser("names", help="the matcher of names: precision, recall, F1, recall@10, strangers")
    names.add_argument(
        "file", metavar="FILE", type=Path, help="CSV with the columns a,b,match[,class], or names in full_name or name"
    )
    names.add_argument(
        "--among", metavar="FILE", type=Path, help="the names that are searched, row by row (default: FILE itself)"
    )
    names.add_argument("--strangers", metavar="FILE", type=Path, help="names of others, which no search is to find")
    names.add_argument(
        "--missed", action="store_true", help="also print searches that missed their name, and pairs decided wrongly"
    )
    prints(names, _names)
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


def _names(_settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    from deploy.evaluation import names

    if names.has_pairs(options.file):
        pairs = names.read_pairs(options.file)
        searches = [pair.a for pair in pairs]
        wrongly = list[names.NamePair]()
        yield from names.decision_lines(names.decide(pairs, wrongly))
        if options.missed:
            yield from names.wrong_lines(wrongly)
    else:
        searches = names.read_names(options.file)
        ranking = names.rank(searches, names.read_names(options.among) if options.among else searches)
        yield from names.ranking_lines(ranking)
        if options.missed:
            yield from (f"missed: {search}" for search in ranking.missed)
    if options.strangers:
        found = names.strangers(searches, names.read_names(options.strangers))
        yield f"strangers {found:.2f} a search and 100,000 names"
