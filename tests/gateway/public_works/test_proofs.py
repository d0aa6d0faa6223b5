"""A statement is proven to be in the audit log of the register, to all who have it, offline, and without a token."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.audit.verify.leaf_proof import Answer, verify_proof
from shared.ids import uuid7
from shared.protocol.http import HttpRequest
from tests.conftest import NOW
from tests.gateway.public_works.conftest import ROOT, WorksWorld
from tests.support import problem_of

STORM = {"title": "harbour storm"}
ASKED = HttpRequest("GET", "/api/cultural-property/statements?title=harbour+storm", "", b"")


async def proof_of(anyone: httpx.AsyncClient, request: str) -> Any:
    """Return the proof of a statement, once a checkpoint covers its leaf."""
    async with asyncio.timeout(10):
        while (answer := await anyone.get(f"{ROOT}/statements/{request}/proof")).status_code == 404:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.thorough
async def test_a_statement_is_proven_to_be_in_the_log(world: WorksWorld, anyone: httpx.AsyncClient) -> None:
    """With the question and the answer: who changed one of them finds no proof of it."""
    work = await world.enter()
    stated = await anyone.post(f"{ROOT}/statements", json=STORM)
    answer = Answer(stated.headers["I247-Signature"], stated.content)
    assert stated.json()["request"] == stated.headers["I247-Request-Id"]
    raw = (await proof_of(anyone, stated.json()["request"]))["proof"].encode()
    found = verify_proof(raw, world.mesh.root.public, asked=ASKED, answer=answer)
    assert [each.check for each in found.found if not each.ok] in ([], ["witnesses"])
    assert {"inclusion", "leaf", "records", "query", "answer"} <= {each.check for each in found.found}
    assert work.id in raw.decode()
    forged = Answer(answer.signature, stated.content.replace(work.id.encode(), work.id[::-1].encode()))
    other = HttpRequest("GET", "/api/cultural-property/statements?title=cathedral", "", b"")
    wrong = verify_proof(raw, world.mesh.root.public, asked=other, answer=forged)
    assert {"query", "answer"} <= {each.check for each in wrong.found if not each.ok}


@pytest.mark.thorough
async def test_a_proof_adds_nothing_to_the_log(world: WorksWorld, anyone: httpx.AsyncClient) -> None:
    """Otherwise it would grow each time that one is looked at."""
    stated = (await anyone.post(f"{ROOT}/statements", json=STORM)).json()
    await proof_of(anyone, stated["request"])
    leaves = await world.rows("audit_leaves")
    await proof_of(anyone, stated["request"])
    assert await world.rows("audit_leaves") == leaves


async def test_there_is_no_proof_of_what_is_no_statement(world: WorksWorld, anyone: httpx.AsyncClient) -> None:
    """Neither of a search, nor of what a bureau asked, nor of what nobody did: alike in all words."""
    await world.enter()
    searched = (await anyone.get(f"{ROOT}/search", params=STORM)).headers["I247-Request-Id"]
    bearer = world.mesh.bearer("FR", "cultural-property:read")
    asked = await anyone.get("/api/cultural-property/statements", params=STORM, headers=bearer)
    assert asked.status_code == 200, asked.text
    of_bureau, of_nobody = asked.json()["request"], uuid7(NOW)
    said = set()
    for request in (searched, of_bureau, of_nobody):
        answer = await anyone.get(f"{ROOT}/statements/{request}/proof")
        assert problem_of(answer) == (404, "not-found")
        said.add(answer.json()["detail"].replace(request, "X"))
    assert len(said) == 1


@pytest.mark.thorough
@pytest.mark.parametrize("request_id", ["1", "0197A3C2", "..", "%2e%2e%2faudit"])
async def test_what_is_no_id_of_a_request_is_refused(anyone: httpx.AsyncClient, request_id: str) -> None:
    answer = await anyone.get(f"{ROOT}/statements/{request_id}/proof")
    assert answer.status_code in {404, 422}, answer.text
