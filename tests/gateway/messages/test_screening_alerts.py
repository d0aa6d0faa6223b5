"""Alerts of what a partner saw, in mailboxes: what binds the readers of the record binds those of the alert.

France entered the document, it was seen in Germany.
"""

from contextlib import AsyncExitStack
from pathlib import Path

from services import travel_documents
from services.travel_documents.queries import SeenDocument
from services.travel_documents.store import Screenings
from shared.bureaus import BureauCode
from shared.identity import Caller, Purpose
from shared.ids import uuid7
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.messages.officers import SCOPES, Officer
from tests.gateway.messages.quoting import withheld

DOCUMENT = {"type": "passport", "number": "26XX00417", "status": "stolen", "event_date": "2026-03-14"}
SEEN = SeenDocument(issuer="FRA", number="26XX00417", type="passport", country="DE", place="Berlin airport, desk 12")


async def test_an_alert_goes_to_nobody_to_whom_the_owner_has_not_released_the_record(
    mesh: Mesh, tmp_path: Path
) -> None:
    """With H2: neither by the bureau of the place nor by the Secretariat, passed on, in an answer or by its id."""
    service = travel_documents.SERVICE
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(mesh.handling_mail())
        await mesh.start(service, tmp_path, stack, number=100)
        client = await stack.enter_async_context(client_of(mesh.gateway(service)))
        france, germany, secretariat = (
            Officer(client, mesh, bureau, *SCOPES, *service.scopes, "handling:confidential")
            for bureau in ("FR", "DE", "IPSG")
        )
        terms = {"handling": "CONFIDENTIAL", "conditions": ["H2"]}
        entered = await client.post("/api/travel-documents", headers=france.headers, json=DOCUMENT | terms)
        assert entered.status_code == 201, entered.text
        record = entered.json()["id"]
        await a_partner_sends(mesh, SEEN)
        for officer in (germany, secretariat):
            alert = await alert_of(officer)
            [quote] = (await officer.get(f"/{alert}"))["quotes"]
            assert {**quote, **terms, "record": record, "owner": "FR"} == quote
            assert "KE" in await withheld(officer, to=["KE"], forwards=alert)
            assert "KE" in await withheld(officer, to=["KE", "FR"], in_reply_to=alert)
            assert "KE" in await withheld(officer, to=["KE"], body=f"Look at {record}")
            sent = await officer.send(to=["FR"], forwards=alert)
            assert [each["record"] for each in (await france.receives(sent))["quotes"]] == [record]


async def a_partner_sends(mesh: Mesh, seen: SeenDocument) -> None:
    """Have a partner send what it saw."""
    now = mesh.clock_of_services.now()
    airline = Caller(BureauCode("PARTNER-AIR"), "air.officer", frozenset(), Purpose.SECURITY_CHECK, uuid7(now))
    async with mesh.records["travel-documents"].context(1).database.writing() as session:
        await Screenings(session, airline, now).put(seen.query(), seen)


async def alert_of(officer: Officer) -> str:
    """Wait for an alert, and return the id of the message."""
    page = await officer.until("", lambda page: any(each["form"] == "screening-alert" for each in page["items"]))
    [alert] = [str(each["id"]) for each in page["items"] if each["form"] == "screening-alert"]
    return alert
