"""Which tests reach which functions: measured with coverage.py, kept under build/, measured anew for changed tests.

Lines are counted in their function, so that the map stays of use while the source changes. What runs in a process that
a test starts counts for the whole file of tests; what runs in one that is killed is not seen.
"""

import ast
import hashlib
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import pytest
from coverage import Coverage, CoverageData

OUTCOMES: Final = "outcomes.json"
SETTINGS: Final = """\
[run]
source = services,gateway,shared,deploy
parallel = true
relative_files = true
patch = fork,_exit
sigterm = true
disable_warnings = no-data-collected,module-not-imported,module-not-measured
context = ${PYTEST_CURRENT_TEST-}
data_file = ${COVERAGE_FOLDER}/.coverage
"""


@dataclass
class Reached:
    """What a test reaches, how long it takes, and whether it passes while nothing is changed."""

    seconds: float = 0.0
    passes: bool = True
    functions: dict[str, list[int]] = field(default_factory=dict)
    """Which functions, each with the lines that run, counted from its first one."""


@dataclass
class ReachMap:
    """What each test reaches, and the digests of the files of tests as they were when that was measured."""

    tests: dict[str, Reached]
    measured: dict[str, str]

    @classmethod
    def read(cls, file: Path) -> "ReachMap":
        """Read the file of a map, or return an empty map."""
        kept = json.loads(file.read_text()) if file.exists() else {"tests": {}, "measured": {}}
        return cls({name: Reached(**one) for name, one in kept["tests"].items()}, kept["measured"])

    def write(self, file: Path) -> None:
        """Keep the map in a file."""
        file.write_text(json.dumps(asdict(self)))

    def outdated(self, tree: Path, under: str) -> list[str]:
        """Return the files of tests in a tree that were not measured as they are."""
        files = sorted(str(file.relative_to(tree)) for file in tree.glob("tests/**/test_*.py"))
        return [file for file in files if file.startswith(under) and self.measured.get(file) != _digest(tree / file)]

    def with_newer(self, newer: "ReachMap") -> "ReachMap":
        """Return the map with what is known better of some files of tests."""
        kept = {test: one for test, one in self.tests.items() if test.partition("::")[0] not in newer.measured}
        return ReachMap(kept | newer.tests, self.measured | newer.measured)


def measure(tree: Path, folder: Path, files: Sequence[str], workers: int) -> ReachMap:
    """Run files of tests of a tree, and return what they reach. `folder` is for what comes between."""
    outcomes = _run(tree, folder, files, workers)
    tests = {test: Reached(seconds, passes) for test, (seconds, passes) in outcomes.items()}
    for test, functions in _reached(tree, folder).items():
        tests.setdefault(test, Reached(*_of_file(outcomes, test))).functions = functions
    return ReachMap(tests, {file: _digest(tree / file) for file in files})


def _of_file(outcomes: Mapping[str, tuple[float, bool]], file: str) -> tuple[float, bool]:
    tests = [outcome for test, outcome in outcomes.items() if test.partition("::")[0] == file]
    return sum(seconds for seconds, _ in tests), bool(tests) and all(passes for _, passes in tests)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _run(tree: Path, folder: Path, files: Sequence[str], workers: int) -> dict[str, tuple[float, bool]]:
    settings = folder / "coveragerc"
    settings.write_text(SETTINGS)
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "COVERAGE_PROCESS_START": str(settings),
        "COVERAGE_FOLDER": str(folder),
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--thorough",
        "-p",
        "tests.mutants.reach",
        "-p",
        "no:cacheprovider",
    ]
    command += ["-n", str(workers), "--dist", "loadfile"] if workers else []
    subprocess.run([*command, *files], cwd=tree, env=environment, check=False)
    return json.loads((folder / OUTCOMES).read_text())  # type: ignore[no-any-return]


def _reached(tree: Path, folder: Path) -> dict[str, dict[str, list[int]]]:
    """Return what each test reaches, or the processes that a file of tests starts."""
    data = CoverageData(str(folder / "together"))
    for part in folder.glob(".coverage.*"):
        piece = CoverageData(str(part))
        piece.read()
        data.update(piece)
        part.unlink()
    reached: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
    for file in data.measured_files():
        places = places_in((tree / file).read_text())
        for line, contexts in sorted(data.contexts_by_lineno(file).items()):
            for test in {*map(_test_of, contexts if line in places else ())} - {""}:
                function, number = places[line]
                reached[test].setdefault(f"{file}:{function}", []).append(number)
    (folder / "together").unlink(missing_ok=True)
    return reached


def _test_of(context: str) -> str:
    """Return the test that a context names; what runs in a process that a test started counts for its file."""
    started, _, switched = context.rpartition("|")
    if not started and " (" in switched:
        return switched.partition("::")[0]
    return switched


def places_in(source: str) -> dict[int, tuple[str, int]]:
    """Return for each line in a function its name, or that of the method with its class, and the number of the line."""
    return {
        line: (name, number)
        for name, node in functions_of(ast.parse(source))
        for number, line in enumerate(range(_first_line(node), (node.end_lineno or 0) + 1))
    }


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def functions_of(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield the functions and methods of a module, but none within another."""
    for part in ast.iter_child_nodes(node):
        match part:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield f"{prefix}{part.name}", part
            case ast.ClassDef():
                yield from functions_of(part, f"{prefix}{part.name}.")
            case ast.If() | ast.Try() | ast.With():
                yield from functions_of(part, prefix)


# What follows is the plugin of pytest that `_run` loads.

_outcomes: dict[str, tuple[float, bool]] = {}


def _name(nodeid: str) -> str:
    return nodeid.partition("[")[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Have coverage.py note for which test the code runs, all its parameters together."""
    if measuring := Coverage.current():
        measuring.switch_context(_name(item.nodeid))
    return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the time of a test, and note whether it fails."""
    seconds, passes = _outcomes.get(_name(report.nodeid), (0.0, True))
    _outcomes[_name(report.nodeid)] = (seconds + report.duration, passes and not report.failed)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the outcomes, in the one process that hears them all."""
    if not hasattr(session.config, "workerinput"):
        Path(os.environ["COVERAGE_FOLDER"], OUTCOMES).write_text(json.dumps(_outcomes))
