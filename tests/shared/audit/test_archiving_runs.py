"""Runs that archive a log: one that ended anywhere is continued, files that were lost delete nothing, one at a time."""

from pathlib import Path
from typing import Any

import pytest

from shared.audit import archiving
from shared.audit.archive import Archive
from shared.audit.archiving import ArchiveRefused, absent_files, archive_log
from shared.audit.format import part_file
from shared.audit.format.tiles import TILE
from tests.shared.audit.archived import LEAVES, Kept, cosigned_log, make_parts_small, rewrite
from tests.shared.audit.logged_service import LoggedService

pytestmark = pytest.mark.both_databases

LEFT = [0, 7, TILE + 3, *range(2 * TILE, LEAVES)]


@pytest.fixture
async def kept(service: LoggedService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Return a log that bureaus cosigned, with an archive that has nothing yet."""
    make_parts_small(monkeypatch)
    return await cosigned_log(service, tmp_path)


STEPS = ("write_part", "_root_in", "digest_of_file", "_note", "_delete", "_moved")


@pytest.mark.thorough
@pytest.mark.parametrize("step", STEPS)
async def test_a_run_that_ended_at_any_step_is_continued(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Nothing is lost meanwhile, and nothing doubled afterwards."""
    with monkeypatch.context() as patch:
        patch.setattr(archiving, step, Failing())
        with pytest.raises(RuntimeError):
            await kept.run()
    await kept.is_as_before()
    assert sorted({*await kept.run()} | {0, 1}) == [0, 1]
    await kept.is_as_before()
    assert await kept.stored() == LEFT
    assert sorted(file.name for file in kept.file(0).parent.iterdir()) == ["000000.zip", "000001.zip"]


class Failing:
    """Fails when it is called, or used as a statement."""

    def __call__(self, *_: Any, **_named: Any) -> None:
        raise RuntimeError

    @property
    def is_insert(self) -> bool:
        raise RuntimeError

    def __le__(self, _: object) -> bool:
        raise RuntimeError

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


async def end_at(kept: Kept, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """End a run at a step of the first part."""
    with monkeypatch.context() as patch:
        patch.setattr(archiving, step, Failing())
        with pytest.raises(RuntimeError):
            await kept.run()


@pytest.mark.thorough
async def test_a_file_that_was_lost_before_its_leaves_were_deleted_is_written_again(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost, damaged, or another one under its name."""

    def damage(file: Path) -> None:
        file.write_bytes(file.read_bytes()[:-300])

    for lose in (Path.unlink, damage, lambda file: rewrite(file, lambda leaves: leaves)):
        await end_at(kept, monkeypatch, "_delete")
        lose(kept.file(0))
    assert await kept.run() == [0, 1]
    await kept.is_as_before()
    assert await kept.stored() == LEFT


@pytest.mark.thorough
async def test_leaves_are_not_deleted_while_the_file_that_has_others_of_its_part_is_away(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Once it is back, the run continues."""
    monkeypatch.setattr(archiving, "DELETED_AT_ONCE", 10)
    await end_at(kept, monkeypatch, "PAUSE_SECONDS")
    stored = await kept.stored()
    assert len(stored) == LEAVES - 10
    away = kept.file(0).rename(tmp_path / "away.zip")
    with pytest.raises(
        ArchiveRefused, match=r"leaves from 0 on were archived, and .*000000\.zip is missing or altered"
    ):
        await kept.run()
    assert await kept.stored() == stored
    away.rename(kept.file(0))
    assert await kept.run() == [0, 1]
    await kept.is_as_before()
    assert await kept.stored() == LEFT


@pytest.mark.thorough
async def test_a_file_that_is_missing_later_is_named_and_the_newest_must_be_there(kept: Kept, tmp_path: Path) -> None:
    """An older one may be elsewhere; without the newest the folder may be another one, and nothing is written to it."""
    assert await kept.run() == [0, 1]
    assert await absent_files(kept.service.database, kept.archive) == []
    older = kept.file(0).rename(tmp_path / "older.zip")
    assert await kept.run() == []
    assert await absent_files(kept.service.database, kept.archive) == [kept.file(0)]
    newest = kept.file(1).rename(tmp_path / "newest.zip")
    with pytest.raises(ArchiveRefused, match=r"000001\.zip is missing or altered: put it back"):
        await kept.run()
    for file, number in ((older, 0), (newest, 1)):
        file.rename(kept.file(number))
    assert await absent_files(kept.service.database, kept.archive) == []
    await kept.is_as_before()


@pytest.mark.thorough
async def test_only_one_run_at_a_time_archives_the_logs_of_a_service(kept: Kept) -> None:
    """Another is refused while it goes on, and has nothing to do afterwards."""
    now = kept.service.clock.now()
    parts = archive_log(kept.service.database, kept.archive, kept.service.directory, before=now, now=now)
    assert (await anext(parts)).number == 0
    with pytest.raises(ArchiveRefused, match="another run archives its logs at present"):
        await kept.run()
    assert [part.number async for part in parts] == [1]
    assert await kept.run() == []
    await kept.is_as_before()


@pytest.mark.thorough
async def test_a_run_with_another_folder_neither_loses_leaves_nor_says_that_the_store_lost_them(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is told where the leaves are."""
    other, now, seen = Archive(tmp_path / "other", kept.archive.service), kept.service.clock.now(), list[int]()
    checkpoint = archiving._Mover._checkpoint

    async def overtaken(mover: Any, number: int) -> str | None:
        found = await checkpoint(mover, number)
        if not seen:
            seen.append(number)
            assert await kept.run() == [0, 1]
        return found

    monkeypatch.setattr(archiving._Mover, "_checkpoint", overtaken)
    parts = archive_log(kept.service.database, other, kept.service.directory, before=now, now=now)
    with pytest.raises(ArchiveRefused, match="put it back, or set I247_AUDIT_ARCHIVE"):
        await anext(parts)
    await kept.is_as_before()


@pytest.mark.thorough
async def test_the_draft_of_a_process_that_was_killed_is_replaced(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed process cannot remove it."""

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(part_file, "_write", killed)
        patch.setattr(Path, "unlink", lambda *_, **__: None)
        patch.setattr("os.getpid", lambda: 1)
        with pytest.raises(KeyboardInterrupt):
            await kept.run()
    assert len(list(kept.file(0).parent.iterdir())) == 1
    assert await kept.run() == [0, 1]
    assert sorted(file.name for file in kept.file(0).parent.iterdir()) == ["000000.zip", "000001.zip"]
