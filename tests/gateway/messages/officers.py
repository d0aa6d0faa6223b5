"""An officer who uses the messages API of a gateway."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx

from tests.gateway.mesh import Mesh

PATH = "/api/messages"
SCOPES = ("messages:read", "messages:write")
PATIENCE = 5.0
DRAFT = {"to": ["DE"], "subject": "A car", "body": "Seen at the border."}


class Officer:
    """Sends and reads the messages of one bureau."""

    def __init__(self, client: httpx.AsyncClient, mesh: Mesh, bureau: str, *scopes: str) -> None:
        self.mesh = mesh
        self.bureau = bureau
        self.headers = mesh.bearer(bureau, *(scopes or SCOPES))
        self._client = client

    async def ask(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        """Send a request to a path below that of the messages."""
        headers = self.headers | options.pop("headers", {})
        return await self._client.request(method, PATH + path, headers=headers, **options)

    async def send(self, **changed: Any) -> str:
        """Send a message, which must be accepted, and return its id."""
        answer = await self.ask("POST", json=DRAFT | changed)
        assert answer.status_code == 202, answer.text
        sent: str = answer.json()["id"]
        return sent

    async def attach(self, *files: tuple[str, bytes], **changed: Any) -> str:
        """Send a message with files, and return its id."""
        parts: list[Any] = [("message", (None, json.dumps(DRAFT | changed)))]
        parts += [("attachments", file) for file in files]
        answer = await self.ask("POST", files=parts)
        assert answer.status_code == 202, answer.text
        sent: str = answer.json()["id"]
        return sent

    async def get(self, path: str = "", **query: Any) -> Any:
        """Return the body of an answer, which must be 200."""
        answer = await self.ask("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def box(self, **query: Any) -> list[str]:
        """Return the ids of the messages on the first page, newest first."""
        return [item["id"] for item in (await self.get(**query))["items"]]

    async def step(self, message_id: str, step: str, body: Any = None, **query: Any) -> httpx.Response:
        """Sign a step of a message: read, applied or refusal."""
        return await self.ask("POST", f"/{message_id}/{step}", json=body, params=query)

    async def until(self, path: str, fits: Callable[[Any], bool], **query: Any) -> Any:
        """Repeat a request until its answer satisfies a condition, and return it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = (await self.ask("GET", path, params=query)).json()
                if fits(answer):
                    return answer
                await asyncio.sleep(0.005)

    async def receives(self, message_id: str, **query: Any) -> Any:
        """Wait until a message is received, and return it."""
        return await self.until(f"/{message_id}", lambda answer: answer.get("id") == message_id, **query)

    async def sees(self, message_id: str, state: str) -> Any:
        """Wait until a sent message is in a state, and return it."""
        return await self.until(f"/{message_id}", lambda answer: answer.get("state") == state)


def refusal_of(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of a problem, which must have a detail."""
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert problem["status"] == answer.status_code
    assert problem["detail"]
    return answer.status_code, problem["type"].removeprefix("urn:i247:problem:")
