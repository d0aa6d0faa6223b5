"""The store of a mailbox, with rows of messages and receipts for tests."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from shared.mailbox.store import MailStore
from shared.mailbox.tables import TABLES
from shared.storage import Database
from tests.stores import Tables

T = TypeVar("T")
THREAD = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"


class Kept:
    """The store of a mailbox, with short ways to add rows."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.reading = MailStore(database.reading)

    async def write(self, work: Callable[[MailStore], Awaitable[T]]) -> T:
        """Do something in a transaction."""
        async with self.database.writing(exclusive=True) as session:
            store = MailStore(session)
            done = await work(store)
            await store.usage.save()
            return done

    async def message(self, message_id: str, *recipients: str, **changed: Any) -> int:
        """Add a message, with deliveries if it has recipients, and return its number."""
        row = row_of(message_id, **({"box": "outbox", "sender": "FR"} if recipients else {}) | changed)

        async def put(store: MailStore) -> int:
            [number] = await store.add_all([row])
            if recipients:
                await store.deliveries.queue(number, row, recipients, 10)
            return number

        return await self.write(put)

    async def due(self, now: int, limit: int = 100) -> list[tuple[int, str]]:
        """Claim what is due, for ten milliseconds."""
        rows = await self.write(lambda store: store.deliveries.claim(now, now + 10, limit))
        return [(row.message, row.recipient) for row in rows]


def row_of(message_id: str, **changed: Any) -> dict[str, Any]:
    plain = {
        "box": "inbox",
        "sender": "DE",
        "id": message_id,
        "thread": THREAD,
        "urgency": "routine",
        "form": None,
        "state": "delivered",
        "stored": 1000,
        "expires": 9000,
        "digest": f"digest of {message_id}",
        "signature": "signature",
        "sealed": b"sealed",
        "summary": message_id,
        "content": b"content",
        "salt": b"salt",
        "content_key": b"key",
        "blinds": "{}",
        "attachments": 0,
        "size": 10,
        "request_key": None,
        "request_digest": None,
    }
    return plain | changed


def receipt(number: int, bureau: str, state: str, **changed: Any) -> dict[str, Any]:
    return {"message": number, "bureau": bureau, "state": state, "id": f"{bureau} {state}", "signature": "s"} | changed


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of a mailbox."""
    return (TABLES,)
