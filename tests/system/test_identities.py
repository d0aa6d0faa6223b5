"""The test identities of a sandbox: each has the outcome that the documents state."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from deploy.provisioning.identities import all_identities
from services.fingerprints import identities as prints
from services.fingerprints import synthetic_prints
from services.fingerprints.matching import score
from services.fingerprints.prints import PrintReader
from services.sandbox_identities import BARRED, OWNER, SECOND_OWNER, SLOW_MILLISECONDS, Identity, Outcome
from services.stolen_vehicles import examples as example_of_search
from shared.sandbox.snapshots import IDENTITY_FILES
from tests.documents import block_run_by, lay_out
from tests.system.mesh import RunningMesh, running_mesh

pytestmark = pytest.mark.thorough

LISTED = [
    pytest.param(identities.search_of(each), each, id="-".join([service.name, each.outcome, *each.query]))
    for service, identities in all_identities().items()
    for each in identities.listed
]
T = TypeVar("T")
ANSWERS = {Outcome.CONFIRMED: "confirmed", Outcome.DENIED: "not-confirmed"}
WAIT_SECONDS, POLL_SECONDS = 60, 0.1


def of_outcome(*outcomes: Outcome) -> list[Any]:
    """Return the identities of these outcomes."""
    return [each for each in LISTED if each.values[1].outcome in outcomes]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """Run a sandbox with the bureaus that the identities need."""
    home = tmp_path_factory.mktemp("sandbox") / "home"
    with running_mesh(home, "--sandbox", "--bureaus", f"{BARRED},{OWNER},{SECOND_OWNER}") as mesh:
        yield mesh


def search_for(sandbox: RunningMesh, bureau: str, search: str, identity: Identity) -> httpx.Response:
    """Search for an identity as an officer of a bureau."""
    with sandbox.client(bureau) as officer:
        if identity.file is None:
            return officer.get(search, params=dict(identity.query))
        image = (Path(sandbox.environment["I247_HOME"]) / "sandbox" / IDENTITY_FILES / identity.file).read_bytes()
        return officer.post(search, content=image, headers={"Content-Type": "image/png"})


def wait_until(look: Callable[[], T | None]) -> T:
    """Return what is seen, once it is there."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (seen := look()):
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)
    return seen


def found(answer: httpx.Response) -> dict[str, Any]:
    """Return the body of an answer with hits."""
    body: dict[str, Any] = answer.raise_for_status().json()
    return body


@pytest.mark.parametrize(("search", "identity"), LISTED)
def test_a_search_for_an_identity_has_its_outcome(sandbox: RunningMesh, search: str, identity: Identity) -> None:
    """As an officer of FR, who the documents act as."""
    answer = search_for(sandbox, BARRED, search, identity)
    if identity.total is None:
        assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (503, identity.outcome)
        return
    body = found(answer)
    assert body["total"] == identity.total
    if identity.outcome is Outcome.NEAR:
        assert [hit["record"]["owner"] for hit in body["near"]] == [OWNER]
    owners = [hit["record"]["owner"] for hit in body["hits"]]
    if identity.outcome is Outcome.TWO_OWNERS:
        assert sorted(owners) == [OWNER, SECOND_OWNER]
    elif identity.outcome is Outcome.MANY:
        assert 0 < len(owners) < identity.total
    else:
        assert owners == [OWNER] * identity.total


@pytest.mark.parametrize(("search", "identity"), of_outcome(Outcome.RESTRICTED))
def test_a_restricted_identity_is_a_hit_for_another_bureau(
    sandbox: RunningMesh, search: str, identity: Identity
) -> None:
    """So that no hit for FR proves the restriction."""
    assert found(search_for(sandbox, SECOND_OWNER, search, identity))["total"] == 1


@pytest.mark.parametrize(("search", "identity"), of_outcome(Outcome.SLOW))
def test_a_slow_identity_is_answered_late(sandbox: RunningMesh, search: str, identity: Identity) -> None:
    """Within the time that a border system allows."""
    began = time.monotonic()
    assert found(search_for(sandbox, SECOND_OWNER, search, identity))["total"] == 1
    assert time.monotonic() - began >= SLOW_MILLISECONDS / 1000


@pytest.mark.parametrize(("search", "identity"), of_outcome(Outcome.WITHDRAWN))
def test_an_identity_is_withdrawn_once_it_was_found(sandbox: RunningMesh, search: str, identity: Identity) -> None:
    """The first who finds it still sees it; nobody finds it later."""
    search_for(sandbox, BARRED, search, identity).raise_for_status()
    wait_until(lambda: found(search_for(sandbox, SECOND_OWNER, search, identity))["total"] == 0)


