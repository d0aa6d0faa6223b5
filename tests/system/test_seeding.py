"""Synthetic records are entered batch by batch, with their progress on the standard error."""

import asyncio
import os
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.provisioning import seeding
from deploy.provisioning.drawing import (
    AHEAD,
    BATCHES_WORTH_A_PROCESS,
    Batch,
    Drawing,
    batches_of,
    drawing_processes,
    drawn,
)
from deploy.provisioning.seed_progress import LINE_SECONDS, progress_of
from deploy.provisioning.seeding import _seed_store
from services import notices
from shared.bureaus import BureauCode
from shared.storage import Session, open_database

AT = datetime(2026, 6, 1, tzinfo=UTC)
DRAWING = Drawing(60, 247, [BureauCode("FR"), BureauCode("JP")], AT)
TABLES = (
    *("notices", "notice_names", "notice_name_words", "notice_name_terms", "notice_numbers", "notice_counts"),
    *("photographs", "person_files", "person_file_name_terms"),
)


def test_progress_is_a_plain_line_every_few_seconds_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([0.0, 1.0, LINE_SECONDS, LINE_SECONDS + 1, 9.0])
    with progress_of("notices", 2000, lambda: next(times)) as advance:
        for _ in range(4):
            advance(500)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "notices: 1,000 of 2,000 after 5 s, 200 a second, 0:00:05 left",
        "notices: 2,000 of 2,000 after 9 s",
    ]


class Interrupted(Exception):
    """The test ends a run."""


class Service:
    """The notices service, which ends the run within a batch."""

    name = notices.SERVICE.name
    tables = notices.SERVICE.tables
    draw = staticmethod(notices.SERVICE.draw)

    def __init__(self, batches: int, error: BaseException) -> None:
        self._left, self._error = batches, error

    async def add_drawn(self, session: Session, drawn: Any, at: datetime) -> None:
        await notices.SERVICE.add_drawn(session, drawn, at)
        self._left -= 1
        if self._left < 0:
            raise self._error


@pytest.mark.thorough
@pytest.mark.parametrize("error", [Interrupted(), asyncio.CancelledError()], ids=["error", "Ctrl-C"])
async def test_an_interrupted_run_leaves_whole_batches_and_is_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    """Then the store is the same as after one run, with the names by which its records are found."""
    monkeypatch.setattr(seeding, "BATCH_SIZE", 20)
    one, two = f"sqlite:///{tmp_path / 'one.db'}", f"sqlite:///{tmp_path / 'two.db'}"
    advanced = list[int]()
    await _seed_store(_settings(one), notices.SERVICE, DRAWING, advanced.append)
    assert advanced == [20, 20, 20]
    with pytest.raises(type(error)):
        await _seed_store(_settings(two), Service(1, error), DRAWING, advanced.append)  # type: ignore[arg-type]
    assert len(await _contents(two, "notices")) == 20
    said = "20 are entered, in whole batches: the same command adds the others\n"
    assert capsys.readouterr().err == (said if isinstance(error, asyncio.CancelledError) else "")
    await _seed_store(_settings(two), notices.SERVICE, DRAWING, advanced.append)
    for table in TABLES:
        assert await _contents(two, table) == await _contents(one, table), table


@pytest.mark.thorough
async def test_the_records_are_the_same_whatever_the_number_of_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeding, "BATCH_SIZE", 10)
    stores = []
    for processes in (0, 1, 2):
        monkeypatch.setattr(seeding, "drawing_processes", lambda _, processes=processes: processes)
        stores.append(f"sqlite:///{tmp_path / str(processes)}.db")
        await _seed_store(_settings(stores[-1]), notices.SERVICE, DRAWING, lambda _: None)
    for table in TABLES:
        first, *others = [await _contents(store, table) for store in stores]
        assert all(other == first for other in others), table
        assert first, table


def test_many_batches_are_drawn_by_processes_and_few_by_none() -> None:
    assert drawing_processes(BATCHES_WORTH_A_PROCESS - 1) == 0
    assert drawing_processes(BATCHES_WORTH_A_PROCESS) == 1
    assert drawing_processes(10_000) == os.cpu_count()


async def test_few_batches_are_drawn_ahead_of_the_one_that_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the memory that a seed takes does not depend on the number of records."""
    begun = list[int]()
    monkeypatch.setattr(Batch, "draw", lambda batch: begun.append(batch.start))
    batches = list(batches_of(notices.SERVICE, DRAWING, 1))
    async with aclosing(drawn(batches, 0)) as all_drawn:
        seen = [(await anext(all_drawn))[0].start for _ in range(10)]
    assert seen == [*range(10)]
    assert len(begun) <= 10 + AHEAD


def _settings(url: str) -> Any:
    return SimpleNamespace(store_of=lambda _: url)


async def _contents(url: str, table: str) -> list[tuple[Any, ...]]:
    database = open_database(url)
    rows = await database.reading.fetch(notices.SERVICE.metadata.tables[table].select())
    await database.close()
    return sorted((tuple(row) for row in rows), key=str)
