"""A document that processes share is the same in all of them, and no change is lost."""

import multiprocessing
from pathlib import Path

import msgspec
import pytest

from shared.sandbox.document import SharedDocument

PROCESSES, CHANGES = 4, 100


class Tally(msgspec.Struct, frozen=True):
    """A document of the tests."""

    count: int = 0


def _one_more(tally: Tally) -> tuple[Tally, int]:
    return Tally(tally.count + 1), tally.count


def _count(folder: Path) -> None:
    document = SharedDocument(folder, "tally", Tally())
    for _ in range(CHANGES):
        document.change(_one_more)


def test_a_document_is_empty_until_it_is_changed(tmp_path: Path) -> None:
    """No process has to create it."""
    document = SharedDocument(tmp_path, "tally", Tally())
    assert document.read() == Tally()
    assert not (tmp_path / "tally.json").exists()


def test_a_change_is_seen_at_once_by_who_opened_it_before(tmp_path: Path) -> None:
    """Also by who has read it already."""
    here, there = (SharedDocument(tmp_path, "tally", Tally()) for _ in range(2))
    assert there.read().count == 0
    assert here.change(_one_more) == 0
    assert here.read().count == there.read().count == 1


@pytest.mark.thorough
def test_changes_of_several_processes_are_all_made(tmp_path: Path) -> None:
    """Counts of faults are exact."""
    context = multiprocessing.get_context("spawn")
    counting = [context.Process(target=_count, args=(tmp_path,)) for _ in range(PROCESSES)]
    for process in counting:
        process.start()
    for process in counting:
        process.join()
    assert SharedDocument(tmp_path, "tally", Tally()).read().count == PROCESSES * CHANGES


def test_a_document_that_is_not_changed_is_not_written(tmp_path: Path) -> None:
    """To look for something in a document that has it not costs no write."""
    document = SharedDocument(tmp_path, "tally", Tally())
    document.change(_one_more)
    written = (tmp_path / "tally.json").stat().st_mtime_ns
    assert document.change(lambda tally: (tally, "looked")) == "looked"
    assert (tmp_path / "tally.json").stat().st_mtime_ns == written


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    """What is shared may name bureaus and requests."""
    SharedDocument(tmp_path, "tally", Tally()).change(_one_more)
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
