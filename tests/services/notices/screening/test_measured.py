"""The screening, measured on labelled requests: a change that makes it worse than the documents say fails."""

import json
from datetime import date
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.evaluation import screening
from deploy.state.errors import WrongUsage

FOLDER = Path(__file__).parent
TUNED, HELD_OUT = FOLDER / "tuned.jsonl", FOLDER / "held_out.jsonl"
# Written by somebody who had not read the patterns; terms were learnt from it afterwards.
STRANGERS = FOLDER / "strangers.jsonl"
# Imagined as many writers, and tuned on; the later set was measured once before terms were learnt from it.
IMAGINED, LATER = FOLDER / "imagined.jsonl", FOLDER / "later.jsonl"
# By a third author, who knew neither; no term was learnt from it.
UNSEEN = FOLDER / "unseen.jsonl"
TODAY = date(2026, 11, 28)
# Floors of precision and recall, a little below what the documents state.
FLOORS = {
    (TUNED, "all"): (0.99, 0.99),
    (TUNED, "article-2"): (0.99, 0.99),
    (TUNED, "article-3"): (0.98, 0.98),
    (TUNED, "other"): (0.82, 0.99),
    (TUNED, "incomplete"): (0.99, 0.99),
    (HELD_OUT, "all"): (0.98, 0.97),
    (HELD_OUT, "article-2"): (0.92, 0.99),
    (HELD_OUT, "article-3"): (0.96, 0.96),
    (HELD_OUT, "other"): (0.99, 0.95),
    (HELD_OUT, "incomplete"): (0.91, 0.99),
    (STRANGERS, "all"): (0.98, 0.95),
    (STRANGERS, "article-2"): (0.99, 0.99),
    (STRANGERS, "article-3"): (0.97, 0.92),
    (STRANGERS, "other"): (0.95, 0.96),
    (STRANGERS, "incomplete"): (0.99, 0.99),
    (IMAGINED, "all"): (0.98, 0.97),
    (IMAGINED, "article-2"): (0.98, 0.95),
    (IMAGINED, "article-3"): (0.95, 0.97),
    (IMAGINED, "other"): (0.92, 0.90),
    (LATER, "all"): (0.97, 0.93),
    (LATER, "article-3"): (0.95, 0.90),
    (UNSEEN, "all"): (0.98, 0.84),
    (UNSEEN, "article-2"): (0.99, 0.52),
    (UNSEEN, "article-3"): (0.77, 0.87),
    (UNSEEN, "other"): (0.74, 0.74),
}


def test_the_sets_have_300_requests_of_all_colours_and_no_text_in_both() -> None:
    tuned, held_out = screening.read_requests(TUNED), screening.read_requests(HELD_OUT)
    assert len(tuned) + len(held_out) >= 300
    for requests in (tuned, held_out):
        assert len({each.content.colour for each in requests}) == 9
        assert any(each.diffusion for each in requests)
    facts = [{each.content.facts for each in requests if each.content.facts} for requests in (tuned, held_out)]
    assert not facts[0] & facts[1]


@pytest.mark.thorough
@pytest.mark.parametrize(("file", "reason"), FLOORS)
def test_precision_and_recall_of_each_reason_stay_above_their_floor(file: Path, reason: str) -> None:
    measured = screening.measure(screening.judge(screening.read_requests(file), TODAY), reason)
    precision, recall = FLOORS[file, reason]
    assert measured.precision >= precision
    assert measured.recall >= recall


def test_the_command_prints_each_reason_and_what_was_judged_wrongly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = TUNED.read_text().splitlines()
    wrong = json.loads(lines[0]) | {"id": "mislabelled", "expected": ["article-2"]}
    file = tmp_path / "requests.jsonl"
    file.write_text("\n".join([*lines[:3], json.dumps(wrong)]))
    main(["evaluate", "screening", str(file), "--missed"])
    printed = capsys.readouterr().out
    assert "article-2           1  1.000  0.000" in printed
    assert "judged exactly as labelled: 3 of 4" in printed
    assert "mislabelled (lawful): article-2, judged lawful" in printed


@pytest.mark.parametrize(
    "line", ["{", '{"id": "1"}', '{"id": "1", "owner": "FR", "expected": ["rude"], "content": {}}']
)
def test_a_line_that_is_no_labelled_request_is_refused_with_its_place(tmp_path: Path, line: str) -> None:
    file = tmp_path / "requests.jsonl"
    file.write_text(line)
    with pytest.raises(WrongUsage, match=r"requests\.jsonl:1"):
        screening.read_requests(file)
