"""Fixtures for auditors: requests of officers to the API, a vehicle that was read, and logs that witnesses cosigned."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest

from gateway.witness.watching import Witness
from services import SERVICES
from shared.audit.checkpoint_signer import MIN_INTERVAL, Checkpoints
from shared.bureaus import BureauCode
from shared.identity import Purpose
from shared.protocol.witnesses import assigned
from tests.gateway.console.browser import Browser
from tests.gateway.console.conftest import SignedIn
from tests.gateway.mesh import Mesh
from tests.services.stolen_vehicles.samples import ALFA

VEHICLES: Final = "stolen-vehicles"
HOSTILE: Final = "<img src=x onerror=alert(1)>"
Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def ask(gateway: httpx.ASGITransport, started: Mesh) -> Ask:
    """Return a function that sends a request of an officer to the API, a second after the last."""
    every = [scope for service in SERVICES for scope in service.scopes]

    async def send(bureau: str, method: str, path: str, **options: Any) -> httpx.Response:
        started.clock.advance(timedelta(seconds=1))
        async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
            headers = started.bearer(bureau, *every, purpose=Purpose.BORDER_MANAGEMENT)
            answer = await client.request(method, f"/api/{path}", headers=headers, **options)
        assert answer.is_success, answer.text
        return answer

    return send


@pytest.fixture
async def record(ask: Ask) -> str:
    """Return a vehicle that France entered, and Germany found and read."""
    number = str((await ask("FR", "POST", VEHICLES, json=ALFA)).json()["id"])
    await ask("DE", "GET", f"{VEHICLES}/search", params={"vin": ALFA["vin"]})
    await ask("DE", "GET", f"{VEHICLES}/{number}")
    return number


@pytest.fixture
async def auditor(signed_in: SignedIn) -> Browser:
    """Return the browser of an auditor of France, who has no other right."""
    return await signed_in("FR", "audit:read")


def witnesses_of(mesh: Mesh, service: str) -> list[str]:
    """Return the witnesses of the log of a service."""
    return sorted(assigned(service, mesh.directory.entries(), mesh.clock.now().timestamp()))


async def cosigned(mesh: Mesh, service: str = VEHICLES, *, by: int = 3) -> None:
    """Let a service sign the state of its log, and witnesses cosign it."""
    mesh.clock.advance(MIN_INTERVAL)
    await Checkpoints(mesh.participants[service], mesh.records[service]._database).run_once()
    for bureau in witnesses_of(mesh, service)[:by]:
        session = await mesh.mailbox_host.of(BureauCode(bureau))
        await Witness(session.mailbox, session.bureau).look(service)
