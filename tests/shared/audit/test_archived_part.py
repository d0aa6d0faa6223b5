"""A part of an archived log is verified offline: the public key of the root is enough."""

import struct
import tracemalloc
import zipfile
import zlib
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


@pytest.mark.thorough
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
            members[path(1)] = members.pop(path(0))
        claim(members, start=TILE)

    assert list(faults(verified(kept.file(0), move))) == ["tree"]
    assert list(faults(verified(kept.file(0), lambda members: claim(members, log=1)))) == ["tree"]
    assert list(faults(verified(kept.file(0), lambda members: claim(members, proof=())))) == ["tree"]


@pytest.mark.thorough
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
        lambda members: members.update({entries_path(0): bytes(5 * 1024 * 1024)}),
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


async def test_a_member_that_is_none_of_a_part_is_found(kept: Kept) -> None:
    """A tool that unpacks the file would take it for one."""
    for name in (entries_path(999_999), tile_path(1, 0), "checkpoint", "salts/../../other"):
        found = verified(kept.file(0), lambda members, name=name: members.update({name: b"another"}))  # type: ignore[misc]
        assert list(faults(found)) == ["members"], name
        assert repr(name) in str(found.found)


@pytest.mark.filterwarnings("ignore:Duplicate name")
async def test_a_member_that_is_there_twice_is_found(kept: Kept) -> None:
    """Tools differ in which of the two they read."""
    with zipfile.ZipFile(kept.file(0), "a") as archive:
        archive.writestr(tile_path(0, 0), archive.read(tile_path(0, 0)))
    with kept.file(0).open("rb") as file:
        assert list(faults(verify_part(file, ROOT.public))) == ["members"]


async def test_salts_are_said_not_to_be_proven(kept: Kept) -> None:
    """Each fits one request alone, which the part does not have."""
    found = verified(kept.file(0), lambda members: members.update({salts_path(0): bytes(len(members[salts_path(0)]))}))
    [members] = [each for each in found.found if each.check == "members"]
    assert (members.ok, members.says) == (True, "it has nothing else; the salts are not proven")


GIGABYTE = 1 << 30


@pytest.mark.thorough
def test_a_member_that_is_longer_than_it_states_is_refused_within_bounds() -> None:
    """A gigabyte in a file of a megabyte, which states 100 bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    zeros = bytes(1 << 24)
    data = b"".join(packer.compress(zeros) for _ in range(GIGABYTE >> 24)) + packer.flush()
    stated = (20, 0, zipfile.ZIP_DEFLATED, 0, 33, zlib.crc32(bytes(100)), len(data), 100, len(b"part.json"), 0)
    local = struct.pack("<4s5H3L2H", b"PK\3\4", *stated) + b"part.json" + data
    central = struct.pack("<4sH5H3L2H3H2L", b"PK\1\2", 20, *stated, 0, 0, 0, 0, 0) + b"part.json"
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local), 0)
    tracemalloc.start()
    try:
        assert list(faults(verify_part(BytesIO(local + central + end), ROOT.public))) == ["form"]
        assert tracemalloc.get_traced_memory()[1] < GIGABYTE / 50
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
async def test_a_member_that_is_compressed_in_another_way_is_refused(kept: Kept, method: int) -> None:
    """Its size cannot be bounded while it is read."""
    packed = BytesIO()
    with zipfile.ZipFile(kept.file(0)) as archive, zipfile.ZipFile(packed, "w", method) as other:
        for name in archive.namelist():
            other.writestr(name, archive.read(name))
    found = verify_part(packed, ROOT.public)
    assert list(faults(found)) == ["form"]
    assert "part.json is compressed in another way than by deflate" in str(found.found)
