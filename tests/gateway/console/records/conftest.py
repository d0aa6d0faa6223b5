"""Fixtures for records: requests of bureaus to the API, and a vehicle of France that Germany reads."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from gateway.console.kinds import BY_NAME
from services import SERVICES
from shared.bureaus import BureauCode
from shared.identity import HANDLING_CONFIDENTIAL
from tests.gateway.console.browser import Browser, text_of
from tests.gateway.mesh import Mesh
from tests.services.stolen_vehicles.samples import ALFA

VEHICLES = BY_NAME["stolen-vehicles"]
SCOPES = [*(scope for service in SERVICES for scope in service.scopes), HANDLING_CONFIDENTIAL]
Ask = Callable[..., Awaitable[Any]]


@pytest.fixture
def ask(gateway: httpx.ASGITransport, started: Mesh) -> Ask:
    """Return a function that sends a request of a bureau to the API, and returns the JSON of the answer."""

    async def send(bureau: str, method: str, path: str, body: Any = None) -> Any:
        async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
            answer = await client.request(method, path, headers=started.bearer(bureau, *SCOPES), json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    return send


@pytest.fixture
async def vehicle(ask: Ask) -> str:
    """Enter a vehicle of France, which Germany reads, and return its path in the API."""
    entered = await ask("FR", "POST", VEHICLES.path, ALFA)
    path = f"{VEHICLES.path}/{entered['id']}"
    await ask("DE", "GET", path)
    return path


async def enter_examples(mesh: Mesh, *names: str) -> None:
    """Enter the records that the examples of the documents are about, as France, of all services or of some."""
    for service in (each for each in SERVICES if not names or each.name in names):
        async with mesh.records[service.name]._database.writing() as session:
            for enter in service.example_records(BureauCode("FR"), mesh.clock.now()):
                await enter(session)


def page_of(path: str) -> str:
    """Return the address of the page of a vehicle by its path in the API."""
    return f"{VEHICLES.page}/{path.rpartition('/')[2]}"


async def opened(browser: Browser, path: str, **query: str) -> str:
    """Return the text of a page that can be opened."""
    answer = await browser.get(path, **query)
    assert answer.status_code == 200, text_of(answer)
    return text_of(answer)
