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
from shared.bureaus import BureauCode
from tests.gateway.accounts import PASSWORD
from tests.gateway.console.browser import FROM_HERE, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.mesh import Mesh

OFFICER = "fr.officer"
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
    assert answer.headers["location"] == "/"


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


async def test_a_link_of_another_site_asks_before_anything_is_done(client: httpx.AsyncClient, started: Mesh) -> None:
    await sign_in(client)
    before = len(started.logged("request"))
    answer = await client.get("/?q=Dupont", headers=FOREIGN)
    assert 'href="/?q=Dupont"' in answer.text
    assert "Nothing was asked in your name yet." in text_of(answer)
    assert len(started.logged("request")) == before


async def test_a_link_of_another_site_to_the_sign_in_leads_nowhere_after_it(client: httpx.AsyncClient) -> None:
    """The browser would count as sent from here, and what the link names would be asked."""
    page = await client.get("/sign-in?next=/?q=Dupont", headers=FOREIGN)
    assert 'name="next" value="/"' in page.text
    assert 'name="next" value="/?q=Dupont"' in (await client.get("/sign-in?next=/?q=Dupont")).text


async def test_who_signs_in_again_in_a_browser_ends_the_session_before(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    before = client.cookies[SESSION]
    await sign_in(client)
    assert client.cookies[SESSION] != before
    client.cookies.clear()
    assert (await client.get("/", headers={"Cookie": f"{SESSION}={before}"})).status_code == 303


@pytest.mark.parametrize("origin", ["http://[", "https://gateway", "ftp://gateway", "http://gateway:81", "null"])
async def test_a_form_of_another_origin_is_refused_where_the_browser_states_no_site(
    client: httpx.AsyncClient, origin: str
) -> None:
    del client.headers["Sec-Fetch-Site"]
    data = {"username": OFFICER, "password": PASSWORD}
    assert (await client.post("/sign-in", data=data, headers={"Origin": origin})).status_code == 403
    assert (await client.post("/sign-in", data=data, headers={"Origin": "http://gateway"})).status_code == 303


async def test_a_part_of_a_page_leads_to_the_sign_in_whatever_address_the_browser_states(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/hits", headers={"HX-Request": "true", "HX-Current-URL": "http://["})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/sign-in?next=%2F")


async def test_a_session_that_is_not_used_ends(client: httpx.AsyncClient, started: Mesh) -> None:
    await sign_in(client)
    for _ in range(3):
        started.clock.advance(timedelta(minutes=20))
        assert (await client.get("/")).status_code == 200
    started.clock.advance(timedelta(minutes=31))
    answer = await client.get("/")
    assert answer.headers["location"] == "/sign-in?next=%2F&why=over"
    assert "Your session is over" in text_of(await client.get(answer.headers["location"]))


async def test_a_session_outlives_its_token_but_not_a_shift(client: httpx.AsyncClient, started: Mesh) -> None:
    """Tokens are valid for an hour; one is renewed while the officer works, for 12 hours at most."""
    await sign_in(client)
    for _ in range(35):
        started.clock.advance(timedelta(minutes=20))
        assert (await client.get("/")).status_code == 200
    started.clock.advance(timedelta(minutes=20))
    assert (await client.get("/")).status_code == 303


async def test_signing_out_ends_this_session_alone(client: httpx.AsyncClient, signed_in: SignedIn) -> None:
    other = await signed_in("FR")
    await sign_in(client)
    cookie = client.cookies[SESSION]
    await client.post("/sign-out")
    client.cookies.set(SESSION, cookie, domain="gateway.local")
    assert (await client.get("/")).status_code == 303
    assert OFFICER in text_of(await other.get("/"))


async def test_signing_out_everywhere_ends_all_sessions_and_tokens(
    client: httpx.AsyncClient, signed_in: SignedIn, started: Mesh
) -> None:
    other, token = await signed_in("FR"), started.token("FR", "checks:read")
    await sign_in(client)
    await client.post("/sign-out", data={"everywhere": "yes"})
    assert "Sign in" in text_of(await other.get("/"))
    answer = await client.get("/api/notices", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


async def test_an_officer_who_is_disabled_is_signed_out(client: httpx.AsyncClient, started: Mesh) -> None:
    await sign_in(client)
    started.accounts_at.change(OFFICER, disabled=True)
    started.accounts.look()
    assert (await client.get("/")).status_code == 303


@pytest.mark.parametrize("cookie", ["", "FR", "FR.", "FR.AAAA", "XX." + "A" * 43, "IPSG." + "A" * 43, "FR." + "ä" * 43])
async def test_a_made_up_cookie_opens_nothing(client: httpx.AsyncClient, cookie: str) -> None:
    answer = await client.get("/", headers={"Cookie": f"{SESSION}={cookie}".encode()})
    assert answer.status_code == 303


async def test_what_is_stored_of_a_session_opens_nothing(started: Mesh, client: httpx.AsyncClient) -> None:
    """Those who read the mailbox have neither the cookie nor the token."""
    await sign_in(client)
    secret = client.cookies[SESSION].partition(".")[2]
    mailbox = (await started.mailbox_host.of(BureauCode("FR"))).mailbox
    [row] = await mailbox.reading.session.fetch(sa.select(browser_sessions))
    assert secret not in str(row)
    assert "eyJ" not in str(row)


async def test_of_too_many_sessions_of_an_officer_the_least_used_ends(started: Mesh) -> None:
    sessions, bureau = Sessions(started.mailbox_host, timedelta(minutes=30)), BureauCode("FR")
    async with started.handling_mail():
        begun = [await sessions.begin(bureau, OFFICER, "token", None) for _ in range(SESSIONS_OF_AN_OFFICER)]
        started.clock.advance(timedelta(minutes=2))
        for each in begun[1:]:
            await sessions.use(each)
        await sessions.begin(bureau, OFFICER, "token", None)
        assert [await sessions.find(each.cookie) is not None for each in begun] == [False, *[True] * (len(begun) - 1)]


async def test_the_purpose_is_chosen_once_and_shown(signed_in: SignedIn, started: Mesh) -> None:
    browser = await signed_in("FR")
    answer = await browser.send("/purpose", purpose="border-management", next="/")
    assert '<option value="border-management" selected>' in answer.text
    answer = await browser.send("/purpose", purpose="data-subject-request", next="/")
    assert '<option value="border-management" selected>' in answer.text


@pytest.mark.parametrize(("language", "direction"), [("fr", "ltr"), ("es", "ltr"), ("ar", "rtl")])
async def test_a_language_is_chosen_and_kept(client: httpx.AsyncClient, language: str, direction: str) -> None:
    await client.post("/language", data={"language": language, "next": "/sign-in"})
    assert f'<html lang="{language}" dir="{direction}">' in (await client.get("/sign-in")).text


async def test_the_browser_states_the_language_of_who_never_chose_one(client: httpx.AsyncClient) -> None:
    answer = await client.get("/sign-in", headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.8"})
    assert '<html lang="es" dir="ltr">' in answer.text


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
