"""The pages of records, over the real services: read, compare, account for, narrow, take out."""

import csv
import re
from collections.abc import Awaitable, Callable
from io import StringIO
from typing import Any

import httpx
import pytest

from gateway.console.kinds import BY_NAME, KINDS
from services import SERVICES
from shared.bureaus import BureauCode
from shared.identity import HANDLING_CONFIDENTIAL
from tests.gateway.console.browser import Browser, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.console.filled_forms import filled
from tests.gateway.console.record_samples import ID
from tests.gateway.mesh import Mesh
from tests.services.notices.examples import complete
from tests.services.stolen_vehicles.samples import ALFA

VEHICLES = BY_NAME["stolen-vehicles"]
SCOPES = [*(scope for service in SERVICES for scope in service.scopes), HANDLING_CONFIDENTIAL]

POLITICAL = complete("red", facts="He insulted the President in a speech.")

Ask = Callable[..., Awaitable[Any]]


@pytest.fixture
def ask(gateway: httpx.ASGITransport, started: Mesh) -> Ask:
    """Return a function that sends a request of a bureau to the API, and returns the JSON of the answer."""

    async def send(bureau: str, method: str, path: str, body: Any = None) -> Any:
        async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
            answer = await client.request(method, path, headers=started.bearer(bureau, *SCOPES), json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    return send


@pytest.fixture
async def vehicle(ask: Ask) -> str:
    """Enter a vehicle of France, which Germany reads, and return its path in the API."""
    entered = await ask("FR", "POST", VEHICLES.path, ALFA)
    path = f"{VEHICLES.path}/{entered['id']}"
    await ask("DE", "GET", path)
    return path


async def enter_examples(mesh: Mesh, *names: str) -> None:
    """Enter the records that the examples of the documents are about, as France, of all services or of some."""
    for service in (each for each in SERVICES if not names or each.name in names):
        async with mesh.records[service.name]._database.writing() as session:
            for enter in service.example_records(BureauCode("FR"), mesh.clock.now()):
                await enter(session)


def page_of(path: str) -> str:
    return f"{VEHICLES.page}/{path.rpartition('/')[2]}"


async def opened(browser: Browser, path: str, **query: str) -> str:
    answer = await browser.get(path, **query)
    assert answer.status_code == 200, text_of(answer)
    return text_of(answer)


@pytest.mark.thorough
async def test_each_kind_is_listed_and_its_examples_are_shown_to_their_owner_and_to_others(
    started: Mesh, signed_in: SignedIn
) -> None:
    await enter_examples(started)
    owner, other = await signed_in("FR"), await signed_in("DE")
    overview = await opened(owner, "/records")
    for kind in KINDS:
        assert kind.many in overview
        listed = await owner.get(kind.page)
        found = re.findall(rf'href="({kind.page}/[0-9a-f-]{{36}})"', listed.text)
        assert found, kind.name
        answer = await owner.get(found[-1])
        page = answer.text
        assert answer.status_code == 200, kind.name
        assert "This view was logged" in page
        assert kind.name == "notices" or f'href="{found[-1]}/edit"' in page
        for image in re.findall(r'<img src="(/records/fingerprints/[0-9a-f-]{36}/impressions/[0-9]+)"', page):
            sent = await owner.get(image)
            assert sent.headers["content-type"] == "image/png"
            assert "default-src 'none'" in sent.headers["content-security-policy"]
        seen = await other.get(found[-1])
        assert seen.status_code == 404 or "A hit is no proof" in text_of(seen) or kind.name == "notices"


@pytest.mark.thorough
async def test_a_notice_looks_like_a_notice_in_each_language(started: Mesh, signed_in: SignedIn) -> None:
    await enter_examples(started, "notices")
    reader = await signed_in("DE")
    listed = await reader.get("/records/notices", colour="red", status="published")
    [address] = re.findall(r'href="(/records/notices/[0-9a-f-]{36})"', listed.text)
    page = await reader.get(address)
    assert "Red notice 2026/" in re.sub(r" Locate and arrest .*?\. ", " ", text_of(page))
    assert "A hit is no proof. Ask FR for confirmation before you act." in text_of(page)
    assert 'lang="und-Cyrl"' in page.text
    assert re.search(r'<section class="translation" lang="ar" dir="rtl">', page.text)
    assert re.search(r'<img src="/pictures/notices/[0-9a-f-]{36}/[0-9]+" alt="Photograph 1 of', page.text)
    await reader.send("/language", language="ar", next=address)
    assert 'dir="rtl"' in (await reader.get(address)).text


@pytest.mark.thorough
async def test_an_owner_sees_what_changed_who_made_it_and_who_has_seen_it(
    ask: Ask, vehicle: str, signed_in: SignedIn
) -> None:
    await ask("FR", "PUT", vehicle, {**ALFA, "marks": "dent in the left door", "handling": "RESTRICTED"})
    await ask("FR", "PUT", vehicle, {**ALFA, "marks": "dent in the right door", "handling": "RESTRICTED"})
    browser = await signed_in("FR")
    history = await browser.get(f"{page_of(vehicle)}/history")
    assert "<del>left</del> door" in history.text
    assert "<ins>right</ins> door" in history.text
    compared = await opened(browser, f"{page_of(vehicle)}/history", **{"from": "1", "to": "3"})
    assert "From version 1 to version 3 What changed" in compared
    assert "Taken out: official use Put in: restricted" in compared
    assert "One of these versions does not exist" in await opened(
        browser, f"{page_of(vehicle)}/history", **{"from": "1", "to": "9"}
    )
    former = await opened(browser, f"{page_of(vehicle)}/history/2")
    assert "This is version 2, as it was then." in former
    assert "dent in the left door" in former
    assert (await browser.get(f"{page_of(vehicle)}/history/9")).status_code == 404
    record = await opened(browser, page_of(vehicle))
    assert "1 bureau has received it: DE" in record


@pytest.mark.thorough
async def test_an_owner_sees_who_has_signed_the_withdrawal(ask: Ask, vehicle: str, signed_in: SignedIn) -> None:
    await ask("FR", "POST", f"{vehicle}/withdrawal")
    browser = await signed_in("FR")
    assert "no longer in force" in await opened(browser, page_of(vehicle))
    readers = await opened(browser, f"{page_of(vehicle)}/readers")
    assert "removed and signed nobody … not signed yet DE" in readers.replace("not signed yet", "… not signed yet", 1)
    exported = await browser.get(f"{page_of(vehicle)}/readers", format="csv")
    assert exported.headers["content-disposition"].startswith("attachment")
    [line] = csv.DictReader(StringIO(exported.text.removeprefix("\ufeff")))
    assert (line["Bureau"], line["Officers"], line["Signed that it has"]) == ("DE", "de.officer", "")
    proof = (await browser.get(f"{page_of(vehicle)}/readers", format="json")).json()
    assert proof["confirmations"]["outstanding"] == ["DE"]


@pytest.mark.thorough
async def test_who_is_no_owner_is_told_that_the_account_is_not_theirs(vehicle: str, signed_in: SignedIn) -> None:
    browser = await signed_in("DE")
    page = await opened(browser, page_of(vehicle))
    assert "which owns this record, and the Commission see who has read it." in page
    for below in ("history", "readers"):
        answer = await browser.get(f"{page_of(vehicle)}/{below}")
        assert answer.status_code == 403
        assert "only that bureau and the Commission may read this" in text_of(answer)
    assert f'href="{page_of(vehicle)}/edit"' not in (await browser.get(page_of(vehicle))).text


@pytest.mark.thorough
async def test_a_barred_bureau_gets_the_same_page_as_for_a_record_that_never_was(
    ask: Ask, vehicle: str, signed_in: SignedIn
) -> None:
    await ask("FR", "PUT", f"{vehicle}/restriction", {"restricted": ["DE"]})
    browser = await signed_in("DE")
    pages = [await browser.get(each) for each in (page_of(vehicle), f"{VEHICLES.page}/{ID}")]
    assert [each.status_code for each in pages] == [404, 404]
    barred, absent = (re.sub(r"[0-9a-f-]{36}", "", each.text) for each in pages)
    assert barred == absent
    assert "not shown" not in await opened(browser, VEHICLES.page)
    for below in ("related", "history", "readers"):
        assert (await browser.get(f"{page_of(vehicle)}/{below}")).status_code == 404


@pytest.mark.thorough
async def test_what_is_withheld_is_said_and_a_wrong_address_is_not_found(ask: Ask, signed_in: SignedIn) -> None:
    await ask("FR", "POST", VEHICLES.path, {**ALFA, "handling": "CONFIDENTIAL"})
    browser = await signed_in("DE", "stolen-vehicles:read")
    assert "1 confidential record is not shown" in await opened(browser, VEHICLES.page)
    for address in ("/records/nothing", "/records/stolen-vehicles/nothing", "/records/notices/0/history"):
        assert (await browser.get(address)).status_code == 404
    assert (await browser.get("/records/notices")).status_code == 403
    assert "Stolen vehicles" in await opened(browser, "/records")
    assert "Notices" not in await opened(browser, "/records")


@pytest.mark.thorough
async def test_a_list_is_narrowed_sorted_and_taken_out(ask: Ask, vehicle: str, signed_in: SignedIn) -> None:
    other = {**ALFA, "vin": "WVWZZZ1KZ6W000001", "plate": "AA 001 AA", "make": "Volkswagen", "engine_number": None}
    await ask("DE", "POST", VEHICLES.path, other)
    browser = await signed_in("FR")
    rows = [r'<th scope="row"', "AA 001 AA"]
    both = await browser.get(VEHICLES.page, sort="title", order="asc")
    assert both.text.count(rows[0]) == 2
    assert both.text.index(rows[1]) < both.text.index(ALFA["plate"])
    assert rows[1] not in await opened(browser, VEHICLES.page, owner="FR")
    assert "No record fits." in await opened(browser, VEHICLES.page, status="recovered")
    exported = await browser.get(VEHICLES.page, owner="DE", format="csv")
    [line] = csv.DictReader(StringIO(exported.text.removeprefix("\ufeff")))
    assert line["Owner"] == "DE"
    assert (await browser.get(VEHICLES.page, status="<b>")).status_code == 422


@pytest.mark.thorough
async def test_records_of_one_case_lead_to_each_other(ask: Ask, vehicle: str, signed_in: SignedIn) -> None:
    named = vehicle.rpartition("/")[2]
    gun = {"serial_number": "GXK 1", "make": "Glock", "calibre": "9x19", "kind": "pistol", "status": "stolen"}
    linked = await ask("FR", "POST", "/api/firearms", {**gun, "event_date": "2026-03-14", "links": [named]})
    rights = ("stolen-vehicles:read", "firearms:read")
    browser = await signed_in("FR", *rights)
    related = await browser.get(f"{page_of(vehicle)}/related")
    assert f'href="/records/firearms/{linked["id"]}"' in related.text
    one_way = await browser.get(f"/records/firearms/{linked['id']}/related")
    assert f'href="/records/by-id/{named}"' in one_way.text
    found = await browser.get(f"/records/by-id/{named}")
    assert found.url.path == page_of(vehicle)
    assert (await browser.get(f"/records/by-id/{ID}")).status_code == 404
    other = await opened(await signed_in("DE", *rights), f"/records/firearms/{linked['id']}/related")
    assert "No record is linked" in other
    assert "They were not asked: Notices" in other


async def refused_notice(ask: Ask, **entry: Any) -> str:
    """Enter a notice of France that insults somebody, have it refused, and return its address in the console."""
    path = f"/api/notices/{(await ask('FR', 'POST', '/api/notices', {**POLITICAL, **entry}))['id']}"
    await ask("FR", "POST", f"{path}/submission")
    await ask("IPSG", "POST", f"{path}/review")
    await ask("IPSG", "POST", f"{path}/refusal", {"reason": "article-3", "remark": "Predominantly political."})
    return path.replace("/api/", "/records/")


@pytest.mark.thorough
async def test_a_notice_that_is_not_in_force_shows_its_state_and_not_its_colour(ask: Ask, signed_in: SignedIn) -> None:
    """Nobody is to arrest by what was refused: its reason stands first, and nothing says that it was in force."""
    browser = await signed_in("FR")
    drafted = (await ask("FR", "POST", "/api/notices", POLITICAL))["id"]
    page = await browser.get(f"/records/notices/{drafted}", done="entered")
    assert "Draft: not in force Red notice" in text_of(page).replace("draft:", "Draft:")
    assert "The draft is saved." in text_of(page)
    await ask("FR", "POST", f"/api/notices/{drafted}/submission")
    page = await browser.get(f"/records/notices/{drafted}", done="submission")
    assert "submitted: not in force" in text_of(page)
    assert "The screening found 1 thing that stops it." in text_of(page)
    assert "Where: Facts." in text_of(page)
    assert '<div class="no-print"><div class="note done"' in re.sub(r"\s*\n\s*", "", page.text)
    await ask("IPSG", "POST", f"/api/notices/{drafted}/review")
    await ask("IPSG", "POST", f"/api/notices/{drafted}/refusal", {"reason": "article-3", "remark": "It is political."})
    page = await browser.get(f"/records/notices/{drafted}", done="submission")
    shown = text_of(page)
    assert "is submitted for review" not in shown
    assert "Locate and arrest" not in shown
    assert 'class="band not-in-force"' in page.text
    assert "It never was in force." in shown
    assert "no longer in force" not in shown
    assert "asked to remove" not in shown
    assert shown.index("refused: not in force") < shown.index("It is political.") < shown.index("Identity")


@pytest.mark.thorough
async def test_what_was_in_force_says_that_copies_are_removed(ask: Ask, signed_in: SignedIn) -> None:
    path = f"/api/notices/{(await ask('FR', 'POST', '/api/notices', complete('blue')))['id']}"
    await ask("FR", "POST", f"{path}/diffusion")
    browser, address = await signed_in("FR"), path.replace("/api/", "/records/")
    assert 'class="band of-blue"' in (await browser.get(address)).text
    await ask("FR", "POST", f"{path}/withdrawal")
    page = await browser.get(address)
    assert "withdrawn: not in force" in text_of(page)
    assert "This record is no longer in force. Others no longer see it, and are asked to remove" in text_of(page)


@pytest.mark.thorough
async def test_what_was_refused_is_drafted_anew_and_an_earlier_reference_leads_to_its_record(
    ask: Ask, signed_in: SignedIn
) -> None:
    """The form has what the notice said, without the reference, which is given once."""
    address, browser = await refused_notice(ask, reference="KE/1"), await signed_in("FR")
    assert f'href="{address}/again"' in (await browser.get(address)).text
    form = await browser.get(f"{address}/again")
    assert "This begins with what notice 2026/" in text_of(form)
    typed = filled(form)
    assert (typed["/subject/name"], typed["/reference"]) == (["Marvellier"], [""])
    taken = await browser.send("/records/notices/new?colour=red", **{**typed, "/reference": ["KE/1"]})
    assert taken.status_code == 409
    assert f'href="/records/by-id/{address.rpartition("/")[2]}"' in taken.text
    assert (await (await signed_in("DE")).get(f"{address}/again")).status_code == 404
    entered = await browser.send("/records/notices/new?colour=red", **typed)
    assert "draft: not in force" in text_of(entered)
    handed_in = await browser.send(f"{entered.url.path}/submission")
    assert f'href="{address}"' in handed_in.text
    assert "Say what has changed since." in text_of(handed_in)


@pytest.mark.thorough
async def test_a_record_of_another_bureau_leads_to_the_confirmation_of_its_hits(
    vehicle: str, signed_in: SignedIn
) -> None:
    """The owner is led to the hits that they answer."""
    record = vehicle.rpartition("/")[2]
    finder = (await (await signed_in("DE")).get(page_of(vehicle))).text
    assert f'<a class="button primary" href="/hits?side=finder&amp;record={record}">Ask the owner to confirm' in finder
    owner = (await (await signed_in("FR")).get(page_of(vehicle))).text
    assert "Ask the owner to confirm" not in owner
    assert f'<a href="/hits?side=owner&amp;record={record}">Hits in it</a>' in owner
    without = (await (await signed_in("DE", "stolen-vehicles:read")).get(page_of(vehicle))).text
    assert "/hits?" not in without


@pytest.mark.thorough
@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_wrong_filter_is_said_at_its_field_and_the_page_stays(
    vehicle: str, signed_in: SignedIn, language: str
) -> None:
    """With its navigation, and all that was typed; the name of a country is taken as its code."""
    browser = await signed_in("FR")
    await browser.send("/language", language=language, next="/")
    wrong = await browser.get(VEHICLES.page, owner="France", expires_by="tomorrow", status="<b>")
    assert wrong.status_code == 422
    assert 'aria-current="page"' in wrong.text
    assert re.search(r'name="expires_by" value="tomorrow"[^>]* aria-describedby="fault-expires_by"', wrong.text)
    assert 'id="fault-status"' in wrong.text
    assert '<option value="&lt;b&gt;" selected>' in wrong.text
    assert 'name="owner" value="FR"' in wrong.text
    named = {"en": "Germany", "fr": "Allemagne"}[language]
    assert page_of(vehicle) in (await browser.get(VEHICLES.page, owner="france")).text
    assert page_of(vehicle) not in (await browser.get(VEHICLES.page, owner=named)).text
    assert (await browser.get(VEHICLES.page, owner="Nowhere")).status_code == 422
    assert 'value="2O26"' in (await browser.get("/records/notices/extracts", age_min="2O26")).text


async def test_a_page_that_is_not_there_keeps_the_navigation(signed_in: SignedIn) -> None:
    """Also at an address of no page, and of what the officer may not do."""
    browser = await signed_in("FR", "notices:read")
    for address, status in ((f"/records/notices/{ID}", 404), ("/records/no/such/page", 404), ("/review", 403)):
        answer = await browser.get(address)
        assert (answer.status_code, 'href="/records"' in answer.text) == (status, True)


@pytest.mark.thorough
async def test_a_list_of_persons_has_their_birth_its_count_and_which_list_it_is(ask: Ask, signed_in: SignedIn) -> None:
    await ask("FR", "POST", "/api/notices", POLITICAL)
    page = await (await signed_in("FR")).get("/records/notices", owner="FR")
    assert "Notices: 1" in text_of(page)
    assert "6 May 1980" in text_of(page)
    assert re.search(r'aria-current="page">Of my bureau<', page.text)
    assert 'href="/review/questions"' in page.text


@pytest.mark.thorough
async def test_a_subscription_is_shown_and_ended(ask: Ask, signed_in: SignedIn) -> None:
    made = await ask(
        "FR", "POST", f"{VEHICLES.path}/subscriptions", {"search": {"plate": "FZ 512 KL", "country": "IT"}}
    )
    browser = await signed_in("FR")
    listed = await opened(browser, f"{VEHICLES.page}/subscriptions")
    assert "Number plate: FZ 512 KL" in listed
    one = f"{VEHICLES.page}/subscriptions/{made['id']}"
    assert "fr.officer" in await opened(browser, one)
    ended = await browser.send(f"{one}/deletion")
    assert "The subscription has ended." in text_of(ended)
    assert "Your bureau has no subscription here." in text_of(ended)
    assert (await browser.get(one)).status_code == 404


@pytest.mark.thorough
async def test_files_on_one_person_name_each_other(ask: Ask, signed_in: SignedIn) -> None:
    subject = {"kind": "person", "name": "Aurlund", "forename": "Signe", "person_status": "suspect"}
    case = {"offence": {"category": "fraud"}, "date": "2026-02", "country": "FR", "source": "Police"}
    path = "/api/notices/persons"
    french, german = [
        (await ask(bureau, "POST", path, {"subject": subject, "history": [case]}))["id"] for bureau in ("FR", "DE")
    ]
    await ask("DE", "POST", f"{path}/{german}/same-person", {"record": french})
    owner, stating = await signed_in("FR"), await signed_in("DE")
    claimed = await owner.get(f"/records/persons/{french}")
    assert "a claim so far" in text_of(claimed)
    assert f'action="/records/persons/{french}/same-person/{german}/confirmation"' in claimed.text
    assert "/confirmation" not in (await stating.get(f"/records/persons/{german}")).text
    await ask("FR", "POST", f"{path}/{french}/same-person/{german}/confirmation")
    assert "confirmed" in await opened(stating, f"/records/persons/{german}", done="link-confirmed")


@pytest.mark.thorough
async def test_an_update_that_waits_is_shown_beside_what_is_in_force(ask: Ask, signed_in: SignedIn) -> None:
    subject = {"kind": "person", "name": "Aurlund", "forename": "Signe", "person_status": "witness", "hair": ["BRO"]}
    entry = {"colour": "blue", "subject": subject, "facts": "Seen at the fire of a warehouse."}
    drafted = (await ask("FR", "POST", "/api/notices", entry))["id"]
    path = f"/api/notices/{drafted}"
    await ask("FR", "POST", f"{path}/submission")
    await ask("IPSG", "POST", f"{path}/review")
    await ask("IPSG", "POST", f"{path}/question", {"text": "Which warehouse?"})
    browser = await signed_in("FR")
    asked = await browser.get(f"/records/notices/{drafted}")
    assert "Which warehouse?" in text_of(asked)
    assert "This is not in force yet." in text_of(asked)
    assert f'href="/records/notices/{drafted}/answer"' in asked.text
    await ask("FR", "POST", f"{path}/answer", {"text": "That in Vernbourg."})
    await ask("IPSG", "POST", f"{path}/publication")
    await ask("FR", "PUT", path, {**entry, "facts": "Seen at the fire of two warehouses."})
    page = await browser.get(f"/records/notices/{drafted}")
    assert "An update waits for review" in text_of(page)
    assert "<del>a</del>" in page.text
    assert "<ins>two</ins>" in page.text
    assert "of two warehouses" not in await opened(await signed_in("DE"), f"/records/notices/{drafted}")


@pytest.mark.thorough
async def test_what_everybody_may_see_is_listed(started: Mesh, signed_in: SignedIn) -> None:
    await enter_examples(started, "notices", "cultural-property")
    browser = await signed_in("DE")
    assert "Delacroisière" in await opened(browser, "/records/notices/extracts")
    assert "No extract fits." in await opened(browser, "/records/notices/extracts", name="Nobody Whosoever")
    works = await browser.get("/records/works/extracts")
    [address, *_others] = re.findall(r'href="(/records/works/extracts/[0-9a-f-]{36})"', works.text)
    assert "This is the public extract." in await opened(browser, address)
    stated = await browser.get("/records/works/statements", title="harbor storm")
    assert "may be stolen all the same" in text_of(stated)
    [proof] = re.findall(r'href="(/records/works/statements/[0-9a-f-]{36}/proof)"', stated.text)
    assert (await browser.get(proof)).status_code in {200, 404}
    assert "red notice" in (await opened(browser, "/records/notices/requests")).lower()
