"""The test identities of a sandbox: each has the outcome that the documents state."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.provisioning.identities import FOLDER, all_identities
from services.fingerprints import identities as prints
from services.fingerprints import synthetic_prints
from services.fingerprints.matching import score
from services.fingerprints.prints import PrintReader
from services.sandbox_identities import BARRED, OWNER, SECOND_OWNER, Identity, Outcome
from tests.documents import block_run_by, lay_out
from tests.system.mesh import RunningMesh, running_mesh

LISTED = [
    pytest.param(identities.search, each, id="-".join([service.name, each.outcome, *each.query]))
    for service, identities in all_identities().items()
    for each in identities.listed
]
KEPT_FROM_FRANCE = [each for each in LISTED if each.values[1].outcome is Outcome.RESTRICTED]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """Run a sandbox with the bureaus that the identities need."""
    home = tmp_path_factory.mktemp("sandbox") / "home"
    with running_mesh(home, "--sandbox", "--bureaus", f"{BARRED},{OWNER},{SECOND_OWNER}") as mesh:
        yield mesh


def searched(sandbox: RunningMesh, bureau: str, search: str, identity: Identity) -> dict[str, Any]:
    """Return what a bureau finds that searches for an identity."""
    with sandbox.client(bureau) as officer:
        if identity.file is None:
            answer = officer.get(search, params=dict(identity.query))
        else:
            image = (Path(sandbox.environment["I247_HOME"]) / "sandbox" / FOLDER / identity.file).read_bytes()
            answer = officer.post(search, content=image, headers={"Content-Type": "image/png"})
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


@pytest.mark.parametrize(("search", "identity"), LISTED)
def test_a_search_for_an_identity_has_its_outcome(sandbox: RunningMesh, search: str, identity: Identity) -> None:
    """As an officer of FR, who the documents act as."""
    found = searched(sandbox, BARRED, search, identity)
    assert found["total"] == identity.total
    owners = [hit["record"]["owner"] for hit in found["hits"]]
    if identity.outcome is Outcome.TWO_OWNERS:
        assert sorted(owners) == [OWNER, SECOND_OWNER]
    elif identity.outcome is Outcome.MANY:
        assert 0 < len(owners) < identity.total
    else:
        assert owners == [OWNER] * identity.total


@pytest.mark.parametrize(("search", "identity"), KEPT_FROM_FRANCE)
def test_a_restricted_identity_is_a_hit_for_another_bureau(
    sandbox: RunningMesh, search: str, identity: Identity
) -> None:
    """So that no hit for FR proves the restriction."""
    assert searched(sandbox, SECOND_OWNER, search, identity)["total"] == 1


def test_services_have_the_identities_of_each_outcome_that_applies() -> None:
    """Plates and prints are not transliterated, and of the candidates for a print only the best are answered."""
    lacking = {
        service.name: set(Outcome) - {each.outcome for each in identities.listed}
        for service, identities in all_identities().items()
    }
    assert lacking == {
        "notices": set(),
        "fingerprints": {Outcome.TRANSLITERATED, Outcome.MANY},
        "stolen-vehicles": {Outcome.TRANSLITERATED},
        "missing-persons": set(),
    }


def test_the_commands_of_the_page_find_what_it_says(sandbox: RunningMesh, tmp_path: Path) -> None:
    """One print and one plate, each a hit."""
    lay_out(tmp_path)
    block = block_run_by("tests/system/test_identities.py", "reference/test-identities.md")
    ran = subprocess.run(
        ["/bin/bash", "-ec", block], cwd=tmp_path, env=sandbox.environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.count('"total":1') == 2


@pytest.mark.thorough
async def test_the_prints_on_record_are_those_of_the_fingers() -> None:
    """Their minutiae are kept in a file, as finding them takes a second each."""
    reader = PrintReader(1)
    for outcome, template in prints.templates().items():
        image = synthetic_prints.Finger(prints.SEEDS[Outcome(outcome)]).png(prints.ENROLLED)
        assert score((await reader.read(image, "body", "DE")).template, template) > 0.9
    await reader.close()
