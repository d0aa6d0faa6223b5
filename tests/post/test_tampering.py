"""A pack that was altered, truncated or put together of others is refused before anything of it is answered."""

import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest

from deploy.post.state import PostState
from shared.crypto.ed25519 import encode_base64url
from shared.fieldpack.blocks import PackBroken
from shared.fieldpack.manifest import Manifest, verify_manifest
from shared.fieldpack.pack_file import Signing, open_pack, write_pack
from shared.fieldpack.refusals import PostUnusable
from tests.post.border import Border, post_key
from tests.services.stolen_vehicles.entries import enter
from tests.shared.directories import NEW, OLD, ROOT


def parts_of(file: Path) -> tuple[bytes, bytes, bytes, bytes]:
    """Return blocks, table, signature and description of a pack."""
    raw = file.read_bytes()
    footer = raw[-40:]
    sizes = [int.from_bytes(footer[at : at + 8], "big") for at in (0, 8, 16)]
    at = len(raw) - 40 - sum(sizes)
    cut = [at, at + sizes[0], at + sizes[0] + sizes[1], len(raw) - 40]
    return raw[: cut[0]], raw[cut[0] : cut[1]], raw[cut[1] : cut[2]], raw[cut[2] : cut[3]]


def joined(blocks: bytes, *parts: bytes) -> bytes:
    """Return a pack of these parts."""
    return blocks + b"".join(parts) + b"".join(len(part).to_bytes(8, "big") for part in parts) + b"i247 field pack\n"


def verify_whole(file: Path, border: Border) -> None:
    """Verify all of a file, as its installation does. Raises PackBroken."""
    pack = open_pack(file, ROOT.public, border.clock)
    try:
        pack.verify_whole()
    finally:
        pack.close()


