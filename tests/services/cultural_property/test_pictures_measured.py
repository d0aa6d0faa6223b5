"""The search by pictures is measured by a command, on drawn works and on those of a folder."""

import json
from pathlib import Path

import pytest

from deploy.cli import main
from services.cultural_property.synthesis.pictures.retaken import CHANGES
from services.cultural_property.synthesis.pictures.works import HELD_OUT, STYLES, DrawnWork, work_of
from tests.services.cultural_property.likeness.pictures import SEED


def measured(capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, object]]:
    assert main(["evaluate", "pictures", "--json", *options]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.thorough
def test_works_are_found_again_and_strangers_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    """Among 42; by hand it is measured with thousands."""
    lines = measured(capsys, "--records", "42", "--searches", "3")
    assert lines[0] == {"pictures": 42}
    recall = {line["change"]: line for line in lines if line.get("style") == "all" and "change" in line}
    assert recall.keys() == {*CHANGES, "all"}
    assert float(str(recall["all"]["recall_first"])) > 0.9
    assert [line for line in lines if line.get("strangers") and line["style"] != HELD_OUT] == []
    assert {line["what"] for line in lines if "what" in line} == {"describe", "read", "compare", "search"}


@pytest.mark.thorough
def test_pictures_of_a_folder_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One in five is left out, and searched as a stranger."""
    for number in range(6):
        DrawnWork("portrait", SEED, number, 0).draw().save(tmp_path / f"{number}.png")
    (tmp_path / "notes.txt").write_text("no picture")
    lines = measured(capsys, str(tmp_path), "--searches", "1")
    assert lines[0] == {"pictures": 4}
    assert {line["kind"] for line in lines if "kind" in line} == {"other"}


@pytest.mark.parametrize(("content", "said"), [(None, "is no folder"), (0, "are needed"), (5, "cannot be read")])
def test_a_folder_that_cannot_be_measured_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: int | None, said: str
) -> None:
    """With what is wrong."""
    for number in range(content or 0):
        (tmp_path / f"{number}.jpg").write_bytes(b"no picture")
    folder = tmp_path / "none" if content is None else tmp_path
    assert main(["evaluate", "pictures", str(folder)]) != 0
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("style", STYLES)
def test_the_same_work_is_drawn_again_and_its_siblings_differ(style: str) -> None:
    """Of the same size, by the same hand."""
    work = DrawnWork(style, SEED, 0, 0)
    assert work.draw().tobytes() == work.draw().tobytes() != work.sibling(1).draw().tobytes()
    assert work.draw().size == work.sibling(1).draw().size


def test_half_of_the_works_of_a_store_are_in_series() -> None:
    """All differ."""
    works = [work_of(SEED, place) for place in range(420)]
    assert len(set(works)) == 420
    series = [each[:3] for each in works]
    assert sum(series.count(each) == 3 for each in series) == 210
