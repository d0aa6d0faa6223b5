"""The search by misread numbers is measured by a command, and finds what the target asks for."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from deploy.cli import main
from deploy.evaluation.slips import OF_KEY
from services.stolen_vehicles import SERVICE
from shared.bureaus import MEMBERS
from shared.storage import open_database
from shared.storage.migrations import upgraded
from tests.stores import make_file

NEAR = {"one wrong", "dropped", "added", "swapped", "wrong country"}


def measured(capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, object]]:
    assert main(["evaluate", "numbers", "--json", *options]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def expect_targets(lines: list[dict[str, object]], records: int) -> None:
    """Assert a recall of .99 of each class, and at most one stranger in 1,000 random searches."""
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


def test_the_figures_are_printed_as_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each number and slip, then strangers and times."""
    assert main(["evaluate", "numbers", "--records", "60", "--searches", "3"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "60 records"
    assert sum(line.startswith(("vin ", "plate ", "engine_number ")) for line in printed) == sum(
        len(slips) + 1 for slips in OF_KEY.values()
    )
    assert printed[-1].startswith("a search with near: p50 ")


@pytest.mark.parametrize(
    ("store", "says"),
    [
        ("nofile.db", "--store: the URL of the store cannot be read: use sqlite:///FILE or postgresql://..."),
        ("sqlite:///nofile.db", "nofile.db cannot be read (unable to open database file)"),
        ("sqlite:///other.db", "--store: it is no store of a service: name that of stolen-vehicles"),
        ("postgresql://127.0.0.1:1/i247", "--store: the store of this service cannot be reached"),
    ],
)
def test_what_is_no_store_of_vehicles_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str, says: str
) -> None:
    """In a sentence; no file is made, and none is changed."""
    monkeypatch.chdir(tmp_path)
    Path("other.db").touch()
    assert main(["evaluate", "numbers", "--store", store, "--searches", "1"]) in {2, 3}
    printed, said = capsys.readouterr()
    assert (printed, [file.name for file in tmp_path.iterdir()]) == ("", ["other.db"])
    assert says in said
    assert Path("other.db").read_bytes() == b""


def test_a_store_without_vehicles_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Its table would have only zeros."""
    store = f"sqlite:///{tmp_path / 'store.db'}"
    make_file(SERVICE, store)
    assert main(["evaluate", "numbers", "--store", store]) == 2
    assert capsys.readouterr() == ("", "i247: --store: it has no vehicles to search for: fill it with `i247 seed`\n")


@pytest.mark.thorough
def test_a_store_that_is_there_is_measured_and_stays_as_it_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """To the byte."""
    file = tmp_path / "store.db"
    asyncio.run(filled(file, 40))
    before = file.read_bytes()
    assert measured(capsys, "--store", f"sqlite:///{file}", "--searches", "3")[0] == {"records": 40}
    assert file.read_bytes() == before


async def filled(file: Path, vehicles: int) -> None:
    """Make a store with synthetic vehicles."""
    random, at = Random(1), datetime(2026, 6, 1, tzinfo=UTC)  # noqa: S311 - nothing secret is drawn
    async with upgraded(open_database(f"sqlite:///{file}"), SERVICE.tables) as store, store.writing() as session:
        await SERVICE.seed(session, random, vehicles, sorted(MEMBERS), at)
