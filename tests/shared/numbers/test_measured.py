"""The search by misread numbers is measured by a command, and finds what the target asks for."""

import json

import pytest

from deploy.cli import main
from deploy.evaluation.firearms import NO_MAKE
from deploy.evaluation.firearms import SLIPS_OF as OF_FIREARMS
from deploy.evaluation.vehicles import SLIPS_OF as OF_KEY
from services.stolen_vehicles.models import Vehicle, VehicleQuery
from services.stolen_vehicles.store import VehicleStore
from shared.records.results import NumberHits

NEAR = {"one wrong", "dropped", "added", "swapped", "wrong country"}


def measured(capsys: pytest.CaptureFixture[str], *options: str, what: str = "numbers") -> list[dict[str, object]]:
    assert main(["evaluate", what, "--json", *options]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def expect_targets(lines: list[dict[str, object]], records: int) -> None:
    """Assert a recall of .99 of each class, and at most one stranger in 1,000 searches for numbers of others."""
    assert lines[0] == {"records": records}
    recall = {(line["number"], line["slip"]): line for line in lines if "slip" in line}
    assert recall.keys() == {(key, slip) for key, slips in OF_KEY.items() for slip in slips}
    assert {name: line for name, line in recall.items() if line["recall_near"] < 0.99} == {}
    others = {name: line for name, line in recall.items() if name[1] not in NEAR}
    assert {name: line for name, line in others.items() if line["recall_hits"] < 0.99} == {}
    strangers = [line for line in lines if "strangers_hits" in line]
    assert {line["number"] for line in strangers} == OF_KEY.keys()
    assert [line for line in strangers if line["strangers_hits"] > 1] == []
    assert all(line["p50_ms"] > 0 for line in lines if "p50_ms" in line)


@pytest.mark.thorough
def test_each_slip_is_found_and_random_numbers_find_no_strangers(capsys: pytest.CaptureFixture[str]) -> None:
    """Among 2,000 vehicles; by hand it is measured with the whole world's 7,400,000."""
    expect_targets(measured(capsys, "--records", "2000", "--searches", "40"), 2000)


@pytest.mark.thorough
def test_strangers_are_searched_by_the_letters_that_numbers_have(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plates have I, O and Q where their country has, so that look-alikes are found as often as in the field."""
    asked, find = [], VehicleStore.find

    async def noted(store: VehicleStore, query: VehicleQuery) -> NumberHits[Vehicle]:
        asked.append(query)
        return await find(store, query)

    monkeypatch.setattr(VehicleStore, "find", noted)
    measured(capsys, "--records", "1", "--searches", "6")
    of_strangers = [query.plate for query in asked[-3 * 66 :] if query.plate]
    assert len(of_strangers) == 66
    assert {"I", "O", "Q"} <= {sign for plate in of_strangers for sign in plate}


@pytest.mark.thorough
def test_the_figures_are_printed_as_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each number and slip, then strangers and times."""
    assert main(["evaluate", "numbers", "--records", "60", "--searches", "3"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "60 records"
    assert sum(line.startswith(("vin ", "plate ", "engine_number ")) for line in printed) == sum(
        len(slips) + 1 for slips in OF_KEY.values()
    )
    assert printed[-1].startswith("a search with near: p50 ")


@pytest.mark.thorough
def test_firearms_are_found_by_misread_numbers_and_without_letters(capsys: pytest.CaptureFixture[str]) -> None:
    """Among 2,000: look-alikes and letters that are left out as hits with the make, one edit and no make as near."""
    lines = measured(capsys, "--records", "2000", "--searches", "60", what="firearms")
    recall = {line["slip"]: line for line in lines if "slip" in line}
    assert recall.keys() == OF_FIREARMS["serial_number"].keys()
    assert {name: line for name, line in recall.items() if line["recall_near"] < 0.99} == {}
    others = {name: line for name, line in recall.items() if name not in {*NEAR, NO_MAKE}}
    assert {name: line for name, line in others.items() if line["recall_hits"] < 0.99} == {}
    assert recall[NO_MAKE]["recall_hits"] == 0
    [strangers] = [line for line in lines if "strangers_hits" in line]
    assert strangers["number"] == "serial_number"
