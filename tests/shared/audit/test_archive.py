"""Old leaves are moved into files: everything stays provable, and nothing is lost or doubled."""

import asyncio
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.audit.archive import ArchiveAbsent
from shared.audit.archiving import ArchiveRefused, archive_log
from shared.audit.format.tiles import TILE, entries_path, read_bundle, tile_path
from shared.audit.models import LeafQuery
from shared.audit.rules import LogDamaged
from shared.audit.tables import audit_leaves
from shared.audit.tree import TreeStore
from shared.crypto.ed25519 import decode_base64url
from shared.crypto.merkle import leaf_hash, root_from_inclusion, verify_consistency
from shared.errors import NotFound
from tests.shared.audit.archived import LEAVES, SHOWN, SIZES, Kept, cosigned_log, make_parts_small, rewrite
from tests.shared.audit.logged_service import FRENCH, LoggedService, auditor, witness

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def kept(service: LoggedService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Return a log that bureaus cosigned, with an archive that has nothing yet."""
    make_parts_small(monkeypatch)
    return await cosigned_log(service, tmp_path)


@pytest.mark.thorough
async def test_archived_leaves_are_out_of_the_store_but_those_that_showed_a_record(kept: Kept) -> None:
    """And the first, which says which log it is."""
    assert await kept.run() == [0, 1]
    assert await kept.stored() == [0, 7, TILE + 3, *range(2 * TILE, LEAVES)]
    assert await kept.run() == []


@pytest.mark.thorough
async def test_everything_is_read_and_proven_as_before(kept: Kept) -> None:
    await kept.run()
    await kept.is_as_before()
    logs = (await kept.reader.logs()).items
    assert [(log.leaves, log.archived, log.archive) for log in logs] == [
        (LEAVES, 2 * TILE, f"{kept.archive.service}/0"),
    ]


@pytest.mark.thorough
async def test_trees_of_all_sizes_are_proven_to_extend_each_other_across_the_archive(kept: Kept) -> None:
    await kept.run()
    tree = TreeStore(kept.service.database.reading, None, kept.archive)
    for old, root in kept.roots.items():
        assert await tree.root(old) == root
        for new in (size for size in SIZES if size >= old):
            verify_consistency(old, root, new, kept.roots[new], await tree.consistency(old, new))


@pytest.mark.thorough
async def test_an_archived_leaf_is_explained_to_those_who_may_read_it(kept: Kept) -> None:
    """As before: to the bureau that asked, and to the Secretariat."""
    before = await kept.reader.explain(auditor("DE"), 9, None)
    await kept.run()
    assert await kept.reader.explain(auditor("DE"), 9, None) == before
    assert (await kept.reader.explain(auditor("IPSG"), 9, None)).index == 9
    with pytest.raises(NotFound):
        await kept.reader.explain(auditor("PL"), 9, None)


@pytest.mark.thorough
async def test_a_bureau_reads_the_texts_of_its_own_archived_leaves_alone(kept: Kept) -> None:
    before = (await kept.reader.leaves(auditor("PL"), 0, LEAVES)).items
    await kept.run()
    assert (await kept.reader.leaves(auditor("PL"), 0, LEAVES)).items == before
    assert {each.leaf is None for each in before} == {True, False}
    middle = await kept.reader.leaves(auditor("PL"), 250, 20)
    assert middle.items == before[250:270]
    assert middle.next == 270


@pytest.mark.thorough
async def test_the_list_of_requests_says_up_to_where_leaves_are_archived(kept: Kept) -> None:
    """Those that showed a record are listed all the same."""
    await kept.run()
    page = await kept.reader.page(auditor("IPSG"), LeafQuery(limit=200, record=FRENCH.record))
    assert [item.index for item in page.items] == sorted(SHOWN, reverse=True)
    assert page.archived_below == 2 * TILE


@pytest.mark.thorough
async def test_a_file_that_is_not_here_is_named_and_the_rest_is_proven(kept: Kept) -> None:
    await kept.run()
    kept.file(0).unlink()
    with pytest.raises(ArchiveAbsent, match=f"leaves 0 to {TILE - 1} are in 0/000000.zip"):
        await kept.reader.leaves(auditor("IPSG"), 0, 10)
    tree = TreeStore(kept.service.database.reading, None, kept.archive)
    with pytest.raises(ArchiveAbsent):
        await tree.inclusion(9, LEAVES)
    for index in (TILE + 9, 2 * TILE + 9):
        proof = await tree.inclusion(index, LEAVES)
        assert root_from_inclusion(index, LEAVES, await tree.leaf(index), proof) == kept.roots[LEAVES]
    verify_consistency(TILE, kept.roots[TILE], LEAVES, kept.roots[LEAVES], await tree.consistency(TILE, LEAVES))


@pytest.mark.thorough
async def test_an_altered_leaf_contradicts_the_signed_tree(kept: Kept) -> None:
    """As one that was altered in the store does."""
    await kept.run()
    rewrite(kept.file(0), lambda leaves: [leaves[1], leaves[0], *leaves[2:]])
    proof = await kept.reader.inclusion(1, LEAVES)
    hashes = [decode_base64url(each) for each in proof.proof]
    assert root_from_inclusion(1, LEAVES, decode_base64url(proof.hash), hashes) != kept.roots[LEAVES]


@pytest.mark.thorough
async def test_a_file_that_cannot_be_read_is_said_to_be_damaged(kept: Kept) -> None:
    await kept.run()
    whole = kept.file(0).read_bytes()
    for damaged in (b"", b"PK", whole[: len(whole) // 2], whole.replace(b'"DE"', b'"FR"')[:-300]):
        kept.file(0).write_bytes(damaged)
        with pytest.raises(LogDamaged, match=r"000000\.zip"):
            await kept.reader.leaves(auditor("IPSG"), 0, 10)


@pytest.mark.thorough
async def test_a_file_has_the_tiles_and_bundles_of_tlog_tiles_and_is_its_owners_alone(kept: Kept) -> None:
    await kept.run()
    for part in (0, 1):
        assert kept.file(part).stat().st_mode & 0o777 == 0o600
        with zipfile.ZipFile(kept.file(part)) as archive:
            leaves, tile = read_bundle(archive.read(entries_path(part))), archive.read(tile_path(0, part))
        assert [leaf.decode() for leaf in leaves] == [each.leaf for each in kept.texts[part * TILE : (part + 1) * TILE]]
        assert tile == b"".join(map(leaf_hash, leaves))


@pytest.mark.thorough
async def test_a_part_is_archived_once_it_is_old_whole_and_cosigned(service: LoggedService, kept: Kept) -> None:
    assert await kept.run(days=1) == []
    service.clock.advance(timedelta(days=1))
    await asyncio.gather(*(service.answer("DE") for _ in range(3 * TILE - LEAVES)))
    assert await kept.run(days=1) == [0, 1]
    service.clock.advance(timedelta(days=2))
    assert await kept.run(days=1) == []
    await witness(service, "DE", "FR")
    assert await kept.run(days=1) == [2]


@pytest.mark.thorough
async def test_a_log_whose_leaves_were_altered_is_not_archived(kept: Kept) -> None:
    """The file would not be what the log signed; nothing is deleted."""
    async with kept.service.database.writing() as session:
        await session.execute(sa.update(audit_leaves).where(audit_leaves.c.number == 300).values(leaf=b"another"))
    with pytest.raises(ArchiveRefused, match=f"the leaves from {TILE} on are not those that the log signed"):
        await kept.run()
    assert len(await kept.stored()) == LEAVES - TILE + 2
    assert not kept.file(1).exists()


@pytest.mark.thorough
async def test_other_processes_append_meanwhile(kept: Kept) -> None:
    """Their leaves are none of those that move."""
    now = kept.service.clock.now()
    parts = archive_log(kept.service.database, kept.archive, kept.service.directory, before=now, now=now)
    async for _ in parts:
        await kept.service.answer("FR", FRENCH)
    assert len(await kept.stored()) == 3 + 40 + 2
    root = await TreeStore(kept.service.database.reading, None, kept.archive).root(LEAVES)
    assert root == kept.roots[LEAVES]