@pytest.mark.thorough
async def test_a_byte_that_was_altered_anywhere_is_noticed(border: Border) -> None:
    """In blocks, table, signature, description and footer: a byte of each, and its neighbours."""
    await enter(border.service)
    file = await border.make()
    verify_whole(file, border)
    raw, altered = file.read_bytes(), border.path / "altered.pack"
    blocks, table, signature, body = map(len, parts_of(file))
    starts = [0, blocks, blocks + table, blocks + table + signature, blocks + table + signature + body, len(raw) - 1]
    places = {at for start in starts for at in (start - 1, start, start + 1, start + 7) if 0 <= at < len(raw)}
    for at in sorted({*places, *range(0, len(raw), max(1, len(raw) // 200))}):
        altered.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        with pytest.raises(PackBroken):
            verify_whole(altered, border)


async def test_a_table_that_nobody_signed_is_not_read(border: Border) -> None:
    """A file that states a large one would take as much memory."""
    _, _, signature, body = parts_of(await border.make())
    size, large = 36 * 4_000_000, border.path / "large.pack"
    with large.open("wb") as stream:
        stream.truncate(size)
        stream.seek(size)
        stream.write(signature + body)
        stream.write(b"".join(each.to_bytes(8, "big") for each in (size, len(signature), len(body))))
        stream.write(b"i247 field pack\n")
    tracemalloc.start()
    try:
        with pytest.raises(PackBroken, match="another length than the bureau signed"):
            verify_whole(large, border)
        assert tracemalloc.get_traced_memory()[1] < size / 10
    finally:
        tracemalloc.stop()


async def test_a_truncated_or_lengthened_file_is_refused(border: Border) -> None:
    """At every length near a border of its parts."""
    await enter(border.service)
    file = await border.make()
    raw, altered = file.read_bytes(), border.path / "altered.pack"
    for shortened in (b"", raw[:-1], raw[:-40], raw[1:], raw[: len(raw) // 2], raw + b"\0", b"\0" + raw):
        altered.write_bytes(shortened)
        with pytest.raises(PackBroken):
            verify_whole(altered, border)


async def test_blocks_of_another_pack_are_refused(border: Border) -> None:
    """Swapped between packs, with their table or without, and swapped within one."""
    await enter(border.service)
    old, new = await border.make("old.pack"), await border.make("new.pack")
    of_old, of_new = parts_of(old), parts_of(new)
    for mixed in (
        joined(of_old[0], *of_new[1:]),
        joined(of_old[0], of_old[1], *of_new[2:]),
        joined(of_new[0], of_new[1], of_old[2], of_new[3]),
        joined(of_new[0], of_new[1], of_new[2], of_old[3]),
    ):
        (border.path / "mixed.pack").write_bytes(mixed)
        with pytest.raises(PackBroken):
            verify_whole(border.path / "mixed.pack", border)


async def test_only_a_bureau_of_the_network_signs_a_pack(border: Border) -> None:
    """Not another bureau in its name, and nobody that the root key does not vouch for."""
    await enter(border.service)
    file = await border.make()
    _, _, signature, body = parts_of(file)
    manifest = msgspec.json.decode(body, type=Manifest)
    now = border.clock.now().timestamp()
    source = border.path / "forged.db"
    source.write_bytes(b"forged" * 10_000)
    for bureau, key in (("DE", NEW), ("FR", OLD), ("DE", border.key.signing)):
        forged = border.path / "forged.pack"
        with forged.open("wb") as out:
            write_pack(source, out, manifest, border.key.public, Signing(bureau, key, now, now + 3600))
        with pytest.raises(PackBroken, match=r"not signed by a bureau|signature"):
            verify_whole(forged, border)
    with pytest.raises(PackBroken, match="not signed by a bureau"):
        verify_manifest(signature.decode(), body, NEW.public, border.clock)


async def test_a_pack_that_is_valid_for_too_long_is_refused(border: Border) -> None:
    """Whatever the bureau signed: at most seven days."""
    await enter(border.service)
    _, _, _, body = parts_of(await border.make())
    manifest, now = msgspec.json.decode(body, type=Manifest), border.clock.now().timestamp()
    source, long = border.path / "long.db", border.path / "long.pack"
    source.write_bytes(b"x")
    with long.open("wb") as out:
        write_pack(source, out, manifest, border.key.public, Signing("DE", OLD, now, now + 8 * 86_400))
    with pytest.raises(PackBroken, match="valid for longer than 168 hours"):
        verify_whole(long, border)


async def test_an_installed_file_that_was_altered_is_refused_when_it_is_read(border: Border) -> None:
    """Though it was sound when it was installed: each block is compared when it is read."""
    await enter(border.service)
    border.install(await border.make())
    [held] = border.folder.packs.iterdir()
    raw = bytearray(held.read_bytes())
    raw[20] ^= 1
    held.write_bytes(raw)
    with pytest.raises(PostUnusable, match="block 0 was altered"):
        await border.found()


async def test_another_sound_pack_in_place_of_the_installed_one_is_refused(border: Border) -> None:
    """An old pack that is put back has another digest than the one that was installed."""
    await enter(border.service)
    old, new = await border.make("old.pack"), await border.make("new.pack")
    border.install(new)
    [held] = border.folder.packs.iterdir()
    shutil.copyfile(old, held)
    with pytest.raises(PostUnusable, match="is another file than the one that was installed"):
        await border.found()


async def test_the_key_of_another_post_opens_nothing(border: Border) -> None:
    """Not the pack, and not what the post keeps of itself."""
    await enter(border.service)
    file = await border.make()
    pack = open_pack(file, ROOT.public, border.clock)
    with pytest.raises(PackBroken, match="not for the key of this one"):
        pack.unsealed(post_key().sealing)
    pack.close()
    border.install(file)
    border.key = post_key()
    with pytest.raises(PostUnusable, match="was altered, or is of another post"):
        border.post()


async def test_a_missing_or_forged_state_is_refused(border: Border) -> None:
    """Without it the post does not know when it was used last."""
    await enter(border.service)
    border.install(await border.make())
    forged: Any = encode_base64url(msgspec.json.encode(PostState()))
    border.folder.state.write_text(forged)
    with pytest.raises(PostUnusable, match="was altered"):
        border.post()
    border.folder.state.unlink()
    with pytest.raises(PostUnusable, match="is missing"):
        border.post()


async def test_what_a_pack_holds_cannot_be_read_without_the_key(border: Border) -> None:
    """The file has none of the numbers of its records."""
    await enter(border.service)
    raw = (await border.make()).read_bytes()
    # At least seven characters: shorter ones occur in random bytes.
    assert b"FZ512KL" not in raw
    assert b"Alfa Romeo" not in raw
