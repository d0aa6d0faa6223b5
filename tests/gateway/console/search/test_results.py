"""The results of a search: one box over all registers, the state of each, and hits that are explained."""

from typing import Any

import msgspec
import pytest

from gateway.console.api import Api, ApiFile
from services.notices.colours import Colour
from services.notices.examples import EXAMPLES
from tests.gateway.checks.officers import CAR, RED, STOLEN, Officer, diffuse
from tests.gateway.console.browser import text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.console.search.conftest import ID

ZONE = "P<FRADELACROISIERE<<ETIENNE<MARCEL<<<<<<<<<<19AK004172FRA7911022M3001012<<<<<<<<<<<<<<04"
WRITTEN = "Delacroziere Etiene 02.11.1979"


@pytest.mark.thorough
async def test_the_page_teaches_what_can_be_typed(signed_in: SignedIn) -> None:
    page = await (await signed_in("DE")).get("/")
    assert 'href="/?q=FRA+26XX00417"' in page.text
    assert 'name="q"' in page.text
    assert "autofocus" in page.text
    assert "each register that may know it is asked" in text_of(page)
    nothing = await (await signed_in("DE")).get("/", q="...")
    assert "nothing can be searched by it" in text_of(nothing)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type what you have"),
        ("/", "Type what you have"),
        ("...", "nothing can be searched by it"),
        (ZONE[:44], "Line 2 of the machine-readable zone is missing"),
        (ZONE[44:], "Line 1 of the machine-readable zone is missing"),
        ("IDFRA19AK004172<<<<<<<<<<<<<<<", "has three lines"),
    ],
)
async def test_what_asks_nothing_is_answered_by_a_part_and_not_by_a_whole_page(
    signed_in: SignedIn, typed: str, said: str
) -> None:
    """Within a page a second one would stand otherwise."""
    part = await (await signed_in("DE")).get_part("/", **({"q": typed} if typed else {}))
    assert said in text_of(part)
    assert "<header" not in part.text
    assert ("letter and no figure" in part.text) == (typed == "...")


@pytest.mark.thorough
async def test_a_search_shows_each_register_with_its_state_and_the_hit_with_its_reasons(
    signed_in: SignedIn, france: Officer
) -> None:
    """Without a script: the whole page at one address, which can be linked."""
    notice, car = await diffuse(france), await france.enter("stolen-vehicles", CAR)
    germany = await signed_in("DE")
    page = await germany.get("/", q="Delacroisiere Etienne Marcel 2.11.1979")
    text = text_of(page)
    assert "HIT 1 record fits. Red notice (diffused) Delacroisière" in text
    assert f'href="/records/notices/{notice}"' in page.text
    assert "Missing persons : answered: it has nothing" in text
    assert "Criminal files : answered: it has nothing" in text
    assert "name: Delacroisiere Etienne Marcel , 2 Nov 1979" in text
    misread = await germany.get("/", q="GA4I7XR IT")
    assert "POSSIBLE HIT" in text_of(misread)
    assert "I was asked, 1 is in the record" in text_of(misread)
    assert f'href="/records/stolen-vehicles/{car}"' in misread.text
    nothing = text_of(await germany.get("/", q="GA418XR IT"))
    assert "NO HIT All registers that were asked answered" in nothing
    assert "( GA418XR , IT ). Asked were: Stolen vehicles." in nothing
    assert "10 registers were not asked" in nothing


@pytest.mark.thorough
async def test_the_worst_news_comes_first_with_what_a_notice_asks_for_and_every_register_that_has_something(
    signed_in: SignedIn, france: Officer
) -> None:
    await diffuse(france)
    await france.enter("travel-documents", STOLEN)
    page = await (await signed_in("DE")).get("/", q=ZONE)
    verdict = text_of(page).partition("Asked 1 Jun")[0].partition("HIT")[2]
    red, stolen = verdict.index("Red notice"), verdict.index("Travel document")
    assert red < verdict.index("Locate and arrest this person, with a view to extradition.") < stolen


@pytest.mark.thorough
async def test_records_on_one_person_are_one_card_and_the_letters_that_differ_are_marked_and_said(
    signed_in: SignedIn, france: Officer
) -> None:
    blue = {**EXAMPLES[Colour.BLUE], "subject": {**RED["subject"], "person_status": "suspect"}}
    notice = await france.enter("notices", {name: value for name, value in blue.items() if name != "public"})
    await france.take(notice, "diffusion")
    await diffuse(france)
    page = await (await signed_in("DE")).get("/", q=WRITTEN)
    assert page.text.count('<article class="card hit"') == 1
    text = text_of(page)
    assert "1 more record of FR on this person" in text
    assert text.index("Red notice") < text.index("Blue notice")
    assert f'href="/records/notices/{notice}"' in page.text
    assert "Delacroziere was asked, Delacroisière is in the record" in text
    assert "88% alike" in text
    assert "2 Nov 1979 (main identity), 1981 (another identity that they use)" in text.replace(" (", "(").replace(
        "(", " ("
    ).replace(" ,", ",")


