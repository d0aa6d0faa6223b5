"""The search of documents is measured by a command."""

import json

import pytest

from deploy.cli import main


@pytest.mark.thorough
def test_misread_numbers_are_found_by_their_digit_and_others_find_no_strangers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By hand it is measured with ten million documents."""
    assert main(["evaluate", "documents", "--json", "--records", "2000", "--searches", "100"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    recall = {line["digit"]: line["recall_hits"] + line["recall_near"] for line in lines if "digit" in line}
    assert recall[True] > 0.9 > recall[False] > 0
    assert all(line["strangers_hits"] <= 1 for line in lines if "misread" in line)
    assert next(line["p99_ms"] for line in lines if "p99_ms" in line) > 0
    assert main(["evaluate", "documents", "--records", "200", "--searches", "10"]) == 0
    assert "one sign misread, with the check digit" in capsys.readouterr().out
