"""Officers of one bureau who enter, search and write to another while a test kills what serves them."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from tests.system.mesh import RunningMesh

VEHICLES, MESSAGES = "/api/stolen-vehicles", "/api/messages"
CAR = {"make": "Alfa Romeo", "theft_date": "2026-03-14"}
CLIENT_SECONDS = 40
PAUSE_SECONDS = 0.02
OFFICERS = 3


@dataclass
class Seen:
    """What the officers saw."""

    entered: dict[str, str] = field(default_factory=dict)
    """The VIN of each record that was accepted, by the id of its request."""

    unsure: dict[str, int] = field(default_factory=dict)
    """The status of each other entry, by its VIN."""

    found: list[float] = field(default_factory=list)
    """When each search was answered."""

    not_found: Counter[int] = field(default_factory=Counter)
    """The statuses of other answers to searches."""

    sent: dict[str, str] = field(default_factory=dict)
    """The subject of each message that was accepted, by its id."""


class Officers:
    """The officers of FR, each with a connection of their own for each request."""

    def __init__(self, mesh: RunningMesh) -> None:
        self.seen = Seen()
        self._client = httpx.AsyncClient(
            base_url=mesh.base,
            headers={"Authorization": f"Bearer {mesh.token('FR')}"},
            timeout=CLIENT_SECONDS,
            # A connection that is kept may end while a request is on its way, whatever the gateway does.
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        self._stops = False

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Seen]:
        """Have them work during the block, and finish what they began."""
        async with self._client, asyncio.TaskGroup() as group:
            for number in range(OFFICERS):
                for work in (self._enter, self._search, self._write):
                    group.create_task(work(number))
            yield self.seen
            self._stops = True

    async def _enter(self, officer: int) -> None:
        number = 0
        while not self._stops:
            number += 1
            vin = f"ZAR{officer:05}{number:09}"
            answer = await self._ask("POST", VEHICLES, json={**CAR, "vin": vin})
            if answer.status_code == 201:
                self.seen.entered[answer.headers["I247-Request-Id"]] = vin
            else:
                self.seen.unsure[vin] = answer.status_code

    async def _search(self, _officer: int) -> None:
        while not self._stops:
            answer = await self._ask("GET", f"{VEHICLES}/search?vin=ZAR00000000000001")
            if answer.status_code == 200:
                self.seen.found.append(time.monotonic())
            else:
                self.seen.not_found[answer.status_code] += 1

    async def _write(self, officer: int) -> None:
        number = 0
        while not self._stops:
            number += 1
            key = f"{officer}-{number}"
            letter = {"to": ["DE"], "subject": key, "body": "Text."}
            answer = await self._ask("POST", MESSAGES, json=letter, headers={"Idempotency-Key": key})
            assert answer.status_code == 202, answer.text
            self.seen.sent[answer.json()["id"]] = key

    async def _ask(self, method: str, path: str, **request: object) -> httpx.Response:
        answer = await self._client.request(method, path, **request)  # type: ignore[arg-type]  # those of httpx
        await asyncio.sleep(PAUSE_SECONDS)
        return answer


def everything_in(client: httpx.Client, path: str, **query: str) -> list[dict[str, str]]:
    """Return all items of a list, page by page."""
    items: list[dict[str, str]] = []
    after: dict[str, str] = {}
    while True:
        page = client.get(path, params={**query, **after, "limit": 100}).raise_for_status().json()
        items += page["items"]
        if page.get("next") is None:
            return items
        after = {"after": page["next"]}
