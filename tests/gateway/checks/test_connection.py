"""A check ends with its client: what nobody would read is not waited for."""

import asyncio
from pathlib import Path

import pytest
from fastapi import Request

from gateway.checks.connection import while_connected
from services import notices
from shared.errors import Malformed
from tests.gateway.checks.test_silence import never_answering
from tests.gateway.http_server import serving
from tests.gateway.mesh import Mesh
from tests.support import Noted


class Client:
    """A client whose connection a test closes."""

    def __init__(self) -> None:
        self.has_left = asyncio.Event()
        self.request = Request({"type": "http"}, self._receive)

    async def _receive(self) -> dict[str, str]:
        await self.has_left.wait()
        return {"type": "http.disconnect"}


async def test_the_result_of_work_is_returned_to_a_client_that_waits() -> None:
    async def work() -> int:
        return 7

    assert await while_connected(Client().request, work()) == 7


async def test_work_is_cancelled_when_its_client_leaves() -> None:
    """And it has ended before that is answered."""
    client, begun, ended = Client(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.create_task(while_connected(client.request, work()))
    await begun.wait()
    client.has_left.set()
    with pytest.raises(Malformed):
        await task
    assert ended.is_set()


async def test_what_fails_is_raised_to_a_client_that_waits() -> None:
    async def work() -> None:
        raise ValueError("of the work")

    with pytest.raises(ValueError, match="of the work"):
        await while_connected(Client().request, work())


@pytest.mark.thorough
async def test_a_client_that_hangs_up_ends_its_check_at_the_gateway(mesh: Mesh, tmp_path: Path) -> None:
    """Long before the register would be given up; the place among the checks under way is free again."""
    asked = Noted()

    async def silent(*_arrived: object) -> None:
        asked.note()
        await never_answering()

    await mesh.handle(mesh.join("notices", "service", 101), silent)
    gateway = mesh.gateway(notices.SERVICE)
    token = mesh.token("FR", "checks:read", "notices:read")
    body = b'{"name": "Jean Dupont"}'
    head = (
        f"POST /api/checks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    async with serving(mesh, gateway) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode() + body)
        await asked.more(1, seconds=30)
        writer.close()
        # The gateway gives a silent register 4.5 s.
        for _ in range(200):
            if mesh.logged("request"):
                break
            await asyncio.sleep(0.01)
        [logged] = mesh.logged("request")
    assert (logged["service"], logged["status"]) == ("checks", 400)
