"""A check asks every register at once, and each answers for itself."""

from typing import Any

import pytest

from tests.gateway.checks.conftest import AsOfficer, Entered
from tests.gateway.checks.officers import STOLEN, WANTED, Officer, found_in, states
from tests.support import problem_of

ZONE = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
PLATE = {"plate": "ga 417 xr", "country": "IT"}


@pytest.mark.thorough
async def test_one_check_asks_all_registers_and_shows_what_each_has(germany: Officer, entered: Entered) -> None:
    """The arrest comes before the car, and each source says what it was asked for."""
    answer = await germany.check(**WANTED, document={"issuer": "FRA", "number": "19 AK 00417"}, **PLATE)
    assert answer["verdict"] == "hit"
    assert answer["complete"] is True
    assert answer["says"] == "HIT: red diffusion of FR, and 1 more"
    assert found_in(answer) == [("notices", entered.notice), ("stolen-vehicles", entered.car)]
    assert states(answer) == {
        "travel-documents": "none",
        "notices": "answered",
        "stolen-vehicles": "answered",
        "missing-persons": "none",
    }
    by_source = {each["source"]: each for each in answer["sources"]}
    assert by_source["notices"]["asked"] == ["document.number", "name", "date_of_birth"]
    assert by_source["stolen-vehicles"]["asked"] == ["plate", "country"]
    assert [each["total"] for each in answer["sources"]] == [0, 1, 1, 0]
    notice, car = answer["hits"]
    assert notice["asked"] == ["date_of_birth", "document.number", "name"]
    assert notice["path"] == f"/api/notices/{entered.notice}"
    assert car["record"]["plate"] == "GA417XR"
    assert car["why"][0] == {"field": "plate", "asked": "ga 417 xr", "found": "GA417XR", "score": 1.0, "reading": None}


