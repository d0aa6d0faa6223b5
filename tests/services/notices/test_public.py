"""Extracts of notices for the public: who is sought and why, of those that the issuer made public, and nothing else."""

from typing import Any, Final

import pytest

from shared.bureaus import PUBLIC
from tests.services.notices.examples import COMPLETE, PERSON, WARRANT, complete
from tests.services.notices.steps import PATH, drafted, published, take
from tests.support import ServiceClient

KNOWN: Final = {**PERSON, "aliases": ["Jean Dupuis"], "documents": [], "distinguishing_marks": "scar"}
RED: Final = complete("red", subject=KNOWN, public=True)
SEARCHES: Final[tuple[dict[str, Any], ...]] = (
    {"name": "marvellier"},
    {"name": "dupuis"},
    {"colour": "red"},
    {"nationality": "CH"},
    {"sex": "M", "age_min": 30},
    {"date_of_birth": "1980"},
)


async def ask(service: ServiceClient, path: str = "", **query: Any) -> Any:
    return (await service.officer(PUBLIC).get(f"{PATH}{path}", params=query)).json()


async def shown(service: ServiceClient, notice: str) -> list[Any]:
    """Return all that the public can find out about a notice, without when and how often it changed."""
    answers = [await ask(service, f"/{notice}"), await ask(service), await ask(service, colour="red", owner="FR")]
    answers += [await ask(service, "/search", **search) for search in SEARCHES]
    return [_without_times(answer) for answer in answers]


def _without_times(answer: Any) -> Any:
    if isinstance(answer, list):
        return [_without_times(each) for each in answer]
    if isinstance(answer, dict):
        return {name: _without_times(each) for name, each in answer.items() if name not in {"updated", "version"}}
    return answer


async def test_the_public_sees_the_extract_and_not_the_notice_beside_it(service: ServiceClient) -> None:
    """By id, in lists and in searches; totals and pages count what is public."""
    public, _ = await published(service, RED), await published(service, complete("red"))
    extract = await ask(service, f"/{public}")
    assert (await ask(service)) == {"items": [extract], "next": None, "withheld": 0}
    assert await ask(service, limit=1) == {"items": [extract], "next": None, "withheld": 0}
    for search in SEARCHES:
        found = await ask(service, "/search", **search)
        assert (found["total"], [hit["record"] for hit in found["hits"]]) == (1, [extract])
    told = {name for name, value in extract.items() if value not in (None, [], "OFFICIAL_USE")}
    assert told == {
        *("id", "owner", "created", "updated", "expires", "version", "status", "number", "published", "public"),
        *("purpose", "colour", "subject", "warrants", "language"),
    }
    [warrant] = extract["warrants"]
    assert {name for name, value in warrant.items() if value} == {"stage", "issuing_country", "charge"}


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": "Quite another story."},
        {"event": {"date": "2026-01-01", "place": "Elsewhere", "country": "DE"}},
        {"reference": "2026/DCPJ/00417"},
        {"restricted": ["KE"]},
        {"partners": "all"},
        {"translations": [{"language": "fr", "facts": "Autrement.", "charges": ["Vol"]}]},
        {"links": ["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"]},
        {"warrants": [{**WARRANT, "reference": "TJ-1", "law": "Code pénal 311-9", "maximum_penalty_months": 240}]},
        {"subject": {**KNOWN, "documents": [{"kind": "passport", "number": "19AK00417", "country": "FR"}]}},
        {"subject": {**KNOWN, "evidence": ["dna"]}},
    ],
    ids="-".join,
)
async def test_no_answer_to_the_public_depends_on_a_hidden_field(
    service: ServiceClient, changes: dict[str, Any]
) -> None:
    """Whichever question it asks, so that no search can be used to guess one."""
    notice = await published(service, RED)
    france = service.officer("FR")
    assert (await france.put(f"{PATH}/{notice}", json=RED)).status_code == 200
    before = await shown(service, notice)
    changed = await france.put(f"{PATH}/{notice}", json={**RED, **changes})
    assert changed.status_code == 200, changed.text
    assert await shown(service, notice) == before


@pytest.mark.parametrize("asked", [{"reference": "2026/1"}, {"reference": "2026/1", "colour": "red"}], ids=str)
@pytest.mark.parametrize("path", ["", "/search"])
async def test_the_public_cannot_ask_by_a_hidden_field(
    service: ServiceClient, path: str, asked: dict[str, str]
) -> None:
    """The refusal is the same, whether a notice has that value or not."""
    answers = [await service.officer(PUBLIC).get(f"{PATH}{path}", params=asked)]
    await published(service, {**RED, "reference": "2026/1"})
    answers.append(await service.officer(PUBLIC).get(f"{PATH}{path}", params=asked))
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["type"] == "urn:i247:problem:not-public"


async def test_an_extract_is_public_while_the_notice_is_in_force(service: ServiceClient) -> None:
    """Not before its publication and not after its withdrawal; nor once the issuer decides otherwise."""
    draft = await drafted(service, RED)
    assert (await ask(service, f"/{draft}"))["status"] == 404
    notice, other = await published(service, RED), await published(service, RED)
    assert len((await ask(service))["items"]) == 2
    await take(service, "FR", notice, "withdrawal")
    await service.officer("FR").put(f"{PATH}/{other}", json=complete("red"))
    assert (await ask(service))["items"] == []
    assert (await ask(service, "/search", colour="red"))["total"] == 0


@pytest.mark.parametrize(
    ("colour", "changes", "detail"),
    [
        ("silver", {}, "never public"),
        ("red", {"handling": "RESTRICTED"}, "OFFICIAL_USE"),
        ("red", {"handling": "CONFIDENTIAL"}, "OFFICIAL_USE"),
        ("red", {"conditions": ["H2"]}, "without conditions"),
        ("red", {"addressed": ["DE"]}, "addressed"),
    ],
)
async def test_what_binds_its_readers_cannot_be_public(
    service: ServiceClient, colour: str, changes: dict[str, Any], detail: str
) -> None:
    """The refusal names the field."""
    refused = await service.officer("FR").post(PATH, json=complete(colour, public=True, **changes))
    assert refused.status_code == 422
    [fault] = refused.json()["errors"]
    assert fault["pointer"].endswith("/public")
    assert detail in fault["detail"]


@pytest.mark.parametrize("reach", [drafted, published])
async def test_a_public_notice_is_not_addressed_by_a_restriction(service: ServiceClient, reach: Any) -> None:
    """Nor what is to be public later; a bureau may be barred from it all the same."""
    notice = await reach(service, RED)
    france = service.officer("FR")
    refused = await france.put(f"{PATH}/{notice}/restriction", json={"restricted": [], "addressed": ["DE"]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/addressed")
    assert (await france.put(f"{PATH}/{notice}/restriction", json={"restricted": ["KE"]})).status_code == 200
    assert (await service.officer("KE").get(f"{PATH}/{notice}")).status_code == 404
    assert reach is drafted or (await ask(service, f"/{notice}"))["number"]


@pytest.mark.parametrize("colour", sorted({*COMPLETE} - {"silver"}))
async def test_every_colour_has_an_extract(service: ServiceClient, colour: str) -> None:
    """Without facts, circumstances and descriptions of objects, and found by the names that it shows."""
    notice = await published(service, complete(colour, public=True))
    extract = await ask(service, f"/{notice}")
    assert (extract["colour"], extract["facts"], extract["event"]) == (colour, None, None)
    assert not {"description", "address", "number"} & {name for name, value in extract["subject"].items() if value}
    if name := extract["subject"].get("name"):
        assert (await ask(service, "/search", name=name))["total"] == 1
