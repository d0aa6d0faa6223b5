"""A log whose store was restored from a backup goes on in another generation, and says what was lost."""

from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from shared.audit import tables as audit_tables
from shared.audit.damaged import LogDamaged
from shared.audit.format.leaf import MAX_REASON, decode
from shared.audit.restart import RestartRefused, RestartStore, largest, restart
from shared.audit.verify.disclosure import verify_proof
from shared.audit.verify.restarted import Restarted, read_restart
from shared.audit.verify.signatures import attest, keys_of
from shared.crypto.ed25519 import decode_base64url
from shared.crypto.merkle import leaf_hash, root_from_inclusion, verify_consistency
from shared.crypto.signed_note import (
    Checkpoint,
    NoteRefused,
    cosign,
    log_name,
    parse_note,
    read_checkpoint,
    sign_checkpoint,
    witness_name,
)
from shared.errors import NotFound
from tests.shared.audit.logged import KEYS, ROOT, SERVICE, LoggedService, auditor, record
from tests.shared.audit.restored import back_up, restore
from tests.shared.audit.test_desk import witness


async def grow(service: LoggedService, leaves: int, *, cosigned: bool = True) -> str:
    """Let the log grow; return what it signs then, cosigned by two bureaus."""
    for _ in range(leaves):
        await service.answer("DE", record("FR"))
    if cosigned:
        await witness(service, "DE", "FR")
    else:
        await service.checkpoints.turn()
    return (await service.desk.checkpoint(None, 0)).checkpoint


async def restarted(service: LoggedService, *lost: str, reason: str = "the disk failed") -> Restarted:
    """Restart the log that had signed something."""
    service.clock.advance(timedelta(seconds=1))
    note = largest(lost, SERVICE, service.directory)
    async with service.database.writing(alone=True) as session:
        return await restart(session, note, reason, service.clock.now(), service.directory)


async def test_a_log_goes_on_and_says_what_was_lost(service: LoggedService) -> None:
    """From the last that bureaus cosigned of what is there up to the last that they saw; its leaves stay provable."""
    await grow(service, 3)
    await grow(service, 2, cosigned=False)
    backup = await back_up(service.database)
    lost = await grow(service, 4)
    await restore(service.database, backup)
    told = await restarted(service, lost)
    assert (told.generation, told.index, told.kept_size, told.lost.size, told.lost.generation) == (1, 5, 3, 9, 0)
    assert told.witnesses == {"DE", "FR"}
    assert "leaves 3 to 8 of generation 0 were lost; it goes on in generation 1 with leaf 5" in told.says
    assert told.says.endswith("The reason given: the disk failed")
    new = read_checkpoint(parse_note(await grow(service, 1)))
    assert (new.origin, new.size, new.generation) == (f"{log_name(SERVICE)}/1", 7, 1)
    explained = await service.desk.explain(auditor("DE"), 1, None)
    found = verify_proof(explained.proof.encode(), ROOT.public)
    assert found.ok, found.found


async def test_everybody_may_read_the_restart_and_has_it_proven(service: LoggedService) -> None:
    """Also a bureau that the log has nothing of; that it goes on from what was kept follows as for any growth."""
    await grow(service, 3)
    backup = await back_up(service.database)
    lost = await grow(service, 4)
    await restore(service.database, backup)
    told = await restarted(service, lost)
    new = read_checkpoint(parse_note(await grow(service, 2)))
    [item] = (await service.desk.restarts(new.size)).items
    proof = [decode_base64url(each) for each in item.proof]
    assert root_from_inclusion(item.index, new.size, leaf_hash(item.leaf.encode()), proof) == new.root
    assert read_restart(item.leaf.encode(), item.index, SERVICE, service.directory.entries_of) == told
    assert told.kept is not None
    growth = [decode_base64url(each) for each in (await service.desk.consistency(3, new.size)).proof]
    verify_consistency(3, told.kept.root, new.size, new.root, growth)
    stretch = await service.desk.stretch(auditor("PL"), 0, 100)
    assert [each.index for each in stretch.items if each.leaf is not None] == [3]
    [said] = (await service.desk.explain(auditor("PL"), 3, None)).explanation
    assert "it had signed 7 leaves, and begins with 3 of them that bureaus had cosigned" in said
    assert (await service.desk.restarts(3)).items == []
    with pytest.raises(NotFound):
        await service.desk.restarts(new.size + 1)


