"""The public notices API, statement by statement: lists, notices, pictures, and what no client may learn."""

import json

import httpx
import pytest
import sqlalchemy as sa

from shared.audit.tables import disclosures
from shared.bureaus import PUBLIC
from shared.codes.countries import COUNTRIES
from tests.gateway.public_notices.requests import BASE, get
from tests.gateway.public_notices.world import JPEG, PublicWorld
from tests.services.notices.examples import PERSON, WARRANT

NOT_FOUND = {"status": 404, "name": "NotFoundError", "message": "Not Found"}


async def test_an_unfiltered_list_has_the_literal_links(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """Its first page is its last: there is no next one."""
    await world.publish()
    page = await get(anyone, "red")
    link = {"href": f"{BASE}/red?&resultPerPage=20&page=1"}
    assert [*page] == ["total", "query", "_embedded", "_links"]
    assert (page["total"], page["query"]) == (1, {"page": 1, "resultPerPage": 20})
    assert page["_links"] == {"self": link, "first": link, "last": link}


async def test_a_listed_notice_has_exactly_its_members(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """No thumbnail where there is no picture; that of the main picture has its number plus one."""
    person = {**PERSON, "name": "Dupont", "forename": "Jean", "date_of_birth": "1987-04", "nationalities": ["FR"]}
    await world.publish(subject=person)
    await world.publish(subject={**person, "nationalities": []}, photographs=("62412748", "62412750"))
    pictured, plain = (await get(anyone, "red"))["_embedded"]["notices"]
    assert plain == {
        "forename": "Jean",
        "date_of_birth": "1987/04",
        "entity_id": "2026/52482",
        "nationalities": ["FR"],
        "name": "Dupont",
        "_links": {
            "self": {"href": f"{BASE}/red/2026-52482"},
            "images": {"href": f"{BASE}/red/2026-52482/images"},
        },
    }
    assert pictured["nationalities"] is None
    assert pictured["_links"]["thumbnail"] == {"href": f"{BASE}/red/2026-52483/images/62412749"}


async def test_a_red_notice_has_the_members_of_the_original(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """One warrant for each charge, with three members; what is not known is null, a height and a weight 0."""
    further = [{"charge": "Recel", "charge_translation": "Handling", "offence": {"category": "theft"}}]
    await world.publish(
        subject={**PERSON, "height": 165, "weight": None, "eyes": ["BROD", "BLUL"], "languages": ["FRE"]},
        warrants=[{**WARRANT, "further_charges": further}],
    )
    notice = await get(anyone, "red/2026-52482")
    assert notice == {
        "arrest_warrants": [
            {"issuing_country_id": "FR", "charge": "Vol avec arme", "charge_translation": None},
            {"issuing_country_id": "FR", "charge": "Recel", "charge_translation": "Handling"},
        ],
        "forename": "Étienne Noël",
        "name": "Marvellier",
        "date_of_birth": "1980/05/06",
        "entity_id": "2026/52482",
        "nationalities": ["FR", "CH"],
        "sex_id": "M",
        "country_of_birth_id": None,
        "place_of_birth": None,
        "height": 1.65,
        "weight": 0,
        "distinguishing_marks": None,
        "eyes_colors_id": ["BROD", "BLUL"],
        "hairs_id": None,
        "languages_spoken_ids": ["FRE"],
        "_embedded": {"links": []},
        "_links": {
            "self": {"href": f"{BASE}/red/2026-52482"},
            "images": {"href": f"{BASE}/red/2026-52482/images"},
        },
    }


async def test_a_yellow_notice_has_the_event_and_the_family(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """And no warrants."""
    family = {"birth_name": "Martin", "father_forename": "Marcel", "mother_forename": "Alice", "mother_name": "Morel"}
    event = {"date": "2026-02-11/2026-02-14", "place": "Marville", "country": "FR"}
    await world.publish("yellow", subject={**PERSON, **family}, event=event)
    notice = await get(anyone, "yellow/2026-52482")
    assert {each: notice[each] for each in family} == family
    assert (notice["date_of_event"], notice["place"], notice["country"]) == ("2026/02", "Marville", "FR")
    assert "arrest_warrants" not in notice
    assert notice["_links"]["self"]["href"].endswith("/yellow/2026-52482")


async def test_un_notices_are_below_persons_and_entities(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """Under both ways to name them, with one link."""
    await world.publish("un-special", subject={**PERSON, "single_name": "Zaragh", "name": None, "forename": None})
    await world.publish("un-special")
    for path, numbers in (("un", [52483, 52482]), ("un/persons", [52482]), ("un/entities", [52483])):
        listed = (await get(anyone, path))["_embedded"]["notices"]
        assert [each["entity_id"] for each in listed] == [f"2026/{number}" for number in numbers]
    for path in ("un/2026-52482", "un/persons/2026-52482"):
        person = await get(anyone, path)
        assert (person["name"], person["forename"], person["un_resolution"]) == ("Zaragh", None, 1267)
        assert person["_links"]["self"]["href"] == f"{BASE}/un/persons/2026-52482"
    assert (await get(anyone, "un/entities/2026-52483"))["un_reference"] == "SYe.999"
    assert (await anyone.get("un/persons/2026-52483")).json() == NOT_FOUND
    assert (await get(anyone, "un", unReference="sye.999", unResolution="1267"))["total"] == 2
    assert (await get(anyone, "un", unReference="SYe.1"))["total"] == 0


async def test_pictures_have_links_and_bytes(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """The thumbnail has the number after that of the picture."""
    await world.publish(photographs=("62412748", "62412750"))
    url = f"{BASE}/red/2026-52482"
    images = await get(anyone, "red/2026-52482/images")
    assert images == {
        "_embedded": {
            "images": [
                {"picture_id": each, "_links": {"self": {"href": f"{url}/images/{each}"}}}
                for each in ("62412748", "62412750")
            ]
        },
        "_links": {
            "self": {"href": f"{url}/images"},
            "notice": {"href": url},
            "thumbnail": {"href": f"{url}/images/62412749"},
        },
    }
    for number, shown in (
        ("62412748", b"62412748"),
        ("62412749", b"62412748, small"),
        ("62412751", b"62412750, small"),
    ):
        answer = await anyone.get(f"red/2026-52482/images/{number}")
        assert (answer.status_code, answer.content) == (200, JPEG % shown)
        assert answer.headers["content-type"] == "image/jpeg"
    assert (await anyone.get("red/2026-52482/images/62412752")).json() == NOT_FOUND


async def test_a_notice_without_pictures_has_an_empty_list(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """And no thumbnail."""
    await world.publish()
    images = await get(anyone, "red/2026-52482/images")
    assert images["_embedded"] == {"images": []}
    assert [*images["_links"]] == ["self", "notice"]


@pytest.mark.parametrize(
    "path",
    [
        *("red/2026-1", "red/1", "red/x-y", "red/2026-52482", "yellow/2026-52481", "blue", "red/2026-1/images"),
        *(
            "red/2026-52481/images/1",
            "red/2026-52481/images/62412748/x",
            "",
            "un/persons/2026-52481",
            "red/2026-12345678",
        ),
        *("red/２０２６-52481", "red/..%2f..%2fapi"),
    ],
)
async def test_what_is_not_there_is_not_found(world: PublicWorld, anyone: httpx.AsyncClient, path: str) -> None:
    """Always in the words of the original; one that is not public is not there."""
    world._number -= 1
    await world.publish()
    await world.publish(public=False)
    answer = await anyone.get(path)
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("path", ["red/2026%2F52482", "red/2026/52482", "red/2026-52482/", "red/2026%2F52482/images"])
async def test_an_id_may_be_written_with_a_slash(world: PublicWorld, anyone: httpx.AsyncClient, path: str) -> None:
    """Percent-encoded or not."""
    await world.publish()
    assert (await anyone.get(path)).status_code == 200


async def test_a_withdrawn_notice_is_gone_at_once(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """From the list, by its id, and with its pictures; a cache that asks again learns it."""
    notice = await world.publish(photographs=("62412748",))
    listed = await anyone.get("red")
    kept = {"If-None-Match": listed.headers["etag"]}
    assert (await anyone.get("red", headers=kept)).status_code == 304
    await world.withdraw(notice)
    assert (await anyone.get("red", headers=kept)).json()["total"] == 0
    for path in ("red/2026-52482", "red/2026-52482/images", "red/2026-52482/images/62412748"):
        assert (await anyone.get(path)).json() == NOT_FOUND


async def test_countries_are_listed_by_their_codes(anyone: httpx.AsyncClient) -> None:
    """Where the original's site has them as well."""
    countries = await get(anyone, "countries")
    assert {each["value"] for each in countries} == {*COUNTRIES}
    for path in ("http://gateway/notices/data/countries", "http://gateway/en/notices/data/countries"):
        assert (await get(anyone, path)) == countries


async def test_answers_hold_nothing_that_is_hidden(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """In none of the answers about a notice is a word that its extract does not have."""
    secrets = {
        "facts": "hidden-facts",
        "reference": "HIDDEN/1",
        "warrants": [{**WARRANT, "reference": "hidden-warrant", "law": "hidden-law", "court": "hidden-court"}],
        "subject": {**PERSON, "documents": [{"kind": "passport", "number": "HIDDEN99", "country": "FR"}]},
    }
    notice = await world.publish(photographs=("62412748",), **secrets)
    for path in ("red", "red?name=.", "red/2026-52482", "red/2026-52482/images"):
        text = json.dumps((await anyone.get(path)).json())
        assert "hidden" not in text.lower()
        assert notice.id not in text
    for asked in ("hidden-facts", "HIDDEN", "hidden-law"):
        assert (await get(anyone, "red", freeText=asked))["total"] == 0


async def test_what_was_shown_is_in_the_audit_log(world: PublicWorld, anyone: httpx.AsyncClient) -> None:
    """By the rule that its issuer made it public: a list and a reading."""
    notice = await world.publish()
    for path in ("red", "red/2026-52482"):
        await get(anyone, path)
    shown = sa.select(disclosures.c.record_id, disclosures.c.rule).where(disclosures.c.bureau == PUBLIC)
    rows = await world.database.reading.fetch(shown)
    assert [tuple(row) for row in rows] == [(notice.id, "public")] * 2


async def test_statistics_need_no_token(world: PublicWorld) -> None:
    """A mistake is answered as to a bureau; a token that is wrong is refused."""
    gateway = httpx.ASGITransport(world.gateway())
    async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
        answer = await client.get("/api/notices/statistics", params={"bureau": "FR"})
        assert (answer.status_code, answer.json()["items"], answer.json()["total"]) == (200, [], 0)
        assert answer.headers["access-control-allow-origin"] == "*"
        mistaken = await client.get("/api/notices/statistics", params={"colour": "pink"})
        assert (mistaken.status_code, mistaken.json()["errors"][0]["pointer"]) == (422, "/colour")
        wrong = await client.get("/api/notices/statistics", headers={"Authorization": "Bearer no"})
        assert wrong.status_code == 401
        assert (await client.get("/api/notices")).status_code == 401
