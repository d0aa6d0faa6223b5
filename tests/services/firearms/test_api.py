"""Firearms through the application, as an officer's system sees them."""

from typing import Any

import pytest

from services import firearms
from shared.clock import FixedClock
from shared.identity import Purpose
from tests.services.firearms.samples import PATH, PISTOL, enter_firearm, ids_of, refusal, search
from tests.support import ServiceClient, caller


@pytest.mark.parametrize(
    ("stated", "asked"),
    [
        ({}, {"serial_number": "gxk-204.881"}),
        ({}, {"serial_number": "GXK 2O4 88I"}),
        ({}, {"serial_number": "GXK204?81"}),
        ({}, {"serial_number": "GXK2*"}),
        ({}, {"serial_number": "204881"}),
        ({}, {"serial_number": "GXK 204 881 V"}),
        ({"serial_number": "204 881"}, {"serial_number": "GXK 204881"}),
        ({"serial_number": "204 881 V"}, {"serial_number": "204881"}),
        ({}, {"serial_number": "GXK204881", "calibre": "9 Para"}),
        ({}, {"serial_number": "GXK204881", "calibre": "9 mm Luger", "model": "G17"}),
        ({"calibre": "Unknown"}, {"serial_number": "GXK204881", "calibre": ".45 ACP"}),
        ({"model": None}, {"serial_number": "GXK204881", "model": "19"}),
        ({"make": "Unknown"}, {"serial_number": "GXK204881"}),
    ],
)
async def test_a_firearm_is_found_by_its_number_and_make(
    service: ServiceClient, stated: dict[str, Any], asked: dict[str, str]
) -> None:
    """In any writing, with or without letters; what the record does not state narrows nothing."""
    record = await enter_firearm(service, **stated)
    await enter_firearm(service, serial_number="GXK 777 333", calibre=".45 ACP", model="21")
    answer = await search(service, make="GLOCK", **asked)
    assert (ids_of(answer["hits"]), answer["total"], answer["near"]) == ([record["id"]], 1, [])


@pytest.mark.parametrize(
    "asked",
    [
        {"make": "Beretta"},
        {"calibre": ".45 ACP"},
        {"model": "19"},
        {"serial_number": "ABC 204 881"},
        {"serial_number": "GXK 204 882"},
    ],
)
async def test_another_make_model_or_calibre_or_other_letters_find_nothing(
    service: ServiceClient, asked: dict[str, str]
) -> None:
    """The same figures are on firearms of other makers and of other series."""
    await enter_firearm(service)
    answer = await search(service, **{"serial_number": "GXK204881", "make": "Glock", **asked})
    assert (answer["hits"], answer["total"], answer["near"]) == ([], 0, [])


@pytest.mark.parametrize("make", [{}, {"make": "Unknown"}, {"make": "Other"}])
async def test_without_a_make_what_has_the_number_is_near_and_no_hit(
    service: ServiceClient, make: dict[str, str]
) -> None:
    """Makers use the same numbers, so nobody is notified until the make is stated; a warning says so."""
    glock = await enter_firearm(service)
    beretta = await enter_firearm(service, make="Beretta", model="92", calibre="9 mm Short")
    answer = await search(service, serial_number="GXK204881", **make)
    assert (answer["hits"], answer["total"], {*ids_of(answer["near"])}) == ([], 0, {glock["id"], beretta["id"]})
    assert [warning["code"] for warning in answer["warnings"]] == ["make-missing"]
    narrowed = await search(service, serial_number="GXK204881", calibre="9 Para", **make)
    assert ids_of(narrowed["near"]) == [glock["id"]]
    assert ids_of((await search(service, serial_number="GXK204881", make="Glock"))["hits"]) == [glock["id"]]


async def test_of_many_that_have_the_number_the_first_are_shown_and_a_warning_says_how_many(
    service: ServiceClient,
) -> None:
    """As of firearms of many makers that number from 1."""
    makes = (await service.officer("IT").get(f"{PATH}/codes")).json()["makes"][:25]
    for make in makes:
        await enter_firearm(service, serial_number="1001", make=make["name"], model=None)
    answer = await search(service, serial_number="1001")
    assert (len(answer["near"]), answer["total"]) == (20, 0)
    assert [warning["code"] for warning in answer["warnings"]] == ["make-missing", "near-cut"]
    assert "20 of 25" in answer["warnings"][1]["detail"]


