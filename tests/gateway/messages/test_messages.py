"""An officer sends a message to another bureau through both gateways."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.clock import FixedClock
from tests.gateway.mesh import Mesh

SCOPES = ("messages:read", "messages:write")
PATIENCE = 5.0


@pytest.fixture
def mesh(clock: FixedClock, tmp_path: Path) -> Mesh:
    """Return a mesh whose bureaus have mailboxes."""
    return Mesh(clock, tmp_path)


async def until(client: httpx.AsyncClient, path: str, headers: dict[str, str], fits: Callable[[Any], bool]) -> Any:
    """Ask until an answer fits, and return it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = (await client.get(path, headers=headers)).json()
            if fits(answer):
                return answer
            await asyncio.sleep(0.01)


@pytest.mark.thorough
async def test_a_message_is_delivered_and_its_sender_sees_the_receipts(mesh: Mesh) -> None:
    """It is accepted, delivered and read, and the outbox shows each state."""
    france, germany = mesh.bearer("FR", *SCOPES), mesh.bearer("DE", *SCOPES)
    async with mesh.handling_mail() as client:
        sent = await client.post(
            "/api/messages", json={"to": ["DE"], "subject": "A car", "body": "Seen at the border."}, headers=france
        )
        assert sent.status_code == 202, sent.text
        path = f"/api/messages/{sent.json()['id']}"
        assert sent.headers["location"] == path
        page = await until(client, "/api/messages?unread=true", germany, lambda page: page["items"])
        [item] = page["items"]
        assert (item["from"], item["to"], item["subject"], item["officer"]) == ("FR", ["DE"], "A car", "fr.officer")
        assert (await client.get(path, headers=germany)).json()["body"] == "Seen at the border."
        assert (await client.post(f"{path}/read", headers=germany)).json()["state"] == "read"
        message = await until(client, path, france, lambda message: message["state"] == "read")
        assert message["recipients"][0]["attempts"] == 1
        evidence = await client.get(f"{path}/evidence", headers=germany)
        assert evidence.json()["format"] == "i247-evidence-1"
