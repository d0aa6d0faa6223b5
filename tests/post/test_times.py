"""A post answers until its pack expires, and notices that its clock was set back."""

from datetime import timedelta

import pytest

from deploy.post.folder import Post
from deploy.post.search import PackSearch
from services.stolen_vehicles.models import VehicleQuery
from shared.fieldpack.refusals import ClockSetBack, PackExpired, PostUnusable
from tests.conftest import NOW
from tests.post.border import OFFICER, PLATE, Border
from tests.services.stolen_vehicles.entries import enter


async def test_a_pack_answers_until_it_expires(border: Border) -> None:
    """To the second, and a differential makes it valid for longer."""
    record = await enter(border.service)
    border.install(await border.make(hours=24))
    border.clock.advance(timedelta(hours=24, seconds=-1))
    assert await border.found() == [record["id"]]
    later = await border.make("next.pack", is_differential=True, hours=24)
    border.clock.advance(timedelta(seconds=1))
    with pytest.raises(PackExpired, match="it expired at 2026-06-02 12:00 UTC"):
        await border.found()
    border.install(later)
    assert await border.found() == [record["id"]]


async def test_a_pack_is_valid_until_its_field_copy_is_too_old(border: Border) -> None:
    """However long is asked for: seven days after the copy was taken at most, in whole hours."""
    number = await border.take()
    assert (await border.made(border.path / "first.pack", number=number, hours=168)).expires == NOW + timedelta(
        hours=167
    )
    border.clock.advance(timedelta(days=6))
    made = await border.made(border.path / "second.pack", number=number, hours=48)
    assert made.expires == NOW + timedelta(days=6, hours=23)


async def test_an_expired_pack_is_not_installed(border: Border) -> None:
    """As the post could answer nothing with it."""
    file = await border.make(hours=1)
    border.clock.advance(timedelta(hours=1))
    with pytest.raises(PackExpired):
        border.install(file)


async def test_a_clock_that_is_set_back_is_noticed(border: Border) -> None:
    """By the last search, by the last installation, and by when the pack was made."""
    await enter(border.service)
    border.install(await border.make())
    border.clock.advance(timedelta(hours=3))
    await border.found()
    border.clock.step(timedelta(hours=-2))
    with pytest.raises(ClockSetBack, match="it is 2026-06-01 13:00 UTC here, and was 2026-06-01 15:00 UTC before: set"):
        await border.found()
    border.clock.step(timedelta(hours=2))
    await border.found()


async def test_an_expired_pack_is_not_revived_by_an_earlier_clock(border: Border) -> None:
    """The installation of a later differential is remembered as well."""
    await enter(border.service)
    border.install(await border.make(hours=1))
    border.clock.advance(timedelta(minutes=59))
    border.install(await border.make("next.pack", is_differential=True, hours=1))
    border.clock.step(timedelta(hours=-1))
    with pytest.raises(ClockSetBack):
        await border.found()


async def test_a_step_of_seconds_back_is_none(border: Border) -> None:
    """As when a clock is set right."""
    record = await enter(border.service)
    border.install(await border.make())
    border.clock.step(timedelta(seconds=-60))
    assert await border.found() == [record["id"]]


async def test_a_pack_that_was_made_later_than_the_clock_says_is_not_used(border: Border) -> None:
    """A clock that was wrong from the start is noticed too."""
    file = await border.make()
    border.clock.step(timedelta(hours=-1))
    Post.create(border.folder, border.key, border.clock)
    with pytest.raises(ClockSetBack, match="the pack was made at 2026-06-01 12:00 UTC: set the clock right"):
        border.install(file)


async def test_a_search_says_how_old_its_answer_is(border: Border) -> None:
    """By when the field copy was taken, not by when the pack was made or installed."""
    await enter(border.service)
    number = await border.take()
    border.clock.advance(timedelta(minutes=30))
    border.install(await border.make(number=number))
    border.clock.advance(timedelta(hours=1))
    search = PackSearch(border.post())
    assert search.age_hours(border.clock.now()) == 1.5
    assert f"{search.expires:%d %H:%M}" == "02 12:30"
    search.close()


async def test_a_post_without_a_pack_says_what_to_do(border: Border) -> None:
    """It names the command that installs one."""
    with pytest.raises(PostUnusable, match="i247 fieldpack update"):
        await border.found()


async def test_an_expired_pack_is_not_revived_without_the_log_of_searches(border: Border) -> None:
    """Whether the log or the last use is removed, emptied or shortened, and wherever the clock is set to."""
    await enter(border.service)
    border.install(await border.make(hours=24))
    border.clock.advance(timedelta(hours=23))
    await border.found()
    await border.found()
    border.clock.step(timedelta(hours=-22))
    log, use = border.folder.log, border.folder.log.with_suffix(".last")
    first, _second = log.read_bytes().splitlines(keepends=True)
    for file, content in ((log, None), (log, b""), (log, first), (use, None), (use, b""), (use, b"AAAA")):
        before = file.read_bytes()
        file.unlink()
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(PostUnusable, match=r"is missing|was altered"):
            await border.found()
        file.write_bytes(before)
    with pytest.raises(ClockSetBack):
        await border.found()


async def test_a_log_that_is_shortened_while_the_post_answers_is_noticed(border: Border) -> None:
    """By a server that runs: the next search is not answered."""
    await enter(border.service)
    border.install(await border.make())
    search = PackSearch(border.post())
    query = VehicleQuery.model_validate(PLATE)
    await search.search(query, OFFICER)
    border.folder.log.write_bytes(b"")
    with pytest.raises(PostUnusable, match="entry 1 of the log of searches is missing"):
        await search.search(query, OFFICER)
    search.close()


async def test_a_use_after_the_expiry_is_remembered(border: Border) -> None:
    """A clock that is set back to before the expiry revives nothing."""
    await enter(border.service)
    border.install(await border.make(hours=24))
    border.clock.advance(timedelta(hours=25))
    with pytest.raises(PackExpired):
        await border.found()
    border.clock.step(timedelta(hours=-2))
    with pytest.raises(ClockSetBack):
        await border.found()
