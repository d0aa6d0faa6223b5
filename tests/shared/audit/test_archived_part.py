"""A part of an archived log is verified offline: the public key of the root is enough."""

import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from shared.audit.format.part_file import PartHeader
from shared.audit.format.proof_file import CheckpointFile
from shared.audit.format.tiles import TILE, entries_path, read_bundle, salts_path, tile_path, write_bundle
from shared.audit.verify.archived_part import PartSummary, verify_part
from shared.audit.verify.checkpoints import Findings
from shared.crypto.ed25519 import SigningKey
from shared.protocol.witnesses import trust_in
from tests.shared.audit.archived import LEAVES, Kept, cosigned_log, make_parts_small
from tests.shared.audit.logged_service import ROOT, LoggedService

Members = dict[str, bytes]


@pytest.fixture
async def kept(service: LoggedService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Return a log of which two parts are archived."""
    make_parts_small(monkeypatch)
    kept = await cosigned_log(service, tmp_path)
    await kept.run()
    return kept


def verified(file: Path, change: Callable[[Members], None] = lambda _: None) -> Findings[PartSummary]:
    """Verify a part after a change of its members."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    changed = BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    changed.seek(0)
    return verify_part(changed, ROOT.public)


def faults(findings: Findings[PartSummary]) -> Iterator[str]:
    assert findings.content is None
    return (each.check for each in findings.found if each.is_wrong)


async def test_each_part_is_proven_to_be_in_the_log_that_bureaus_cosigned(kept: Kept) -> None:
    for number in (0, 1):
        found = verified(kept.file(number))
        assert [each for each in found.found if not each.ok] == []
        assert found.content is not None
        assert found.content.header.start == number * TILE
        assert found.content.attested.checkpoint.size == LEAVES
        assert [witness.bureau for witness in found.content.attested.witnesses] == ["DE", "FR"]


async def test_only_the_witnesses_that_are_named_count(kept: Kept) -> None:
    with kept.file(0).open("rb") as file:
        found = verify_part(file, ROOT.public, trust=trust_in(["PL"]))
    assert [each.check for each in found.found if not each.ok] == ["witnesses"]


async def test_the_key_of_another_root_proves_nothing(kept: Kept) -> None:
    with kept.file(0).open("rb") as file:
        assert not verify_part(file, SigningKey(bytes(31) + b"9").public).ok


def swap_leaves(members: Members) -> None:
    leaves = read_bundle(members[entries_path(0)])
    members[entries_path(0)] = write_bundle([leaves[1], leaves[0], *leaves[2:]])


def rewrite_whole(members: Members) -> None:
    """Rewrite a leaf with the hash of its tile."""
    from shared.crypto.merkle import leaf_hash

    leaves = read_bundle(members[entries_path(0)])
    leaves[3] = leaves[3].replace(b"search_things", b"delete_things")
    members[entries_path(0)] = write_bundle(leaves)
    members[tile_path(0, 0)] = b"".join(map(leaf_hash, leaves))


def claim(members: Members, **changes: object) -> None:
    header = msgspec.json.decode(members["part.json"], type=PartHeader)
    members["part.json"] = msgspec.json.encode(msgspec.structs.replace(header, **changes))


async def test_a_rewritten_leaf_is_found(kept: Kept) -> None:
    assert list(faults(verified(kept.file(0), swap_leaves))) == ["leaves", "tree"]
    assert list(faults(verified(kept.file(0), rewrite_whole))) == ["tree"]


async def test_a_part_that_is_said_to_be_another_one_is_found(kept: Kept) -> None:
    """Of the log, or of another log of the service."""

    def move(members: Members) -> None:
        for path in (entries_path, salts_path, lambda number: tile_path(0, number)):
            members[path(1)] = members[path(0)]
        claim(members, start=TILE)

    assert list(faults(verified(kept.file(0), move))) == ["tree"]
    assert list(faults(verified(kept.file(0), lambda members: claim(members, log=1)))) == ["tree"]
    assert list(faults(verified(kept.file(0), lambda members: claim(members, proof=())))) == ["tree"]


async def test_a_file_that_is_no_part_is_refused_with_the_reason(kept: Kept) -> None:
    """Whatever is missing, cut off or of another form."""
    broken: list[Callable[[Members], None]] = [
        lambda members: members.clear(),
        lambda members: members.pop(entries_path(0)),
        lambda members: members.update({entries_path(0): b"\0"}),
        lambda members: members.update({entries_path(0): members[entries_path(0)][:-1]}),
        lambda members: members.update({salts_path(0): b""}),
        lambda members: members.update({"part.json": b"{}"}),
        lambda members: members.update({"part.json": b"\xff"}),
        lambda members: claim(members, leaves=TILE - 1),
        lambda members: claim(members, leaves=2 * TILE),
    ]
    for change in broken:
        found = verified(kept.file(0), change)
        assert list(faults(found)) == ["form"], change
    for raw in (b"", b"PK\x03\x04", kept.file(0).read_bytes()[:500]):
        assert list(faults(verify_part(BytesIO(raw), ROOT.public))) == ["form"]


async def test_another_checkpoint_of_the_log_is_compared(kept: Kept) -> None:
    """One that contradicts it proves a split view."""
    header = verified(kept.file(0)).content
    assert header is not None
    same = CheckpointFile(header.header.checkpoint, header.header.entries)
    with kept.file(1).open("rb") as file:
        assert verify_part(file, ROOT.public, others=[same]).ok
