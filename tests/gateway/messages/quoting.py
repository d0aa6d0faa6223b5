"""Bureaus that quote records of two services, and what their gateways refuse."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from services import missing_persons, stolen_vehicles
from shared.bureaus import BureauCode
from shared.ids import uuid7
from shared.mailbox.rows import outbox_row
from shared.protocol.quotes import QuotedRecord
from shared.transport import Subscription
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.messages.officers import DRAFT, SCOPES, Officer, refusal_of
from tests.gateway.messages.raw_messages import sealed
from tests.services.stolen_vehicles.samples import ALFA

VEHICLES, PERSONS = stolen_vehicles.SERVICE, missing_persons.SERVICE
H2 = {"handling": "RESTRICTED", "conditions": ["H1", "H2"]}
RELEASES = "/releases"


class Network:
    """Bureaus, services with records of France, and a gateway."""

    def __init__(self, mesh: Mesh, client: httpx.AsyncClient, serving: Subscription) -> None:
        self.mesh = mesh
        self.serving = serving
        self.client = client
        self.france, self.germany, self.kenya = map(self.officer, ("FR", "DE", "KE"))
        # A bureau enters each number once; the first is that of the sample.
        self._vins = (f"ZAR937000051234{place}" for place in range(56, 100))

    def officer(self, bureau: str, *scopes: str) -> Officer:
        return Officer(self.client, self.mesh, bureau, *SCOPES, *(scopes or (*VEHICLES.scopes, *PERSONS.scopes)))

    async def vehicle(self, by: Officer | None = None, **changed: Any) -> dict[str, Any]:
        """Enter a vehicle with the condition H2, by France, and return the reference to quote it."""
        entry = ALFA | {"vin": next(self._vins)} | H2 | changed
        return await self.entered("stolen-vehicles", "vehicle", entry, by)

    async def entered(
        self, service: str, kind: str, entry: Any, by: Officer | None = None, path: str = ""
    ) -> dict[str, Any]:
        headers = (by or self.france).headers
        answer = await self.client.post(f"/api/{service}{path}", headers=headers, json=entry)
        assert answer.status_code == 201, answer.text
        return {"service": service, "kind": kind, "record": answer.json()["id"]}

    async def quoted_by_france(self, **changed: Any) -> tuple[dict[str, Any], str]:
        """Have France quote a vehicle to Germany; return the reference and the id of the message."""
        vehicle = await self.vehicle(**changed)
        sent = await self.france.send(quotes=[vehicle])
        await self.germany.receives(sent)
        return vehicle, sent

    async def release(self, by: Officer, vehicle: dict[str, Any], holder: Officer, *to: str, **more: Any) -> None:
        """Release a record, and wait until the holder has it."""
        answer = await by.ask("POST", RELEASES, json={**vehicle, "holder": holder.bureau, "to": to, **more})
        assert answer.status_code == 202, answer.text
        await holder.receives(answer.json()["id"])

    async def says(self, by: str, to: str, *quotes: QuotedRecord, message_id: str | None = None, **said: Any) -> str:
        """Have the hostile gateway of a bureau send a message with any quotes, wait for it, and return its id."""
        session, at = await self.mesh.mailbox_host.of(BureauCode(by)), self.mesh.clock.now()
        which = message_id or uuid7(at)
        recipients = (BureauCode(to),)
        message = sealed(self.mesh, id=which, by=by, recipients=recipients, said={"quotes": quotes, **said})
        row = outbox_row(message, recipients, at)
        await session.mailbox.write(lambda store: store.enqueue(row, [to]))
        session.mailbox.changes.notify()
        await self.officer(to).receives(which, **{"from": by})
        return which


@asynccontextmanager
async def network_of(mesh: Mesh, tmp_path: Path) -> AsyncIterator[Network]:
    """Yield a network of two services, whose bureaus have mailboxes."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(mesh.handling_mail())
        serving = await mesh.start(VEHICLES, tmp_path, stack, number=100)
        await mesh.start(PERSONS, tmp_path, stack, number=101)
        yield Network(mesh, await stack.enter_async_context(client_of(mesh.gateway(VEHICLES, PERSONS))), serving)


async def withheld(officer: Officer, **draft: Any) -> str:
    """Have a message refused as onward sharing, and return the detail."""
    answer = await officer.ask("POST", json=DRAFT | draft)
    assert refusal_of(answer) == (403, "onward-sharing")
    [fault] = answer.json()["errors"]
    assert fault["pointer"] == "/to"
    return str(fault["detail"])
