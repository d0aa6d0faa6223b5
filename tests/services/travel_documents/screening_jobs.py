"""What partners send, and the jobs that compare it with documents and alert the bureaus concerned."""

from datetime import date
from io import BytesIO
from typing import Any, NamedTuple

import httpx
import msgspec
import sqlalchemy as sa

from services.travel_documents.store import Screenings, TravelDocumentStore
from shared.agreements import Agreement
from shared.audit.tables import disclosures
from shared.audit.writer import AuditLog, LogEntry
from shared.bureaus import MEMBERS
from shared.clock import FixedClock
from shared.identity import Caller, Purpose
from shared.ids import uuid7
from shared.logs import Log
from shared.records.screening.alerts import ScreeningAlerts
from shared.records.screening.comparison import ScreeningComparison
from shared.records.search.matching import SavedSearchMatching, SearchExpiry
from shared.records.tables import outgoing, saved_searches
from tests.services.travel_documents.samples import NOON, PATH
from tests.support import ServiceClient, always, caller

SCOPE = "travel-documents:screen"
SEEN = {"issuer": "FRA", "number": "26XX00417", "type": "passport", "country": "PL", "place": "Warsaw airport, desk 12"}


class Alert(NamedTuple):
    """An alert that is under way, to all who are told the same."""

    recipients: set[str]
    form: dict[str, Any]
    quotes: list[dict[str, Any]]

    @property
    def record(self) -> dict[str, Any]:
        """The only record that it is about."""
        [record] = self.form["records"]
        return dict(record)

    @property
    def times(self) -> int:
        """How often that was seen."""
        return int(self.record.get("times", 1))


def partner(service: ServiceClient, *verbs: str, name: str = "PARTNER-AIR") -> httpx.AsyncClient:
    """Return a client of an airline, whose agreement has some verbs."""
    services, purposes = ("travel-documents",), (Purpose.SECURITY_CHECK,)
    agreement = Agreement(
        services=services, verbs=verbs, purposes=purposes, until=date(2100, 1, 1), resolution="AG/2026/9"
    )

    def make() -> Caller:
        sender = caller(name, SCOPE, purpose=Purpose.SECURITY_CHECK)
        return msgspec.structs.replace(sender, agreement=agreement, request_id=uuid7(NOON))

    return service.calling(make)


class ScreeningJobs:
    """One process of the service, which compares and alerts when a test says so."""

    def __init__(self, service: ServiceClient, clock: FixedClock) -> None:
        self.service = service
        self.clock = clock
        self.database = service.app.state.context.database
        self.audit = AuditLog(self.database)
        self.log_output = BytesIO()
        log = Log("travel-documents", stream=self.log_output, clock=clock)
        screened = Screenings.screened
        alerts = ScreeningAlerts(screened.store, screened.repeats)
        self.comparison = ScreeningComparison(screened, alerts, self.database, self.audit, clock, log)
        is_member = MEMBERS.__contains__
        self.matching = SavedSearchMatching([TravelDocumentStore], self.database, self.audit, clock, log, is_member)
        self.matching.alert_of_sightings(alerts)
        self.expiry = SearchExpiry(self.database, clock, always)

    async def send(self, airline: httpx.AsyncClient, times: int = 1, **changes: Any) -> None:
        """Send what was seen, at the time that it is."""
        for _ in range(times):
            answer = await airline.post(f"{PATH}/screening", json={**SEEN, **changes})
            assert (answer.status_code, answer.text) == (202, "null")

    async def alerts(self) -> list[Alert]:
        """Compare what waits, and return the alerts since the last call, the first first."""
        await self.comparison.run_once()
        return await self.taken()

    async def taken(self) -> list[Alert]:
        """Return the alerts since the last call."""
        rows = await self.database.reading.fetch(sa.select(outgoing.c.notification).order_by(outgoing.c.id))
        async with self.database.writing() as session:
            await session.execute(sa.delete(outgoing))
        alerts = dict[str, Alert]()
        for each in (msgspec.json.decode(row.notification) for row in rows):
            if each["form"] == "screening-alert":
                [recipient] = each["recipients"]
                new = Alert(set(), msgspec.json.decode(each["body"]), each["quotes"])
                alerts.setdefault(each["body"], new).recipients.add(recipient)
        return list(alerts.values())

    async def matched(self, record: dict[str, Any]) -> list[Alert]:
        """Log that a record was entered or changed, match it with what was kept, and return the alerts."""
        present = await TravelDocumentStore.present(self.database.reading, record["id"])
        assert present is not None
        now = self.clock.now()
        entered = LogEntry(
            at=now.timestamp(),
            request=uuid7(now),
            bureau=present.owner,
            officer="fr.officer",
            purpose=Purpose.SECURITY_CHECK,
            operation="create_travel_document",
            shown=(present.disclosure("change"),),
        )
        await self.audit.add(entered)
        await self.matching.run_once()
        return await self.taken()

    async def waiting(self) -> int:
        """Return how many wait to be compared."""
        return len(await self.database.reading.fetch(sa.select(Screenings.screened.waiting)))

    async def kept(self) -> int:
        """Return how many are kept."""
        kept = sa.select(saved_searches.c.digest).where(saved_searches.c.sighting.is_not(None))
        return len(await self.database.reading.fetch(kept))

    async def shown(self) -> list[tuple[str, ...]]:
        """Return who was shown which records as seen by a partner, and in whose list of disclosures each is."""
        of_alerts = disclosures.c.officer == "partner-air.screening"
        columns = disclosures.c["bureau", "how", "record_id", "listed_for", "match"]
        rows = await self.database.reading.fetch(sa.select(*columns).where(of_alerts).order_by(disclosures.c.number))
        return [tuple(row) for row in rows]