async def test_nothing_is_restarted_where_nothing_is_lost(service: LoggedService) -> None:
    """As long as the log begins with what witnesses hold, it just goes on."""
    held = await grow(service, 3)
    await grow(service, 2)
    with pytest.raises(RestartRefused, match="nothing is lost: the log still begins with these 3 leaves"):
        await restarted(service, held)
    assert await RestartStore(service.database.reading).last() == []


async def test_a_log_that_has_grown_otherwise_since_is_restarted_too(service: LoggedService) -> None:
    """The operator found out late: what the log wrote since stays in it, and is not taken for what was lost."""
    await grow(service, 3)
    backup = await back_up(service.database)
    lost = await grow(service, 2)
    await restore(service.database, backup)
    await grow(service, 6, cosigned=False)
    told = await restarted(service, lost)
    assert (told.kept_size, told.lost.size, told.index) == (3, 5, 9)


async def test_without_anything_cosigned_all_counts_as_lost(service: LoggedService) -> None:
    """One bureau's word is not enough, as everywhere."""
    await service.answer("DE")
    await witness(service, "DE")
    backup = await back_up(service.database)
    lost = await grow(service, 2)
    await restore(service.database, backup)
    told = await restarted(service, lost)
    assert (told.kept, told.kept_size, told.index) == (None, 0, 1)


async def test_the_largest_of_several_checkpoints_counts(service: LoggedService) -> None:
    """Of the last generation, as witnesses look one after the other; an earlier generation has larger ones."""
    await grow(service, 1)
    backup = await back_up(service.database)
    notes = [await grow(service, 2), await grow(service, 5)]
    await restore(service.database, backup)
    assert (await restarted(service, *notes, notes[0])).lost.size == 8
    notes.append(await grow(service, 1))
    assert read_checkpoint(largest(notes, SERVICE, service.directory)) == read_checkpoint(parse_note(notes[-1]))


async def test_a_backup_from_before_the_last_restart_keeps_nothing_for_certain(service: LoggedService) -> None:
    """Its leaves may be others than those of the generation that was lost, so none of that counts as kept."""
    await grow(service, 3)
    backup = await back_up(service.database)
    lost = await grow(service, 4)
    await restore(service.database, backup)
    await restarted(service, lost)
    lost = await grow(service, 1)
    await restore(service.database, backup)
    told = await restarted(service, lost)
    assert (told.generation, told.kept, told.lost.generation, told.lost.size) == (2, None, 1, 5)


async def test_a_restart_that_named_too_little_is_put_right_by_another(service: LoggedService) -> None:
    """With the checkpoint that a witness held all the time; what was kept of it then is found again."""
    await grow(service, 3)
    backup = await back_up(service.database)
    notes = [await grow(service, 2), await grow(service, 2)]
    await restore(service.database, backup)
    await restarted(service, notes[0])
    await grow(service, 1)
    told = await restarted(service, notes[1])
    assert (told.generation, told.lost.generation, told.lost.size, told.kept_size) == (2, 0, 7, 3)
    with pytest.raises(RestartRefused, match="nothing is lost"):
        await restarted(service, await grow(service, 1))


async def test_what_the_log_says_already_it_does_not_say_again(service: LoggedService) -> None:
    """Whoever gives the command twice, or with what another witness holds, changes nothing."""
    await grow(service, 1)
    backup = await back_up(service.database)
    notes = [await grow(service, 2), await grow(service, 2)]
    await restore(service.database, backup)
    told = await restarted(service, notes[1])
    for note in notes:
        with pytest.raises(RestartRefused, match="the log says already, in leaf 1, that these are lost"):
            await restarted(service, note)
    assert len(await RestartStore(service.database.reading).last()) == told.generation == 1


