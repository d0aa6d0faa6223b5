"""The trial of one mutant: applies it in a copy of the tree and runs the tests that reach it, the closest first."""

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tests.mutants.changes import Change
from tests.mutants.reach import ReachMap, functions_of, places_in

PROJECT: Final = Path(__file__).parent.parent.parent
SOURCE: Final = ("services", "gateway", "shared", "deploy")
# The longest total time of the tests of one mutant, as measured on unchanged source.
MOST_SECONDS: Final = 120
# For the start of pytest and of the servers of a session.
START_SECONDS: Final = 30
NO_TESTS_RAN: Final = 5
_WORD: Final = re.compile(r"\w{3,}")
Verdict = Literal["killed", "timed out", "survived", "not reached"]


@dataclass(frozen=True)
class Mutant:
    """A change of a file, by its path in the project."""

    path: str
    change: Change

    def package(self) -> str:
        """Return the package of the file, at most two folders deep."""
        return "/".join(Path(self.path).parent.parts[:2])


def copy_tree(to: Path) -> Path:
    """Copy the files of the project as they are, except those that git ignores."""
    shutil.rmtree(to, ignore_errors=True)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in filter(None, subprocess.check_output(listed, cwd=PROJECT, text=True).split("\0")):
        if (PROJECT / name).exists():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, to / name)
    return to


class Uses:
    """Which functions use each name, also through other constants: they detect a change of a constant."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._functions: defaultdict[str, set[str]] = defaultdict(set)
        self._constants: defaultdict[str, set[str]] = defaultdict(set)
        for path, source in sources.items():
            tree = ast.parse(source)
            for function, node in functions_of(tree):
                for name in _names(node):
                    self._functions[_known_as(name, path)].add(f"{path}:{function}")
            for statement in tree.body:
                defined = {_known_as(name, path) for name in _defined_by(statement)}
                for name in _names(statement) if defined else ():
                    self._constants[_known_as(name, path)] |= defined

    def of(self, names: Iterable[str], path: str) -> set[str]:
        """Return the functions that use any of these names of a file, directly or through constants."""
        known, new = set[str](), {_known_as(name, path) for name in names}
        while new:
            known |= new
            new = set().union(*(self._constants[name] for name in new)) - known
        return set().union(*(self._functions[name] for name in known))


def _known_as(name: str, path: str) -> str:
    """Return a key for a name, which distinguishes private names by file."""
    return f"{path}:{name}" if name.startswith("_") else name


def _names(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                yield name


def affected(mutant: Mutant, source: str, uses: Uses) -> dict[str, set[int]]:
    """Return the functions affected by a change: the one around it, with its lines, or the users of what it defines."""
    line = mutant.change.line
    around = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt) and _holds(node, line)]
    if (places := places_in(source)).get(line):
        function, number = places[line]
        # Coverage may count a statement of several lines as its first line.
        first = max(node.lineno for node in around)
        return {f"{mutant.path}:{function}": set(range(number - (line - first), number + 1))}
    return {used: set() for used in uses.of((name for node in around for name in _defined_by(node)), mutant.path)}


def _holds(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or 0)


def _defined_by(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))


class Texts:
    """The words of the test files: a test file with a rare word of a changed line is about that line."""

    def __init__(self, reach: ReachMap) -> None:
        files = {name.partition("::")[0] for name in reach.tests}
        self._words = {file: set(_WORD.findall((PROJECT / file).read_text())) for file in files}
        self._files_with = Counter(word for words in self._words.values() for word in words)

    def nearness(self, file: str, line: str) -> float:
        """Return how closely a test file is related to a line of source."""
        return sum(1 / self._files_with[word] for word in {*_WORD.findall(line)} & self._words[file])


def closest_tests(
    reach: ReachMap, texts: Texts, mutant: Mutant, line: str, functions: Mapping[str, set[int]]
) -> list[str]:
    """Return tests that reach any of these functions, as many as fit in the time limit.

    The first are those that execute the very line, then those that share its words or parts of its path, then those
    that reach the fewest functions. If none is known to reach them, as in a process that ends itself, all come into
    question.
    """
    wanted, parts = functions.keys(), _parts(mutant.path)
    passing = [name for name, one in reach.tests.items() if one.passes]
    reaching = [name for name in passing if wanted & reach.tests[name].functions.keys()] or passing

    def distance(name: str) -> tuple[bool, float, int]:
        file, reached = name.partition("::")[0], reach.tests[name].functions
        is_there = any(not lines.isdisjoint(reached.get(function, ())) for function, lines in functions.items())
        alike = len(parts & _parts(file)) + 4 * texts.nearness(file, line)
        return not is_there, -alike, len(reached)

    chosen: list[str] = []
    left = float(MOST_SECONDS)
    for name in sorted(reaching, key=distance):
        if (seconds := reach.tests[name].seconds) <= left or not chosen:
            chosen.append(name)
            left -= seconds
    return chosen


def _parts(path: str) -> set[str]:
    return {part.removesuffix(".py").removeprefix("test_") for part in Path(path).parts}


def try_out(tree: Path, mutant: Mutant, tests: Sequence[str]) -> Verdict:
    """Run tests in a tree with a change until one fails, and restore the tree."""
    if not tests:
        return "not reached"
    file = tree / mutant.path
    source = file.read_text()
    file.write_text(mutant.change.apply(source))
    try:
        return _run(tree, tests)
    finally:
        file.write_text(source)


def _run(tree: Path, tests: Sequence[str]) -> Verdict:
    command = [sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    with (tree / "last-trial.log").open("w") as log:
        run = subprocess.Popen(command, cwd=tree, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            status = run.wait(START_SECONDS + 3 * MOST_SECONDS)
        except subprocess.TimeoutExpired:
            return "timed out"
        finally:
            _end(run)
    return "survived" if status in {0, NO_TESTS_RAN} else "killed"


def _end(run: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a run; its servers end with it."""
    if run.poll() is None:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
