"""The command `i247 evaluate`: measures parts of the mesh on files of a known answer."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deploy.commands.arguments import positive, prints
from deploy.commands.output import Line, Output
from deploy.state.settings import Settings

if TYPE_CHECKING:
    from deploy.evaluation.numbers import Searched

NAME_KEYS: Final = (
    *("class", "pairs", "precision", "recall", "f1", "searches", "recall_first", "strangers"),
    *("missed", "a", "b", "match"),
)
NUMBER_KEYS: Final = (
    *("records", "number", "slip", "searches", "recall_hits", "recall_near", "strangers_hits", "strangers_near"),
    *("what", "p50_ms", "p99_ms"),
)
DOCUMENT_KEYS: Final = (
    *("records", "digit", "searches", "recall_hits", "recall_near"),
    *("misread", "strangers_hits", "strangers_near", "what", "p50_ms", "p99_ms"),
)
PICTURE_KEYS: Final = (
    *("pictures", "change", "style", "searches", "compared", "recall_first", "kind", "strangers"),
    *("what", "p50_ms", "p99_ms"),
)
SCREENING_KEYS: Final = ("reason", "requests", "precision", "recall", "judged", "right", "asked", "missed")


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
    prints(names, _names, NAME_KEYS)
    numbers = kinds.add_parser(
        "numbers", help="the search of stolen vehicles by misread numbers: recall of each slip, strangers, times"
    )
    numbers.add_argument(
        "--records", type=positive, default=100_000, metavar="N", help="of a store that is made (default: 100000)"
    )
    numbers.add_argument(
        "--store", metavar="URL", help="measure this store instead, such as sqlite:///FILE; nothing in it is changed"
    )
    numbers.add_argument("--searches", type=positive, default=1_000, metavar="N", help="of each class (default: 1000)")
    prints(numbers, _numbers, NUMBER_KEYS)
    firearms = kinds.add_parser(
        "firearms", help="the search of firearms by misread serial numbers: recall of each slip, strangers, times"
    )
    firearms.add_argument(
        "--records", type=positive, default=100_000, metavar="N", help="of a store that is made (default: 100000)"
    )
    firearms.add_argument("--searches", type=positive, default=1_000, metavar="N", help="of each class (default: 1000)")
    prints(firearms, _firearms, NUMBER_KEYS)
    documents = kinds.add_parser(
        "documents", help="the search of travel documents: recall of misread numbers, strangers of numbers in series"
    )
    documents.add_argument(
        "--records", type=positive, default=100_000, metavar="N", help="of a store that is made (default: 100000)"
    )
    documents.add_argument("--searches", type=positive, default=1_000, metavar="N", help="of each kind (default: 1000)")
    prints(documents, _documents, DOCUMENT_KEYS)
    pictures = kinds.add_parser(
        "pictures", help="the search of works of art by pictures: recall of each change, strangers, times"
    )
    pictures.add_argument(
        "folder", metavar="FOLDER", type=Path, nargs="?", help="with pictures of your own (default: drawn ones)"
    )
    pictures.add_argument(
        "--records", type=positive, default=2_000, metavar="N", help="drawn pictures in the store (default: 2000)"
    )
    pictures.add_argument("--searches", type=positive, default=50, metavar="N", help="of each change (default: 50)")
    pictures.add_argument("--seed", type=int, default=248, metavar="N", help="of drawn pictures (default: 248)")
    prints(pictures, _pictures, PICTURE_KEYS)
    screening = kinds.add_parser("screening", help="the screening of notices: precision and recall of each reason")
    screening.add_argument(
        "file", metavar="FILE", type=Path, help="JSON Lines: owner, content and expected reasons of a request each"
    )
    screening.add_argument("--missed", action="store_true", help="also print each request that was judged wrongly")
    prints(screening, _screening, SCREENING_KEYS)


def _numbers(_settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.evaluation.vehicles import VEHICLES

    return _by_numbers(VEHICLES, options, options.store)


def _firearms(_settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.evaluation.firearms import FIREARMS

    return _by_numbers(FIREARMS, options)


def _by_numbers(kind: "Searched", options: argparse.Namespace, store: str | None = None) -> Output:
    from deploy.evaluation import numbers
    from deploy.provisioning.seed_progress import progress_of

    with progress_of(kind.service.name, 0 if store else options.records) as advance:
        measured = numbers.measure(kind, options.records, options.searches, store, advance)
    yield from map(Line, numbers.lines(measured))
    yield from (Line("", data) for data in numbers.data(measured))


def _documents(_settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.evaluation import documents
    from deploy.provisioning.seed_progress import progress_of

    with progress_of("travel-documents", options.records) as advance:
        measured = documents.measure(options.records, options.searches, advance)
    yield from map(Line, documents.lines(measured))
    yield from (Line("", data) for data in documents.data(measured))


def _pictures(_settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.evaluation import pictures
    from deploy.provisioning.seed_progress import progress_of

    with progress_of("cultural-property", 0 if options.folder else options.records) as advance:
        measured = pictures.measure(options.folder, options.records, options.searches, advance, options.seed)
    yield from map(Line, pictures.lines(measured))
    yield from (Line("", data) for data in pictures.data(measured))


def _screening(_settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.evaluation import screening

    judged = screening.judge(screening.read_requests(options.file))
    yield from map(Line, screening.reason_lines(judged))
    yield from (Line("", data) for data in screening.reason_data(judged))
    if options.missed:
        yield from map(Line, screening.missed_lines(judged))
        yield from (Line("", {"missed": each.request.id}) for each in judged if not each.is_right)


def _names(_settings: Settings, options: argparse.Namespace) -> Output:
    from deploy.evaluation import names

    if names.has_pairs(options.file):
        pairs = names.read_pairs(options.file)
        searches = [pair.a for pair in pairs]
        wrongly = list[names.NamePair]()
        counted = names.decide(pairs, wrongly)
        yield from map(Line, names.decision_lines(counted))
        yield from (Line("", data) for data in names.decision_data(counted))
        if options.missed:
            yield from map(Line, names.wrong_lines(wrongly))
            yield from (Line("", {"a": each.a, "b": each.b, "match": each.match}) for each in wrongly)
    else:
        searches = names.read_names(options.file)
        ranking = names.rank(searches, names.read_names(options.among) if options.among else searches)
        yield from map(Line, names.ranking_lines(ranking))
        yield Line("", names.ranking_data(ranking))
        if options.missed:
            yield from (Line(f"missed: {search}", {"missed": search}) for search in ranking.missed)
    if options.strangers:
        found = names.strangers(searches, names.read_names(options.strangers))
        yield Line(f"strangers {found:.2f} a search and 100,000 names", {"strangers": found})