async def test_what_the_log_did_not_sign_restarts_nothing(service: LoggedService) -> None:
    """Another's signature, another log, or none."""
    name = log_name(SERVICE)
    for note in (
        sign_checkpoint(Checkpoint(name, 9, bytes(32)), name, KEYS["FR"]),
        sign_checkpoint(Checkpoint(name, 9, bytes(32)), log_name(SERVICE, 1), KEYS[SERVICE]),
        sign_checkpoint(Checkpoint(log_name("others"), 9, bytes(32)), log_name("others"), KEYS[SERVICE]),
        "nothing",
    ):
        with pytest.raises(NoteRefused):
            await restarted(service, note)


async def test_what_is_signed_in_the_name_of_another_generation_is_not_signed(service: LoggedService) -> None:
    """Nor cosigned: a name belongs to a text."""
    await service.answer("DE")
    entries = service.directory.signed_entries()
    for generation in (0, 1):
        checkpoint = Checkpoint(log_name(SERVICE, generation), 9, bytes(32))
        notes = [sign_checkpoint(checkpoint, log_name(SERVICE, number), KEYS[SERVICE]) for number in (generation, 2)]
        right, wrong = (attest(note, SERVICE, keys_of(SERVICE, entries, ROOT.public))[0] for note in notes)
        assert (right is None, wrong is None) == (False, True)
        notes[0] += cosign(parse_note(notes[0]), f"{witness_name('FR')}/1", KEYS["FR"], service.clock.now())
        cosigned, _ = attest(notes[0], SERVICE, keys_of(SERVICE, entries, ROOT.public))
        assert cosigned is not None
        assert cosigned.witnesses == ()


async def test_an_empty_or_damaged_store_is_not_restarted(service: LoggedService) -> None:
    """It has to be restored first, and rightly."""
    lost = sign_checkpoint(Checkpoint(log_name(SERVICE), 9, bytes(32)), log_name(SERVICE), KEYS[SERVICE])
    with pytest.raises(RestartRefused, match="the store is empty"):
        await restarted(service, lost)
    await grow(service, 3)
    async with service.database.writing() as session:
        leaves = audit_tables.audit_leaves
        await session.execute(sa.update(leaves).where(leaves.c.number == 1).values(leaf=b"another"))
    with pytest.raises(RestartRefused, match="the store is damaged"):
        await restarted(service, lost)
    async with service.database.writing() as session:
        await session.execute(sa.delete(leaves).where(leaves.c.number == 1))
    with pytest.raises(LogDamaged):
        await restarted(service, lost)


async def test_a_leaf_that_cannot_be_so_is_not_believed(service: LoggedService) -> None:
    """What it says was kept must be before what was lost, in the same generation, which is an earlier one."""
    await grow(service, 3)
    backup = await back_up(service.database)
    lost = await grow(service, 4)
    await restore(service.database, backup)
    await restarted(service, lost, reason="x" * MAX_REASON)
    [row] = await RestartStore(service.database.reading).last()
    leaf = decode(row.leaf)
    assert leaf.restart is not msgspec.UNSET
    later = await grow(service, 1)
    changes: list[dict[str, object]] = [
        {"kept": lost},
        {"kept": later},
        {"kept": None, "lost": later},
        {"lost": lost.replace("\n7\n", "\n8\n")},
        {"kept": "none"},
    ]
    for changed in changes:
        other = msgspec.structs.replace(leaf, restart=msgspec.structs.replace(leaf.restart, **changed))
        with pytest.raises(ValueError, match=r"."):
            read_restart(msgspec.json.encode(other), 9, SERVICE, service.directory.entries_of)
    with pytest.raises(ValueError, match="not before it"):
        read_restart(row.leaf, 2, SERVICE, service.directory.entries_of)
