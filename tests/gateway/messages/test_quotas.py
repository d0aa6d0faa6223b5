"""Quotas as pure functions, and usage counters, which equal a recount of the store."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import Any, Final

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from shared.bureaus import MEMBERS, BureauCode
from shared.mailbox.quotas import Amount, PostRoom, Quotas, Room
from shared.mailbox.rows import inbox_row
from shared.mailbox.store import MailStore
from shared.mailbox.tables import TABLES, chunks, messages
from shared.protocol.messages import open_message
from shared.protocol.verifier import Verifier
from shared.storage import Database
from tests.gateway.mesh import Mesh
from tests.gateway.messages.mailbox_rows import Kept, row_of
from tests.gateway.messages.raw_messages import parcel_of, sealed
from tests.stores import Tables

QUOTAS: Final = Quotas(per_sender=Amount(10, 1000), inbox=Amount(50, 4000))
SENDERS: Final = ("FR", "KE", "DE", "vehicles")


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of a mailbox."""
    return (TABLES,)


# --- room within quotas


def used(**amounts: tuple[int, int]) -> dict[str, Amount]:
    return {sender: Amount(*amount) for sender, amount in amounts.items()}


@pytest.mark.parametrize(
    ("stored", "sender", "more", "fits"),
    [
        ({}, "FR", (1, 1000), True),
        ({}, "FR", (1, 1001), False),
        ({"FR": (9, 0)}, "FR", (1, 0), True),
        ({"FR": (10, 0)}, "FR", (1, 0), False),
        ({"FR": (10, 1000)}, "KE", (1, 1000), True),
        # Nine tenths of 50 messages and 4000 bytes are for bureaus.
        ({"FR": (10, 1000), "KE": (10, 1000), "IT": (10, 1000)}, "ES", (1, 600), True),
        ({"FR": (10, 1000), "KE": (10, 1000), "IT": (10, 1000)}, "ES", (1, 601), False),
        ({"vehicles": (45, 0)}, "ES", (1, 0), False),
        *(({who: (10, 0)}, who, (1, 0), False) for who in ("PARTNER-ICC", "CCF", "IPSG-CCC", "RB-ABJ")),
        ({"FR": (45, 0)}, "PARTNER-ICC", (1, 0), False),
        ({"FR": (45, 3600)}, "vehicles", (5, 400), True),
        ({"FR": (45, 3600)}, "IPSG", (5, 400), True),
        ({"FR": (45, 3600)}, "vehicles", (5, 401), False),
        ({"vehicles": (40, 3900)}, "vehicles", (1, 100), True),
    ],
)
def test_a_message_within_the_quotas_of_sender_and_inbox_is_accepted(
    stored: dict[str, tuple[int, int]], sender: str, more: tuple[int, int], fits: bool
) -> None:
    """The last tenth of the inbox is reserved for services and the Secretariat."""
    amounts = used(**stored)
    room = Room(QUOTAS, amounts, sum(amounts.values(), Amount()))
    assert room.has(sender, Amount(*more)) is fits
    assert room.take(sender, Amount(*more)) is fits


def test_accepted_messages_reduce_the_room_that_is_left() -> None:
    """Within one transaction, in which the counters are not read again."""
    room = Room(QUOTAS, {}, Amount())
    assert [room.take("FR", Amount(1, 300)) for _ in range(5)] == [True, True, True, False, False]
    assert room.take("KE", Amount(1, 1000))


LIMIT: Final = Amount(100, 10_000)
parcels = st.lists(
    st.tuples(st.sampled_from(sorted(MEMBERS)[:40]), st.integers(1, 400), st.booleans()), min_size=1, max_size=600
)


@pytest.mark.thorough
@given(parcels)
def test_the_post_quota_is_kept_and_leaves_room_for_a_recipient_without_outstanding_posts(
    given: list[tuple[str, int, bool]],
) -> None:
    """However much is posted to recipients that send no receipts."""
    room, outstanding = PostRoom(LIMIT, {}), Amount()
    for recipient, size, urgent in given:
        if room.take(recipient, size, urgent=urgent):
            outstanding += Amount(1, size)
    assert outstanding.is_within(LIMIT)
    if outstanding.bytes < LIMIT.bytes and outstanding.messages < LIMIT.messages:
        assert room.take("ZW", 1, urgent=False)


def test_an_offline_recipient_takes_half_of_the_post_quota_and_urgent_messages_have_a_reserve() -> None:
    """Each further offline recipient takes half of what is left."""
    room = PostRoom(LIMIT, {})

    def posted(recipient: str, *, urgent: bool = False) -> int:
        return sum(room.take(recipient, 1, urgent=urgent) for _ in range(200))

    assert [posted("FR"), posted("KE"), posted("IT")] == [50, 25, 13]
    assert posted("FR", urgent=True) == 0
    assert posted("ES", urgent=True) == 10
    assert PostRoom(LIMIT, {"FR": Amount(50, 50)}).take("FR", 1, urgent=True)


