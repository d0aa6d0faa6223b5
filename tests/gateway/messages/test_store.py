"""The store of a mailbox on both databases: messages, events, chunks, groups and threads."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.bureaus import BureauCode
from shared.mailbox.group_models import Group
from shared.mailbox.models import Box, MessageQuery
from shared.mailbox.tables import TABLES
from shared.storage import Database
from tests.conftest import NOW
from tests.gateway.messages.mailbox_rows import THREAD, Kept, row_of
from tests.stores import Tables

pytestmark = pytest.mark.both_databases


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of a mailbox."""
    return (TABLES,)


@pytest.fixture
def kept(database: Database) -> Kept:
    return Kept(database)


async def ids(kept: Kept, **query: Any) -> list[str]:
    return [row.summary for row in await kept.reading.page(MessageQuery.model_validate(query))]


async def test_message_numbers_are_returned_in_the_order_of_the_added_rows(kept: Kept) -> None:
    """However many are added at once."""
    names = [f"{number:03}" for number in range(300, 0, -1)]
    numbers = await kept.write(lambda store: store.add_all([row_of(name) for name in names]))
    found = {row.summary: row.number for row in await kept.reading.page(MessageQuery(limit=200))}
    wanted = dict(zip(names, numbers, strict=True))
    assert len(set(numbers)) == 300
    assert all(wanted[name] == number for name, number in found.items())


async def test_a_page_is_newest_first_and_has_one_more_row_than_its_limit(kept: Kept) -> None:
    """The extra row says whether there is another page."""
    for number in range(5):
        await kept.message(f"{number}")
    assert await ids(kept, limit=2) == ["4", "3", "2"]
    assert await ids(kept, limit=5) == ["4", "3", "2", "1", "0"]
    assert await ids(kept, limit=2, after=2) == ["0"]


async def test_a_page_matches_all_filters(kept: Kept) -> None:
    """Each filter alone and together; a conversation spans both boxes."""
    await kept.message("old", stored=500)
    await kept.message("read", state="read")
    await kept.message("kenya", sender="KE", thread="another")
    await kept.message("own", "DE")
    assert await ids(kept) == ["kenya", "read", "old"]
    assert await ids(kept, box="outbox") == ["own"]
    assert await ids(kept, thread=THREAD) == ["own", "read", "old"]
    assert await ids(kept, thread=THREAD, box="inbox", unread=True) == ["old"]
    assert await ids(kept, unread=False) == ["read"]
    assert await ids(kept, **{"from": "KE"}) == ["kenya"]
    assert await ids(kept, since=datetime.fromtimestamp(1, UTC)) == ["kenya", "read"]


async def test_messages_of_one_form_are_paged(kept: Kept) -> None:
    """In one box, as all filters."""
    for name, form in (("a", "hits"), ("b", None), ("c", "hits"), ("d", "publication"), ("e", "hits")):
        await kept.message(name, form=form)
    await kept.message("own", "DE", form="hits")
    assert await ids(kept, form="hits") == ["e", "c", "a"]
    assert await ids(kept, form="hits", limit=1, after=5) == ["c", "a"]
    assert await ids(kept, form="hits", box="outbox") == ["own"]
    assert await ids(kept, form="publication", **{"from": "KE"}) == await ids(kept, form="release") == []


async def test_a_message_id_is_unique_per_sender_and_box(kept: Kept) -> None:
    """Two bureaus may choose the same id."""
    numbers = [await kept.message("a"), await kept.message("a", sender="KE"), await kept.message("a", "DE")]
    held = await kept.reading.held(Box.INBOX, ["a", "b"])
    assert {key: row.number for key, row in held.items()} == {("DE", "a"): numbers[0], ("KE", "a"): numbers[1]}
    assert sorted(row.number for row in await kept.reading.find("a")) == sorted(numbers)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await kept.message("a")


async def test_events_are_numbered_in_the_order_in_which_they_are_added(kept: Kept) -> None:
    """From 1; the last number of an empty mailbox is 0."""
    assert await kept.reading.events.last() == 0
    number = await kept.message("a")
    event = {"message": number, "kind": "message", "bureau": "DE", "state": "delivered", "reason": None, "at": 1}
    await kept.write(lambda store: store.events.add([event, event | {"at": 2}, event | {"at": 3}], 4))
    rows = await kept.reading.events.after(1, 10)
    assert [(row.number, row.at, row.summary) for row in rows] == [(2, 2, "a"), (3, 3, "a")]
    assert await kept.reading.events.last() == 3


async def test_chunks_are_stored_once_and_kept_as_long_as_their_message(kept: Kept) -> None:
    """Those without a message can be dropped, and are found as orphans."""
    for message_id in ("a", "b", "c"):
        for number in (0, 1, 1):
            chunk = {"sender": "DE", "message_id": message_id, "attachment": 1, "number": number, "sealed": b"x"}
            await kept.write(lambda store, chunk=chunk: store.chunks.put(chunk))
    await kept.message("a")
    assert await kept.reading.chunks.count("DE", "a") == 2
    await kept.write(lambda store: store.chunks.drop("DE", "a"))
    await kept.write(lambda store: store.chunks.drop("KE", "b"))
    await kept.write(lambda store: store.chunks.drop("DE", "c"))
    assert [await kept.reading.chunks.count("DE", each) for each in "abc"] == [2, 2, 0]
    assert await kept.reading.chunks.get("DE", "a", 1, 1) == b"x"
    assert await kept.reading.chunks.get("DE", "a", 2, 1) is None
    assert await kept.reading.chunks.orphans() == [("DE", "b")]


async def test_a_group_replaces_one_of_the_same_name(kept: Kept) -> None:
    """Groups are listed by name."""
    first, other, second = (
        Group(name=name, members=(BureauCode(member),), updated=NOW)
        for name, member in (("team-b", "DE"), ("team-a", "IT"), ("team-b", "ES"))
    )
    for group in (first, other, second):
        await kept.write(lambda store, group=group: store.groups.put(group))
    assert await kept.reading.groups.all() == [other, second]
    assert await kept.reading.groups.get("team-b") == second
    assert await kept.write(lambda store: store.groups.drop("team-b"))
    assert not await kept.write(lambda store: store.groups.drop("team-b"))
    assert await kept.reading.groups.get("team-b") is None


async def test_a_request_key_is_unique_and_finds_its_message(kept: Kept) -> None:
    await kept.message("a", "DE", request_key="key", request_digest="digest")
    row = await kept.reading.requested("key")
    assert row is not None
    assert (row.summary, row.request_digest) == ("a", "digest")
    assert await kept.reading.requested("other") is None
    with pytest.raises(Exception, match=r"(?i)unique"):
        await kept.message("b", "DE", request_key="key")
    assert await kept.reading.find("b") == []


async def test_a_thread_is_found_by_its_messages(kept: Kept) -> None:
    await kept.message("a")
    assert await kept.reading.thread_exists(THREAD)
    assert not await kept.reading.thread_exists("a")