async def test_a_number_with_one_wrong_sign_is_near_if_that_is_asked_for(service: ServiceClient) -> None:
    """Apart from the hits, with what was read otherwise; also of no make."""
    record = await enter_firearm(service)
    for make in ({"make": "Glock"}, {}):
        asked = {"serial_number": "GXK 204 887", **make}
        assert (await search(service, **asked))["near"] == []
        [near] = (await search(service, **asked, near="true"))["near"]
        assert near["record"]["id"] == record["id"]
        assert near["why"][0]["reading"] == "the 9th sign: asked 7, found 1"


async def test_the_reading_says_which_letters_were_left_out(service: ServiceClient) -> None:
    """So that the officer compares them with what is before them; the score is lower."""
    await enter_firearm(service)
    [hit] = (await search(service, serial_number="204881", make="Glock"))["hits"]
    assert hit["why"][0]["reading"] == "the letters GXK before the figures were not asked for"
    [more] = (await search(service, serial_number="GXK 2O4 881 V", make="Glock"))["hits"]
    reading = "the letters V after the figures are not in the record; the 5th sign: asked O, found 0"
    assert more["why"][0]["reading"] == reading
    assert more["score"] < hit["score"] < 1


async def test_words_become_standard_names(service: ServiceClient) -> None:
    """Whatever the owner writes."""
    record = await enter_firearm(service, make="HK", model="vp 9", calibre="9×19 mm", kind="Pistole")
    names = {name: record[name] for name in ("make", "model", "calibre", "kind")}
    assert names == {"make": "Heckler & Koch", "model": "SFP9", "calibre": "9 mm Luger", "kind": "pistol"}


async def test_a_make_or_calibre_that_is_not_listed_is_stated_as_other(service: ServiceClient) -> None:
    """With what is marked; it tells no make, so it is found by the number as near."""
    stated = {"make": "Other", "make_marked": "Nobody & Sons", "calibre": "Other", "calibre_marked": "7 mm Nobody"}
    record = await enter_firearm(service, **stated, model=None)
    assert ids_of((await search(service, serial_number="GXK204881", make="Other"))["near"]) == [record["id"]]
    assert ids_of((await search(service, serial_number="GXK204881", make="Glock"))["hits"]) == [record["id"]]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"serial_number": None}, "invalid", "/serial_number"),
        ({"serial_number": "--"}, "invalid", "/serial_number"),
        ({"make": None}, "invalid", "/make"),
        ({"make": "Glok"}, "invalid", "/make"),
        ({"make": "Other"}, "invalid", "/make_marked"),
        ({"calibre": "9"}, "invalid", "/calibre"),
        ({"calibre": "Other"}, "invalid", "/calibre_marked"),
        ({"kind": "sword"}, "invalid", "/kind"),
        ({"status": "recovered"}, "invalid", "/status"),
        ({"status": "trafficked"}, "invalid", "/illicit"),
        ({"status": "smuggled", "illicit": "other"}, "invalid", "/illicit"),
        ({"import_mark": "DE 19"}, "invalid", "/import_country"),
        ({"year": 1600}, "invalid", "/year"),
        ({"event_date": "2099"}, "event-in-future", "/event_date"),
        ({"event_date": "2026-02-30"}, "invalid", "/event_date"),
        ({"other_markings": "owner: Max Mustermann"}, "personal-data", "/other_markings"),
        ({"serial_number": "Tel. +49 1701234567"}, "personal-data", "/serial_number"),
        ({"purpose": "security-check"}, "purpose-does-not-fit", "/purpose"),
        ({"colour": "black"}, "invalid", "/colour"),
    ],
)
async def test_an_unusable_entry_is_refused_with_what_to_change(
    service: ServiceClient, changes: dict[str, Any], code: str, pointer: str
) -> None:
    """Each with a pointer to the member."""
    entry = {name: value for name, value in {**PISTOL, **changes}.items() if value is not None}
    status, problem, pointers = refusal(await service.officer("IT").post(PATH, json=entry))
    assert (status, problem, pointers) == (422, code, [pointer])


