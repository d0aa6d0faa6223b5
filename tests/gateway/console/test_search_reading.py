"""What is typed into the box of the search is read as what it may be, with dates in any usual writing."""

from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from gateway.console.kinds import KINDS
from gateway.console.search.question import FIELDS, Question
from gateway.console.search.reading.readings import READINGS
from gateway.console.search.reading.text import chosen_of, readings_of
from gateway.console.search.sources import asks_of, check_of, unasked_of
from gateway.console.written_dates import date_in

TODAY = date(2026, 6, 1)
SERVICES = [kind.service for kind in KINDS]
ZONE = "P<FRADELACROISIERE<<ETIENNE<MARCEL<<<<<<<<<<\n19AK004172FRA7911022M3001012<<<<<<<<<<<<<<04"
UUID = "0197a3c2-5b1e-7c3a-9f20-4d5e00050001"


@pytest.mark.parametrize(
    ("text", "codes", "fields"),
    [
        ("Delacroisière Étienne", {"name"}, {"name": "Delacroisière Étienne"}),
        ("Delacroisiere, Etienne 2.11.79", {"name"}, {"name": "Delacroisiere, Etienne", "date_of_birth": "1979-11-02"}),
        ("山田太郎 1979年11月2日", {"name"}, {"name": "山田太郎", "date_of_birth": "1979-11-02"}),
        ("محمد علي ٢/١١/١٩٧٩", {"name"}, {"name": "محمد علي", "date_of_birth": "1979-11-02"}),
        ("李", {"name"}, {"name": "李"}),
        ("FZ 512 KL", {"plate"}, {"plate": "FZ 512 KL"}),
        ("FZ512KL IT", {"plate"}, {"plate": "FZ512KL", "country": "IT"}),
        ("FZ512KL (I)", {"plate"}, {"plate": "FZ512KL", "country": "IT"}),
        ("I FZ512KL", {"plate"}, {"plate": "FZ512KL", "country": "IT"}),
        ("M AB 1234", {"plate"}, {"plate": "M AB 1234"}),
        ("品川 330 あ 12-34", {"plate"}, {"plate": "品川 330 あ 12-34"}),
        ("FZ51*", {"plate"}, {"plate": "FZ51*"}),
        ("ZAR 937000 05123456", {"vin"}, {"vin": "ZAR 937000 05123456"}),
        ("vin: ZAR93700005123456", {"vin"}, {"vin": "ZAR93700005123456"}),
        ("FRA 26XX00417", {"document"}, {"issuer": "FRA", "document_number": "26XX00417"}),
        ("DEU C01X00T47", {"document"}, {"issuer": "D", "document_number": "C01X00T47"}),
        (
            "GXK 204 881",
            {"plate", "serial", "document-number"},
            {"plate": "GXK 204 881", "serial": "GXK 204 881", "document_number": "GXK 204 881"},
        ),
        ("Glock GXK 204 881", {"serial"}, {"serial": "GXK 204 881", "make": "Glock"}),
        ("356938035643809", {"serial"}, {"serial": "356938035643809"}),
        ("AR 67203 1234567", {"engine-number"}, {"engine_number": "AR 67203 1234567"}),
        ("GB-XX100042-C3-13", {"hull"}, {"hull_number": "GB-XX100042-C3-13"}),
        ("IMO 9074729", {"imo"}, {"imo_number": "9074729"}),
        ("MMSI 232123456", {"mmsi"}, {"mmsi": "232123456"}),
        ("2026 / 52514", {"notice-number"}, {"notice_number": "2026/52514"}),
        (UUID.upper(), {"record"}, {"record": UUID}),
        ("2026/DCPJ/00417", {"reference"}, {"reference": "2026/DCPJ/00417"}),
        ('"Harbour in a Storm"', {"work"}, {"work": "Harbour in a Storm"}),
        ("passport 19AK00417", {"document-number"}, {"document_number": "19AK00417"}),
        ("Passport no. 19AK00417 FRA", {"document"}, {"issuer": "FRA", "document_number": "19AK00417"}),
        ("19AK00417 passeport", {"document-number"}, {"document_number": "19AK00417"}),
        ("ID 592-0117733-48 Belgium", {"document"}, {"issuer": "BEL", "document_number": "592-0117733-48"}),
        ("plate FZ512KL IT", {"plate"}, {"plate": "FZ512KL", "country": "IT"}),
        ("FZ512KL Italie", {"plate"}, {"plate": "FZ512KL", "country": "IT"}),
        ("Italien FZ512KL", {"plate"}, {"plate": "FZ512KL", "country": "IT"}),
        ("red notice 2026/52514", {"notice-number"}, {"notice_number": "2026/52514"}),
        (
            "Delacroisiere Etienne passport 19AK00417 FRA",
            {"name", "document"},
            {"name": "Delacroisiere Etienne", "issuer": "FRA", "document_number": "19AK00417"},
        ),
        (
            "Delacroisiere Etienne born 02.11.1979 FRA",
            {"name"},
            {"name": "Delacroisiere Etienne", "date_of_birth": "1979-11-02"},
        ),
        (
            "Delacroisiere/Etienne (France) geboren 02.11.1979",
            {"name"},
            {"name": "Delacroisiere Etienne", "date_of_birth": "1979-11-02"},
        ),
        ("Delacroisiere Etienne FRA", {"name"}, {"name": "Delacroisiere Etienne"}),
        ("Anatole France", {"name"}, {"name": "Anatole France"}),
        ("LI MA", {"name"}, {"name": "LI MA"}),
        (ZONE, {"mrz"}, {"mrz": ZONE}),
        (ZONE.replace("\n", ""), {"mrz"}, {"mrz": ZONE.replace("\n", "")}),
    ],
    ids=lambda each: each[:20] if isinstance(each, str) else "",
)
def test_a_text_is_read_as_what_it_is(text: str, codes: set[str], fields: dict[str, str]) -> None:
    chosen = chosen_of(readings_of(text, TODAY))
    assert {each.code for each in chosen} == codes
    assert {name: value for each in chosen for name, value in each.fields.items()} == fields