@pytest.mark.parametrize("service", [service.name for service in all_identities()])
def test_the_owner_of_an_identity_answers_as_stated(sandbox: RunningMesh, service: str) -> None:
    """At once, or never, when FR asks it to confirm the hit."""
    asked = [each for each in of_outcome(Outcome.UNANSWERED, *ANSWERS) if each.id.startswith(service)]
    with sandbox.client(BARRED) as france:
        hits = {each.values[1].outcome: asked_to_confirm(sandbox, france, *each.values) for each in asked}
        for outcome, answer in ANSWERS.items():
            assert wait_until(lambda hit=hits[outcome]: answers_to(france, hit)) == [answer]
        assert answers_to(france, hits[Outcome.UNANSWERED]) == []


def asked_to_confirm(sandbox: RunningMesh, client: httpx.Client, search: str, identity: Identity) -> str:
    """Search for an identity, ask its owner to confirm the hit, and return the id of the hit."""
    record = found(search_for(sandbox, BARRED, search, identity))["hits"][0]["record"]["id"]
    hit = wait_until(lambda: hit_on(client, record))
    client.post(f"/api/hits/{hit}/requests", json={"urgency": "urgent"}).raise_for_status()
    return hit


def hit_on(client: httpx.Client, record: str) -> str | None:
    """Return the id of the hit of a bureau on a record, if it has arrived."""
    items = client.get("/api/hits", params={"record": record}).raise_for_status().json()["items"]
    return next((each["id"] for each in items if each["record"] == record), None)


def answers_to(client: httpx.Client, hit: str) -> list[str]:
    """Return the owner's answers to requests to confirm a hit."""
    stated = client.get(f"/api/hits/{hit}").raise_for_status().json()["confirmations"]
    return [answer["answer"] for request in stated for answer in request["answers"]]


def test_the_identities_are_listed_with_their_searches(sandbox: RunningMesh) -> None:
    """So that a program can test itself with all of them."""
    items = httpx.get(f"{sandbox.base}/sandbox/identities").raise_for_status().json()["items"]
    assert [(each["search"], each["query"], each["outcome"], each["total"]) for each in items] == [
        (search, dict(identity.query), identity.outcome, identity.total)
        for search, identity in (x.values for x in LISTED)
    ]


def test_a_sandbox_holds_the_records_of_the_examples(sandbox: RunningMesh) -> None:
    """So that what `/docs` shows can be tried out at once."""
    with sandbox.client(OWNER) as germany:
        answer = germany.get("/api/stolen-vehicles/search", params=dict(example_of_search.PLATE))
    assert found(answer)["total"] > 0


def test_services_have_the_identities_of_each_outcome_that_applies() -> None:
    """Plates and prints are not transliterated; only numbers are misread; a document has one owner."""
    of_numbers = {Outcome.MISREAD, Outcome.NEAR}
    lacking = {
        service.name: set(Outcome) - {each.outcome for each in identities.listed}
        for service, identities in all_identities().items()
    }
    assert lacking == {
        "cultural-property": set(),
        "notices": of_numbers,
        "fingerprints": {Outcome.TRANSLITERATED, *of_numbers},
        "stolen-vehicles": {Outcome.TRANSLITERATED},
        "missing-persons": of_numbers,
        "firearms": {Outcome.TRANSLITERATED, Outcome.MANY},
        "travel-documents": {Outcome.TRANSLITERATED, Outcome.MANY, Outcome.TWO_OWNERS},
    }


def test_the_commands_of_the_page_find_what_it_says(sandbox: RunningMesh, tmp_path: Path) -> None:
    """One print and one plate, each a hit."""
    lay_out(tmp_path)
    block = block_run_by("tests/system/test_identities.py", "reference/test-identities.md")
    ran = subprocess.run(
        ["/bin/bash", "-ec", block], cwd=tmp_path, env=sandbox.environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.count('"total":1') == 2


async def test_the_prints_on_record_are_those_of_the_fingers() -> None:
    """Their minutiae are kept in a file, as finding them takes a second each."""
    reader = PrintReader(1)
    for outcome, template in prints.templates().items():
        image = synthetic_prints.Finger(prints.SEEDS[Outcome(outcome)]).png(prints.ENROLLED)
        assert score((await reader.read(image, "body", "DE")).template, template) > 0.9
    await reader.close()
