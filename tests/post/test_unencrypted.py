"""What is in a pack or a hand-in is unencrypted nowhere but in the private folder where a pack is made."""

import fcntl
from datetime import timedelta

import pytest

from deploy.post.handing_in import hand_in_of, read_hand_in, write_hand_in
from deploy.post.making import Wanted
from deploy.state.errors import CommandFailed, WrongUsage
from shared.crypto.hpke import SealingKey
from shared.fieldpack.refusals import PostUnusable
from tests.post.border import Border
from tests.services.stolen_vehicles.entries import enter


async def test_records_are_written_unencrypted_only_into_the_folder_of_the_bureau(border: Border) -> None:
    """Not beside the pack, which may be on a medium that is carried away; and they are removed from there."""
    await enter(border.service)
    stick, workspace = border.path / "stick", border.path / "workspace"
    stick.mkdir()
    seen = list[dict[str, bool]]()

    def look(_done: int, _of: int) -> None:
        files = (each for folder in (stick, workspace) for each in folder.rglob("*"))
        seen.append({each.name: each.stat().st_size > 0 for each in files})

    wanted = Wanted(border.key.public, stick / "whole.pack", timedelta(hours=24), number=await border.take())
    await border.maker.make(wanted, look)
    assert seen == [{"pack.db": True, "lock": False, "whole.pack.new": False}]
    assert (workspace / "lock").exists()
    assert workspace.stat().st_mode & 0o777 == 0o700
    assert [*workspace.iterdir()] == [workspace / "lock"]
    assert [*stick.iterdir()] == [stick / "whole.pack"]


async def test_what_a_killed_process_left_is_removed_by_the_next_one(border: Border) -> None:
    """The records of its pack, which are unencrypted."""
    workspace = border.path / "workspace"
    workspace.mkdir()
    (workspace / "pack.db").write_bytes(b"left")
    await enter(border.service)
    border.install(await border.make("whole.pack"))
    assert len(await border.found()) == 1
    assert [*border.path.glob("*.new"), *workspace.glob("*.db")] == []


async def test_one_pack_is_made_at_a_time(border: Border) -> None:
    """The other command says so, and leaves the records of the first alone."""
    await border.make()
    database = border.path / "workspace" / "pack.db"
    with (border.path / "workspace" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        database.write_bytes(b"of the first")
        with pytest.raises(CommandFailed, match="another field pack is being made here"):
            await border.make("other.pack")
    assert database.read_bytes() == b"of the first"


async def test_what_a_post_hands_in_is_read_by_its_bureau_alone(border: Border) -> None:
    """The file says neither who searched nor for what, and an altered one is refused."""
    await enter(border.service)
    border.install(await border.make())
    await border.found()
    post, file = border.post(), border.path / "hand-in.json"
    content = write_hand_in(post, hand_in_of(post, 0))
    assert not any(each in content for each in (b"DE 4711", b"fz 512", b"entry"))
    other = SealingKey.generate()
    for written, find in (
        (content, lambda _kid: None),
        (content, lambda _kid: other),
        (content.replace(b'"content": "', b'"content": "AAAA'), border.maker.sealing_key),
    ):
        file.write_bytes(written)
        with pytest.raises(WrongUsage, match="is no hand-in of a post"):
            read_hand_in(file, border.key.public, find)


async def test_a_post_without_a_pack_has_nothing_to_hand_in(border: Border) -> None:
    """It knows no key of its bureau yet, and has answered no search."""
    post = border.post()
    with pytest.raises(PostUnusable, match="has had no pack yet"):
        write_hand_in(post, hand_in_of(post, 0))
