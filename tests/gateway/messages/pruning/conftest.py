"""The mailboxes of the tests of pruning, on both databases."""

from collections.abc import AsyncIterator
from io import BytesIO

import pytest

from gateway.tables import GATEWAY_TABLES
from shared.clock import FixedClock
from shared.logs import Log
from shared.mailbox.mailbox import Mailbox, Mailboxes
from tests.gateway.messages.mailbox_rows import row_of
from tests.stores import Tables


@pytest.fixture
def written() -> BytesIO:
    """Return what is logged."""
    return BytesIO()


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of a gateway."""
    return GATEWAY_TABLES


@pytest.fixture
async def mailboxes(database_url: str, clock: FixedClock, written: BytesIO) -> AsyncIterator[Mailboxes]:
    mailboxes = Mailboxes(
        lambda _: database_url, clock, Log("test", stream=written, clock=clock), tables=GATEWAY_TABLES
    )
    yield mailboxes
    await mailboxes.close()


@pytest.fixture
async def mailbox(mailboxes: Mailboxes) -> Mailbox:
    """Return a mailbox with a message in it, which is number 1."""
    mailbox = await mailboxes.of("FR")
    await mailbox.write(lambda store: store.add_all([row_of("a")]))
    return mailbox


@pytest.fixture(autouse=True)
def few_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have more than one batch of everything."""
    monkeypatch.setattr("shared.mailbox.pruning.BATCH_SIZE", 3)
    monkeypatch.setattr("shared.mailbox.pruning.NOTIFICATION_BATCH_SIZE", 2)
    monkeypatch.setattr("shared.mailbox.pruning.PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("shared.mailbox.pruning.ANNOUNCED_SECONDS", 0.0)
