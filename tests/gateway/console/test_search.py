"""The search: one box over all registers, the state of each, hits that are explained, and one step to ask an owner."""

import asyncio
import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any

import httpx
import msgspec
import pytest

from gateway.browser_sessions.sessions import Sessions
from gateway.checks.operations import CheckOperations
from gateway.console.api import Api, ApiFile
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.kinds import BY_NAME
from gateway.console.rendering import render_text
from gateway.console.search.answers import SourceAnswer, asked_in_check
from gateway.console.search.comparing import fits_of, written
from gateway.console.search.confirmations import chosen_of
from gateway.console.search.outcome import outcome_of
from gateway.console.search.received_answers import answer_in_check, answer_of, refused
from gateway.console.texts import texts_of
from gateway.edge.declared_answers import operations_of
from services import SERVICES
from services.notices.colours import Colour
from services.notices.examples import EXAMPLES
from tests.gateway.checks.officers import CAR, RED, STOLEN, Officer, diffuse
from tests.gateway.console.browser import text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.mesh import Mesh

ID = "0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7081"
ZONE = "P<FRADELACROISIERE<<ETIENNE<MARCEL<<<<<<<<<<19AK004172FRA7911022M3001012<<<<<<<<<<<<<<04"
WRITTEN = "Delacroziere Etiene 02.11.1979"


