"""A log that lost leaves is retired and a new one is opened; what is kept of the first stays provable."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shared.audit.format.leaf import NewLog
from shared.audit.list_integrity import require_whole
from shared.audit.models import ListQuery
from shared.audit.new_log import NewLogRefused, open_new_log
from shared.audit.tables import audit_checkpoints, audit_leaves
from shared.audit.tree import heads
from shared.audit.verify.leaf_proof import verify_proof
from shared.crypto.signed_note import parse_note, read_checkpoint
from shared.errors import NotFound
from tests.shared.audit.backup import back_up, restore
from tests.shared.audit.fetched_logs import checked, witness
from tests.shared.audit.logged_service import ROOT, SERVICE, LoggedService, auditor, record


async def grow(service: LoggedService, leaves: int, *by: str) -> None:
    """Append leaves, and sign a checkpoint that bureaus cosign."""
    for _ in range(leaves):
        await service.answer("DE", record("FR"))
    await witness(service, *by)


async def opened(service: LoggedService, log: int | None = None) -> NewLog:
    """Retire the log, and open a new one."""
    service.clock.advance(timedelta(seconds=1))
    at = service.clock.now()
    async with service.database.writing(exclusive=True) as session:
        return await open_new_log(session, SERVICE, service.directory, reason="a disk failed", at=at, log=log)


async def restored(service: LoggedService) -> LoggedService:
    """Restore a log that lost four of seven leaves; bureaus had cosigned the other three."""
    await grow(service, 3, "DE", "FR")
    backup = await back_up(service.database)
    await grow(service, 4, "DE", "FR")
    await restore(service.database, backup)
    return service


async def proven(service: LoggedService, number: int) -> dict[str, str]:
    """Return the findings on the proof of a leaf that are not ok."""
    explained = await service.reader.explain(auditor("DE"), number, None)
    return {each.check: each.says for each in verify_proof(explained.proof.encode(), ROOT.public).found if not each.ok}


async def test_a_new_log_begins_with_the_last_cosigned_checkpoint_of_the_retired_log(service: LoggedService) -> None:
    """Each leaf is proven by a checkpoint of its own log, and each log is verified separately."""
    await restored(service)
    retired = await service.reader.checkpoint(None, 2)
    new = await opened(service)
    assert (new.log, new.retired) == (1, retired.checkpoint)
    await service.answer("DE", record("FR"))
    last = await witness(service, "DE", "FR")
    assert parse_note(last.checkpoint).origin == "i247/things/1"
    assert read_checkpoint(parse_note(last.checkpoint)).size == 2
    assert [await proven(service, number) for number in (0, 2, 4)] == [{}, {}, {}]
    kept = await service.reader.checkpoint(None, 2, log=0)
    for checkpoint in (kept, last):
        file = type(last)(checkpoint.checkpoint, tuple(checkpoint.entries))
        found = await checked(service, "FR", file)
        assert [each for each in found.found if not each.ok and each.check != "directory entries"] == []


@pytest.mark.both_databases
async def test_every_bureau_sees_the_logs_of_a_service_and_what_opened_them(service: LoggedService) -> None:
    """Also a bureau that no other leaf concerns."""
    await restored(service)
    await opened(service)
    logs = (await service.reader.logs()).items
    assert [(each.log, each.name, each.leaves, bool(each.opening)) for each in logs] == [
        (0, "i247/things", 3, False),
        (1, "i247/things/1", 1, True),
    ]
    [leaf] = (await service.reader.leaves(auditor("PL"), 0, 10)).items
    assert (leaf.index, leaf.leaf) == (0, logs[1].opening)
    await witness(service, "DE", "FR")
    [line] = (await service.reader.explain(auditor("PL"), 3, None)).explanation
    assert "i247/things/1 was opened" in line
    with pytest.raises(NotFound, match="no log 2 is kept here"):
        await service.reader.checkpoint(None, 0, log=2)


async def test_leaves_of_a_retired_log_without_cosignatures_are_readable_but_not_proven(service: LoggedService) -> None:
    """For example answers after the restore, which count as lost."""
    await restored(service)
    await grow(service, 2)
    await opened(service)
    await witness(service, "DE", "FR")
    assert "needs cosignatures of 2 bureaus" in (await proven(service, 4))["witnesses"]
    assert [each.index for each in (await service.reader.leaves(auditor("DE"), 0, 10, 0)).items] == list(range(5))
    await require_whole(service.database.reading, "FR")


async def test_each_log_has_its_own_lists_of_disclosures(service: LoggedService) -> None:
    """The list of the retired log is proven as before; that of the new one starts at number one."""
    await restored(service)
    await opened(service)
    await grow(service, 2, "DE", "FR")
    lengths = [await service.reader.own_list(auditor("FR"), size, log) for size, log in ((3, 0), (3, 1), (3, None))]
    assert [each.length for each in lengths] == [3, 2, 2]
    assert lengths[0].key != lengths[1].key
    for log, leaves in ((0, [0, 1, 2]), (1, [1, 2])):
        listed = await service.reader.listed(auditor("FR"), ListQuery(size=3, log=log))
        assert [each.index for each in listed.items] == leaves
    await require_whole(service.database.reading, "FR")


async def test_a_log_without_enough_cosignatures_is_retired_without_kept_leaves(service: LoggedService) -> None:
    """One bureau is not enough; an empty store keeps nothing either."""
    assert (await opened(service)).retired is None
    await grow(service, 1, "DE")
    assert await opened(service) == NewLog(log=2, reason="a disk failed", retired=None)


async def test_the_last_log_with_cosigned_leaves_is_the_one_that_is_retired(service: LoggedService) -> None:
    """Even if another log, which no bureau cosigned, was opened since."""
    await restored(service)
    first, second = await opened(service), await opened(service)
    assert (second.log, second.retired) == (2, first.retired)


async def test_damaged_leaves_do_not_count_as_kept(service: LoggedService) -> None:
    """An earlier checkpoint is used, of which all leaves are intact, or none."""
    await grow(service, 3, "DE", "FR")
    await grow(service, 2, "DE", "FR")
    async with service.database.writing() as session:
        await session.execute(sa.update(audit_leaves).where(audit_leaves.c.number == 4).values(leaf=b"{}"))
    assert kept(await opened(service)) == 3
    async with service.database.writing() as session:
        await session.execute(sa.delete(audit_leaves).where(audit_leaves.c.number == 1))
    assert (await opened(service)).retired is None


def kept(new: NewLog) -> int:
    """Return the number of leaves that are kept of the retired log."""
    return read_checkpoint(parse_note(new.retired or "")).size


async def test_a_checkpoint_with_invalid_signatures_does_not_count_as_kept(service: LoggedService) -> None:
    """The signature lines in the store are verified."""
    await grow(service, 2, "DE", "FR")
    await grow(service, 1, "DE", "FR")
    last = audit_checkpoints.c.size == 3
    async with service.database.writing() as session:
        [row] = await session.fetch(sa.select(audit_checkpoints.c.note).where(last))
        forged = row.note.replace("\n3\n", "\n4\n")
        await session.execute(sa.update(audit_checkpoints).where(last).values(note=forged))
    assert kept(await opened(service)) == 2


async def test_a_new_log_has_a_greater_number_than_any_log_in_the_store(service: LoggedService) -> None:
    """A still greater one may be given, as bureaus may have seen a log that is lost entirely."""
    await restored(service)
    assert (await opened(service, 3)).log == 3
    for number in (-1, 0, 3, 1_000_000_000):
        with pytest.raises(NewLogRefused, match="has to be greater than 3"):
            await opened(service, number)
    assert [each.log for each in await heads(service.database.reading)] == [0, 3]


@pytest.mark.both_databases
async def test_a_retired_log_is_neither_signed_nor_pruned(service: LoggedService) -> None:
    """Though the new log has checkpoints of the same sizes."""
    await restored(service)
    await service.answer("DE")
    await opened(service)
    for _ in range(4):
        await grow(service, 1)
    service.clock.advance(timedelta(days=3))
    await service.checkpoints.run_once()
    columns = audit_checkpoints.c
    rows = await service.database.reading.fetch(
        sa.select(audit_checkpoints).order_by(columns.log, columns.size), in_thread=True
    )
    assert [(row.log, row.size) for row in rows] == [(0, 3), (1, 5)]
    assert len(parse_note((await service.reader.checkpoint(3, 0, log=0)).checkpoint).signatures) == 3
