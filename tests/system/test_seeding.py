"""Synthetic records are entered batch by batch, with their progress on the standard error."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.provisioning import seeding
from deploy.provisioning.seed_progress import LINE_SECONDS, progress_of
from deploy.provisioning.seeding import _Drawing, _seed_store
from services import notices
from shared.bureaus import BureauCode
from shared.storage import Session, open_database

AT = datetime(2026, 6, 1, tzinfo=UTC)


def test_progress_is_a_plain_line_every_few_seconds_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([0.0, 1.0, LINE_SECONDS, LINE_SECONDS + 1, 9.0])
    with progress_of("notices", 2000, lambda: next(times)) as advance:
        for _ in range(4):
            advance(500)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == ["notices: 1,000 of 2,000 after 5 s", "notices: 2,000 of 2,000 after 9 s"]


class Interrupted(Exception):
    """The test ends a run."""


class Service:
    """The notices service, which ends the run within a batch."""

    name = notices.SERVICE.name
    tables = notices.SERVICE.tables

    def __init__(self, batches: int) -> None:
        self._left = batches

    async def seed(self, session: Session, random: Random, count: int, *more: Any) -> None:
        await notices.SERVICE.seed(session, random, count, *more)
        self._left -= 1
        if self._left < 0:
            raise Interrupted


async def test_an_interrupted_run_leaves_whole_batches_and_is_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the store is the same as after one run, with the names by which its records are found."""
    monkeypatch.setattr(seeding, "BATCH_SIZE", 20)
    one, two = f"sqlite:///{tmp_path / 'one.db'}", f"sqlite:///{tmp_path / 'two.db'}"
    drawing = _Drawing(60, 247, [BureauCode("FR"), BureauCode("JP")], AT)
    advanced = list[int]()
    await _seed_store(_settings(one), notices.SERVICE, drawing, advanced.append)
    assert advanced == [20, 20, 20]
    with pytest.raises(Interrupted):
        await _seed_store(_settings(two), Service(1), drawing, advanced.append)  # type: ignore[arg-type]
    assert len(await _contents(two, "notices")) == 20
    await _seed_store(_settings(two), notices.SERVICE, drawing, advanced.append)
    for table in ("notices", "notice_names", "notice_name_words", "notice_numbers"):
        assert await _contents(two, table) == await _contents(one, table), table


def _settings(url: str) -> Any:
    return SimpleNamespace(store_of=lambda _: url)


async def _contents(url: str, table: str) -> list[tuple[Any, ...]]:
    database = open_database(url)
    rows = await database.reading.fetch(notices.SERVICE.metadata.tables[table].select())
    await database.close()
    return sorted((tuple(row) for row in rows), key=str)
