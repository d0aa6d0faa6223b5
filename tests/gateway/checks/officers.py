"""Officers who enter records, search each register by hand, and check in all of them at once."""

from typing import Any

import httpx

from services import SERVICES
from services.missing_persons.examples import PERSON
from services.notices.colours import Colour
from services.notices.examples import EXAMPLES
from shared.identity import HANDLING_CONFIDENTIAL
from shared.ids import uuid7
from tests.conftest import NOW
from tests.gateway.mesh import Mesh

CHECKS = "/api/checks"
RED: dict[str, Any] = {key: value for key, value in EXAMPLES[Colour.RED].items() if key != "public"}
CAR: dict[str, Any] = {"plate": "GA417XR", "country": "IT", "make": "Fiat", "theft_date": "2026-05-02"}
MISSING: dict[str, Any] = PERSON
STOLEN: dict[str, Any] = {
    "type": "passport",
    "number": "19AK00417",
    "status": "stolen",
    "event_date": "2026-03-14",
    "event_country": "FR",
}
WANTED = {"name": "Delacroisiere Etienne Marcel", "date_of_birth": "1979-11-02"}
ALL_READ = tuple(f"{service.name}:read" for service in SERVICES)


class Officer:
    """An officer of a bureau at a gateway."""

    def __init__(self, client: httpx.AsyncClient, mesh: Mesh, bureau: str, *scopes: str) -> None:
        self.bureau = bureau
        self._client = client
        self._headers = mesh.bearer(bureau, *(scopes or _usual()))

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request."""
        headers = {**self._headers, **options.pop("headers", {})}
        return await self._client.request(method, path, headers=headers, **options)

    async def check(self, **stated: Any) -> Any:
        """Return the answer to a check."""
        answer = await self.ask("POST", CHECKS, json=stated)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def search(self, service: str, **asked: str) -> Any:
        """Return the answer of one register that is searched by hand."""
        answer = await self.ask("GET", f"/api/{service}/search", params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def enter(self, service: str, content: dict[str, Any]) -> str:
        """Enter a record, and return its id."""
        answer = await self.ask("POST", f"/api/{service}", json=content)
        assert answer.status_code == 201, answer.text
        record: str = answer.json()["id"]
        return record

    async def take(self, notice: str, step: str, body: Any = None) -> None:
        """Take a step with a notice."""
        answer = await self.ask("POST", f"/api/notices/{notice}/{step}", json=body)
        assert answer.status_code == 200, answer.text


def _usual() -> tuple[str, ...]:
    written = (f"{service.name}:{verb}" for service in SERVICES for verb in ("read", "write", "review"))
    known = {scope for service in SERVICES for scope in service.scopes}
    return ("checks:read", HANDLING_CONFIDENTIAL, "audit:read", *(scope for scope in written if scope in known))


async def diffuse(officer: Officer, **changed: Any) -> str:
    """Send a diffusion about the wanted person of the examples, and return its id."""
    notice = await officer.enter("notices", {**RED, **changed})
    await officer.take(notice, "diffusion")
    return notice


def states(answer: Any) -> dict[str, str]:
    """Return the state of each source."""
    return {each["source"]: each["state"] for each in answer["sources"]}


def found_in(answer: Any) -> list[tuple[str, str]]:
    """Return the records that a check shows, in their order."""
    return [(each["source"], each["id"]) for each in answer["hits"]]


def record_id() -> str:
    """Return the id of a record that does not exist."""
    return uuid7(NOW)
