"""What is typed into the box of the search is read as what it may be."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from gateway.console.kinds import KINDS
from gateway.console.search.question import FIELDS, Question
from gateway.console.search.reading.readings import READINGS
from gateway.console.search.reading.text import chosen_of, readings_of
from gateway.console.search.sources import asks_of, check_of, unasked_of

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
        ("GK 481 TR", {"plate"}, {"plate": "GK 481 TR"}),
        ("GK 481 TR Renault Clio", {"plate"}, {"plate": "GK 481 TR"}),
        ("AB 12 FR", {"plate-country"}, {"plate": "AB 12", "country": "FR"}),
        ("Walther P99 DEM 204881", {"serial"}, {"serial": "DEM 204881", "make": "Walther"}),
        ("Glock 17 GXK 204 881", {"serial"}, {"serial": "GXK 204 881", "make": "Glock"}),
        ("Walther DEM 204881", {"serial"}, {"serial": "DEM 204881", "make": "Walther"}),
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


@given(st.text(max_size=400))
def test_any_text_is_read_without_a_failure_and_asks_only_for_known_fields(text: str) -> None:
    """Each reading has a name, and no register is asked for an empty value."""
    for reading in readings_of(text, TODAY):
        assert reading.code in READINGS
        assert set(reading.fields) <= set(FIELDS)
        assert all(value.strip() for value in reading.fields.values())
        question = Question(QueryParams([("q", text), ("as", reading.code)]), TODAY)
        check_of(question), asks_of(question, SERVICES), unasked_of(question, SERVICES)


@pytest.mark.parametrize("text", ["GK 481 TR", "AB 123 FR", "Walther P99 DEM 204881", "GK 481 TR Peugeot"])
def test_what_may_be_read_otherwise_is_a_guess(text: str) -> None:
    """So that nothing found is no `no hit`: the other reading is offered."""
    asked = Question(QueryParams({"q": text}), TODAY)
    assert asked.is_guess
    assert text.endswith("Peugeot") or asked.others
