"""The yearly review of those who are not convicted: a due date, a message, a list, and the end if it is missed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from services import notices
from services.notices.persons.store import PersonFileStore, person_files
from services.notices.tables import photograph_tables
from shared.audit.writer import AuditLog
from shared.clock import FixedClock
from shared.logs import Log
from shared.mailbox.notifications import Notification
from shared.protocol.payloads import ReviewDue
from shared.records.outbox import OutboxRelay
from shared.records.policy import REVIEWED_BEFORE
from shared.records.retention import REVIEW_SCAN_INTERVAL, Retention
from shared.records.search.saved_searches import RecentSearches
from shared.service import Context
from shared.storage import Database
from tests.conftest import NOW, store_of
from tests.services.notices.persons.files import CONVICTION, PATH, PENDING, entered
from tests.shared.images.files import drawn, saved
from tests.shared.records.record_kind import FakeMailbox
from tests.support import ServiceClient, always

YEAR = timedelta(days=365)


class Reviewed(NamedTuple):
    """The service with its job of retention."""

    service: ServiceClient
    clock: FixedClock
    database: Database
    retention: Retention
    mailbox: FakeMailbox
    relay: OutboxRelay

    async def after(self, passed: timedelta) -> list[Notification]:
        """Let time pass, and return the reviews that owners were asked for since."""
        self.clock.advance(max(passed, REVIEW_SCAN_INTERVAL))
        for _ in range(2):
            # What expired is announced first, and then deleted.
            await self.retention.run_once()
        await self.relay.run_once()
        notified, self.mailbox.received = self.mailbox.received, []
        return [each for each in notified if isinstance(each.form, ReviewDue)]

    async def due(self, day: str, bureau: str = "FR") -> list[str]:
        """Return which of its files a bureau has to review by a day."""
        wanted = {"owner": bureau, "expires_by": day}
        listed = await self.service.officer(bureau).get(PATH, params=wanted)
        assert listed.status_code == 200, listed.text
        return [each["id"] for each in listed.json()["items"]]

    async def rows(self, table: sa.Table) -> int:
        return len(await self.database.reading.fetch(sa.select(table.c.id)))


@pytest.fixture
async def reviewed(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Reviewed]:
    async with store_of(notices.SERVICE, f"sqlite:///{tmp_path / 'store.db'}") as database:
        app, log = notices.SERVICE.create_app(Context(database, clock)), Log("notices")
        audit, mailbox = AuditLog(database, RecentSearches()), FakeMailbox()
        retention = Retention(PersonFileStore, database, audit, clock, log, always)
        relay = OutboxRelay(database, mailbox, log)
        async with app.router.lifespan_context(app):
            service = ServiceClient(notices.SERVICE, app)
            yield Reviewed(service, clock, database, retention, mailbox, relay)
        await audit.close()


@pytest.mark.parametrize("status", ["suspect", "charged", "witness", "victim"])
async def test_who_is_not_convicted_is_reviewed_each_year(reviewed: Reviewed, status: str) -> None:
    """The file states the day; half a year before, its owner is asked, and a renewal with a reason gives a year."""
    file = await entered(reviewed.service, person_status=status)
    france = reviewed.service.officer("FR")
    assert (await france.get(f"{PATH}/{file}")).json()["expires"][:10] == f"{NOW + YEAR:%Y-%m-%d}"
    assert await reviewed.after(YEAR - REVIEWED_BEFORE - timedelta(days=1)) == []
    [asked] = await reviewed.after(timedelta(days=1))
    assert (asked.recipients, asked.form.record) == (("FR",), file)
    assert f"deleted on {NOW + YEAR:%Y-%m-%d} unless you renew it" in asked.subject
    renewed = await france.post(f"{PATH}/{file}/renewal", json={"reason": "The inquiry goes on."})
    assert renewed.status_code == 200, renewed.text
    again = reviewed.clock.now() + YEAR
    assert renewed.json()["expires"][:10] == f"{again:%Y-%m-%d}"
    [version, *_] = (await france.get(f"{PATH}/{file}/versions")).json()["items"]
    assert version["reason"] == "The inquiry goes on."
    assert await reviewed.after(YEAR - REVIEWED_BEFORE - timedelta(days=1)) == []
    assert len(await reviewed.after(timedelta(days=1))) == 1


async def test_a_bureau_lists_the_files_whose_review_is_due(reviewed: Reviewed) -> None:
    """By the end of a day, a month or a year; those of the convicted only after five years."""
    suspect = await entered(reviewed.service)
    convicted = await entered(reviewed.service, CONVICTION, person_status="convicted")
    due = NOW + YEAR
    assert await reviewed.due(f"{due - timedelta(days=1):%Y-%m-%d}") == []
    assert await reviewed.due(f"{due:%Y-%m-%d}") == await reviewed.due(f"{due:%Y-%m}") == [suspect]
    assert {*await reviewed.due(f"{NOW.year + 5}")} == {convicted, suspect}


@pytest.mark.thorough
async def test_a_file_that_is_not_reviewed_is_gone_for_all_with_its_photographs(reviewed: Reviewed) -> None:
    """For its owner too, from the second on, and deleted after that; a renewed one stays."""
    missed, kept = await entered(reviewed.service), await entered(reviewed.service, PENDING, name="Oster")
    for file in (missed, kept):
        added: Any = await reviewed.service.officer("FR").post(
            f"{PATH}/{file}/photographs", content=saved(drawn()), headers={"Content-Type": "image/jpeg"}
        )
        assert added.status_code == 201, added.text
    await reviewed.after(YEAR - timedelta(days=1))
    renewed = await reviewed.service.officer("FR").post(f"{PATH}/{kept}/renewal", json={"reason": "Needed."})
    assert renewed.status_code == 200, renewed.text
    assert (await reviewed.rows(person_files), await reviewed.rows(photograph_tables.photographs)) == (2, 2)
    await reviewed.after(timedelta(days=1))
    for bureau in ("FR", "DE", "IPSG"):
        reader = reviewed.service.officer(bureau)
        answers = [(await reader.get(f"{PATH}/{file}")).status_code for file in (missed, kept)]
        assert answers == [404, 200]
    assert (await reviewed.rows(person_files), await reviewed.rows(photograph_tables.photographs)) == (1, 1)