def test_what_may_be_two_things_is_asked_as_both() -> None:
    """A German passport after the sign of its country looks as a plate of it does; the officer corrects it."""
    chosen = {each.code: dict(each.fields) for each in chosen_of(readings_of("D C01X00T47", TODAY))}
    assert chosen["document"] == {"issuer": "D", "document_number": "C01X00T47"}
    assert chosen["plate"] == {"plate": "C01X00T47", "country": "DE"}


@pytest.mark.parametrize("text", ["19AK00417 FRA", "19AK00417 France", "Frankreich 19AK00417"])
def test_a_number_with_a_country_is_asked_as_a_document_and_as_a_plate_of_it(text: str) -> None:
    chosen = {each.code: dict(each.fields) for each in chosen_of(readings_of(text, TODAY))}
    assert chosen["document"] == {"issuer": "FRA", "document_number": "19AK00417"}
    assert chosen["plate"] == {"plate": "19AK00417", "country": "FR"}


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


@pytest.mark.parametrize(
    ("text", "known", "rest"),
    [
        ("Marlowe 1979-11-02", "1979-11-02", "Marlowe"),
        ("1979/11/02 Marlowe", "1979-11-02", "Marlowe"),
        ("Marlowe 19791102", "1979-11-02", "Marlowe"),
        ("Marlowe, born on 2nd of November 1979", "1979-11-02", "Marlowe"),
        ("Marlowe November 2, 1979", "1979-11-02", "Marlowe"),
        ("Marlowe née le 2 novembre 1979", "1979-11-02", "Marlowe"),
        ("Marlowe 2 de noviembre de 1979", "1979-11-02", "Marlowe"),
        ("Marlowe 2. März 1979", "1979-03-02", "Marlowe"),
        ("Иванова 2 ноября 1979", "1979-11-02", "Иванова"),
        ("Marlowe 31/12/79", "1979-12-31", "Marlowe"),
        ("Marlowe 12/31/1979", "1979-12-31", "Marlowe"),
        ("Marlowe Nov 1979", "1979-11", "Marlowe"),
        ("Marlowe 11/1979", "1979-11", "Marlowe"),
        ("Marlowe (*1979)", "1979", "Marlowe"),
        ("Marlowe 1978-1981", "1978/1981", "Marlowe"),
    ],
)
def test_a_date_is_read_in_any_usual_writing(text: str, known: str, rest: str) -> None:
    found = date_in(text, TODAY)
    assert found is not None
    assert (found.known, found.rest.strip("()* ")) == (known, rest)


def test_a_date_whose_day_may_be_its_month_is_offered_the_other_way_round() -> None:
    """The day is first unless the officer says otherwise; what is no date is none."""
    found = date_in("Marlowe 02/11/1979", TODAY)
    assert found is not None
    assert (found.known, found.exchanged) == ("1979-11-02", "1979-02-11")
    assert date_in("Marlowe 2 Nonsense 12", TODAY) is None
    assert date_in("Marlowe 2031-01-01", TODAY) is None


@given(st.text(max_size=400))
def test_any_text_is_read_without_a_failure_and_asks_only_for_known_fields(text: str) -> None:
    """Each reading has a name, and no register is asked for an empty value."""
    for reading in readings_of(text, TODAY):
        assert reading.code in READINGS
        assert set(reading.fields) <= set(FIELDS)
        assert all(value.strip() for value in reading.fields.values())
        question = Question(QueryParams([("q", text), ("as", reading.code)]), TODAY)
        check_of(question), asks_of(question, SERVICES), unasked_of(question, SERVICES)


def question(text: str = "", *chosen: str, **fields: str) -> Question:
    return Question(QueryParams([("q", text), *(("as", each) for each in chosen), *fields.items()]), TODAY)


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
