"""What examiners conclude of a hit in fingerprints: it stays in their bureau, and nothing of it is changed."""

import pytest

from gateway.hits import rules
from gateway.hits.models import ExaminerConclusion, HitSide
from gateway.hits.rules import StoredConclusion
from shared.errors import IllegalStep
from tests.gateway.hits.actors import Bureau, Service
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import refusal_of


@pytest.fixture
def prints(mesh: Mesh) -> Service:
    """Return the service of fingerprints."""
    return Service(mesh, "fingerprints", 200)


async def test_an_examiner_concludes_and_the_other_bureau_does_not_see_it(
    prints: Service, germany: Bureau, france: Bureau
) -> None:
    found = await prints.finds()
    await germany.sees(found.id)
    await france.sees(found.id)
    draft = {"conclusion": "identified", "remark": "Twelve points agree."}
    given = await germany.ask("POST", f"/{found.id}/conclusions", json=draft)
    assert given.status_code == 201
    assert given.json()["conclusions"] == [draft | {"officer": "de.officer", "at": "2026-06-01T12:00:00Z"}]
    assert (await germany.hit(found.id)) == given.json()
    assert (await france.hit(found.id))["conclusions"] == []


async def test_who_changes_their_mind_adds_a_conclusion(prints: Service, germany: Bureau) -> None:
    """The same that is sent again adds nothing."""
    found = await prints.finds()
    await germany.sees(found.id)
    for conclusion in ("inconclusive", "inconclusive", "excluded"):
        await germany.ask("POST", f"/{found.id}/conclusions", json={"conclusion": conclusion})
    concluded = (await germany.hit(found.id))["conclusions"]
    assert [each["conclusion"] for each in concluded] == ["inconclusive", "excluded"]


async def test_hits_of_other_services_are_not_examined(service: Service, germany: Bureau) -> None:
    found = await service.finds()
    await germany.sees(found.id)
    refused = await germany.ask("POST", f"/{found.id}/conclusions", json={"conclusion": "identified"})
    assert refusal_of(refused) == (409, "illegal-step")
    assert "stolen-vehicles" in refused.json()["detail"]


async def test_an_unknown_hit_has_no_conclusions(germany: Bureau) -> None:
    unknown = "0197a3c2-0000-7000-8000-000000000000"
    refused = await germany.ask("POST", f"/{unknown}/conclusions", json={"conclusion": "identified"})
    assert refusal_of(refused) == (404, "not-found")


def test_the_conclusions_of_a_hit_are_bounded() -> None:
    def concluded(remark: str) -> StoredConclusion:
        return StoredConclusion(officer="a", at=1, conclusion=ExaminerConclusion.EXCLUDED, remark=remark)

    many = [concluded(str(number)) for number in range(rules.MAX_CONCLUSIONS)]
    with pytest.raises(IllegalStep):
        rules.is_new_conclusion("fingerprints", HitSide.FINDER, many, concluded("another"))
    assert not rules.is_new_conclusion("fingerprints", HitSide.FINDER, many, many[-1])


def test_the_secretariat_informed_of_a_deadline_does_not_examine() -> None:
    new = StoredConclusion(officer="a", at=1, conclusion=ExaminerConclusion.EXCLUDED, remark="")
    with pytest.raises(IllegalStep):
        rules.is_new_conclusion("fingerprints", HitSide.SECRETARIAT, [], new)
