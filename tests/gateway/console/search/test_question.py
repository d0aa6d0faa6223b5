"""What is asked for a text and for the fields of the form, and of which registers."""

from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.datastructures import QueryParams

from gateway.console.kinds import KINDS
from gateway.console.search.question import Question
from gateway.console.search.sources import asks_of, check_of, unasked_of

TODAY = date(2026, 6, 1)
SERVICES = [kind.service for kind in KINDS]
UUID = "0197a3c2-5b1e-7c3a-9f20-4d5e00050001"


def question(text: str = "", *chosen: str, **fields: str) -> Question:
    """Return what is asked for a text that is read as what the officer chose, and for fields of the form."""
    return Question(QueryParams([("q", text), *(("as", each) for each in chosen), *fields.items()]), TODAY)


def test_a_bare_number_is_asked_as_all_that_its_form_allows() -> None:
    asked = question("19AK00417").fields
    assert asked == {"document_number": "19AK00417", "plate": "19AK00417", "serial": "19AK00417"}


@pytest.mark.parametrize("text", ["/Delacroziere Etiene 02.11.1979", "Delacroziere / Etiene 02.11.1979"])
def test_two_words_and_a_date_are_never_a_reference_alone(text: str) -> None:
    """The key / leads to the box, and is typed there too."""
    assert question(text).fields == {"name": "Delacroziere Etiene", "date_of_birth": "1979-11-02"}


@pytest.mark.parametrize(
    ("text", "is_guess"),
    [
        ("Delacroziere Etiene 02.11.1979", False),
        ("Delacroziere Etiene 02/11/1979", True),
        ("Delacroziere Etiene 22/11/1979", False),
        ("Delacroziere Etiene", False),
        ("GA418XR IT", False),
        ("plate GA418XR", False),
        ("GA418XR", True),
        ("19AK00417 FRA", True),
        ("Ivan", True),
        ("asdf;;%%%$$ 🙂", True),
    ],
)
def test_what_neither_its_form_nor_the_officer_says_is_a_guess(text: str, *, is_guess: bool) -> None:
    """Of a guess nothing that is found settles nothing; the other readings are offered, each at its address."""
    asked = question(text)
    assert asked.is_guess is is_guess
    assert not question(text, asked.readings[0].code).is_guess
    assert {each.code for each, _ in asked.others} == {each.code for each in asked.readings if each not in asked.chosen}
    assert all(f"as={each.code}" in address for each, address in asked.others)


def test_a_choice_of_readings_holds_for_its_text_alone() -> None:
    """Another text that is typed into the same form is read anew."""
    first = question("FZ512KL", "serial")
    assert first.fields == {"serial": "FZ512KL"}
    assert question("FZ512KL", "serial", read=first.digest).fields == {"serial": "FZ512KL"}
    assert question("GA417XR", "serial", read=first.digest).fields == {"plate": "GA417XR"}
    assert question("FZ512KL", "serial").address == "/?q=FZ512KL&as=serial"


def test_whole_names_and_numbers_are_checked_in_all_registers_and_the_rest_is_asked_of_its_own() -> None:
    asked = question("Delacroisiere Etienne 1979-11-02", plate="GA417XR", country="IT")
    assert check_of(asked) == {
        "name": "Delacroisiere Etienne",
        "date_of_birth": "1979-11-02",
        "plate": "GA417XR",
        "country": "IT",
    }
    assert [(ask.kind.name, [each.query for each in ask.requests]) for ask in asks_of(asked, SERVICES)] == [
        ("persons", [{"name": "Delacroisiere Etienne", "date_of_birth": "1979-11-02"}])
    ]
    part = question("FZ51*")
    assert check_of(part) is None
    assert [(ask.kind.name, ask.requests[0].query) for ask in asks_of(part, SERVICES)] == [
        ("stolen-vehicles", {"plate": "FZ51*"})
    ]
    near = question("FZ512KL IT", near="yes")
    assert check_of(near) is None
    [ask] = asks_of(near, SERVICES)
    assert ask.requests[0].query == {"plate": "FZ512KL", "country": "IT", "near": "true"}


def test_numbers_one_sign_away_are_asked_for_of_one_text_alone() -> None:
    """What follows in the box is asked as it is, unless the officer wants near numbers of every text."""
    nearer = dict(parse_qsl(urlsplit(question("FZ512KL IT").nearer or "").query))
    assert question(nearer["q"], near=nearer["near"]).is_near
    assert not question("GA417XR IT", near=nearer["near"]).is_near
    assert question("GA417XR IT", near="yes").is_near


@pytest.mark.parametrize(("written", "date"), [("02.11.1979", "1979-11-02"), ("02/11/1979", "02/11/1979")])
def test_a_date_of_birth_in_a_field_is_read_as_people_write_it(written: str, date: str) -> None:
    """Unless it may be another day: the register says what it needs."""
    assert question(name="Delacroisiere", date_of_birth=written).fields["date_of_birth"] == date


def test_a_number_of_a_document_without_its_issuer_leaves_a_register_unasked() -> None:
    """It is said: otherwise an officer would take it for one that has nothing."""
    asked = question(document_number="19AK00417")
    assert (check_of(asked), [each.kind.name for each in unasked_of(asked, SERVICES)]) == (None, ["travel-documents"])
    assert {ask.kind.name for ask in asks_of(asked, SERVICES)} == {"notices", "persons"}
    whole = question(document_number="19AK00417", issuer="FRA")
    assert check_of(whole) == {"document": {"issuer": "FRA", "number": "19AK00417"}}
    assert unasked_of(whole, SERVICES) == []


def test_ids_and_references_are_looked_up_in_each_register_that_the_gateway_has() -> None:
    asked = question(UUID)
    assert [ask.kind.name for ask in asks_of(asked, ["stolen-vehicles"])] == ["stolen-vehicles", "vessels"]
    assert asks_of(asked, ["notices"])[0].requests[0].path == f"/api/notices/{UUID}"
    assert len(asks_of(question("2026/DCPJ/00417"), SERVICES)) == len(KINDS)