async def test_a_word_that_is_not_listed_is_refused_with_what_was_probably_meant(service: ServiceClient) -> None:
    """And not repeated."""
    answer = await service.officer("IT").post(PATH, json={**PISTOL, "make": "Glok"})
    detail = answer.json()["errors"][0]["detail"]
    assert "did you mean Glock?" in detail
    assert "an entry states Other" in detail
    assert "Glok:" not in detail


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({}, "/serial_number"),
        ({"make": "Glock"}, "/serial_number"),
        ({"serial_number": "GXK204881", "make": "Nobody"}, "/make"),
        ({"serial_number": "GXK204881", "calibre": "9 mm"}, "/calibre"),
        ({"serial_number": "G*"}, "/serial_number"),
        ({"serial_number": "GXK204881", "kind": "pistol"}, "/kind"),
    ],
)
async def test_an_unusable_search_is_refused_with_what_to_change(
    service: ServiceClient, asked: dict[str, str], pointer: str
) -> None:
    """As a search that can find nothing would look like an answer."""
    poland = service.officer("PL")
    assert refusal(await poland.get(f"{PATH}/search", params=asked)) == (422, "invalid", [pointer])
    checked = (await poland.post(f"{PATH}/checks", json={"checks": [asked, {"serial_number": "GXK204881"}]})).json()
    assert [result["error"] and result["error"]["pointer"] for result in checked["results"]] == [pointer, None]


async def test_a_batch_shows_hits_and_what_is_near_of_a_line_without_make(service: ServiceClient) -> None:
    """Each line as a search alone."""
    record = await enter_firearm(service)
    lines = [
        {"serial_number": "gxk204881", "make": "Glock"},
        {"serial_number": "204881"},
        {"serial_number": "GXK 999 999", "make": "Glock"},
    ]
    results = (await service.officer("PL").post(f"{PATH}/checks", json={"checks": lines})).json()["results"]
    assert [result["total"] for result in results] == [1, 0, 0]
    assert [ids_of(result["near"]) for result in results] == [[], [record["id"]], []]
    assert [warning["code"] for warning in results[1]["warnings"]] == ["make-missing"]


async def test_a_number_and_make_that_the_bureau_entered_are_refused(service: ServiceClient) -> None:
    """With the record that has them; the number alone is another maker's."""
    first = await enter_firearm(service)
    response = await service.officer("IT").post(PATH, json={**PISTOL, "serial_number": "gxk204881"})
    assert refusal(response) == (409, "already-entered", ["/serial_number"])
    assert response.json()["record"] == first["id"]
    for other in ({"make": "Beretta"}, {"make": "Unknown"}, {"serial_number": "204 881"}):
        await enter_firearm(service, **other)
    await enter_firearm(service, "FR")


async def test_a_recovered_firearm_is_for_its_owner_alone(service: ServiceClient) -> None:
    """It must not be seized again; it can be entered again when it is lost once more."""
    record = await enter_firearm(service)
    italy, path = service.officer("IT"), f"{PATH}/{record['id']}"
    recovered = (await italy.post(f"{path}/recovery")).json()
    assert (recovered["state"], recovered["status"]) == ("recovered", "stolen")
    assert (await search(service, serial_number="GXK204881", make="Glock"))["hits"] == []
    assert (await search(service, serial_number="GXK204881"))["near"] == []
    assert (await service.officer("PL").get(path)).status_code == 404
    assert refusal(await italy.put(path, json=PISTOL))[:2] == (409, "illegal-step")
    assert refusal(await italy.post(f"{path}/recovery"))[:2] == (409, "illegal-step")
    assert (await italy.post(f"{path}/withdrawal")).json()["state"] == "withdrawn"
    assert refusal(await italy.post(f"{path}/withdrawal"))[:2] == (409, "illegal-step")
    await enter_firearm(service)


async def test_a_list_is_filtered_by_status_and_state(service: ServiceClient) -> None:
    """What is no longer sought is listed for its owner alone."""
    stolen = await enter_firearm(service)
    smuggled = await enter_firearm(service, serial_number="X 1", status="smuggled", illicit="arms-embargo")
    italy, poland = service.officer("IT"), service.officer("PL")
    assert ids_of(
        [{"record": each} for each in (await poland.get(PATH, params={"status": "smuggled"})).json()["items"]]
    )
    await italy.post(f"{PATH}/{stolen['id']}/recovery")
    for officer, wanted, expected in (
        (poland, {}, [smuggled]),
        (poland, {"state": "recovered"}, []),
        (italy, {"state": "recovered"}, [stolen]),
        (italy, {"status": "smuggled"}, [smuggled]),
    ):
        listed = (await officer.get(PATH, params=wanted)).json()["items"]
        assert [each["id"] for each in listed] == [each["id"] for each in expected]