@pytest.fixture
async def france(gateway: httpx.ASGITransport, started: Mesh) -> AsyncIterator[Officer]:
    """Return an officer who enters records over the API."""
    for service in SERVICES:
        # As a gateway does soon after its start: otherwise the first search waits for it.
        operations_of(service)
    async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
        yield Officer(client, started, "FR")


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
async def test_a_search_by_a_picture_shows_its_candidates(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    work = {"id": ID, "owner": "FR", "title": "Harbour", "type": "painting", "status": "stolen"}
    reply = {"hits": [{"score": 0.8, "match": "", "why": [], "record": work}], "total": 1, "picture_id": ID}

    async def similar(*_: Any) -> ApiFile:
        return ApiFile("application/json", msgspec.json.encode(reply), {"i247-request-id": ID})

    monkeypatch.setattr(Api, "exchange", similar)
    germany = await signed_in("DE")
    page = await germany.upload("/search/picture?for=work", {"picture": b"\x89PNG"})
    assert "POSSIBLE HIT 1 record to compare. Work of art Harbour" in text_of(page)


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
async def test_answers_come_as_events_and_silence_is_said(
    signed_in: SignedIn, france: Officer, gateway: httpx.ASGITransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frame first, each register as it answers, and the verdict at last; a register that is slow holds nothing."""
    await france.enter("stolen-vehicles", CAR)
    plain = CheckOperations._asked_once

    async def slow(self: CheckOperations, register: Any, *others: Any) -> Any:
        if register.name == "missing-persons":
            await asyncio.Event().wait()
        return await plain(self, register, *others)

    germany = await signed_in("DE")
    monkeypatch.setattr(CheckOperations, "_asked_once", slow)
    monkeypatch.setattr("gateway.console.search.asking.SECONDS", 0.3)
    _checks_of(gateway)._seconds = 0.3
    answer = await germany.get_part("/", q="Nadia Unbekannt", plate="GA417XR")
    assert answer.headers["content-type"].startswith("text/event-stream")
    first, *parts = answer.text.strip().split("\n\n")
    assert "0 of 4 registers have answered" in first
    assert "did not answer in time: nothing is known" in parts[-2]
    assert "POSSIBLE HIT" not in parts[-1]
    assert "INCOMPLETE" in parts[-1]
    assert 'hx-target="#verdict"' in parts[-1]
    assert all("hx-partial" in part for part in parts)


def _checks_of(gateway: httpx.ASGITransport) -> CheckOperations:
    edge: Any = gateway.app
    checks: CheckOperations = edge._edge._backends["checks"]._application.state.checks
    return checks


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
async def test_the_owner_of_a_hit_is_asked_in_one_step(signed_in: SignedIn, france: Officer) -> None:
    """The hit arrives a moment after the search, and is waited for; its state is shown with its clock."""
    await france.enter("stolen-vehicles", CAR)
    germany = await signed_in("DE")
    page = await germany.get("/", q="GA417XR IT")
    form = _Forms(page.text).to("/search/confirmation")
    asked = await germany.send_part("/search/confirmation", **form, urgency="urgent")
    assert "requested" in text_of(asked)
    assert "data-due" in asked.text
    assert 'href="/hits/' in asked.text
    [live] = re.findall('hx-get="(/search/confirmation/[0-9a-f-]+)"', asked.text)
    assert "requested" in text_of(await germany.get(live))
    again = await germany.send_part("/search/confirmation", **form, urgency="urgent")
    assert "The owner was asked about this record before. Nothing was sent." in text_of(again)
    own = await (await signed_in("FR")).get("/", q="GA417XR IT")
    assert "This is a record of your own bureau" in text_of(own)
    unread = await signed_in("DE", "checks:read", "stolen-vehicles:read")
    assert "You may not ask for confirmation" in text_of(await unread.get("/", q="GA417XR IT"))


@pytest.mark.thorough
async def test_a_search_says_what_the_owner_was_asked_and_answered_before(signed_in: SignedIn, france: Officer) -> None:
    """It says when and by which bureau, with a link to that hit; another may be asked for all the same."""
    await france.enter("stolen-vehicles", CAR)
    germany = await signed_in("DE")
    page = await germany.get("/", q="GA417XR IT")
    form = _Forms(page.text).to("/search/confirmation")
    asked = await germany.send("/search/confirmation", **form, urgency="urgent")
    hit = asked.url.path
    again = await germany.get("/", q="GA417XR IT")
    assert "confirmation requested" in text_of(again) or "requested" in text_of(again)
    assert "de.officer asked 1 Jun 2026" in text_of(again)
    assert f'href="{hit}"' in again.text
    assert "Ask FR to confirm" not in text_of(again)
    france_now = await signed_in("FR")
    await france_now.until("/hits", "de.officer")
    await france_now.send(f"{hit}/answer", answer="confirmed")
    confirmed = await germany.until("/?q=GA417XR+IT", "FR answered your bureau")
    assert _Forms(confirmed.text).to("/search/confirmation")["again"] == "yes"
    near = text_of(await germany.get("/", q="GA417XS IT", near="yes"))
    assert "Your bureau asked about this record before, and not about what you search now." in near
    assert "FR answered your bureau" not in near
    unread = await signed_in("DE", "checks:read", "stolen-vehicles:read", "hits:write")
    assert "Ask FR to confirm" in text_of(await unread.get("/", q="GA417XR IT"))


@pytest.mark.thorough
async def test_a_hit_that_does_not_arrive_is_said_with_what_to_do(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.console.search.confirmations.WAITED_SECONDS", 0.0)
    germany = await signed_in("DE")
    answer = await germany.send("/search/confirmation", record=ID, request=ID, urgency="urgent", back="//evil.example")
    assert "The hit has not arrived yet" in text_of(answer)
    assert 'href="/"' in answer.text
    assert "evil.example" not in answer.text.replace("value=", "").split("Back to")[1]


def test_the_hit_of_the_search_comes_before_an_older_one_and_a_settled_one_is_not_asked_again() -> None:
    old = {"id": "old", "request": "r1", "state": "unconfirmed"}
    settled = {"id": "settled", "request": "r2", "state": "confirmed"}
    assert chosen_of([old, settled], "r2") == settled
    assert chosen_of([settled, old], "r3") == old
    assert chosen_of([settled], "r3") is None


@pytest.mark.thorough
async def test_hits_are_exported_with_the_state_of_each_register(signed_in: SignedIn, france: Officer) -> None:
    """Also of those that have none: a file that leaves silence out would say that nothing was found."""
    await france.enter("stolen-vehicles", CAR)
    file = await (await signed_in("DE")).get("/", q="GA417XR IT", format="csv")
    assert file.headers["content-type"].startswith("text/csv")
    assert "hit,Stolen vehicles,GA417XR Fiat,FR,1.0" in file.text


@pytest.mark.thorough
async def test_a_purpose_is_asked_for_before_anything_is_searched(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(*_: Any) -> None:
        raise AssertionError("a register was asked")

    germany = await signed_in("DE")
    monkeypatch.setattr(CheckOperations, "ask", ask)
    plain = Sessions.find

    async def without_purpose(sessions: Sessions, cookie: str) -> Any:
        session = await plain(sessions, cookie)
        return session and msgspec.structs.replace(session, purpose=None)

    monkeypatch.setattr(Sessions, "find", without_purpose)
    page = await germany.get("/", q="GA417XR IT")
    assert "What do you search for?" in text_of(page)


@pytest.mark.thorough
async def test_a_preset_purpose_is_said_once_and_another_one_sends_no_search(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    germany = await signed_in("DE")
    first = await germany.get("/")
    assert "logged with the purpose criminal investigation" in text_of(first)
    assert "logged with the purpose" not in text_of(await germany.get("/"))
    page = await germany.get("/", q="GA417XR IT")
    [next_] = [form["next"] for where, form in _Forms(page.text).all if where == "/purpose"]

    async def ask(*_: Any) -> None:
        raise AssertionError("a register was asked")

    monkeypatch.setattr(CheckOperations, "ask", ask)
    waiting = await germany.send("/purpose", purpose="border-management", next=next_)
    assert "From now on you search for the purpose border management" in text_of(waiting)
    assert 'value="GA417XR IT"' in waiting.text


# --- hostile content, and what has another form than the API says


HOSTILE = "<img src=x onerror=alert(1)>\"'\u202egnp.exe</bdi><script>"


def hit(**changed: Any) -> dict[str, Any]:
    record = {"id": ID, "owner": "IT", "plate": HOSTILE, "make": "x" * 10_000, "colour": HOSTILE, "country": "IT"}
    why = {"field": HOSTILE, "asked": HOSTILE, "found": "y" * 10_000, "score": 1.0, "reading": HOSTILE}
    return {"score": 1.0, "match": "plate", "why": [why], "record": {**record, **changed}}


def rendered(source: SourceAnswer) -> str:
    class Shown:
        who = "DE de.officer"

        class grant:  # noqa: N801 - as a page has it
            bureau = "DE"

        class session:  # noqa: N801 - as a page has it
            purpose = "criminal-investigation"

        @staticmethod
        def may(*_: str) -> bool:
            return True

    return render_text(
        "search/part_source.html",
        texts_of("ar"),
        page=Shown,
        asked=None,
        readings={},
        source=source,
        sources=[source],
        outcome=outcome_of([source]),
        is_over=True,
        now=None,
    )


class _Forms(HTMLParser):
    """The forms of a page, with the values of their hidden fields; and every tag that stands in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._forms: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        stated = dict(attrs)
        self.tags.append((tag, stated))
        if tag == "form":
            self._forms.append((stated.get("action") or "", {}))
        if tag == "input" and stated.get("type") == "hidden" and self._forms:
            self._forms[-1][1][stated.get("name") or ""] = stated.get("value") or ""

    @property
    def all(self) -> list[tuple[str, dict[str, str]]]:
        """All forms, each with where it is sent."""
        return self._forms

    def to(self, action: str) -> dict[str, str]:
        return next(fields for where, fields in self._forms if where == action)


def test_hostile_text_stays_text_and_cannot_turn_what_stands_around_it() -> None:
    """No markup, no override of direction, nothing of a record in an attribute; and what is long is cut."""
    before = SourceAnswer("own-stolen-vehicles", BY_NAME["stolen-vehicles"])
    page = rendered(answer_of(before, [({"hits": [hit()], "total": 1, "warnings": [], "near": []}, ID)]))
    tags = _Forms(page).tags
    assert not [tag for tag, _ in tags if tag in ("script", "img")]
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert not [value for _, attributes in tags for value in attributes.values() if value and "onerror" in value]
    assert "\u202e" not in page
    assert "RIGHT-TO-LEFT OVERRIDE" in page
    assert len(page) < 12_000


@pytest.mark.parametrize(
    "changed",
    [{"owner": None, "make": []}, {"photographs": "x"}, {"id": 7}, {"restricted": 5}, {"plate": {"a": 1}}],
    ids=str,
)
def test_a_record_of_another_form_breaks_no_page(changed: dict[str, Any]) -> None:
    before = SourceAnswer("own-stolen-vehicles", BY_NAME["stolen-vehicles"])
    assert rendered(answer_of(before, [({"hits": [hit(**changed)], "total": 1}, ID)]))


@pytest.mark.parametrize(
    "reply", [{}, {"hits": None}, {"hits": [{}]}, {"hits": [{"record": []}]}, {"items": 3}, {"total": "x"}]
)
def test_an_answer_of_another_form_is_none(reply: dict[str, Any]) -> None:
    """Its register is not taken for one that has nothing."""
    before = SourceAnswer("own-works", BY_NAME["works"])
    answer = answer_of(before, [(reply, ID)])
    assert answer.state in {"unreachable", "none"}
    assert answer.state == "unreachable" or not reply.get("hits")


def test_a_register_that_did_not_answer_makes_a_search_incomplete_unless_another_has_a_hit() -> None:
    asked = asked_in_check({"source": "notices", "asked": ["name", "document.number"]})
    silent = refused(SourceAnswer("own-persons", BY_NAME["persons"]), ApiRefused(504, Problem(status=504)))
    none = SourceAnswer("own-works", BY_NAME["works"], "none")
    source = {"state": "answered", "total": 3, "detail": None, "warnings": [], "request": ID}
    found = answer_in_check(
        asked, {"source": source, "hits": [{**hit(), "verdict": "hit", "near": False, "record": _notice()}]}
    )
    assert (found.beyond, found.asked) == (2, ("name", "document_number"))
    assert outcome_of([none]).verdict == "no-hit"
    assert outcome_of([none, silent]).verdict == "incomplete"
    assert outcome_of([none], is_misread=True).verdict == "incomplete"
    assert outcome_of([none, silent, found]).verdict == "hit"
    cut = {"code": "name-common", "pointer": "", "detail": ""}
    partly = answer_in_check(asked, {"source": {**source, "state": "none", "total": 0, "warnings": [cut]}, "hits": []})
    assert outcome_of([partly]).verdict == "incomplete"
    broken = answer_in_check(asked, {"source": source, "hits": [{"verdict": "hit"}]})
    assert outcome_of([broken]).verdict == "incomplete"


def _notice() -> dict[str, Any]:
    return {"id": ID, "owner": "FR", "subject": {"name": "Каренин", "names_in_other_scripts": ["كارينين"]}}


def test_the_signs_that_were_read_as_others_stand_out() -> None:
    why = {"field": "plate", "asked": "GA 4I7-XR", "found": "GA417XR", "score": 0.97, "reading": "the 4th sign"}
    [fit] = fits_of([why])
    assert (fit.fit, fit.read_as) == ("near", [("I", "1")])
    assert [(piece.text, piece.differs) for piece in fit.asked] == [("GA 4", False), ("I", True), ("7-XR", False)]
    assert fits_of([{**why, "found": None, "score": 0.0}])[0].fit == "differs"
    assert fits_of([{**why, "found": "GA4I7XR", "score": 1.0, "reading": None}])[0].fit == "exact"


def test_a_name_in_another_script_is_written_in_latin_letters_too() -> None:
    assert written("Каренин Алексей") == ("Каренин Алексей", "und-Cyrl", "Karenin Aleksey")
    assert written("Karénine") == ("Karénine", None, None)


@pytest.mark.thorough
async def test_a_page_that_shows_another_purpose_than_the_session_searches_nothing(signed_in: SignedIn) -> None:
    """The purpose was chosen in another window; nor does a change of the language search again."""
    germany = await signed_in("DE")
    shown = await germany.get("/", q="GA417XR IT")
    assert 'name="purpose" value="criminal-investigation"' in shown.text
    await germany.send("/purpose", purpose="border-management", next="/")
    stale = await germany.get_part("/", q="GA417XR IT", purpose="criminal-investigation")
    assert "The search was not sent again." in text_of(stale)
    assert 'href="/?q=GA417XR+IT"' in stale.text
    assert "NO HIT" in text_of(await germany.get("/?q=GA417XR+IT"))
    translated = await germany.send("/language", language="fr", next="/?q=GA417XR+IT&wait=yes")
    assert "NO HIT" not in text_of(translated)
