"""What a check asks of each register is explained by its own id, as a request that an officer sends by hand."""

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from gateway.edge.declared_answers import operations_of
from gateway.sandbox.exchanges import Exchanges
from tests.gateway.explain.conftest import VEHICLES, Officer, sandbox_in
from tests.gateway.explain.test_requests import failed, request_id
from tests.gateway.mesh import Mesh, client_of
from tests.services.stolen_vehicles.samples import ALFA

STATED = {"plate": "FZ 512 KX", "country": "IT", "engine_number": "AR32104 9900001"}


@pytest.fixture
def scopes() -> tuple[str, ...]:
    """Return the scopes of officers who may check; the operations of the service are made before."""
    operations_of(VEHICLES)
    return ("checks:read", *VEHICLES.scopes)


@pytest.fixture
def checker(client: httpx.AsyncClient, mesh: Mesh, scopes: tuple[str, ...]) -> Officer:
    """Return an officer of France who may check."""
    return Officer(client, mesh.bearer("FR", *scopes))


async def checked(officer: Officer) -> tuple[str, list[Any]]:
    """Return the id of a check, and its sources."""
    answer = await officer.ask("POST", "/api/checks", json=STATED)
    assert answer.status_code == 200, answer.text
    return request_id(answer), answer.json()["sources"]


async def test_an_explanation_of_a_check_names_the_request_to_each_register(checker: Officer) -> None:
    """By the id under which the check names it too."""
    check, sources = await checked(checker)
    explanation = await checker.explain(check)
    assert explanation["says"] == "POST /api/checks was answered 200."
    assert {each["id"] for each in explanation["parts"]} == {each["request"] for each in sources}
    assert sorted(each["says"] for each in explanation["parts"]) == [
        "GET /api/stolen-vehicles/search was answered 200.",
        "GET /api/stolen-vehicles/vessels/search was answered 200.",
    ]


async def test_the_requests_to_registers_are_listed_in_the_order_of_the_sources(
    checker: Officer, tmp_path: Path
) -> None:
    """Whichever ended first, so that the first part is the first source."""
    check, sources = await checked(checker)
    in_order = [each["request"] for each in sources]
    exchanges = Exchanges(tmp_path / "exchanges")
    kept = exchanges.find(check, "FR")
    assert kept is not None
    for ended in (in_order, in_order[::-1]):
        exchanges.keep(msgspec.structs.replace(kept, parts=tuple(ended)))
        assert [each["id"] for each in (await checker.explain(check))["parts"]] == in_order


async def test_each_part_is_explained_as_a_request_of_its_own(checker: Officer, germany: Officer) -> None:
    """With its envelopes, and with the records that it did not find."""
    entered = await germany.ask("POST", "/api/stolen-vehicles", json=ALFA)
    assert entered.status_code == 201, entered.text
    _, sources = await checked(checker)
    for source in sources:
        explanation = await checker.explain(source["request"])
        assert failed(explanation) == []
        assert explanation["request"]["head"]["officer"] == "fr.officer"
        assert explanation["answer"]["head"]["re_digest"] == explanation["request"]["digest"]
        assert explanation["parts"] == []
        near = [each["record"] for each in explanation["why_not"]["near"]]
        assert near == ([entered.json()["id"]] if source["source"] == "stolen-vehicles" else [])


async def test_a_bureau_gets_no_explanation_of_a_part_of_what_another_checked(
    checker: Officer, client: httpx.AsyncClient, mesh: Mesh, scopes: tuple[str, ...]
) -> None:
    _, sources = await checked(checker)
    germany = Officer(client, mesh.bearer("DE", "messages:read", *scopes))
    hidden = await germany.ask("GET", f"/sandbox/explain/{sources[0]['request']}")
    assert hidden.status_code == 404


async def test_a_colleague_needs_a_scope_of_the_register(
    checker: Officer, client: httpx.AsyncClient, mesh: Mesh
) -> None:
    """What was asked of it is not shown to those who may not ask it."""
    _, sources = await checked(checker)
    headers = {"Authorization": f"Bearer {mesh.token_of('fr.other', 'FR', 'checks:read')}"}
    answer = await client.get(f"/sandbox/explain/{sources[0]['request']}", headers=headers)
    assert answer.status_code == 403
    assert "FZ" not in answer.text


async def test_a_register_that_is_down_is_explained_with_the_step_at_which_it_ended(
    mesh: Mesh, tmp_path: Path, scopes: tuple[str, ...]
) -> None:
    """The request was signed, and nobody took it."""
    async with client_of(mesh.gateway(VEHICLES, sandbox=sandbox_in(tmp_path, mesh.clock))) as client:
        france = Officer(client, mesh.bearer("FR", *scopes))
        check, sources = await checked(france)
        assert {each["state"] for each in sources} == {"unreachable"}
        assert [each["says"] for each in (await france.explain(check))["parts"]] == [
            "GET /api/stolen-vehicles/search was answered 503 unreachable.",
            "GET /api/stolen-vehicles/vessels/search was answered 503 unreachable.",
        ]
        explanation = await france.explain(sources[0]["request"])
    assert failed(explanation)[0] == ("gateway", "network")
