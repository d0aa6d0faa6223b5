"""Where an officer goes: the first page, the navigation, the help, and addresses of no page."""

import httpx
import pytest

from gateway.console.help_page import PURPOSES
from gateway.console.navigation import ENTRIES, home_of
from tests.gateway.console.browser import text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.mesh import Mesh


@pytest.mark.parametrize(
    ("scopes", "home"),
    [
        (["audit:read"], "/audit"),
        (["checks:read", "hits:read", "notices:read"], "/"),
        (["checks:read", "notices:read", "notices:review"], "/review"),
        (["subject-requests:read", "notices:read"], "/commission"),
        (["notices:read"], "/records"),
        ([], "/network"),
    ],
)
def test_an_officer_lands_where_their_work_is(scopes: list[str], home: str) -> None:
    assert home_of(scopes) == home


@pytest.mark.thorough
async def test_who_may_not_search_is_led_on_from_the_first_page(signed_in: SignedIn) -> None:
    auditor = await signed_in("FR", "audit:read")
    answer = await auditor.get("/")
    assert (answer.url.path, answer.status_code) == ("/audit", 200)
    assert 'class="brand" href="/audit"' in answer.text


@pytest.mark.thorough
async def test_a_person_at_an_unknown_address_gets_a_page_and_a_program_the_api(
    client: httpx.AsyncClient,
) -> None:
    accepts = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = await client.get("/nonsense", headers=accepts)
    assert (answer.status_code, "Not found" in text_of(answer)) == (404, True)
    assert answer.headers["content-type"].startswith("text/html")
    for path, headers in (("/nonsense", {}), ("/api/nonsense", accepts)):
        problem = await client.get(path, headers=headers)
        assert problem.headers["content-type"] == "application/problem+json"
    assert (await client.get("/health", headers=accepts)).headers["content-type"] == "application/json"
    assert "i247" in (await client.get("/tutorial", headers=accepts)).text


async def test_a_refusal_keeps_the_navigation(signed_in: SignedIn) -> None:
    """An officer goes on from there, as by another purpose."""
    officer = await signed_in("FR", "stolen-vehicles:read", "audit:read")
    missing = await officer.get("/files/nothing")
    assert (missing.status_code, 'href="/records"' in missing.text) == (404, True)
    refused = await officer.get("/messages?box=sent")
    assert refused.status_code == 403
    assert '<input type="hidden" name="next" value="/messages?box=sent">' in refused.text


@pytest.mark.thorough
async def test_the_help_is_for_officers_also_without_a_session(client: httpx.AsyncClient, signed_in: SignedIn) -> None:
    page = await client.get("/sign-in")
    assert 'href="/help"' in page.text
    assert "/tutorial" not in page.text
    assert "What each page is for" in text_of(await client.get("/help"))
    of_auditor = text_of(await (await signed_in("FR", "audit:read")).get("/help"))
    assert "Auditors see what was asked and shown" in of_auditor
    assert "Enter fingerprints" not in of_auditor


def test_each_page_of_the_navigation_is_explained() -> None:
    assert set(PURPOSES) == {entry.path for entry in ENTRIES}


@pytest.mark.thorough
async def test_the_purpose_is_chosen_once_and_shown(signed_in: SignedIn, started: Mesh) -> None:
    browser = await signed_in("FR")
    answer = await browser.send("/purpose", purpose="border-management", next="/")
    assert '<option value="border-management" selected>' in answer.text
    # What is chosen on a page that says what is wrong leads back to its form.
    wrong = await browser.ask("POST", "/messages/new", {"Referer": "http://gateway/messages/new"}, codes="DE")
    assert 'name="next" value="/messages/new"' in wrong.text
    elsewhere = await browser.ask("POST", "/messages/new", {"Referer": "http://evil.example/x"}, codes="DE")
    assert 'name="next" value="/"' in elsewhere.text
    answer = await browser.send("/purpose", purpose="data-subject-request", next="/")
    assert '<option value="border-management" selected>' in answer.text
