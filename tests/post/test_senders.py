"""A post installs what its own bureau signed, by a directory that is no older than the one that it knows."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from deploy.post.making import PackMaker, Wanted
from services.stolen_vehicles.store import VehicleStore
from shared.clock import time_at
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.fieldpack.blocks import PackBroken
from shared.fieldpack.manifest import Manifest, encode, verify_manifest
from shared.fieldpack.pack_file import Signing, write_pack
from shared.fieldpack.post_key import PostKey
from shared.fieldpack.refusals import PostUnusable
from shared.ids import uuid7
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import sign_entry
from shared.protocol.directory_file import file_text
from shared.protocol.envelope import FieldPackHead, sign_envelope
from shared.rpc.keyring import KeyRing, PrivateKeys
from tests.post.border import WEEK, Border, bureau_entry, network, post_key
from tests.post.test_tampering import parts_of
from tests.services.stolen_vehicles.copies import COPIES, copier, prepare
from tests.services.stolen_vehicles.entries import enter
from tests.shared.directories import NEW, OLD, ROOT, T, directory_text, entry, following

THIRD = SigningKey(bytes([3]) * 32)


def maker(border: Border, bureau: str, key: SigningKey, book: Directory) -> PackMaker:
    """Return what makes packs of a bureau with a key."""
    keys = KeyRing(bureau, book, border.clock, lambda: PrivateKeys((key,)))
    return PackMaker(keys, book, border.clock, copier(border.service, bureau), VehicleStore, border.path / "other")


def signed(border: Border, like: Path, signing: Signing, **changed: Any) -> Path:
    """Return a pack whose description is that of another but for some members."""
    manifest = msgspec.json.decode(parts_of(like)[3], type=Manifest)
    source, file = border.path / "some.db", border.path / "signed.pack"
    source.write_bytes(b"some")
    with file.open("wb") as out:
        write_pack(source, out, msgspec.structs.replace(manifest, **changed), border.key.public, signing)
    return file


async def test_a_pack_of_another_bureau_is_refused(border: Border) -> None:
    """Though a bureau of the network signed it for this very post, of a field copy with a higher number."""
    own = await enter(border.service)
    border.install(await border.make())
    for _ in range(2):
        assert (await copier(border.service, "PL").post(COPIES, json={})).status_code == 202
        await prepare(border.service, border.clock)
    foreign = border.path / "foreign.pack"
    wanted = Wanted(border.key.public, foreign, timedelta(hours=24), number=2)
    await maker(border, "PL", NEW, network()).make(wanted, lambda _done, _of: None)
    with pytest.raises(PostUnusable, match="it is of PL, and this post is one of DE"):
        border.install(foreign)
    assert await border.found() == [own["id"]]


async def test_a_service_signs_no_pack(border: Border) -> None:
    """Only a bureau does, whatever else the directory has."""
    await enter(border.service)
    file, now = await border.make(), border.clock.now().timestamp()
    book = network()
    book.take(following(book, entry(THIRD, "stolen-vehicles", kind="service")))
    by_service = signed(
        border, file, Signing("stolen-vehicles", THIRD, now, now + 60), directory=file_text(book.log.part())
    )
    with pytest.raises(PostUnusable, match="is no bureau"):
        border.install(by_service)


async def test_a_pack_is_addressed_to_the_post_that_it_describes(border: Border) -> None:
    """So that what a bureau signed for one post is not shown as signed for another."""
    body = parts_of(await border.make())[3]
    now = border.clock.now().timestamp()
    head = FieldPackHead(kid=OLD.kid, id=uuid7(time_at(now)), sender="DE", to="DE-Waidhaus", iat=now, exp=now + 3600)
    with pytest.raises(PackBroken, match="it is addressed to DE-Waidhaus"):
        verify_manifest(sign_envelope(head, body, OLD), body, ROOT.public, border.clock)


async def test_the_number_of_a_field_copy_is_bounded(border: Border) -> None:
    """As none could follow the largest."""
    manifest = msgspec.json.decode(parts_of(await border.make())[3], type=Manifest)
    body, now = encode(msgspec.structs.replace(manifest, number=2**31)), border.clock.now().timestamp()
    head = FieldPackHead(kid=OLD.kid, id=uuid7(time_at(now)), sender="DE", to=manifest.post, iat=now, exp=now + 3600)
    with pytest.raises(PackBroken, match="not signed by a bureau of this network"):
        verify_manifest(sign_envelope(head, body, OLD), body, ROOT.public, border.clock)


async def test_a_key_that_was_revoked_signs_nothing_once_the_post_knows(border: Border) -> None:
    """By a pack with a newer directory: one with the directory of before is refused from then on."""
    record = await enter(border.service)
    first = await border.make("first.pack")
    border.install(first)
    border.clock.advance(timedelta(hours=1))
    book = network()
    revoked = bureau_entry(OLD, "DE", issued=T - WEEK + 1, revoked_at=T + 60)
    book.take(following(book, revoked, bureau_entry(THIRD, "DE", issued=T - WEEK + 2)))
    wanted = Wanted(border.key.public, border.path / "second.pack", timedelta(hours=24), number=await border.take())
    await maker(border, "DE", THIRD, book).make(wanted, lambda _done, _of: None)
    border.install(wanted.out)
    now = border.clock.now().timestamp()
    forged = signed(border, first, Signing("DE", OLD, now, now + 3600), number=3)
    with pytest.raises(PostUnusable, match="its directory is older than the one that this post knows"):
        border.install(forged)
    assert await border.found() == [record["id"]]


async def test_without_the_passphrase_nobody_gives_a_post_another_root_key(border: Border) -> None:
    """Not by removing all that the post has but its key, which names the root key."""
    await enter(border.service)
    file, now = await border.make(), border.clock.now().timestamp()
    border.install(file)
    mine = [sign_entry(bureau_entry(THIRD, "DE"), NEW)]
    forged = signed(border, file, Signing("DE", THIRD, now, now + 3600), directory=directory_text(mine, NEW), number=2)
    (border.folder.path / "root.pub").write_text(encode_base64url(NEW.public.raw))
    with pytest.raises(PostUnusable, match="not signed by a bureau of this network"):
        border.install(forged)
    [pack] = border.folder.packs.iterdir()
    for each in (pack, border.folder.log, border.folder.log.with_suffix(".last"), border.folder.state):
        each.unlink()
        with pytest.raises(PostUnusable):
            border.install(forged)


@pytest.mark.parametrize("hours", [1, -24 * 8])
async def test_a_pack_counts_its_days_from_when_its_field_copy_was_taken(border: Border, hours: int) -> None:
    """Seven at most, whenever the pack is made of it; and no copy is taken after its pack is made."""
    file, now = await border.make(), border.clock.now().timestamp()
    late = signed(border, file, Signing("DE", OLD, now, now + 60), taken=now + hours * 3600)
    with pytest.raises(PostUnusable, match="valid for longer than 168 hours after its field copy was taken"):
        border.install(late)


def test_the_key_of_a_post_names_its_bureau_for_who_makes_its_packs() -> None:
    """It is part of the fingerprint."""
    key = post_key("DE-1")
    other = PostKey("DE-1", "PL", key.root, key._seed)
    assert (key.public.bureau, other.public.bureau) == ("DE", "PL")
    assert key.public.fingerprint != other.public.fingerprint
