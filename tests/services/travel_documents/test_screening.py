"""Partners send what they saw, are told nothing, and the bureaus concerned are alerted."""

from datetime import date
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa

from services.travel_documents.store import Screenings, TravelDocumentStore
from shared.agreements import REFER, SCREEN, Agreement
from shared.audit.tables import disclosures
from shared.audit.writer import AuditLog
from shared.clock import FixedClock
from shared.identity import Caller, Purpose
from shared.records.screening.alerts import ScreeningAlerts
from shared.records.tables import outgoing
from tests.services.travel_documents.samples import PATH, enter, enter_blanks, refusal
from tests.support import ServiceClient, caller

SCOPE = "travel-documents:screen"
SEEN = {"issuer": "FRA", "number": "26XX00417", "type": "passport", "country": "PL", "place": "Warsaw airport, desk 12"}


def partner(service: ServiceClient, *verbs: str) -> httpx.AsyncClient:
    """Return a client of an airline, whose agreement has some verbs."""
    services, purposes = ("travel-documents",), (Purpose.SECURITY_CHECK,)
    agreement = Agreement(
        services=services, verbs=verbs, purposes=purposes, until=date(2100, 1, 1), resolution="AG/2026/9"
    )

    def make() -> Caller:
        sender = caller("PARTNER-AIR", SCOPE, purpose=Purpose.SECURITY_CHECK)
        return msgspec.structs.replace(sender, agreement=agreement)

    return service.calling(make)


async def alerts(service: ServiceClient, clock: FixedClock) -> list[tuple[set[str], dict[str, Any]]]:
    """Compare what waits; return the recipients and the form of each alert that is under way."""
    database = service.app.state.context.database
    job = ScreeningAlerts(TravelDocumentStore, Screenings.table, database, AuditLog(database), clock)
    await job.run_once()
    rows = await database.reading.fetch(sa.select(outgoing.c.notification))
    sent = [msgspec.json.decode(row.notification) for row in rows]
    return [
        (set(each["recipients"]), msgspec.json.decode(each["body"])) for each in sent if "screening" in each["form"]
    ]


async def waiting(service: ServiceClient) -> int:
    rows = await service.app.state.context.database.reading.fetch(sa.select(Screenings.table))
    return len(rows)


async def test_the_answer_is_the_same_whether_a_record_matches_or_not(
    service: ServiceClient, clock: FixedClock
) -> None:
    """202 and nothing else; both are stored alike, and compared later."""
    await enter(service)
    airline = partner(service, SCREEN)
    answers = [await airline.post(f"{PATH}/screening", json=seen) for seen in (SEEN, {**SEEN, "number": "26XX99999"})]
    assert [(answer.status_code, answer.text) for answer in answers] == [(202, "null")] * 2
    assert answers[0].headers == answers[1].headers
    assert await waiting(service) == 2
    assert len(await alerts(service, clock)) == 1
    assert await waiting(service) == 0


async def test_a_match_alerts_the_issuer_the_bureau_of_the_place_and_the_secretariat(
    service: ServiceClient, clock: FixedClock
) -> None:
    """Without personal data; and it is a hit of the bureau of the place, of which its owner is notified as well."""
    record = await enter(service)
    await partner(service, SCREEN).post(f"{PATH}/screening", json=SEEN)
    [(recipients, form)] = await alerts(service, clock)
    assert recipients == {"FR", "PL", "IPSG"}
    assert (form["record"], form["owner"], form["partner"], form["place"]) == (
        *(record["id"], "FR", "PARTNER-AIR"),
        "Warsaw airport, desk 12",
    )
    shown = sa.select(disclosures.c["bureau", "how", "record_id"]).where(disclosures.c.how == "screening")
    rows = await service.app.state.context.database.reading.fetch(shown)
    assert [tuple(row) for row in rows] == [("PL", "screening", record["id"])]


@pytest.mark.parametrize(
    ("stated", "recipients"),
    [
        ({"restricted": ["PL"]}, {"FR", "IPSG"}),
        ({"addressed": ["DE"]}, {"FR", "IPSG"}),
        ({"handling": "CONFIDENTIAL"}, {"FR", "PL", "IPSG"}),
    ],
)
async def test_a_bureau_that_may_not_see_the_record_is_not_alerted(
    service: ServiceClient, clock: FixedClock, stated: dict[str, Any], recipients: set[str]
) -> None:
    """Nor is it logged as shown to it; the issuer learns of it in any case."""
    await enter(service, **stated)
    await partner(service, SCREEN).post(f"{PATH}/screening", json=SEEN)
    assert [each for each, _ in await alerts(service, clock)] == [recipients]


async def test_a_stolen_blank_is_screened_as_well(service: ServiceClient, clock: FixedClock) -> None:
    """By the same search; seen in its own country, it is alerted once to each."""
    record = await enter_blanks(service)
    seen = {**SEEN, "number": "26XX15000", "country": "FR"}
    await partner(service, SCREEN).post(f"{PATH}/screening", json=seen)
    [(recipients, form)] = await alerts(service, clock)
    assert (recipients, form["record"]) == ({"FR", "IPSG"}, record["id"])


async def test_a_partner_is_told_to_refer_only_where_its_agreement_says_so(
    service: ServiceClient, clock: FixedClock
) -> None:
    """Yes or no, and nothing of the record."""
    await enter(service, restricted=["PARTNER-AIR"])
    airline = partner(service, SCREEN, REFER)
    for number, told in ((SEEN["number"], True), ("26XX99999", False)):
        answer = await airline.post(f"{PATH}/screening", json={**SEEN, "number": number})
        assert (answer.status_code, answer.json()) == (202, {"refer": told})
    assert len(await alerts(service, clock)) == 1


async def test_only_partners_screen_and_only_as_their_agreement_says(service: ServiceClient) -> None:
    """A bureau searches, and a partner that may read may not screen."""
    bureau = await service.officer("PL").post(f"{PATH}/screening", json=SEEN)
    assert refusal(bureau)[:2] == (403, "participant-not-allowed")
    reader = await partner(service, "read").post(f"{PATH}/screening", json=SEEN)
    assert refusal(reader)[:2] == (403, "agreement-exceeded")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": "Anna"}, "/name"),
        ({"issuer": "XXA"}, "/issuer"),
        ({"place": "call +49 170 1234567"}, "/place"),
        ({"country": "POL"}, "/country"),
    ],
)
async def test_what_a_partner_may_not_send_is_refused(
    service: ServiceClient, changes: dict[str, str], pointer: str
) -> None:
    """No name, nor anything else that is personal, and nothing is stored."""
    answer = await partner(service, SCREEN).post(f"{PATH}/screening", json={**SEEN, **changes})
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert await waiting(service) == 0
