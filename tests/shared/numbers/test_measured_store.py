"""A store that is there is measured without a change to it, and what is no store of vehicles is refused."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from deploy.cli import main
from services.stolen_vehicles import SERVICE
from shared.bureaus import MEMBERS
from shared.storage import open_database
from shared.storage.migrations import upgraded
from tests.stores import make_file


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
    assert capsys.readouterr() == ("", "i247: --store: it has no records to search for: fill it with `i247 seed`\n")


@pytest.mark.thorough
def test_a_store_that_is_there_is_measured_and_stays_as_it_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """To the byte."""
    file = tmp_path / "store.db"
    asyncio.run(filled(file, 40))
    before = file.read_bytes()
    assert main(["evaluate", "numbers", "--store", f"sqlite:///{file}", "--searches", "3"]) == 0
    assert capsys.readouterr().out.startswith("40 records\n")
    assert file.read_bytes() == before


async def filled(file: Path, vehicles: int) -> None:
    """Make a store with synthetic vehicles."""
    random, at = Random(1), datetime(2026, 6, 1, tzinfo=UTC)  # noqa: S311 - nothing secret is drawn
    async with upgraded(open_database(f"sqlite:///{file}"), SERVICE.tables) as store, store.writing() as session:
        await SERVICE.seed(session, random, vehicles, sorted(MEMBERS), at)
