"""Sample mutations of the source, try each, and print those that no test detected: see `make mutants`."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from tests.mutants.changes import changes
from tests.mutants.reach import ReachMap, measure
from tests.mutants.trial import (
    PROJECT,
    SOURCE,
    Mutant,
    Texts,
    Uses,
    Verdict,
    affected,
    closest_tests,
    copy_tree,
    try_out,
)

FOLDER: Final = PROJECT / "build" / "mutants"
# Benchmarks, and invented data for the demo: tests need not cover them.
EXCLUDED: Final = ("deploy/bench/", "deploy/demo/")
WORKERS: Final = 2
NOTICED: Final = {"killed", "timed out"}


def main() -> int:
    """Return 0 if at least 95 % of the mutants of every package are detected, otherwise 1."""
    options = _options()
    reach = _measured(options.tests)
    if options.only_measure:
        return 0
    sources = {path: (PROJECT / path).read_text() for path in _paths()}
    mutants = _sample(sources, options.package, options.seed, options.count)
    verdicts = _try_all(mutants, sources, reach)
    return _report(verdicts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--package", default="", help="how the paths of the source begin, as in shared/audit")
    parser.add_argument("--tests", default="tests/", help="how the paths of tests begin that are measured, if changed")
    parser.add_argument("--only-measure", action="store_true")
    return parser.parse_args()


def _measured(tests: str) -> ReachMap:
    """Return what each test reaches, measured first for test files that are new or changed."""
    kept = FOLDER / "reach.json"
    if outdated := ReachMap.read(kept).outdated(PROJECT, tests):
        print(f"Measuring what {len(outdated)} files of tests reach", flush=True)
        with TemporaryDirectory() as folder:
            newer = measure(copy_tree(Path(folder) / "tree"), Path(folder), outdated, WORKERS)
        FOLDER.mkdir(parents=True, exist_ok=True)
        ReachMap.read(kept).with_newer(newer).write(kept)
    return ReachMap.read(kept)


def _paths() -> Iterator[str]:
    for top in SOURCE:
        for file in sorted((PROJECT / top).rglob("*.py")):
            path = str(file.relative_to(PROJECT))
            if not path.startswith(EXCLUDED):
                yield path


def _sample(sources: dict[str, str], package: str, seed: int, count: int) -> list[Mutant]:
    candidates = [
        Mutant(path, change)
        for path, source in sources.items()
        if path.startswith(package)
        for change in changes(source)
    ]
    Random(seed).shuffle(candidates)  # noqa: S311 - a reproducible sample
    return list(islice((one for one in candidates if _compiles(one.change.apply(sources[one.path]))), count))


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def _try_all(mutants: Sequence[Mutant], sources: dict[str, str], reach: ReachMap) -> list[tuple[Mutant, Verdict]]:
    uses, texts = Uses(sources), Texts(reach)
    trees: SimpleQueue[Path] = SimpleQueue()
    for number in range(WORKERS):
        trees.put(copy_tree(FOLDER / f"tree-{number}"))

    def verdict(mutant: Mutant) -> tuple[Mutant, Verdict]:
        tree = trees.get()
        source = sources[mutant.path]
        line = source.splitlines()[mutant.change.line - 1]
        tests = closest_tests(reach, texts, mutant, line, affected(mutant, source, uses))
        found = try_out(tree, mutant, tests)
        print(f"{found:12} {mutant.path}:{mutant.change.line}  {mutant.change.what}", flush=True)
        trees.put(tree)
        return mutant, found

    with ThreadPoolExecutor(WORKERS) as threads:
        return list(threads.map(verdict, mutants))


def _report(verdicts: Sequence[tuple[Mutant, Verdict]]) -> int:
    tried = Counter(mutant.package() for mutant, _ in verdicts)
    noticed = Counter(mutant.package() for mutant, verdict in verdicts if verdict in NOTICED)
    print()
    for package, number in sorted(tried.items()):
        print(f"{package:32} {noticed[package]:4} of {number:4} killed")
    print(f"{'together':32} {noticed.total():4} of {tried.total():4} killed")
    return 0 if all(noticed[package] >= 0.95 * number for package, number in tried.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