async def test_a_corrected_firearm_is_found_by_its_new_number_alone(service: ServiceClient) -> None:
    """And only its owner corrects it."""
    record = await enter_firearm(service)
    path, corrected = f"{PATH}/{record['id']}", {**PISTOL, "serial_number": "ABC 111 222"}
    assert (await service.officer("PL").put(path, json=corrected)).status_code == 403
    assert (await service.officer("IT").put(path, json=corrected)).status_code == 200
    assert (await search(service, serial_number="GXK204881", make="Glock"))["hits"] == []
    assert len((await search(service, serial_number="ABC111222", make="Glock"))["hits"]) == 1


async def test_the_commission_corrects_a_firearm_that_was_recovered(service: ServiceClient) -> None:
    """What follows from its entry is derived anew."""
    record = await enter_firearm(service, serial_number="AB1")
    assert [each["code"] for each in record["warnings"]] == ["serial-number-short"]
    await service.officer("IT").post(f"{PATH}/{record['id']}/recovery")
    commission = caller("CCF", *firearms.SERVICE.scopes, purpose=Purpose.DATA_SUBJECT_REQUEST)
    decision = {"decision": "correct", "reference": "CCF/2026/12", "corrections": {"serial_number": "AB 1234"}}
    done = await service.calling(lambda: commission).post(f"{PATH}/{record['id']}/decision", json=decision)
    assert done.status_code == 200, done.text
    seen = (await service.officer("IT").get(f"{PATH}/{record['id']}")).json()
    assert (seen["serial_number"], seen["state"], seen["warnings"]) == ("AB 1234", "recovered", [])


async def test_what_contradicts_itself_is_a_warning(service: ServiceClient) -> None:
    """And never a reason to refuse an entry."""
    strange = {"serial_number": "1111", "kind": "shotgun", "calibre": "9 mm Short"}
    record = await enter_firearm(service, **strange)
    codes = [(each["code"], each["pointer"]) for each in record["warnings"]]
    assert codes == [("serial-number-uniform", "/serial_number"), ("calibre-other-kind", "/calibre")]


async def test_a_barred_bureau_cannot_distinguish_a_firearm_from_a_missing_one(service: ServiceClient) -> None:
    """Neither as a hit nor as near."""
    record = await enter_firearm(service, restricted=["PL"])
    for asked in ({"make": "Glock"}, {}, {"near": "true"}):
        hidden = await search(service, serial_number="GXK204881", **asked)
        absent = await search(service, serial_number="QQQ777333", **asked)
        assert (hidden["hits"], hidden["near"], hidden["total"]) == (absent["hits"], absent["near"], absent["total"])
        assert hidden["warnings"] == absent["warnings"]
    path = f"{PATH}/{record['id']}"
    missing = f"{PATH}/{record['id'][:-1]}{'0' if record['id'][-1] != '0' else '1'}"
    answers = [await service.officer("PL").get(each) for each in (path, missing)]
    assert {answer.status_code for answer in answers} == {404}


async def test_an_event_in_the_future_is_refused_from_the_day_after_tomorrow(
    service: ServiceClient, clock: FixedClock
) -> None:
    """As clocks and zones differ by a day."""
    today = clock.now().date()
    await enter_firearm(service, event_date=f"{today}")
    later = {**PISTOL, "serial_number": "X 2", "event_date": f"{today.replace(year=today.year + 1)}"}
    assert refusal(await service.officer("IT").post(PATH, json=later))[1] == "event-in-future"


async def test_the_lists_of_codes_are_served(service: ServiceClient) -> None:
    """Each name with what is accepted instead of it."""
    codes = (await service.officer("PL").get(f"{PATH}/codes")).json()
    luger = next(each for each in codes["calibres"] if each["name"] == "9 mm Luger")
    assert {"9x19", "9 Para"} <= {*luger["synonyms"]}
    glock = next(each for each in codes["makes"] if each["name"] == "Glock")
    assert (glock["country"], "17" in [model["name"] for model in glock["models"]]) == ("AT", True)
    assert {each["name"] for each in codes["kinds"]} >= {"pistol", "revolver", "shotgun"}
