"""Works of art through the application, as an officer's system sees them."""

from typing import Any

import pytest

from tests.services.cultural_property.samples import PAINTING, PATH, enter_work, found, hits, refusal
from tests.support import ServiceClient

OTHER: dict[str, Any] = {
    **PAINTING,
    "subtype": "portrait",
    "title": "Portrait of a Widow",
    "maker": "Berta Niemand",
    "made": "1870/1880",
    "materials": ["pastel chalk"],
    "measurements": [
        {"dimension": "height", "value": 30, "unit": "cm"},
        {"dimension": "width", "value": 20, "unit": "cm"},
    ],
    "markings": [{"kind": "label", "text": "Salon 1881"}],
    "features": ["stain at the upper edge"],
}


@pytest.mark.parametrize(
    "asked",
    [
        {"title": "harbour in a storm"},
        {"title": "storm harbor"},
        {"title": "HARBOUR, STORM"},
        {"maker": "van nergens"},
        {"maker": "Nergens, Jan van", "title": "storm"},
        {"words": "repaired mast"},
        {"words": "J v N f 1632"},
        {"words": "LOWER left tear"},
        {"type": "marine"},
        {"type": "seascape", "material": "huile"},
        {"type": "Gemälde", "made": "1632"},
        {"made": "1600/1640"},
        {"height_mm": 600, "width_mm": 1000},
        {"material": "canvas", "height_mm": 680},
        {"status": "stolen", "type": "marine"},
    ],
)
async def test_a_work_is_found_by_what_is_known_of_it(service: ServiceClient, asked: dict[str, Any]) -> None:
    """Title and maker in any order and spelling, words, type, material, period, and size within a tenth."""
    record = await enter_work(service, **PAINTING)
    await enter_work(service, **OTHER)
    assert await found(service, **asked) == [record["id"]]


@pytest.mark.parametrize(
    "asked",
    [
        {"title": "harbour in a storm", "maker": "Berta Niemand"},
        {"title": "Cathedral"},
        {"words": "repaired mast blue"},
        {"type": "etching"},
        {"type": "portrait"},
        {"made": "1633/1700"},
        {"made": "-1632"},
        {"material": "marble"},
        {"height_mm": 700},
        {"height_mm": 560},
        {"status": "origin-sought"},
    ],
)
async def test_what_does_not_fit_is_no_hit(service: ServiceClient, asked: dict[str, Any]) -> None:
    """All that is asked must fit: another maker, a word that is not there, a size a tenth off."""
    await enter_work(service, **PAINTING)
    assert await found(service, **asked) == []


async def test_what_is_not_stated_fits_further_down(service: ServiceClient) -> None:
    """It hides nothing, and `why` says so."""
    bare = {name: PAINTING[name] for name in ("type", "title", "measurements", "features", "event_date")}
    whole = await enter_work(service, **PAINTING)
    record = await enter_work(service, **{**bare, "event_country": "NL"})
    asked = {"title": "harbour in a storm", "type": "marine", "material": "canvas", "made": "1632"}
    first, second = await hits(service, **asked)
    assert (first["record"]["id"], second["record"]["id"]) == (whole["id"], record["id"])
    assert (first["score"], second["score"] < 0.5) == (1.0, True)
    assert {each["field"]: each["found"] for each in second["why"] if each["score"] < 1} == {
        "type": None,
        "material": None,
        "made": None,
    }


async def test_each_hit_says_why(service: ServiceClient) -> None:
    """What was asked, and what the record has there as its owner wrote it."""
    await enter_work(service, **PAINTING)
    [hit] = await hits(service, title="harbor", words="tear", type="marine", height_mm=600)
    why = {each["field"]: (each["asked"], each["found"]) for each in hit["why"]}
    assert why == {
        "title": ("harbor", "Harbour in a Storm"),
        "words": ("tear", "J. v. N. f. 1632; old tear repaired above the mast"),
        "type": ("marine", "painting / marine"),
        "height_mm": ("600", "62.5 cm"),
    }


async def test_measurements_are_kept_as_given_and_as_compared(service: ServiceClient) -> None:
    """Lengths in millimetres, weights in grams."""
    given = [
        {"dimension": "height", "value": 2, "unit": "ft"},
        {"dimension": "width", "value": 36.5, "unit": "in"},
        {"dimension": "weight", "value": 1, "unit": "lb"},
    ]
    record = await enter_work(service, **{**PAINTING, "measurements": given})
    assert record["measurements"] == given
    compared = [(each["dimension"], each["value"], each["unit"]) for each in record["compared"]]
    assert compared == [("height", 609.6, "mm"), ("width", 927.1, "mm"), ("weight", 453.59, "g")]
    assert await found(service, weight_g=450) == [record["id"]]


