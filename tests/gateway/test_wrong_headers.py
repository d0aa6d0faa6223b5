"""Headers as newcomers send them: the refusal says what is wrong with each."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.service import Service
from tests.gateway.fake_service import Echo
from tests.gateway.mesh import Mesh, client_of
from tests.support import problem_of


@pytest.fixture
async def caller(mesh: Mesh, echo: Service, application: Echo) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a gateway with one service."""
    async with client_of(mesh.gateway(echo)) as client:
        yield client


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("{token}", "put `Bearer` and a space before the token"),
        ("", "POST /oauth/token issues one"),
        ("Bearer", "POST /oauth/token issues one"),
        ("Basic eDp5", "POST /oauth/token issues one"),
        ('Bearer "{token}"', "send it whole and without quotes"),
        ("Bearer {token}x", "send it whole and without quotes"),
    ],
)
async def test_a_token_in_another_form(caller: httpx.AsyncClient, mesh: Mesh, form: str, says: str) -> None:
    """The token itself is never repeated."""
    token = mesh.token("FR", "echo:read")
    refused = await caller.get("/api/echo", headers={"Authorization": form.format(token=token)})
    assert problem_of(refused) == (401, "unauthenticated")
    assert says in refused.json()["detail"]
    assert token[:20] not in refused.text


@pytest.mark.parametrize(("coding", "status"), [("gzip", 415), ("br, gzip", 415), ("identity", 200), ("IDENTITY", 200)])
async def test_a_compressed_body_is_refused(
    caller: httpx.AsyncClient, mesh: Mesh, application: Echo, coding: str, status: int
) -> None:
    """The header is not signed, so the service would take the bytes for the body."""
    headers = mesh.bearer("FR", "echo:read") | {"Content-Encoding": coding}
    answer = await caller.post("/api/echo", content=b"\x1f\x8b", headers=headers)
    assert answer.status_code == status
    if status == 415:
        assert problem_of(answer) == (415, "unsupported-media-type")
        assert "without Content-Encoding" in answer.json()["detail"]
        assert application.requests == []
