"""Which tests reach which functions: measured with coverage.py, cached under build/, updated for changed tests.

Lines are counted within their function, so the map stays usable while the source changes. Code run by a process that a
test starts counts for the whole test file; code run by a process that is killed is not seen.
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
    """The functions that a test reaches, how long it takes, and whether it passes on unchanged source."""

    seconds: float = 0.0
    passes: bool = True
    functions: dict[str, list[int]] = field(default_factory=dict)
    """The functions, each with the lines executed, counted from its first line."""


@dataclass
class ReachMap:
    """What each test reaches, and the digests of the test files when that was measured."""

    tests: dict[str, Reached]
    measured: dict[str, str]

    @classmethod
    def read(cls, file: Path) -> "ReachMap":
        """Read a map from a file, or return an empty one."""
        kept = json.loads(file.read_text()) if file.exists() else {"tests": {}, "measured": {}}
        return cls({name: Reached(**one) for name, one in kept["tests"].items()}, kept["measured"])

    def write(self, file: Path) -> None:
        """Write the map to a file."""
        file.write_text(json.dumps(asdict(self)))

    def outdated(self, tree: Path, under: str) -> list[str]:
        """Return the test files in a tree that changed since they were measured."""
        files = sorted(str(file.relative_to(tree)) for file in tree.glob("tests/**/test_*.py"))
        return [file for file in files if file.startswith(under) and self.measured.get(file) != _digest(tree / file)]

    def with_newer(self, newer: "ReachMap") -> "ReachMap":
        """Return the map, updated with newer measurements of some test files."""
        kept = {test: one for test, one in self.tests.items() if test.partition("::")[0] not in newer.measured}
        return ReachMap(kept | newer.tests, self.measured | newer.measured)


def measure(tree: Path, folder: Path, files: Sequence[str], workers: int) -> ReachMap:
    """Run test files of a tree, and return what they reach. `folder` is for intermediate files."""
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
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.mutants.reach", "-p", "no:cacheprovider"]
    command += ["-n", str(workers), "--dist", "loadfile"] if workers else []
    subprocess.run([*command, *files], cwd=tree, env=environment, check=False)
    return json.loads((folder / OUTCOMES).read_text())  # type: ignore[no-any-return]


def _reached(tree: Path, folder: Path) -> dict[str, dict[str, list[int]]]:
    """Return what each test reaches, or the processes started by a test file."""
    data = CoverageData(str(folder / "together"))
    for part in folder.glob(".coverage.*"):
        piece = CoverageData(str(part))
        piece.read()
        data.update(piece)
        part.unlink()
    reached: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
    # A test may run a copy of the project with a service of its own.
    for file in filter(lambda name: (tree / name).exists(), data.measured_files()):
        places = places_in((tree / file).read_text())
        for line, contexts in sorted(data.contexts_by_lineno(file).items()):
            for test in {*map(_test_of, contexts if line in places else ())} - {""}:
                function, number = places[line]
                reached[test].setdefault(f"{file}:{function}", []).append(number)
    (folder / "together").unlink(missing_ok=True)
    return reached


def _test_of(context: str) -> str:
    """Return the test named by a coverage context; code in a process that a test started counts for its file."""
    started, _, switched = context.rpartition("|")
    if not started and " (" in switched:
        return switched.partition("::")[0]
    return switched


def places_in(source: str) -> dict[int, tuple[str, int]]:
    """Return for each line within a function or method its qualified name, and the line number within it."""
    return {
        line: (name, number)
        for name, node in functions_of(ast.parse(source))
        for number, line in enumerate(range(_first_line(node), (node.end_lineno or 0) + 1))
    }


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def functions_of(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield the functions and methods of a module, but no nested functions."""
    for part in ast.iter_child_nodes(node):
        match part:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield f"{prefix}{part.name}", part
            case ast.ClassDef():
                yield from functions_of(part, f"{prefix}{part.name}.")
            case ast.If() | ast.Try() | ast.With():
                yield from functions_of(part, prefix)


# The pytest plugin that `_run` loads.

_outcomes: dict[str, tuple[float, bool]] = {}


def _name(nodeid: str) -> str:
    return nodeid.partition("[")[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Set the coverage context to the test, all its parameters together."""
    if measuring := Coverage.current():
        measuring.switch_context(_name(item.nodeid))
    return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the duration of a test, and record whether it fails."""
    seconds, passes = _outcomes.get(_name(report.nodeid), (0.0, True))
    _outcomes[_name(report.nodeid)] = (seconds + report.duration, passes and not report.failed)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the outcomes, in the process that receives them all."""
    if not hasattr(session.config, "workerinput"):
        Path(os.environ["COVERAGE_FOLDER"], OUTCOMES).write_text(json.dumps(_outcomes))
