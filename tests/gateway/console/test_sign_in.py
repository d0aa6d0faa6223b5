"""Signing in and out of the console, and what other sites can make of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from http.cookies import SimpleCookie

import httpx
import pytest
import sqlalchemy as sa

from gateway.browser_sessions.sessions import SESSIONS_OF_AN_OFFICER, Sessions
from gateway.browser_sessions.tables import browser_sessions
from gateway.console.cookies import SESSION
from gateway.console.help_page import PURPOSES
from gateway.console.listing import sort_key
from gateway.console.navigation import ENTRIES, home_of
from gateway.console.texts import texts_of
from shared.bureaus import BureauCode
from tests.gateway.accounts import PASSWORD
from tests.gateway.console.browser import FROM_HERE, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.mesh import Mesh

OFFICER = "fr.officer"
# Where this officer lands, who has all rights.
HOME = "/review"
FOREIGN = {"Sec-Fetch-Site": "cross-site"}


@pytest.fixture
async def client(gateway: httpx.ASGITransport, started: Mesh) -> AsyncIterator[httpx.AsyncClient]:
    """Return a browser that is not signed in and follows no redirect."""
    started.token("FR", "checks:read")
    async with httpx.AsyncClient(transport=gateway, base_url="http://gateway", headers=FROM_HERE) as client:
        yield client


async def sign_in(client: httpx.AsyncClient, **changes: str) -> httpx.Response:
    return await client.post("/sign-in", data={"username": OFFICER, "password": PASSWORD, "next": "/", **changes})


async def test_an_officer_who_is_not_signed_in_is_led_to_the_sign_in_and_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/?q=Dupont")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2F%3Fq%3DDupont")
    answer = await sign_in(client, next="/?q=Dupont")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?q=Dupont")
    assert OFFICER in text_of(await client.get("/"))


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


async def test_the_sign_in_says_what_this_is(client: httpx.AsyncClient) -> None:
    assert "It is not INTERPOL’s, and not connected with it" in text_of(await client.get("/sign-in"))


async def test_the_cookie_is_for_this_site_alone_and_no_script_reads_it(client: httpx.AsyncClient) -> None:
    answer = await sign_in(client)
    cookie = SimpleCookie(answer.headers["set-cookie"])[SESSION]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/")


async def test_over_tls_no_other_host_of_the_domain_can_set_the_cookie(
    gateway: httpx.ASGITransport, started: Mesh
) -> None:
    started.token("FR", "checks:read")
    async with httpx.AsyncClient(transport=gateway, base_url="https://gateway", headers=FROM_HERE) as client:
        cookie = SimpleCookie((await sign_in(client)).headers["set-cookie"])[f"__Host-{SESSION}"]
    assert cookie["secure"]


async def test_a_wrong_password_is_said_and_the_name_kept(client: httpx.AsyncClient) -> None:
    answer = await sign_in(client, password="a wrong one")
    assert answer.status_code == 400
    assert "The name or the password is wrong." in text_of(answer)
    assert f'value="{OFFICER}"' in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil", "/\n//evil"]
)
async def test_the_way_back_never_leads_to_another_site(client: httpx.AsyncClient, target: str) -> None:
    answer = await sign_in(client, next=target)
    assert answer.headers["location"] == HOME


@pytest.mark.parametrize("headers", [FOREIGN, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.example"}])
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/purpose", "/language"])
async def test_a_form_of_another_site_does_nothing(
    client: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    await sign_in(client)
    if "Origin" in headers:
        del client.headers["Sec-Fetch-Site"]
    answer = await client.post(path, data={"username": OFFICER, "password": PASSWORD}, headers=headers)
    assert answer.status_code == 403
    assert (await client.get("/", headers=FROM_HERE)).status_code == 200


@pytest.mark.thorough
async def test_a_link_of_another_site_asks_before_anything_is_done(client: httpx.AsyncClient, started: Mesh) -> None:
    await sign_in(client)
    before = len(started.logged("request"))
    answer = await client.get("/?q=Dupont", headers=FOREIGN)
    assert 'href="/?q=Dupont"' in answer.text
    assert "Nothing was asked in your name yet." in text_of(answer)
    assert len(started.logged("request")) == before


@pytest.mark.thorough
async def test_a_link_of_another_site_to_the_sign_in_leads_nowhere_after_it(client: httpx.AsyncClient) -> None:
    """The browser would count as sent from here, and what the link names would be asked."""
    page = await client.get("/sign-in?next=/?q=Dupont", headers=FOREIGN)
    assert 'name="next" value="/"' in page.text
    assert 'name="next" value="/?q=Dupont"' in (await client.get("/sign-in?next=/?q=Dupont")).text


@pytest.mark.thorough
async def test_who_signs_in_again_in_a_browser_ends_the_session_before(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    before = client.cookies[SESSION]
    await sign_in(client)
    assert client.cookies[SESSION] != before
    client.cookies.clear()
    assert (await client.get("/", headers={"Cookie": f"{SESSION}={before}"})).status_code == 303


@pytest.mark.thorough
@pytest.mark.parametrize("origin", ["http://[", "https://gateway", "ftp://gateway", "http://gateway:81", "null"])
async def test_a_form_of_another_origin_is_refused_where_the_browser_states_no_site(
    client: httpx.AsyncClient, origin: str
) -> None:
    del client.headers["Sec-Fetch-Site"]
    data = {"username": OFFICER, "password": PASSWORD}
    assert (await client.post("/sign-in", data=data, headers={"Origin": origin})).status_code == 403
    assert (await client.post("/sign-in", data=data, headers={"Origin": "http://gateway"})).status_code == 303


@pytest.mark.thorough
async def test_a_part_of_a_page_leads_to_the_sign_in_whatever_address_the_browser_states(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/hits", headers={"HX-Request": "true", "HX-Current-URL": "http://["})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/sign-in?next=%2F")


@pytest.mark.thorough
async def test_a_form_that_is_sent_after_the_session_is_said_to_be_unsent(client: httpx.AsyncClient) -> None:
    answer = await client.post("/messages/new", headers={"Referer": "http://gateway/messages/new"})
    assert answer.headers["location"] == "/sign-in?next=%2Fmessages%2Fnew&why=unsent"
    assert "nothing was sent or done" in (await client.get(answer.headers["location"])).text


@pytest.mark.thorough
async def test_a_part_that_is_sent_after_the_session_leaves_the_page_as_it_is(client: httpx.AsyncClient) -> None:
    """What was typed on it would be lost."""
    for path in ("/session", "/records/notices/requirements"):
        answer = await client.post(path, headers={"HX-Request": "true"})
        assert (answer.status_code, "hx-redirect" in answer.headers) == (200, False)
        assert 'hx-target="#waiting"' in answer.text
        assert "What you have typed stays here." in answer.text


@pytest.mark.thorough
async def test_what_somebody_types_is_use_of_their_session(client: httpx.AsyncClient, started: Mesh) -> None:
    await sign_in(client)
    for _ in range(3):
        started.clock.advance(timedelta(minutes=20))
        assert (await client.post("/session", headers={"HX-Request": "true"})).status_code == 204
    assert (await client.get("/")).status_code == 200


@pytest.mark.thorough
async def test_a_session_that_is_not_used_ends(client: httpx.AsyncClient, started: Mesh) -> None:
    await sign_in(client)
    for _ in range(3):
        started.clock.advance(timedelta(minutes=20))
        assert (await client.get("/")).status_code == 200
    started.clock.advance(timedelta(minutes=31))
    answer = await client.get("/")
    assert answer.headers["location"] == "/sign-in?next=%2F&why=over"
    assert "Your session is over" in text_of(await client.get(answer.headers["location"]))


@pytest.mark.thorough
async def test_a_session_outlives_its_token_but_not_a_shift(client: httpx.AsyncClient, started: Mesh) -> None:
    """Tokens are valid for an hour; one is renewed while the officer works, for 12 hours at most."""
    await sign_in(client)
    for _ in range(35):
        started.clock.advance(timedelta(minutes=20))
        assert (await client.get("/")).status_code == 200
    started.clock.advance(timedelta(minutes=20))
    assert (await client.get("/")).status_code == 303


@pytest.mark.thorough
async def test_signing_out_ends_this_session_alone(client: httpx.AsyncClient, signed_in: SignedIn) -> None:
    other = await signed_in("FR")
    await sign_in(client)
    cookie = client.cookies[SESSION]
    await client.post("/sign-out")
    client.cookies.set(SESSION, cookie, domain="gateway.local")
    assert (await client.get("/")).status_code == 303
    assert OFFICER in text_of(await other.get("/"))


@pytest.mark.thorough
async def test_signing_out_everywhere_ends_all_sessions_and_tokens(
    client: httpx.AsyncClient, signed_in: SignedIn, started: Mesh
) -> None:
    other, token = await signed_in("FR"), started.token("FR", "checks:read")
    await sign_in(client)
    await client.post("/sign-out", data={"everywhere": "yes"})
    assert "Sign in" in text_of(await other.get("/"))
    answer = await client.get("/api/notices", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@pytest.mark.thorough
async def test_an_officer_who_is_disabled_is_signed_out(client: httpx.AsyncClient, started: Mesh) -> None:
    await sign_in(client)
    started.accounts_at.change(OFFICER, disabled=True)
    started.accounts.look()
    assert (await client.get("/")).status_code == 303


@pytest.mark.parametrize("cookie", ["", "FR", "FR.", "FR.AAAA", "XX." + "A" * 43, "IPSG." + "A" * 43, "FR." + "ä" * 43])
async def test_a_made_up_cookie_opens_nothing(client: httpx.AsyncClient, cookie: str) -> None:
    answer = await client.get("/", headers={"Cookie": f"{SESSION}={cookie}".encode()})
    assert answer.status_code == 303


@pytest.mark.thorough
async def test_what_is_stored_of_a_session_opens_nothing(started: Mesh, client: httpx.AsyncClient) -> None:
    """Those who read the mailbox have neither the cookie nor the token."""
    await sign_in(client)
    secret = client.cookies[SESSION].partition(".")[2]
    mailbox = (await started.mailbox_host.of(BureauCode("FR"))).mailbox
    [row] = await mailbox.reading.session.fetch(sa.select(browser_sessions))
    assert secret not in str(row)
    assert "eyJ" not in str(row)


@pytest.mark.thorough
async def test_of_too_many_sessions_of_an_officer_the_least_used_ends(started: Mesh) -> None:
    sessions, bureau = Sessions(started.mailbox_host, timedelta(minutes=30)), BureauCode("FR")
    async with started.handling_mail():
        begun = [await sessions.begin(bureau, OFFICER, "token", None) for _ in range(SESSIONS_OF_AN_OFFICER)]
        started.clock.advance(timedelta(minutes=2))
        for each in begun[1:]:
            await sessions.use(each)
        await sessions.begin(bureau, OFFICER, "token", None)
        assert [await sessions.find(each.cookie) is not None for each in begun] == [False, *[True] * (len(begun) - 1)]


@pytest.mark.thorough
async def test_the_purpose_is_chosen_once_and_shown(signed_in: SignedIn, started: Mesh) -> None:
    browser = await signed_in("FR")
    answer = await browser.send("/purpose", purpose="border-management", next="/")
    assert '<option value="border-management" selected>' in answer.text
    answer = await browser.send("/purpose", purpose="data-subject-request", next="/")
    assert '<option value="border-management" selected>' in answer.text


@pytest.mark.thorough
@pytest.mark.parametrize(("language", "direction"), [("fr", "ltr"), ("es", "ltr"), ("ar", "rtl")])
async def test_a_language_is_chosen_and_kept(client: httpx.AsyncClient, language: str, direction: str) -> None:
    await client.post("/language", data={"language": language, "next": "/sign-in"})
    assert f'<html lang="{language}" dir="{direction}">' in (await client.get("/sign-in")).text


@pytest.mark.thorough
async def test_the_browser_states_the_language_of_who_never_chose_one(client: httpx.AsyncClient) -> None:
    answer = await client.get("/sign-in", headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.8"})
    assert '<html lang="es" dir="ltr">' in answer.text


@pytest.mark.thorough
async def test_files_are_kept_by_the_browser_and_change_their_address(client: httpx.AsyncClient) -> None:
    page = (await client.get("/sign-in")).text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = await client.get(address)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["content-encoding"] == "gzip"
    plain = await client.get(address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content
    assert (await client.get("/files/0123456789ab/console.css")).status_code == 404
    assert (await client.get("/files/0123456789ab/..%2Fapp.py")).status_code == 404


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_clocks_have_24_hours_in_all_languages(language: str) -> None:
    """An officer who changes the language reads the same figures."""
    written = texts_of(language).moment("2026-06-01T15:04:05Z")
    assert "15:04:05" in written
    assert "2026" in written


def test_bytes_have_their_plural() -> None:
    english = texts_of("en")
    assert [english.size(each) for each in (1, 10, 2_500, 3_000_000)] == ["1 byte", "10 bytes", "2.5 kB", "3 MB"]


def test_names_are_sorted_without_regard_to_accents() -> None:
    assert sorted(["Zambia", "Émirats", "Égypte", "France"], key=sort_key) == ["Égypte", "Émirats", "France", "Zambia"]