@pytest.mark.thorough
async def test_nothing_found_anywhere_is_no_hit(germany: Officer) -> None:
    answer = await germany.check(name="Nadia Unbekannt", date_of_birth="1990-01-01", **PLATE)
    assert (answer["verdict"], answer["complete"], answer["hits"]) == ("no-hit", True, [])
    assert answer["says"] == "NO HIT: nothing was found"
    assert set(states(answer).values()) == {"none"}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("stated", "verdict"),
    [
        ({"plate": "GA417XR", "country": "IT"}, "hit"),
        ({"plate": "GA4I7XR", "country": "IT"}, "possible-hit"),
        ({"plate": "GA417XR"}, "possible-hit"),
        ({"name": "Etienne Marcel Delacroisiere", "date_of_birth": "1979-11-02"}, "hit"),
        ({"name": "Etienne Delacrosiere", "date_of_birth": "1979"}, "possible-hit"),
        ({"name": "Delacroisière Étienne Marcel"}, "possible-hit"),
        ({"document": {"issuer": "FRA", "number": "19AK00417"}}, "hit"),
        ({"name": "Julia Ann Marlowe", "date_of_birth": "1987-06-21"}, "hit"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("entered")
async def test_a_hit_is_one_that_nothing_else_could_be(germany: Officer, stated: dict[str, Any], verdict: str) -> None:
    """A whole number, or a name with its date of birth: what was read otherwise, or is a name alone, is compared."""
    assert (await germany.check(**stated))["verdict"] == verdict


@pytest.mark.thorough
async def test_what_only_narrows_a_search_and_is_refused_is_left_out_with_a_warning(
    germany: Officer, france: Officer
) -> None:
    """A mistake in a part hides no stolen document: a type that no register knows, a day of birth that never was."""
    await france.enter("travel-documents", STOLEN)
    number = {"issuer": "FRA", "number": "19AK00417"}
    answer = await germany.check(document={**number, "type": "pass"})
    assert (answer["verdict"], answer["complete"]) == ("hit", True)
    [warning] = answer["sources"][0]["warnings"]
    assert (warning["code"], warning["pointer"]) == ("left-out", "/type")
    zone = "P<FRAPROVATI<<GIADA<<<<<<<<<<<<<<<<<<<<<<<<<\n19AK004172FRA9102295F3103049<<<<<<<<<<<<<<04"
    answer = await germany.check(mrz=zone)
    assert answer["verdict"] == "hit"
    assert "left-out" in {each["code"] for source in answer["sources"] for each in source["warnings"]}


@pytest.mark.thorough
async def test_a_number_is_asked_of_every_kind_of_thing_that_may_have_it(germany: Officer, france: Officer) -> None:
    """An engine may be of a boat, and a serial the IMEI of a telephone; a watch with a make is no firearm."""
    theft = {"theft_date": "2026-05-02"}
    motor = {"kind": "outboard-engine", "make": "Yamaha", "engines": [{"number": "6BG 1012345"}], **theft}
    await france.enter("stolen-vehicles/vessels", motor)
    answer = await germany.check(engine_number="6BG1012345")
    assert (answer["verdict"], answer["hits"][0]["source"]) == ("hit", "vessels")
    event = {"event_date": "2026-05-02", "event_country": "FR"}
    await france.enter(
        "cultural-property/valuables", {"kind": "telephone", "make": "Nokia", "imei": "356938035643809", **event}
    )
    assert (await germany.check(serial="35-693803-564380-9"))["verdict"] == "hit"
    watch = {"kind": "watch", "make": "Omega", "serial_number": "77204913", **event}
    await france.enter("cultural-property/valuables", watch)
    answer = await germany.check(serial="77204913", make="Omega")
    assert (answer["verdict"], states(answer)) == ("hit", {"firearms": "none", "cultural-property": "answered"})


@pytest.mark.thorough
@pytest.mark.usefixtures("entered")
async def test_a_document_number_of_another_country_is_to_be_compared(germany: Officer) -> None:
    """Numbers of countries coincide: the wanted person has a French document of this number."""
    answer = await germany.check(document={"issuer": "DZA", "number": "19AK00417"})
    assert answer["verdict"] == "possible-hit"


@pytest.mark.thorough
async def test_a_look_alike_number_of_a_notice_is_to_be_compared(germany: Officer, entered: Entered) -> None:
    """It is shown with what was read otherwise, as a travel document is; it is no hit that proves itself."""
    answer = await germany.check(document={"issuer": "FRA", "number": "I9AK OO4I7"})
    assert (answer["verdict"], found_in(answer)) == ("possible-hit", [("notices", entered.notice)])
    [why] = answer["hits"][0]["why"]
    assert (why["found"], why["reading"].count(" sign: asked ")) == ("19AK00417", 4)


@pytest.mark.thorough
async def test_each_source_has_the_request_in_its_audit_log(germany: Officer, entered: Entered) -> None:
    """One entry each, in the officer's name and for their purpose, with what was shown."""
    answer = await germany.check(**WANTED, document={"issuer": "FRA", "number": "19AK00417"}, **PLATE)
    assert len({each["request"] for each in answer["sources"]}) == 4
    log = (await germany.ask("GET", "/api/audit", params={"bureau": "DE", "limit": 20})).json()["items"]
    for source in answer["sources"]:
        [leaf] = [each for each in log if each["request"] == source["request"]]
        assert (leaf["service"], leaf["officer"], leaf["purpose"]) == (source["source"], "de.officer", "security-check")
        shown = [hit["id"] for hit in answer["hits"] if hit["source"] == source["source"]]
        assert [each["id"] for each in leaf["records"]] == shown
    assert len([each for each in log if each["operation"].startswith(("search_", "check_"))]) == 4
    assert entered.car in {each["id"] for leaf in log for each in leaf["records"]}


@pytest.mark.thorough
async def test_a_purpose_of_the_request_is_that_of_each_register(germany: Officer) -> None:
    answer = await germany.ask(
        "POST", "/api/checks", json={"plate": "AB1"}, headers={"I247-Purpose": "border-management"}
    )
    [source] = answer.json()["sources"]
    log = (await germany.ask("GET", "/api/audit", params={"bureau": "DE"})).json()["items"]
    [leaf] = [each for each in log if each["request"] == source["request"]]
    assert leaf["purpose"] == "border-management"


@pytest.mark.thorough
async def test_a_register_that_the_officer_may_not_ask_is_not_taken_for_an_empty_one(
    officer_of: AsOfficer, entered: Entered
) -> None:
    """It is not asked at all; the officer's terminal may leave it out of the question."""
    limited = officer_of("DE", "checks:read", "stolen-vehicles:read")
    answer = await limited.check(**WANTED, plate="AB 1")
    assert (answer["verdict"], answer["complete"]) == ("incomplete", False)
    assert states(answer) == {
        "notices": "not-allowed",
        "stolen-vehicles": "none",
        "missing-persons": "not-allowed",
    }
    assert "notices may not be asked by this officer" in answer["says"]
    assert answer["sources"][0]["request"] is None
    assert (await limited.check(plate="AB 1", sources=["stolen-vehicles"]))["verdict"] == "no-hit"
    assert entered.notice not in str(answer)


async def test_only_the_named_sources_are_asked(germany: Officer) -> None:
    answer = await germany.check(**WANTED, sources=["missing-persons"])
    assert states(answer) == {"missing-persons": "none"}


async def test_a_check_needs_its_own_scope(officer_of: AsOfficer) -> None:
    """It admits to the check alone: each register asks for its own."""
    others = officer_of("DE", "notices:read", "stolen-vehicles:read", "missing-persons:read")
    assert problem_of(await others.ask("POST", "/api/checks", json={"plate": "AB 1"})) == (403, "scope-missing")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("stated", "pointer", "says"),
    [
        ({}, "", "give at least one of mrz, document, name, plate, vin, engine_number, serial"),
        ({"sources": ["notices"]}, "", "give at least one of"),
        ({"country": "IT", "vin": "ZAR93200001234567"}, "/country", "goes with a plate"),
        ({"date_of_birth": "1987", "vin": "ZAR93200001234567"}, "/date_of_birth", "goes with a name"),
        ({"plate": "AB*"}, "/plate", "must be whole"),
        ({"vin": "ZAR932?"}, "/vin", "must be whole"),
        ({"name": "Dup*"}, "/name", "must be a name as it is written"),
        ({"name": "???"}, "/name", "must"),
        ({"make": "Glock", "plate": "AB 1"}, "/make", "goes with a serial"),
        (
            {"document": {"issuer": "FRA", "number": "--"}},
            "/document/number",
            "must have a letter of A to Z or a figure",
        ),
        ({"document": {"issuer": "FRA", "number": "1" * 31}}, "/document/number", "must have at most 30 characters"),
        ({"document": {"number": "1"}}, "/document/issuer", "is required"),
        ({"document": {"number": "1", "issuer": "FR"}}, "/document/issuer", "use FRA"),
        ({"mrz": ZONE, "document": {"number": "1", "issuer": "FRA"}}, "/document", "leave one of both out"),
        ({"mrz": ZONE[:40]}, "/mrz", "line 1, column 1: has one line of 40 signs"),
        ({"mrz": ZONE, "sources": ["missing-persons"], "plate": "AB 1"}, "/plate", "none of these registers"),
        ({"mrz": ZONE, "plate": "AB 1", "sources": ["stolen-vehicles"]}, "/mrz", "none of these registers"),
        ({"plate": "AB 1", "sources": ["notices"]}, "/sources/0", "can be asked for nothing that is stated"),
        ({"plate": "AB 1", "sources": ["passports"]}, "/sources/0", "the registers are travel-documents, notices"),
        ({"plate": "AB 1", "sources": ["stolen-vehicle"]}, "/sources/0", "did you mean stolen-vehicles?"),
        ({"plate": "AB 1", "name": "Jean Dupont", "sources": ["notices"]}, "/plate", "no"),
        ({"plate": "AB 1", "fingerprint": "x"}, "/fingerprint", "is not known here"),
        ({"date_of_birth": "1987-02-30", "name": "Jean"}, "/date_of_birth", ""),
    ],
    ids=str,
)
async def test_what_cannot_be_asked_is_refused_at_its_place(
    germany: Officer, stated: dict[str, Any], pointer: str, says: str
) -> None:
    """Nothing that was stated is left out silently."""
    answer = await germany.ask("POST", "/api/checks", json=stated)
    assert problem_of(answer) == (422, "invalid")
    errors = answer.json()["errors"]
    assert [each["pointer"] for each in errors] == [pointer]
    assert says in errors[0]["detail"]
