"""Many writes in one transaction: in their order, each with its own outcome, on both databases."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from shared.storage import Database, Session
from shared.storage.group_commit import BATCH_SIZE, GroupCommit
from tests.stores import Tables, in_turn

pytestmark = pytest.mark.both_databases

metadata = sa.MetaData()
entries = sa.Table("entries", metadata, sa.Column("name", sa.String(20), primary_key=True))
_add = sa.insert(entries)


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of this module."""
    return metadata


@pytest.fixture
def store(database: Database) -> Database:
    """Return a database with one table."""
    return database


class Counting:
    """A database that counts its transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.transactions = 0

    def writing(self, *, exclusive: bool = False) -> Any:
        """Open a transaction."""
        self.transactions += 1
        return self._database.writing(exclusive=exclusive)


async def names(store: Database) -> list[str]:
    return sorted(row.name for row in await store.reading.fetch(sa.select(entries)))


def adding(name: str, ran: list[str] | None = None) -> Any:
    async def add(session: Session) -> str:
        if ran is not None:
            ran.append(name)
        await session.execute(_add, {"name": name})
        return name

    return add


async def test_writes_share_transactions_and_keep_their_order(store: Database) -> None:
    """Writes that wait at the same time share a transaction, up to the batch size; each gets its own result."""
    counting, ran = Counting(store), list[str]()
    commits = GroupCommit(counting, in_turn)  # type: ignore[arg-type]  # it has the only method that is used
    wanted = [f"{number:04}" for number in range(BATCH_SIZE + 5)]
    assert await asyncio.gather(*(commits.write(adding(name, ran)) for name in wanted)) == wanted
    assert ran == wanted
    assert await names(store) == wanted
    assert counting.transactions <= 3


async def test_a_failing_write_does_not_affect_the_others_of_its_group(store: Database) -> None:
    """Only its caller gets the error, and its partial changes are rolled back."""
    commits = GroupCommit(store, in_turn)

    async def half(session: Session) -> None:
        await session.execute(_add, {"name": "half"})
        raise LookupError("half")

    outcomes = await asyncio.gather(
        commits.write(adding("a")),
        commits.write(half),
        commits.write(adding("b")),
        commits.write(adding("a")),
        commits.write(adding("c")),
        return_exceptions=True,
    )
    assert [outcomes[index] for index in (0, 2, 4)] == ["a", "b", "c"]
    assert isinstance(outcomes[1], LookupError)
    assert isinstance(outcomes[3], sa.exc.IntegrityError)
    assert await names(store) == ["a", "b", "c"]
    assert await commits.write(adding("d")) == "d"


async def test_a_cancelled_caller_does_not_cancel_its_write(store: Database) -> None:
    """The other writes of the group are committed as well."""
    commits = GroupCommit(store, in_turn)
    gone = asyncio.create_task(commits.write(adding("gone")))
    stays = asyncio.create_task(commits.write(adding("stays")))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == "stays"
    assert gone.cancelled()
    assert await names(store) == ["gone", "stays"]


async def test_closing_waits_for_pending_writes(store: Database) -> None:
    """The store can be closed after that."""
    commits = GroupCommit(store, in_turn)
    going = [asyncio.create_task(commits.write(adding(name))) for name in "abc"]
    await asyncio.sleep(0)
    await commits.close()
    assert await names(store) == ["a", "b", "c"]
    await asyncio.gather(*going)
    await commits.close()


@pytest.mark.thorough
async def test_writes_in_quick_succession_share_a_transaction(store: Database) -> None:
    """After a transaction the next one is delayed; no write is lost or reordered."""
    counting = Counting(store)
    commits = GroupCommit(counting, in_turn, gathered_seconds=0.5)  # type: ignore[arg-type]
    await commits.write(adding("first"))
    later = [asyncio.create_task(commits.write(adding(f"later {number}"))) for number in range(3)]
    for _ in range(3):
        await asyncio.sleep(0)
    assert counting.transactions == 1
    later.append(asyncio.create_task(commits.write(adding("later 3"))))
    assert await asyncio.gather(*later) == [f"later {number}" for number in range(4)]
    assert counting.transactions == 2