# --- counters


def _all_of(statement: Any) -> Callable[[MailStore], Awaitable[Any]]:
    return lambda store: store.session.fetch(statement)


async def recount(kept: Kept) -> dict[str, Amount]:
    """Return what each sender stores, counted from the rows."""
    of_messages = sa.select(messages.c.sender, sa.func.count(), sa.func.sum(messages.c.size)).group_by("sender")
    of_chunks = sa.select(chunks.c.sender, sa.func.sum(sa.func.length(chunks.c.sealed))).group_by("sender")
    found: dict[str, Amount] = {}
    for sender, number, size in await kept.write(_all_of(of_messages)):
        found[sender] = Amount(number, int(size))
    for sender, size in await kept.write(_all_of(of_chunks)):
        found[sender] = found.get(sender, Amount()) + Amount(bytes=int(size))
    return found


class Interrupted(Exception):
    """Stands for a process that ends in the middle of a transaction."""


class Steps:
    """Random changes of a mailbox, some of which are interrupted before they are committed."""

    def __init__(self, kept: Kept, random: Random) -> None:
        self._kept = kept
        self._random = random
        self._numbers: list[int] = []
        self._ids = [f"message {number}" for number in range(12)]

    async def take(self) -> None:
        step = self._random.choice((self._message, self._chunk, self._chunk, self._drop, self._remove))
        with suppress(Interrupted):
            await self._kept.write(step)

    async def _message(self, store: MailStore) -> None:
        size = self._random.randrange(1, 1000)
        sender = self._random.choice(SENDERS)
        rows = [
            row_of(f"{sender} {self._random.random()}", sender=sender, size=size)
            for _ in range(self._random.randrange(1, 4))
        ]
        numbers = await store.add_all(rows)
        self._interrupt()
        self._numbers += numbers

    async def _chunk(self, store: MailStore) -> None:
        row = {"sender": self._random.choice(SENDERS), "message_id": self._random.choice(self._ids), "attachment": 1}
        number, sealed = self._random.randrange(3), bytes(self._random.randrange(1, 5000))
        await store.chunks.put({**row, "number": number, "sealed": sealed})
        self._interrupt()

    async def _drop(self, store: MailStore) -> None:
        await store.chunks.drop(self._random.choice(SENDERS), self._random.choice(self._ids))
        self._interrupt()

    async def _remove(self, store: MailStore) -> None:
        gone = self._random.sample(self._numbers, min(2, len(self._numbers)))
        await store.notifications.remove(gone)
        self._interrupt()
        self._numbers = [number for number in self._numbers if number not in gone]

    def _interrupt(self) -> None:
        if self._random.random() < 0.2:
            raise Interrupted


@pytest.mark.thorough
@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(5))
async def test_the_usage_counters_equal_a_recount(database: Database, seed: int) -> None:
    """After each addition, replacement, removal or interrupted transaction, in random order."""
    kept = Kept(database)
    steps = Steps(kept, Random(seed))  # noqa: S311 - the same each time
    for _ in range(60):
        await steps.take()
        stored = {sender: amount for sender, amount in (await kept.reading.usage.all()).items() if amount != Amount()}
        assert stored == await recount(kept)
    assert len(stored) >= 2


@pytest.mark.both_databases
async def test_sent_messages_do_not_count_against_the_inbox_quota(database: Database) -> None:
    """The outbox has a limit of its own."""
    kept = Kept(database)
    for sender, amount in (("DE", Amount(99, 9999)), ("FR", Amount(9, 0)), ("KE", Amount(10, 1))):
        await kept.write(lambda store, sender=sender, amount=amount: store.usage.add(sender, amount))
    room = await kept.reading.usage.room(QUOTAS, ["FR", "IT", "DE"], own="DE")
    assert [room.take(sender, Amount(1, 0)) for sender in ("FR", "FR", "IT")] == [True, False, True]
    assert not room.has("IT", Amount(24, 0))
    assert room.has("IT", Amount(9, 0))


async def test_the_size_of_a_message_counts_all_its_stored_columns(mesh: Mesh) -> None:
    """Sealed and opened content, signature, blinds and summary, in bytes and not in characters."""
    message = sealed(mesh, said={"subject": "盗難車"})
    opened = _opened(mesh, message)
    row = inbox_row(opened, parcel_of(mesh, message), BureauCode("DE"), mesh.clock.now())
    kept = [value if isinstance(value, bytes) else value.encode() for value in _kept_of(row)]
    assert row["size"] == sum(map(len, kept))


def _kept_of(row: dict[str, Any]) -> list[Any]:
    return [row[name] for name in ("sealed", "content", "signature", "blinds", "summary")]


def _opened(mesh: Mesh, message: Any) -> Any:
    verifier = Verifier("DE", mesh.directory, mesh.clock)
    key_of = mesh.participants["DE"].keys.sealing
    return open_message(verifier, parcel_of(mesh, message), sender="FR", recipient="DE", key_of=key_of)
