"""What the commands write is a new file: none that is there is lost, and nothing is begun that cannot be written."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.post.making import Wanted
from deploy.state.errors import CommandFailed, WrongUsage
from deploy.state.new_file import new_file
from shared.fieldpack.refusals import PostUnusable
from tests.post.border import Border
from tests.services.stolen_vehicles.entries import PATH, enter


def test_a_new_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    """Of mode 0600; a file or a draft that is there, or a link, keeps its content."""
    file, draft = tmp_path / "file", tmp_path / "file.new"

    def write(content: bytes, fail: Callable[[], object] = lambda: None) -> None:
        with new_file(file) as stream:
            stream.write(content)
            assert not file.exists()
            fail()

    with pytest.raises(ZeroDivisionError):
        write(b"half", lambda: 1 // 0)
    assert [*tmp_path.iterdir()] == []
    write(b"whole")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"whole", 0o600)
    with pytest.raises(WrongUsage, match="file exists, and is not overwritten: give another name"):
        write(b"other")
    file.replace(draft)
    with pytest.raises(WrongUsage, match=r"file.new exists: another command writes it"):
        write(b"other")
    assert draft.read_bytes() == b"whole"
    draft.replace(tmp_path / "kept")
    file.symlink_to(tmp_path / "nothing")
    with pytest.raises(WrongUsage, match="file exists"):
        write(b"other")
    assert {each.name for each in tmp_path.iterdir()} == {"kept", "file"}


async def test_no_field_copy_is_taken_for_a_file_that_cannot_be_written(border: Border) -> None:
    """As the audit log would have a disclosure of all records that no post ever got."""
    await enter(border.service)
    there = await border.make("there.pack")
    before = there.read_bytes()
    for out, error in ((there, WrongUsage), (border.path / "missing" / "x.pack", CommandFailed)):
        wanted = Wanted(border.key.public, out, timedelta(hours=24))
        with pytest.raises(error):
            await asyncio.wait_for(border.maker.make(wanted, lambda _done, _of: None), 10)
    assert there.read_bytes() == before
    assert [each["number"] for each in await border.maker.copies()] == [1]
    assert [*border.path.glob("**/*.new")] == []


async def test_a_pack_that_is_not_registered_leaves_no_file(border: Border) -> None:
    """As no differential could follow it."""
    await enter(border.service)
    number = await border.take()
    border.clock.advance(timedelta(days=6, hours=23, minutes=30))
    with pytest.raises(CommandFailed, match=r"was not registered: .* must end within 168 hours"):
        await border.made(border.path / "late.pack", number=number)
    assert not [*border.path.glob("late.pack*")]


@pytest.mark.thorough
async def test_a_differential_can_follow_what_the_post_has_when_later_ones_are_lost(border: Border) -> None:
    """The post says which; then it finds what it would have found with all of them."""
    gone = await enter(border.service)
    border.install(await border.make())
    (await border.make("lost.pack", is_differential=True)).unlink()
    await border.service.officer("IT").post(f"{PATH}/{gone['id']}/recovery")
    new = await enter(border.service)
    gap = await border.make("gap.pack", is_differential=True)
    with pytest.raises(PostUnusable, match="bureau makes with `i247 fieldpack make --after 1`"):
        border.install(gap)
    made = await border.made(border.path / "again.pack", is_differential=True, after=1)
    assert (made.number, made.after) == (4, 1)
    border.install(border.path / "again.pack")
    assert await border.found() == [new["id"]]
    with pytest.raises(PostUnusable, match="it is of field copy 3, and this post has 4"):
        border.install(gap)
    with pytest.raises(CommandFailed, match="field copy 1 does not follow 4: leave out --copy"):
        await border.make("older.pack", is_differential=True, number=1)
    with pytest.raises(CommandFailed, match="has no pack of field copy 9: make a whole one"):
        await border.make("none.pack", is_differential=True, after=9)
