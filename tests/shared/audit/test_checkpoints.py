"""Checkpoints: signed when the log has grown, pruned with age, except those that proofs rely on."""

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from shared.audit.checkpoint_signer import Checkpoints, prunable
from shared.audit.checkpoint_store import CheckpointStore, StoredCheckpoint
from shared.audit.format.lists import Lengths, read_lengths
from shared.audit.tree import TreeStore
from shared.crypto.signed_note import Checkpoint, log_name, parse_note, read_checkpoint, verified_by
from tests.conftest import NOW
from tests.shared.audit.logged_service import KEYS, SERVICE, LoggedService

AT = NOW.timestamp()


def store(service: LoggedService) -> CheckpointStore:
    return CheckpointStore(service.database.reading)


async def test_a_log_that_has_grown_is_signed(service: LoggedService) -> None:
    """The checkpoint has the log's name, size, root and list lengths, and verifies with the service's directory key."""
    await service.answer("DE")
    await service.checkpoints.run_once()
    note = parse_note(await store(service).signed_note(1) or "")
    head = await TreeStore(service.database.reading).head()
    lists = Lengths(head.secret, read_lengths(head.lengths), 1).root
    assert read_checkpoint(note) == Checkpoint(log_name(SERVICE), 1, head.tree.root(), lists)
    assert verified_by(note, log_name(SERVICE), KEYS[SERVICE].public)


async def test_a_log_without_new_leaves_is_not_signed(service: LoggedService) -> None:
    """Neither an empty log, nor one whose size already has a checkpoint."""
    await service.checkpoints.run_once()
    assert await store(service).newest_size() is None
    await service.answer("DE")
    for _ in range(2):
        await service.checkpoints.run_once()
    assert [each.size for each in await store(service).stored()] == [1]


@pytest.mark.both_databases
async def test_two_processes_of_a_service_store_one_checkpoint_per_size(service: LoggedService) -> None:
    """The checkpoint that is stored second does not replace the first."""
    await service.answer("DE")
    await service.checkpoints.run_once()
    first = await store(service).signed_note(1)
    async with service.database.writing() as session:
        await CheckpointStore(session).add(1, AT, "of another process")
    assert await store(service).signed_note(1) == first


@pytest.mark.parametrize(
    ("later", "sizes"), [(0.0, [1]), (0.9, [1]), (1.0, [1, 2]), (-0.9, [1]), (-3_600.0, [1, 2])], ids=str
)
async def test_a_service_signs_at_most_one_checkpoint_a_second(
    service: LoggedService, later: float, sizes: list[int]
) -> None:
    """Witnesses that look at different moments see the same one; a clock that is set back does not stop signing."""
    await service.answer("DE")
    await service.checkpoints.run_once()
    at = service.clock.now() + timedelta(seconds=later)
    await service.answer("DE")
    service.clock.step(at - service.clock.now())
    await Checkpoints(service.participant, service.database).run_once()
    assert [each.size for each in await store(service).stored()] == sizes


async def test_a_service_without_a_valid_key_does_not_sign(service: LoggedService) -> None:
    """Such a service answers no request either."""
    await service.answer("DE")
    service.clock.advance(timedelta(days=20))
    await service.checkpoints.run_once()
    assert await store(service).newest_size() is None


async def test_the_newest_checkpoint_with_enough_leaves_and_cosignatures_is_found(service: LoggedService) -> None:
    """Its size may be limited; its note has the last cosignature line of each bureau."""
    async with service.database.writing() as session:
        writing = CheckpointStore(session)
        for size in (3, 5, 9):
            await writing.add(size, AT, f"note {size}\n")
        for size, witness, line in (
            (3, "DE", "a\n"),
            (5, "FR", "f\n"),
            (5, "DE", "b\n"),
            (5, "DE", "d\n"),
            (9, "DE", "e\n"),
        ):
            await writing.cosign(size, witness, line)
    newest = store(service).newest_size
    assert [await newest(cosignatures=count) for count in (0, 1, 2, 3)] == [9, 9, 5, None]
    assert [await newest(min_size=leaves, cosignatures=2) for leaves in (5, 6)] == [5, None]
    assert await newest(min_size=10) is None
    assert [await newest(max_size=8, cosignatures=count) for count in (0, 1, 2)] == [5, 5, 5]
    assert [await newest(max_size=4, cosignatures=count) for count in (0, 1, 2)] == [3, 3, None]
    assert await store(service).signed_note(5) == "note 5\nd\nf\n"


def kept(size: int, ago: timedelta, cosignatures: int = 2) -> StoredCheckpoint:
    return StoredCheckpoint(size, (NOW - ago).timestamp(), cosignatures)


def test_checkpoints_of_the_last_hour_are_all_kept() -> None:
    """A bureau may hold an answer whose proof needs one of them."""
    young = [kept(size, timedelta(seconds=3_600 - size), cosignatures=0) for size in range(100)]
    assert prunable(young, NOW) == []


@pytest.mark.parametrize(
    ("ago", "length"), [(timedelta(hours=2), 60), (timedelta(days=2), 3_600)], ids=["of a minute", "of an hour"]
)
def test_of_older_checkpoints_the_last_cosigned_one_of_each_minute_or_hour_is_kept(ago: timedelta, length: int) -> None:
    """One a minute, after a day one an hour: a cosigned one is preferred to a later one with fewer cosignatures."""
    begin = NOW - ago
    begin -= timedelta(seconds=begin.timestamp() % length)
    step = timedelta(seconds=length / 4)
    old = [StoredCheckpoint(size, (begin + step * size).timestamp(), 2 if size != 3 else 1) for size in range(8)]
    assert prunable([*old, kept(99, timedelta())], NOW) == [0, 1, 3, 4, 5, 6]


def test_the_newest_checkpoint_and_the_newest_cosigned_one_are_never_deleted() -> None:
    """However old they are: every proof is made against one of them."""
    at = [
        kept(size, timedelta(days=900) - timedelta(seconds=size), cosignatures=2 if size < 3 else 0)
        for size in range(6)
    ]
    remaining = {each.size for each in at} - {*prunable(at, NOW)}
    assert {2, 5} <= remaining


def test_pruning_checkpoints_again_deletes_no_more() -> None:
    """The checkpoints that are left of the last day are less than 1,000 seconds apart."""
    random = Random(247)  # noqa: S311 - the same ages in every run
    ages = sorted((timedelta(seconds=random.uniform(0, 3 * 86_400)) for _ in range(2_000)), reverse=True)
    every = [kept(size, ago, cosignatures=random.choice((0, 2))) for size, ago in enumerate(ages)]
    dropped = {*prunable(every, NOW)}
    left = [each for each in every if each.size not in dropped]
    assert prunable(left, NOW) == []
    assert len(left) < len(every) / 2
    of_last_day = [each for each in left if AT - each.timestamp < 86_400]
    assert max(later.timestamp - earlier.timestamp for earlier, later in pairwise(of_last_day)) < 1_000


@pytest.mark.both_databases
async def test_old_checkpoints_are_deleted_with_their_cosignatures(service: LoggedService) -> None:
    """By the first run of a new process, and then from time to time."""
    async with service.database.writing() as session:
        for size in range(1, 10):
            await CheckpointStore(session).add(size, AT - 7_200 + size / 100, f"note {size}\n")
            await CheckpointStore(session).cosign(size, "DE", "line\n")
    await Checkpoints(service.participant, service.database).run_once()
    assert [each.size for each in await store(service).stored()] == [9]
    assert await store(service).newest_size(cosignatures=1) == 9
