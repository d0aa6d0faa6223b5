"""Any request of a sandbox is explained step by step, to its bureau alone."""

from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from shared.clock import FixedClock
from tests.gateway.explain.conftest import SEARCH, VEHICLES, Officer, sandbox_in
from tests.gateway.mesh import Mesh, SkewedClock, client_of
from tests.services.stolen_vehicles.samples import ALFA

ABSENT: Final = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
PLATE: Final = {"plate": "FZ 512 KX", "country": "IT"}


def request_id(answer: httpx.Response) -> str:
    """Return the id of a request, which every answer below /api has."""
    return answer.headers["i247-request-id"]


def failed(explanation: Any) -> list[tuple[str, str]]:
    """Return the steps that failed."""
    return [(each["part"], each["step"]) for each in explanation["steps"] if each["result"] != "ok"]


async def test_a_request_that_went_well_has_no_step_that_failed(france: Officer) -> None:
    """Each part of the way is explained, and the signed bytes are shown."""
    explanation = await france.explain(request_id(await france.ask("GET", SEARCH, params=PLATE)))
    assert failed(explanation) == []
    assert {each["part"] for each in explanation["steps"]} == {"gateway", "request", "service", "answer"}
    steps = [each["step"] for each in explanation["steps"] if each["part"] == "request"]
    assert steps == ["size", "form", "sender", "key", "signature", "recipients", "time", "verifier", "seal"]
    assert explanation["request"]["head"]["target"].startswith(SEARCH)
    assert explanation["answer"]["head"]["re_digest"] == explanation["request"]["digest"]
    assert explanation["answer"]["signing_input"]["text"].endswith('{"hits":[],"total":0,"warnings":[],"near":[]}')


async def test_what_a_request_made_is_named(france: Officer) -> None:
    """The result of an entry is its path."""
    entered = await france.ask("POST", "/api/stolen-vehicles", json=ALFA)
    explanation = await france.explain(request_id(entered))
    assert explanation["steps"][-1]["says"].endswith(entered.headers["location"])
    assert explanation["why_not"] is None


async def test_a_bureau_gets_no_explanation_of_what_another_asked(france: Officer, germany: Officer) -> None:
    """It is answered as if there were no such request."""
    asked = request_id(await france.ask("GET", SEARCH, params=PLATE))
    hidden = await germany.ask("GET", f"/sandbox/explain/{asked}")
    absent = await germany.ask("GET", f"/sandbox/explain/{ABSENT}")
    assert hidden.status_code == absent.status_code
    assert hidden.json()["type"] == absent.json()["type"]
    assert hidden.json()["detail"].replace(asked, ABSENT) == absent.json()["detail"]


async def test_a_colleague_is_not_shown_what_the_answer_says(
    france: Officer, client: httpx.AsyncClient, mesh: Mesh
) -> None:
    """The body of the answer was disclosed to one officer, and the log has that."""
    asked = request_id(await france.ask("GET", SEARCH, params=PLATE))
    headers = {"Authorization": f"Bearer {mesh.token_of('fr.other', 'FR', 'stolen-vehicles:write', purpose=None)}"}
    explanation = (await client.get(f"/sandbox/explain/{asked}", headers=headers)).json()
    assert explanation["answer"]["signing_input"]["text"] is None
    assert explanation["why_not"] is None
    assert ("search", "why not") in failed(explanation)


@pytest.mark.parametrize("scope", ["messages:read", "audit:read"])
async def test_a_colleague_without_a_scope_of_the_service_is_shown_nothing(
    france: Officer, client: httpx.AsyncClient, mesh: Mesh, scope: str
) -> None:
    """Not even what was sought: it may name a person."""
    asked = request_id(await france.ask("GET", SEARCH, params=PLATE))
    headers = {"Authorization": f"Bearer {mesh.token_of('fr.other', 'FR', scope)}"}
    answer = await client.get(f"/sandbox/explain/{asked}", headers=headers)
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (403, "scope-missing")
    assert "FZ" not in answer.text


@pytest.mark.parametrize(
    ("headers", "status", "step"),
    [
        ({"Authorization": ""}, 401, "token"),
        ({"Authorization": "Bearer nonsense"}, 401, "token"),
        ({"I247-Purpose": "curiosity"}, 422, "form"),
        ({"Content-Type": "x" * 300}, 400, "form"),
    ],
)
async def test_a_refusal_at_the_gateway_is_explained_by_the_id_in_its_problem(
    france: Officer, headers: dict[str, str], status: int, step: str
) -> None:
    """Nothing was signed, so the way ends at the gateway."""
    answer = await france.ask("GET", SEARCH, params=PLATE, headers=headers)
    assert (answer.status_code, answer.json()["instance"]) == (status, request_id(answer))
    explanation = await france.explain(request_id(answer))
    assert failed(explanation)[0] == ("gateway", step)
    assert explanation["request"] is None
    assert f": gateway, {step}: " in explanation["says"]
    assert answer.json()["detail"].rstrip(".") in explanation["says"]


