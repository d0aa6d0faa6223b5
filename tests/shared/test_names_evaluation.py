"""`i247 evaluate names` measures the matcher on a file of a known answer."""

from pathlib import Path

import pytest

from deploy.cli import main
from deploy.evaluation.name_list import NameList
from deploy.evaluation.names import ALL, decide, read_pairs
from shared.names import match_names

EXAMPLE = Path("docs/examples/names.csv")
UNSEEN = Path(__file__).parent / "unseen_names.csv"


def test_the_example_is_decided_as_it_states(capsys: pytest.CaptureFixture[str]) -> None:
    """Each class of it."""
    assert main(["evaluate", "names", str(EXAMPLE)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["class", "pairs", "P", "R", "F1"]
    assert lines[1].split() == ["all", "20", "1.000", "1.000", "1.000"]
    assert {"script", "nickname", "joined"} <= {line.split()[0] for line in lines}
    assert "order 2 1.000" in [" ".join(line.split()) for line in lines]
    assert "other patronymic 1 wrongly found 0 of 1" in [" ".join(line.split()) for line in lines]


@pytest.mark.thorough
def test_pairs_that_nobody_tuned_on_are_decided_as_the_documents_state() -> None:
    """Written by somebody who did not know the matcher: persons, and the organisations among them."""
    pairs = read_pairs(UNSEEN)
    persons = [pair for pair in pairs if not pair.kind.startswith("org-")]
    assert len(pairs) - len(persons) == 60
    assert decide(pairs)[ALL].f1 >= 0.83
    assert decide(persons)[ALL].f1 >= 0.84


def test_each_kind_of_error_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two of four pairs are decided otherwise than stated."""
    file = tmp_path / "pairs.csv"
    file.write_text(
        "a,b,match\nAnna Weiss,Weiss Anna,1\nAnna Weiss,Weiss Anna,0\nAnna Weiss,Bo Li,1\nAnna Weiss,Bo Li,0\n"
    )
    assert main(["evaluate", "names", str(file), "--missed"]) == 0
    _, figures, *wrongly = capsys.readouterr().out.splitlines()
    assert figures.split() == ["all", "4", "0.500", "0.500", "0.500"]
    assert wrongly == ["wrongly found: Anna Weiss | Weiss Anna (all)", "missed: Anna Weiss | Bo Li (all)"]


def test_a_list_is_searched_row_by_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Strangers are counted for 100,000 names, without namesakes."""
    searches, names, others = tmp_path / "searches.csv", tmp_path / "names.csv", tmp_path / "others.csv"
    searches.write_text("full_name,gender\nDupnt Jean,male\nXaver Unknown,male\n")
    names.write_text("full_name\nJean Dupont\nAnna Weiss\n")
    others.write_text("name\nJean Dupont\nDupnt Jean\nBo Li\nMaria Cruz\n")
    assert (
        main(["evaluate", "names", str(searches), "--among", str(names), "--strangers", str(others), "--missed"]) == 0
    )
    assert capsys.readouterr().out.splitlines() == [
        "searches 2",
        "recall@10 0.5000",
        "recall 0.5000",
        "missed: Xaver Unknown",
        "strangers 12500.00 a search and 100,000 names",
    ]


@pytest.mark.parametrize("text", ["x,y\n1,2\n", "a,b,match\nAnna,Anna,perhaps\n", ""])
def test_a_file_that_is_none_is_wrong_usage(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "names.csv"
    file.write_text(text)
    assert main(["evaluate", "names", str(file)]) == 2
    assert str(file) in capsys.readouterr().err


NAMES = [
    "Jean Dupont",
    "Дюпон Жан",
    "Anna Weiss",
    "李明哲",
    "Abdurrahman Hasan",
    "J. Dupont",
    "محمد حسن",
    "Maria de la Cruz",
]


@pytest.mark.parametrize(
    "search",
    [*NAMES, "Dupond Jean", "Li Mingzhe", "Abdul Rahman Hassan", "Jeandupont", "Mohammed Hassan", "Delacruz Maria"],
)
def test_a_list_finds_what_the_matcher_finds(search: str) -> None:
    """As a store does."""
    matched = {number for number, name in enumerate(NAMES) if match_names(search, [name])}
    assert matched
    assert {hit.number for hit in NameList(NAMES).search(search)} == matched
