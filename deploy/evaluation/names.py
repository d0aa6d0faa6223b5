"""Measures the matcher of names on files of a known answer: `i247 evaluate names`."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from deploy.evaluation.name_list import NameList
from deploy.state.errors import WrongUsage
from shared.names import match_names

ALL: Final = "all"
AMONG_FIRST: Final = 10
STRANGERS_PER: Final = 100_000
MAX_ROWS: Final = 1_000_000
TRUE: Final = frozenset(("1", "true", "yes", "y", "match"))
FALSE: Final = frozenset(("0", "false", "no", "n", ""))
PAIR_COLUMNS: Final = frozenset(("a", "b", "match"))


class NamePair(NamedTuple):
    """Two names, whether they are of one person or entity, and by what class of variation they differ."""

    a: str
    b: str
    match: bool
    kind: str


@dataclass
class Decisions:
    """How often the matcher was right."""

    found: int = 0
    missed: int = 0
    wrong: int = 0
    refused: int = 0

    def count(self, *, expected: bool, decided: bool) -> None:
        """Count one decision."""
        if expected:
            self.found, self.missed = self.found + decided, self.missed + (not decided)
        else:
            self.wrong, self.refused = self.wrong + decided, self.refused + (not decided)

    @property
    def precision(self) -> float:
        """Return how many of the matches are right."""
        return self.found / (self.found + self.wrong) if self.found + self.wrong else 0.0

    @property
    def recall(self) -> float:
        """Return how many of those that match were found."""
        return self.found / (self.found + self.missed) if self.found + self.missed else 0.0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass
class Ranking:
    """How often what a search is expected to find was found, and among the first ten."""

    searches: int = 0
    found: int = 0
    among_first: int = 0
    missed: list[str] = field(default_factory=list)


def read_names(file: Path) -> list[str]:
    """Return the names of a file, of its column `full_name` or `name`. Raises WrongUsage."""
    return [row.get("full_name") or row.get("name") or "" for row in _rows(file, {"full_name"}, {"name"})]


def read_pairs(file: Path) -> list[NamePair]:
    """Return the pairs of a file. Raises WrongUsage."""
    return [
        NamePair(row["a"], row["b"], _is_true(row["match"], file), row.get("class") or ALL)
        for row in _rows(file, PAIR_COLUMNS)
    ]


def has_pairs(file: Path) -> bool:
    """Return whether a file has pairs, and not a list of names. Raises WrongUsage."""
    first = next(iter(_rows(file, PAIR_COLUMNS, {"full_name"}, {"name"})), {})
    return first.keys() >= PAIR_COLUMNS


def _is_true(text: str, file: Path) -> bool:
    value = text.strip().casefold()
    if value not in TRUE | FALSE:
        raise WrongUsage(f"{file}: `match` is {text[:20]!r}; write 1 or 0")
    return value in TRUE


def _rows(file: Path, *columns: Iterable[str]) -> Iterator[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            given = set(reader.fieldnames or ())
            if not any(given.issuperset(each) for each in columns):
                wanted = " or ".join(",".join(sorted(each)) for each in columns)
                raise WrongUsage(f"{file} lacks the columns {wanted}")
            for number, row in enumerate(reader):
                if number == MAX_ROWS:
                    raise WrongUsage(f"{file} has more than {MAX_ROWS} rows")
                yield {name: value or "" for name, value in row.items() if name is not None}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WrongUsage(f"{file} cannot be read as CSV ({error})") from error


def decide(pairs: Iterable[NamePair], wrongly: list[NamePair] | None = None) -> Mapping[str, Decisions]:
    """Return the decisions on pairs, of each class and of all; add to `wrongly` those that are not as stated."""
    counted: defaultdict[str, Decisions] = defaultdict(Decisions)
    for pair in pairs:
        decided = match_names(pair.a, [pair.b]) is not None
        for kind in {ALL, pair.kind}:
            counted[kind].count(expected=pair.match, decided=decided)
        if wrongly is not None and decided != pair.match:
            wrongly.append(pair)
    return counted


def rank(searches: Sequence[str], among: Sequence[str]) -> Ranking:
    """Return how often a search finds the name of the same row; equal names count as the same. Raises WrongUsage."""
    if len(searches) != len(among):
        raise WrongUsage(f"{len(searches)} searches and {len(among)} names: row by row one finds the other")
    names, ranking = NameList(among), Ranking()
    for search, wanted in zip(searches, among, strict=True):
        found = [among[hit.number] for hit in names.search(search)]
        ranking.searches += 1
        ranking.found += wanted in found
        ranking.among_first += wanted in found[:AMONG_FIRST]
        if wanted not in found[:AMONG_FIRST]:
            ranking.missed.append(search)
    return ranking


def strangers(searches: Sequence[str], others: Sequence[str]) -> float:
    """Return the hits of a search among 100,000 names of others; an equal name is a namesake and no stranger."""
    names = NameList(others)
    hits = sum(1 for search in searches for hit in names.search(search) if others[hit.number] != search)
    return hits / len(searches) * STRANGERS_PER / len(others) if searches and others else 0.0


def decision_lines(counted: Mapping[str, Decisions]) -> Iterator[str]:
    """Yield a table of the decisions, all first."""
    yield f"{'class':24} {'pairs':>6} {'P':>6} {'R':>6} {'F1':>6}"
    for kind in sorted(counted, key=lambda each: (each != ALL, each)):
        each = counted[kind]
        pairs = each.found + each.missed + each.wrong + each.refused
        yield f"{kind[:24]:24} {pairs:6} {_figures(each)}"


def _figures(each: Decisions) -> str:
    """Return what can be said of the pairs: precision needs both kinds, recall those that match."""
    same, other = each.found + each.missed, each.wrong + each.refused
    if not same:
        return f"wrongly found {each.wrong} of {other}"
    if not other:
        return f"{'':6} {each.recall:6.3f}"
    return f"{each.precision:6.3f} {each.recall:6.3f} {each.f1:6.3f}"


def decision_data(counted: Mapping[str, Decisions]) -> Iterator[dict[str, str | int | float | None]]:
    """Yield the decisions of each class for programs; a figure for which a class has no pairs is None."""
    for kind, each in counted.items():
        same, other = each.found + each.missed, each.wrong + each.refused
        both = bool(same and other)
        yield {
            "class": kind,
            "pairs": same + other,
            "precision": each.precision if both else None,
            "recall": each.recall if same else None,
            "f1": each.f1 if both else None,
        }


def wrong_lines(wrongly: Iterable[NamePair]) -> Iterator[str]:
    """Yield the pairs that were decided wrongly, and how."""
    yield from (f"{'missed' if each.match else 'wrongly found'}: {each.a} | {each.b} ({each.kind})" for each in wrongly)


def ranking_lines(ranking: Ranking) -> Iterator[str]:
    """Yield what was found among the first ten, and at all."""
    total = max(ranking.searches, 1)
    yield f"searches {ranking.searches}"
    yield f"recall@{AMONG_FIRST} {ranking.among_first / total:.4f}"
    yield f"recall {ranking.found / total:.4f}"


def ranking_data(ranking: Ranking) -> dict[str, int | float]:
    """Return what was found among the first ten, and at all, for programs."""
    total = max(ranking.searches, 1)
    first, all_found = ranking.among_first / total, ranking.found / total
    return {"searches": ranking.searches, "recall_first": first, "recall": all_found}
