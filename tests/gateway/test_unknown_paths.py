"""What a gateway answers to a path that it does not have: the nearest that its document has, or how to get it."""

import httpx
import pytest

from services import SERVICES
from tests.gateway.mesh import Mesh, client_of
from tests.support import problem_of


async def detail_of(client: httpx.AsyncClient, path: str, headers: dict[str, str] | None = None) -> str:
    answer = await client.get(path, headers=headers)
    assert problem_of(answer) == (404, "not-found")
    return str(answer.json()["detail"])


@pytest.mark.thorough
async def test_a_path_without_its_beginning_is_answered_with_the_whole(mesh: Mesh) -> None:
    """Without a token, as the document needs none; and only what it says."""
    async with client_of(mesh.gateway(*SERVICES)) as client:
        (await client.get("/openapi.json")).raise_for_status()
        said = await detail_of(client, "/stolen-vehicles/search")
        assert said == "there is no /stolen-vehicles/search here: did you mean /api/stolen-vehicles/search?"
        assert "did you mean /oauth/token?" in await detail_of(client, "/token")
        assert "/docs shows what there is" in await detail_of(client, "/health-of-service")


@pytest.mark.thorough
async def test_a_path_is_answered_at_once_before_there_is_a_document(
    mesh: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made once, in seconds, and nobody waits for a suggestion."""
    monkeypatch.setattr("gateway.openapi.published.PATIENCE_SECONDS", 0.01)
    async with client_of(mesh.gateway(*SERVICES)) as client:
        assert "/docs shows what there is" in await detail_of(client, "/stolen-vehicles/search")


@pytest.mark.parametrize(
    ("name", "meant"), [("stolen-vehicle", "stolen-vehicles"), ("vehicles", "stolen-vehicles"), ("Notice", "notices")]
)
async def test_an_unknown_service_is_answered_with_the_known_ones(mesh: Mesh, name: str, meant: str) -> None:
    """The nearest first."""
    async with client_of(mesh.gateway(*SERVICES)) as client:
        said = await detail_of(client, f"/api/{name}/search", mesh.bearer("FR", "notices:read"))
    assert said.startswith(f"there is no service {name} here: did you mean {meant}? The services are notices, ")


@pytest.mark.parametrize(
    ("path", "said"), [("/api/", "name a service: the services are notices"), ("/api/v1/hits", "v1 here: the")]
)
async def test_a_path_without_a_service_is_answered_with_all(mesh: Mesh, path: str, said: str) -> None:
    """Where none is near."""
    async with client_of(mesh.gateway(*SERVICES)) as client:
        assert said in await detail_of(client, path, mesh.bearer("FR", "notices:read"))


async def test_an_overlong_name_of_a_service_is_cut(mesh: Mesh) -> None:
    """And compared with none."""
    async with client_of(mesh.gateway(*SERVICES)) as client:
        said = await detail_of(client, "/api/" + "n" * 3000, mesh.bearer("FR", "notices:read"))
    assert len(said) < 250


@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("/sandbox", "i247 up --sandbox"),
        ("/sandbox/faults", "i247 up --sandbox"),
        ("/clock", "i247 up --clock"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_what_only_a_mesh_for_tests_has_is_answered_with_how_to_get_it(
    mesh: Mesh, method: str, path: str, how: str
) -> None:
    """By any method; the document does not have it."""
    async with client_of(mesh.gateway()) as client:
        answer = await client.request(method, path)
    assert problem_of(answer) == (404, "not-found")
    assert how in answer.json()["detail"]