async def test_listed_words_become_standard_names_and_others_are_warned_of(service: ServiceClient) -> None:
    """In four languages; what is in no list stays as written."""
    written = {"type": "TABLEAU", "subtype": "Seestück", "materials": ["óleo", "moon rock"], "techniques": ["gemalt"]}
    record = await enter_work(service, **{**PAINTING, **written})
    assert (record["type"], record["subtype"], record["techniques"]) == ("painting", "marine", ["painted"])
    assert record["materials"] == ["oil paint", "moon rock"]
    assert [(each["code"], each["pointer"]) for each in record["warnings"]] == [("material-not-listed", "/materials/1")]
    assert await found(service, material="MOON ROCK") == [record["id"]]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"type": "thing"}, "invalid", "/type"),
        ({"type": "portrait"}, "invalid", "/type"),
        ({"made": "c. 1632"}, "invalid", "/made"),
        ({"made": "1640/1632"}, "invalid", "/made"),
        ({"made": "16XX"}, "invalid", "/made"),
        ({"measurements": [{"dimension": "height", "value": 0, "unit": "cm"}]}, "invalid", "/measurements/0/value"),
        ({"measurements": [{"dimension": "weight", "value": 1, "unit": "cm"}]}, "invalid", "/measurements/0/unit"),
        ({"measurements": PAINTING["measurements"] * 2}, "invalid", "/measurements/2"),
        ({"features": [], "markings": []}, "invalid", "/features"),
        ({"measurements": PAINTING["measurements"][:1]}, "invalid", "/features"),
        ({"maker": None, "other_makers": ["J. Nergens"]}, "invalid", "/maker"),
        ({"event_date": "2099"}, "event-in-future", "/event_date"),
        ({"features": ["owner: Max Mustermann"]}, "personal-data", "/features/0"),
        ({"description": "ask the insurer, tel. +49 30 1234567"}, "personal-data", "/description"),
        ({"event_place": "home of the owner"}, "personal-data", "/event_place"),
        (
            {"markings": [{"kind": "label", "text": "mail to a.nobody@example.org"}]},
            "personal-data",
            "/markings/0/text",
        ),
        ({"purpose": "border-management"}, "purpose-does-not-fit", "/purpose"),
        ({"public": True, "handling": "RESTRICTED"}, "invalid", "/public"),
        ({"public": True, "addressed": ["FR"]}, "invalid", "/public"),
        ({"event_country": None}, "invalid", "/event_country"),
        ({"title": "\u200bHarbour"}, "invalid", "/title"),
        ({"materials": ["\u00f7"]}, "invalid", "/materials/0"),
    ],
)
async def test_an_unusable_entry_is_refused_with_what_to_change(
    service: ServiceClient, changes: dict[str, Any], code: str, pointer: str
) -> None:
    """Nothing is kept of it."""
    response = await service.officer("NL").post(PATH, json={**PAINTING, **changes})
    assert refusal(response) == (422, code, [pointer]), response.text
    assert (await service.officer("NL").get(PATH)).json()["items"] == []


async def test_a_work_may_be_of_a_person_and_by_one(service: ServiceClient) -> None:
    """Titles and signatures are quoted, and a maker has a member of its own."""
    named = {"title": "Mrs Dalloway", "maker": "Mme Vig\u00e9e Le Brun", "subject": "Madame de Pompadour seated"}
    markings = [{"kind": "signature", "text": "Mme Vig\u00e9e Le Brun 1787"}]
    record = await enter_work(service, **{**PAINTING, **named, "markings": markings})
    assert {member: record[member] for member in named} == named


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({}, ""),
        ({"title": "?"}, "/title"),
        ({"words": "..."}, "/words"),
        ({"made": "17th century"}, "/made"),
        ({"height_mm": "-5"}, "/height_mm"),
        ({"status": "lost"}, "/status"),
        ({"material": "\u00f7"}, "/material"),
        ({"type": "\u2013\u2013"}, "/type"),
    ],
)
async def test_an_unusable_search_is_refused_with_what_to_change(
    service: ServiceClient, asked: dict[str, Any], pointer: str
) -> None:
    """As it would find nothing, or everything."""
    response = await service.officer("PL").get(f"{PATH}/search", params=asked)
    assert refusal(response) == (422, "invalid", [pointer])


