"""Lists of records: each kind, narrowed, sorted, taken out, and what everybody may see."""

import re

import pytest

from gateway.console.kinds import KINDS
from tests.gateway.console.browser import rows_of, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.console.markup import links
from tests.gateway.console.records.conftest import VEHICLES, Ask, enter_examples, opened, page_of
from tests.gateway.console.records.record_samples import ID
from tests.gateway.mesh import Mesh
from tests.services.notices.examples import complete
from tests.services.stolen_vehicles.samples import ALFA


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
        found = links(listed, rf"{kind.page}/[0-9a-f-]{{36}}")
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
    [line] = rows_of(exported)
    assert line["Owner"] == "DE"
    assert (await browser.get(VEHICLES.page, status="<b>")).status_code == 422


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
    await ask("FR", "POST", "/api/notices", complete("red"))
    page = await (await signed_in("FR")).get("/records/notices", owner="FR")
    assert "Notices: 1" in text_of(page)
    assert "6 May 1980" in text_of(page)
    assert re.search(r'aria-current="page">Of my bureau<', page.text)
    assert 'href="/review/questions"' in page.text


@pytest.mark.thorough
async def test_what_everybody_may_see_is_listed(started: Mesh, signed_in: SignedIn) -> None:
    await enter_examples(started, "notices", "cultural-property")
    browser = await signed_in("DE")
    assert "Delacroisière" in await opened(browser, "/records/notices/extracts")
    assert "No extract fits." in await opened(browser, "/records/notices/extracts", name="Nobody Whosoever")
    works = await browser.get("/records/works/extracts")
    [address, *_others] = links(works, "/records/works/extracts/[0-9a-f-]{36}")
    assert "This is the public extract." in await opened(browser, address)
    stated = await browser.get("/records/works/statements", title="harbor storm")
    assert "may be stolen all the same" in text_of(stated)
    [proof] = links(stated, "/records/works/statements/[0-9a-f-]{36}/proof")
    assert (await browser.get(proof)).status_code in {200, 404}
    assert "red notice" in (await opened(browser, "/records/notices/requests")).lower()


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
