"""A FIND client gets the answers of two origins, and is never told NO_ANSWER where one did not answer."""

from typing import Any

import pytest

from gateway.checks.find_models import Origin
from gateway.checks.find_views import find_answer
from gateway.checks.operations import CheckOperations
from gateway.checks.registers import REGISTERS
from shared.errors import ScopeMissing, TimedOut, Unreachable
from shared.find_codes import FindCode
from tests.gateway.checks.conftest import Entered
from tests.gateway.checks.officers import STOLEN, Officer, record_id
from tests.gateway.checks.test_silence import OFFICER, Registers
from tests.support import problem_of

SEARCH = "/find/v1/search"
ITEMS = "/find/v1/items"
PASSPORT = {"number": "19AK00417", "country": "FRA", "type": "passport"}
NOMINAL = ["IPSG.NOMTD"]


async def found(officer: Officer, **changed: Any) -> Any:
    answer = await officer.ask("POST", SEARCH, json={**PASSPORT, **changed})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.thorough
async def test_a_document_of_a_wanted_person_is_found_with_the_colour_of_the_notice(
    germany: Officer, entered: Entered
) -> None:
    """A list of possible matches first, and the record by a second call."""
    answer = await found(germany, origins=NOMINAL)
    assert (answer["code"], answer["status"], answer["complete"]) == (0, "NO_ERROR", True)
    [origin] = answer["origins"]
    assert (origin["origin"], origin["code"]) == ("IPSG.NOMTD", 0)
    [entry] = origin["entries"]
    assert entry == {
        "item_id": f"IPSG.NOMTD:{entered.notice}",
        "number": "19AK00417",
        "country": "FR",
        "type": "passport",
        "status": "diffused",
        "colour": "red",
        "owner": "FR",
        "score": 1.0,
        "near": False,
    }
    item = (await germany.ask("GET", f"{ITEMS}/{entry['item_id']}")).json()
    assert (item["code"], item["status"]) == (0, "NO_ERROR")
    assert item["record"] == (await germany.ask("GET", f"/api/notices/{entered.notice}")).json()


@pytest.mark.thorough
async def test_a_misread_number_finds_the_document_of_a_wanted_person(germany: Officer, entered: Entered) -> None:
    """`NO_ANSWER` would say that no notice has it."""
    answer = await found(germany, number="I9AK00417", origins=NOMINAL)
    [entry] = answer["origins"][0]["entries"]
    assert (answer["code"], entry["item_id"]) == (0, f"IPSG.NOMTD:{entered.notice}")
    assert (entry["number"], entry["country"], entry["score"]) == ("19AK00417", "FR", 0.97)


@pytest.mark.thorough
async def test_a_stolen_document_of_a_wanted_person_is_found_by_both_origins(
    germany: Officer, france: Officer, entered: Entered
) -> None:
    """The default is to ask all; a client of FIND sees which origin has what."""
    passport = await france.enter("travel-documents", STOLEN)
    answer = await found(germany)
    assert (answer["code"], answer["complete"]) == (0, True)
    shown = {
        each["origin"]: [(entry["item_id"], entry["colour"]) for entry in each["entries"]] for each in answer["origins"]
    }
    assert shown == {"IPSG": [(f"IPSG:{passport}", None)], "IPSG.NOMTD": [(f"IPSG.NOMTD:{entered.notice}", "red")]}
    [entry] = answer["origins"][0]["entries"]
    assert (entry["number"], entry["country"], entry["type"], entry["status"]) == (
        "19AK00417",
        "FRA",
        "passport",
        "stolen",
    )
    item = (await germany.ask("GET", f"{ITEMS}/{entry['item_id']}")).json()
    assert item["record"]["number"] == "19AK00417"


async def test_an_origin_that_answered_and_has_none_is_no_answer(germany: Officer) -> None:
    answer = await found(germany, number="ZZ99999", origins=NOMINAL)
    assert (answer["code"], answer["status"]) == (1, "NO_ANSWER")
    assert answer["origins"][0]["entries"] == []


@pytest.mark.thorough
async def test_an_item_that_the_bureau_may_not_see_is_answered_as_one_that_is_not_there(
    germany: Officer, france: Officer, entered: Entered
) -> None:
    await france.ask("PUT", f"/api/notices/{entered.notice}/restriction", json={"restricted": ["DE"]})
    hidden, none = [
        (await germany.ask("GET", f"{ITEMS}/IPSG.NOMTD:{each}")).json() for each in (entered.notice, record_id())
    ]
    assert (hidden["code"], hidden["status"], hidden["record"]) == (1, "NO_ANSWER", None)
    assert {**hidden, "item_id": ""} == {**none, "item_id": ""}


@pytest.mark.parametrize(
    ("way", "code"),
    [
        (TimedOut("late"), FindCode.ORIGIN_TIMEOUT),
        (None, FindCode.ORIGIN_TIMEOUT),
        (Unreachable("down"), FindCode.ORIGIN_UNREACHABLE),
        (ScopeMissing("no"), FindCode.ORIGIN_NOT_ALLOWED),
        (
            b'{"hits":[],"total":0,"warnings":[{"code":"withheld","pointer":"","detail":""}]}',
            FindCode.ORIGIN_INCOMPLETE,
        ),
        (b'{"hits":[],"total":3}', FindCode.ORIGIN_INCOMPLETE),
        (b'{"hits":[],"total":0}', FindCode.NO_ANSWER),
    ],
    ids=lambda each: str(each)[:40],
)
async def test_a_silent_origin_is_never_no_answer(way: Any, code: FindCode) -> None:
    """Its code is none that a FIND client takes for an answer."""
    operations = CheckOperations(REGISTERS, Registers(notices=way), seconds=0.05)
    sources = await operations.check({"document.number": "19AK00417"}, OFFICER)
    answer = find_answer([Origin.NOMINAL], sources)
    assert (answer.code, answer.status) == (code.value, code.name)
    assert answer.complete is (code is FindCode.NO_ANSWER)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"number": None}, "/number"),
        ({"country": "france"}, "/country"),
        ({"type": "Passport!"}, "/type"),
        ({"origins": ["IPSG.SMV"]}, "/origins/0"),
        ({"origins": []}, "/origins"),
        ({"name": "Dupont"}, "/name"),
    ],
    ids=str,
)
async def test_a_malformed_search_is_refused_at_its_place(germany: Officer, changed: Any, pointer: str) -> None:
    """Number, country and type are all needed, as in the field."""
    answer = await germany.ask("POST", SEARCH, json={**PASSPORT, **changed})
    assert problem_of(answer) == (422, "invalid")
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


@pytest.mark.thorough
@pytest.mark.parametrize("item", ["IPSG", "SMV:0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7081", "IPSG:1"])
async def test_a_malformed_item_is_refused(germany: Officer, item: str) -> None:
    assert problem_of(await germany.ask("GET", f"{ITEMS}/{item}")) == (422, "invalid")


@pytest.mark.thorough
async def test_find_needs_a_token_and_the_scope_of_checks(germany: Officer, client: Any, mesh: Any) -> None:
    """It is no way around either."""
    assert problem_of(await client.post(SEARCH, json=PASSPORT)) == (401, "unauthenticated")
    others = Officer(client, mesh, "DE", "notices:read")
    assert problem_of(await others.ask("POST", SEARCH, json=PASSPORT)) == (403, "scope-missing")
    assert problem_of(await germany.ask("GET", "/find/v2/search"))[0] == 404
