"""A check reads the machine-readable zone of a document: who shows it, and which document it is."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.checks.inputs import inputs_of, zone_of
from gateway.checks.models import CheckQuestion
from shared.errors import Invalid
from shared.mrz import BIRTH, ISSUES, NAMES, NUMBER, check_digit, holder_of, read_parts, read_zone
from tests.gateway.checks.officers import CAR, CHECKS, STOLEN, Officer, diffuse, found_in, states

TODAY = date(2026, 6, 1)


def zone(
    *, names: str = "DELACROISIERE<<ETIENNE<MARCEL", number: str = "19AK00417", born: str = "791102", digit: str = ""
) -> str:
    """Return the zone of a French passport; `digit` is the check digit of the number, by default the right one."""
    number = number.ljust(9, "<")
    parts = [number, digit or check_digit(number)], [born, check_digit(born)], ["300101", check_digit("300101")]
    (doc, birth, expiry), optional = map("".join, parts), "<" * 14
    composite = check_digit(f"{doc}{birth}{expiry}{optional}<")
    return f"P<FRA{names}".ljust(44, "<") + f"{doc}FRA{birth}M{expiry}{optional}<{composite}"


@pytest.fixture
async def passport(france: Officer) -> str:
    """Enter the passport of the wanted person as stolen, and return its id."""
    return await france.enter("travel-documents", STOLEN)


@pytest.mark.thorough
async def test_a_zone_is_checked_for_the_document_and_for_the_person(
    france: Officer, germany: Officer, passport: str
) -> None:
    """The name and the date of birth come from the zone, and so does the number, for two registers."""
    notice = await diffuse(france)
    answer = await germany.check(mrz=zone())
    assert answer["verdict"] == "hit"
    assert found_in(answer) == [("notices", notice), ("travel-documents", passport)]
    assert states(answer) == {"travel-documents": "answered", "notices": "answered", "missing-persons": "none"}
    assert answer["mrz"] == {
        "issuer": "FRA",
        "number": "19AK00417",
        "name": "DELACROISIERE ETIENNE MARCEL",
        "date_of_birth": "1979-11-02",
        "wrong_check_digits": [],
        "unreadable": [],
    }
    assert [each["what"] for each in answer["hits"]] == ["red diffusion", "stolen passport"]


@pytest.mark.thorough
async def test_a_misread_number_finds_the_document_as_near_and_says_what_was_read(
    germany: Officer, passport: str
) -> None:
    """An X was read for the K that is printed, so that the check digit is wrong: nothing is corrected silently."""
    right = check_digit("19AK00417")
    answer = await germany.check(mrz=zone(number="19AX00417", digit=right, names="NOBODY<<NOWHERE"))
    assert answer["verdict"] == "possible-hit"
    assert [(hit["id"], hit["near"]) for hit in answer["hits"]] == [(passport, True)]
    assert answer["complete"] is False
    assert "read it again" in answer["says"]
    [wrong] = [each for each in answer["mrz"]["wrong_check_digits"] if each["part"] == "the number"]
    assert (wrong["line"], wrong["column"], wrong["found"]) == (2, 10, right)


@pytest.mark.thorough
async def test_a_zone_that_was_misread_is_never_no_hit(germany: Officer) -> None:
    """What was not read right was not searched for."""
    wrong = "1" if check_digit("79AK00417") != "1" else "2"
    answer = await germany.check(mrz=zone(number="79AK00417", digit=wrong, names="NOBODY<<NOWHERE"))
    assert (answer["verdict"], answer["hits"], answer["complete"]) == ("incomplete", [], False)
    assert answer["says"] == "INCOMPLETE: nothing was found so far; the zone was misread, so read it again"


@pytest.mark.thorough
async def test_a_wrong_digit_of_what_no_register_is_asked_for_is_no_all_clear_either(germany: Officer) -> None:
    """A sign that was taken for one whose value differs by 10 shows in the digit of all parts alone."""
    read = zone(number="79AK00417", names="NOBODY<<NOWHERE")
    wrong = "1" if read[-1] != "1" else "2"
    answer = await germany.check(mrz=f"{read[:-1]}{wrong}")
    assert (answer["verdict"], answer["complete"]) == ("incomplete", False)
    assert [each["part"] for each in answer["mrz"]["wrong_check_digits"]] == ["all fields together"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("broken", "place"),
    [
        (("P<FRA", "P<FPA"), "line 1, column 3"),
        (("P<FRA", "P<F*A"), "line 1, column 4"),
        (("19AK00417", "19A?00417"), "line 2, column 4"),
    ],
)
async def test_a_part_that_cannot_be_read_does_not_refuse_the_check(
    france: Officer, germany: Officer, broken: tuple[str, str], place: str
) -> None:
    """The other registers are asked; the one of documents is never said to have nothing, and why is said first."""
    await france.enter("stolen-vehicles", CAR)
    stated = {"mrz": zone(names="NOBODY<<NOWHERE").replace(*broken), "plate": CAR["plate"], "country": "IT"}
    answer = await germany.check(**stated)
    assert states(answer)["travel-documents"] == "unreadable"
    assert states(answer)["stolen-vehicles"] == "answered"
    assert (answer["verdict"], answer["complete"]) == ("hit", False)
    assert f"travel-documents was not asked, as the zone cannot be read at {place}" in answer["says"]
    [source] = [each for each in answer["sources"] if each["source"] == "travel-documents"]
    assert (source["total"], source["request"], source["asked"]) == (None, None, [])
    assert place in source["detail"]
    [unread] = answer["mrz"]["unreadable"]
    assert f"line {unread['line']}, column {unread['column']}" == place


@pytest.mark.thorough
async def test_a_person_is_asked_for_although_their_document_cannot_be_read(france: Officer, germany: Officer) -> None:
    """The register of notices is asked for the name, and says that it was not asked for the number."""
    misread = zone().replace("19AK", "19?K")
    assert states(await germany.check(mrz=misread)) == {
        "travel-documents": "unreadable",
        "notices": "unreadable",
        "missing-persons": "none",
    }
    notice = await diffuse(france)
    answer = await germany.check(mrz=misread)
    assert found_in(answer) == [("notices", notice)]
    [source] = [each for each in answer["sources"] if each["source"] == "notices"]
    assert (source["state"], [each["code"] for each in source["warnings"]]) == ("answered", ["unreadable"])


@pytest.mark.thorough
async def test_a_date_of_birth_that_cannot_be_is_not_asked(germany: Officer, passport: str) -> None:
    """The document is found by its number, and the person by the name alone."""
    answer = await germany.check(mrz=zone(born="791302"))
    assert found_in(answer) == [("travel-documents", passport)]
    assert answer["mrz"]["date_of_birth"] is None
    assert [each["detail"] for each in answer["mrz"]["unreadable"]] == [
        "line 2, column 16: no date of birth has the month 13: read it again"
    ]
    assert answer["complete"] is False


@pytest.mark.thorough
async def test_a_zone_of_which_nothing_can_be_asked_is_refused_with_its_places(germany: Officer) -> None:
    """There is no other register to ask."""
    asked = {"mrz": zone().replace("P<FRA", "P<FPA"), "sources": ["travel-documents"]}
    refused = await germany.ask("POST", CHECKS, json=asked)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/mrz"
    assert "line 1, column 3" in refused.json()["detail"]


@given(st.data())
def test_a_sign_that_cannot_be_read_takes_no_more_than_its_part(data: st.DataObject) -> None:
    """Every other part is read as if that sign were right."""
    text = zone()
    at = data.draw(st.integers(0, len(text) - 1))
    right, (broken, unread) = read_zone(text), read_parts(f"{text[:at]}*{text[at + 1 :]}")
    lost = {each.part for each in unread}
    assert len(unread) == 1
    assert broken.issuer == ("" if ISSUES in lost else right.issuer)
    assert broken.number == ("" if NUMBER in lost else right.number)
    assert broken.wrong == ()
    if lost.isdisjoint({NAMES, BIRTH}):
        assert holder_of(broken, TODAY) == holder_of(right, TODAY)


@pytest.mark.thorough
async def test_a_blank_within_a_stolen_range_is_a_hit(france: Officer, germany: Officer) -> None:
    blanks = {"type": "passport", "first_number": "19AK00400", "last_number": "19AK00499", "event_date": "2026-03-14"}
    answer = await france.ask("POST", "/api/travel-documents/blanks", json={**blanks, "event_country": "FR"})
    assert answer.status_code == 201, answer.text
    check = await germany.check(document={"issuer": "FRA", "number": "19AK00417", "type": "passport"})
    assert check["verdict"] == "hit"
    assert check["says"] == "HIT: stolen blank passport of FR"


def test_what_the_officer_states_counts_before_the_zone() -> None:
    """As where the name is cut in the zone."""
    question = CheckQuestion.model_validate({"mrz": zone(), "name": "Étienne Delacroisière", "date_of_birth": "1978"})
    inputs = inputs_of(question, zone_of(question, TODAY))
    assert (inputs["name"], inputs["date_of_birth"]) == ("Étienne Delacroisière", "1978")
    assert inputs["document.number"] == "19AK00417"


def test_no_register_is_sent_the_zone() -> None:
    """Registers of documents need no names."""
    question = CheckQuestion.model_validate({"mrz": zone()})
    inputs = inputs_of(question, zone_of(question, TODAY))
    assert {name for name, value in inputs.items() if "DELACROISIERE" in value} == {"name"}


@pytest.mark.parametrize(
    ("born", "says"),
    [
        ("791102", "1979-11-02"),
        ("260601", "2026-06-01"),
        ("260602", "1926-06-02"),
        ("26<<<<", "2026"),
        ("27<<<<", "1927"),
        ("2607<<", "1926-07"),
        ("850000", "1985"),
        ("<<0401", None),
        ("<<<<<<", None),
    ],
)
def test_a_date_of_birth_is_as_much_as_the_zone_tells(born: str, says: str | None) -> None:
    """Its year is the last one that is not in the future."""
    assert holder_of(read_zone(zone(born=born)), TODAY).date_of_birth == says


@given(text=st.text(alphabet=st.sampled_from("ABCXYZ0123456789<\n ") | st.characters(), max_size=100))
def test_any_text_is_read_or_refused_at_its_place(text: str) -> None:
    """Never an error of the gateway, and never a part of the zone in the refusal."""
    question = CheckQuestion.model_construct(mrz=text)
    with suppress(Invalid):
        assert zone_of(question, TODAY) is not None
        return
    with pytest.raises(Invalid) as refused:
        zone_of(question, TODAY)
    assert refused.value.members["errors"][0]["pointer"] == "/mrz"
    assert not any(line in refused.value.detail for line in text.split("\n") if len(line) > 12)


NAMED = st.from_regex(r"[A-Z]{1,12}(<[A-Z]{1,8})?<<[A-Z]{1,8}(<[A-Z]{1,6})?", fullmatch=True)


@given(NAMED, st.dates(date(1930, 1, 1), date(2025, 12, 31)))
def test_the_holder_of_any_zone_is_read_back(names: str, born: date) -> None:
    """Name and date of birth, of every date up to today."""
    holder = holder_of(read_zone(zone(names=names[:39], born=born.strftime("%y%m%d"))), TODAY)
    assert holder.name == " ".join(part for part in names[:39].split("<") if part)
    assert holder.date_of_birth == born.isoformat()