@pytest.mark.thorough
async def test_nothing_found_for_a_guess_is_no_green_answer(signed_in: SignedIn, france: Officer) -> None:
    """It says what was asked as what, what was not asked and why, and offers the other readings."""
    germany = await signed_in("DE")
    for typed in ("20ZZ99999", "GA418XR", "asdf;;%%%$$ 🙂", "passport 20ZZ99999"):
        page = await germany.get("/", q=typed)
        assert "NOTHING FOUND SO FAR" in text_of(page), typed
        assert "NO HIT" not in text_of(page), typed
    page = await germany.get("/", q="20ZZ99999")
    text = text_of(page)
    assert "Asked as: number plate ( 20ZZ99999 ); serial number or IMEI ( 20ZZ99999 ); number of a document" in text
    assert "Missing persons : needs a name" in text.replace("persons:", "persons :")
    assert 'href="/?q=20ZZ99999&amp;as=engine-number&amp;purpose=criminal-investigation"' in page.text
    chosen = await germany.get("/", q="20ZZ99999", **{"as": "engine-number"})
    assert "NO HIT All registers" in text_of(chosen)


@pytest.mark.thorough
async def test_a_passport_is_found_by_its_number_alone_and_with_its_country_in_any_writing(
    signed_in: SignedIn, france: Officer
) -> None:
    await diffuse(france)
    await france.enter("travel-documents", STOLEN)
    germany = await signed_in("DE")
    for typed in ("passport 19AK00417", "19AK00417"):
        page = await germany.get("/", q=typed)
        assert "Red notice" in text_of(page), typed
        assert f'href="/?q={typed.replace(" ", "+")}&amp;purpose=criminal-investigation&amp;issuer=FRA"' in page.text
    assert "Travel document" in text_of(await germany.get("/", q="19AK00417", issuer="FRA"))
    for typed in ("19AK00417 France", "19AK00417 FRA", "passport FRA 19AK00417"):
        text = text_of(await germany.get("/", q=typed))
        assert "HIT 2 records fit." in text, typed
    born = "Delacroisiere Etienne Marcel born 02.11.1979 FRA"
    for typed in (born, f"/{born}"):
        assert "HIT 1 record fits. Red notice" in text_of(await germany.get("/", q=typed)), typed


@pytest.mark.thorough
async def test_a_plate_that_is_the_same_asks_for_its_country(signed_in: SignedIn, france: Officer) -> None:
    await france.enter("stolen-vehicles", CAR)
    page = await (await signed_in("DE")).get("/", q="GA417XR")
    assert "POSSIBLE HIT" in text_of(page)
    assert "same number, country not asked" in text_of(page)
    assert 'href="/?plate=GA417XR&amp;country=IT"' in page.text
    assert "near" not in text_of(page).partition("POSSIBLE")[2].partition("Look for")[0]


@pytest.mark.thorough
async def test_parts_ids_references_and_works_are_asked_of_the_registers_themselves(
    signed_in: SignedIn, france: Officer
) -> None:
    car = await france.enter("stolen-vehicles", {**CAR, "reference": "2026/PJ/7"})
    germany = await signed_in("DE")
    for asked in ({"q": "GA41*"}, {"q": car}, {"q": "2026/PJ/7"}, {"q": "GA417XS", "near": "yes"}):
        page = await germany.get("/", **asked)
        assert f'href="/records/stolen-vehicles/{car}"' in page.text, asked
    near = text_of(page)
    assert "near only" in near
    assert "Search by the number of this record" in near
    assert "FOUND 1 record fits. Stolen vehicle" in text_of(await germany.get("/", q=car))
    document = text_of(await germany.get("/", q="19AK00417", **{"as": "document-number"}))
    assert "NOTHING FOUND SO FAR" in document
    assert "INCOMPLETE" not in document
    assert "Travel documents: was not asked: it needs the issuer" in document


@pytest.mark.thorough
async def test_what_the_officer_may_not_ask_is_said_and_what_cannot_be_asked_is_refused_at_its_field(
    signed_in: SignedIn,
) -> None:
    limited = await signed_in("DE", "checks:read", "stolen-vehicles:read")
    page = text_of(await limited.get("/", q="Nadia Unbekannt"))
    assert "Notices : you may not ask it: nothing is known" in page
    assert "INCOMPLETE" in page
    refused = await limited.get("/", issuer="Q9", document_number="19AK00417")
    assert refused.status_code == 422
    assert 'id="e-issuer"' in refused.text
    for issuer in ("FR", "fra", "France"):
        assert (await limited.get("/", issuer=issuer, document_number="19AK00417")).status_code == 200


@pytest.mark.thorough
async def test_hits_are_exported_with_the_state_of_each_register(signed_in: SignedIn, france: Officer) -> None:
    """Also of those that have none: a file that leaves silence out would say that nothing was found."""
    await france.enter("stolen-vehicles", CAR)
    file = await (await signed_in("DE")).get("/", q="GA417XR IT", format="csv")
    assert file.headers["content-type"].startswith("text/csv")
    assert "hit,Stolen vehicles,GA417XR Fiat,FR,1.0" in file.text


@pytest.mark.thorough
async def test_a_search_by_a_picture_shows_its_candidates(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    work = {"id": ID, "owner": "FR", "title": "Harbour", "type": "painting", "status": "stolen"}
    reply = {"hits": [{"score": 0.8, "match": "", "why": [], "record": work}], "total": 1, "picture_id": ID}

    async def similar(*_: Any) -> ApiFile:
        return ApiFile("application/json", msgspec.json.encode(reply), {"i247-request-id": ID})

    monkeypatch.setattr(Api, "exchange", similar)
    germany = await signed_in("DE")
    page = await germany.upload("/search/picture?for=work", {"picture": b"\x89PNG"})
    assert "POSSIBLE HIT 1 record to compare. Work of art Harbour" in text_of(page)