@pytest.mark.parametrize(
    ("asked", "warning"),
    [
        ({"type": "paintign"}, "type-not-listed"),
        ({"material": "canvass"}, "material-not-listed"),
        ({"status": "recovered"}, "status-never"),
        ({"made": "2099"}, "made-future"),
        ({"words": "a b c d e f g h i j k l m"}, "words-cut"),
        ({"title": "1632"}, "name-figures"),
        ({"maker": "x"}, "name-one-letter"),
    ],
)
async def test_what_looks_mistyped_is_a_warning(service: ServiceClient, asked: dict[str, Any], warning: str) -> None:
    """The search is answered all the same."""
    answer = await service.officer("PL").get(f"{PATH}/search", params=asked)
    assert [each["code"] for each in answer.json()["warnings"]] == [warning]


async def test_an_object_whose_origin_is_sought_is_a_hit_of_its_own_state(service: ServiceClient) -> None:
    """It was seized, and its owner is not known."""
    record = await enter_work(service, **{**PAINTING, "origin_sought": True})
    assert record["status"] == "origin-sought"
    assert await found(service, type="marine", status="origin-sought") == [record["id"]]
    assert await found(service, type="marine") == [record["id"]]
    assert await found(service, type="marine", status="stolen") == []
    changed = await service.officer("NL").put(f"{PATH}/{record['id']}", json=PAINTING)
    assert changed.json()["status"] == "stolen"


@pytest.mark.parametrize("ending", ["recovery", "withdrawal"])
async def test_a_work_that_is_no_longer_sought_is_for_its_owner_alone(service: ServiceClient, ending: str) -> None:
    """An object that was found must not be seized again."""
    record = await enter_work(service, **PAINTING)
    owner, path = service.officer("NL"), f"{PATH}/{record['id']}"
    assert (await owner.post(f"{path}/{ending}")).status_code == 200
    assert await found(service, title="harbour storm") == []
    assert (await service.officer("PL").get(path)).status_code == 404
    assert refusal(await owner.put(path, json=PAINTING))[:2] == (409, "illegal-step")


async def test_an_entry_that_is_sent_again_is_the_same_record(service: ServiceClient) -> None:
    """By its reference, so that a list can be sent twice."""
    first = await enter_work(service, **PAINTING, reference="NL-17")
    again = await service.officer("NL").post(PATH, json={**PAINTING, "reference": "NL-17"})
    assert (again.json()["id"], again.json()["version"]) == (first["id"], 1)


async def test_a_correction_changes_what_finds_it(service: ServiceClient) -> None:
    """Names and words, as well as facts."""
    record = await enter_work(service, **PAINTING)
    changed = {**PAINTING, "title": "Ferry at Dusk", "features": ["burn on the back"], "made": "1700"}
    assert (await service.officer("NL").put(f"{PATH}/{record['id']}", json=changed)).status_code == 200
    for asked in ({"title": "harbour storm"}, {"words": "mast"}, {"made": "1632"}):
        assert await found(service, **asked) == []
    assert await found(service, title="ferry dusk", words="burn", made="1700") == [record["id"]]


async def test_the_codes_have_types_on_two_levels(service: ServiceClient) -> None:
    """With their synonyms."""
    codes = (await service.officer("PL").get(f"{PATH}/codes")).json()
    [pottery] = [each for each in codes["types"] if each["name"] == "pottery"]
    assert "portrait head jar" in [each["name"] for each in pottery["subtypes"]]
    assert {"materials", "techniques", "valuable_makes"} <= codes.keys()


@pytest.mark.parametrize("also", [{"restricted": ["PL"]}, {"addressed": ["PL"]}, {"handling": "RESTRICTED"}])
async def test_what_not_everybody_may_see_is_not_public(service: ServiceClient, also: dict[str, Any]) -> None:
    """The refusal says what to change, of an entry, of an update and of a restriction alike."""
    refused = await service.officer("NL").post(PATH, json={**PAINTING, "public": True, **also})
    assert refusal(refused) == (422, "invalid", ["/public"])
    record = await enter_work(service, **PAINTING, public=True)
    refused = await service.officer("NL").put(f"{PATH}/{record['id']}", json={**PAINTING, "public": True, **also})
    assert refusal(refused) == (422, "invalid", ["/public"])
    changed = await service.officer("NL").put(f"{PATH}/{record['id']}", json={**PAINTING, "public": False, **also})
    assert changed.status_code == 200


async def test_nobody_is_barred_from_a_public_work(service: ServiceClient) -> None:
    """Its owner takes it out of the public register first."""
    record = await enter_work(service, **PAINTING, public=True)
    restriction = f"{PATH}/{record['id']}/restriction"
    refused = await service.officer("NL").put(restriction, json={"restricted": ["PL"]})
    assert refusal(refused) == (422, "invalid", ["/restricted"])
    assert "set public to false" in refused.json()["errors"][0]["detail"]