async def test_a_scope_that_is_missing_is_named(client: httpx.AsyncClient, mesh: Mesh) -> None:
    """At the gateway without any scope of the service, at the service without that of the operation."""
    reader = Officer(client, mesh.bearer("FR", "stolen-vehicles:read"))
    explanation = await reader.explain(request_id(await reader.ask("POST", "/api/stolen-vehicles", json=ALFA)))
    assert failed(explanation) == [("service", "scope"), ("service", "result")]
    stranger = Officer(client, mesh.bearer("FR", "messages:read"))
    explanation = await stranger.explain(request_id(await stranger.ask("GET", SEARCH, params=PLATE)))
    assert failed(explanation)[0] == ("gateway", "scope")


async def test_a_mistake_in_a_request_is_told_with_its_place(france: Officer) -> None:
    """The envelope was good, and the service refused what it says."""
    explanation = await france.explain(request_id(await france.ask("GET", SEARCH, params={"plate": "FZ5*"})))
    assert failed(explanation) == [("service", "result")]
    assert "query /plate: has too few known signs" in explanation["steps"][-1]["says"]


async def test_a_service_that_is_down_ends_the_way_at_the_network(mesh: Mesh, tmp_path: Path) -> None:
    """The request was signed, and nobody took it."""
    async with client_of(mesh.gateway(VEHICLES, sandbox=sandbox_in(tmp_path, mesh.clock))) as client:
        france = Officer(client, mesh.bearer("FR", *VEHICLES.scopes))
        explanation = await france.explain(request_id(await france.ask("GET", SEARCH, params=PLATE)))
    assert failed(explanation) == [("gateway", "network"), ("service", "replay"), ("gateway", "result")]
    assert explanation["request"] is not None
    assert explanation["answer"] is None


async def test_a_clock_that_is_wrong_is_the_step_time(clock: FixedClock, tmp_path: Path) -> None:
    """The service refuses the envelope with its reason; the explanation shows both times."""
    late = SkewedClock(clock, timedelta(minutes=-10))
    mesh = Mesh(late, tmp_path, of_services=clock)
    async with AsyncExitStack() as stack:
        await mesh.start(VEHICLES, tmp_path, stack, number=100)
        client = await stack.enter_async_context(
            client_of(mesh.gateway(VEHICLES, sandbox=sandbox_in(tmp_path, mesh.clock)))
        )
        france = Officer(client, mesh.bearer("FR", *VEHICLES.scopes))
        answer = await france.ask("GET", SEARCH, params=PLATE)
        assert answer.status_code != 200
        explanation = await france.explain(request_id(answer))
    assert ("answer", "time") in failed(explanation)
    assert any("expired: check the clocks" in each["says"] for each in explanation["steps"])


async def test_what_is_kept_survives_a_restart_and_other_processes_find_it(
    france: Officer, mesh: Mesh, tmp_path: Path
) -> None:
    """Each exchange is a file that its owner alone can read."""
    asked = request_id(await france.ask("GET", SEARCH, params=PLATE))
    async with client_of(mesh.gateway(VEHICLES, sandbox=sandbox_in(tmp_path, mesh.clock))) as other:
        explanation = await Officer(other, mesh.bearer("FR", *VEHICLES.scopes)).explain(asked)
    assert explanation["id"] == asked
    [file] = (tmp_path / "exchanges").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


async def test_no_other_mesh_keeps_or_explains_anything(mesh: Mesh, tmp_path: Path) -> None:
    """What was asked is personal data."""
    async with client_of(mesh.gateway(VEHICLES)) as client:
        headers = mesh.bearer("FR", *VEHICLES.scopes)
        refused = await client.get(SEARCH, params=PLATE, headers={})
        assert "i247-request-id" not in refused.headers
        assert (await client.get(f"/sandbox/explain/{ABSENT}", headers=headers)).status_code == 404
    assert not (tmp_path / "exchanges").exists()


@pytest.mark.thorough
@pytest.mark.parametrize("asked", ["abc", "../secrets", ABSENT.upper()])
async def test_what_is_no_id_is_refused(france: Officer, asked: str) -> None:
    """Before any file is looked for."""
    assert (await france.ask("GET", f"/sandbox/explain/{asked}")).status_code in {404, 422}


async def test_an_explanation_needs_a_token(client: httpx.AsyncClient) -> None:
    """Unlike the other routes of a sandbox: it shows what one officer may see."""
    assert (await client.get(f"/sandbox/explain/{ABSENT}")).status_code == 401
