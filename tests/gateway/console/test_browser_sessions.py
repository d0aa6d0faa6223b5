"""Sessions in a browser: their cookie, what ends them, and what is stored of them."""

from datetime import timedelta
from http.cookies import SimpleCookie

import httpx
import pytest
import sqlalchemy as sa

from gateway.browser_sessions.sessions import SESSIONS_OF_AN_OFFICER, Sessions
from gateway.browser_sessions.tables import browser_sessions
from gateway.console.cookies import SESSION
from shared.bureaus import BureauCode
from tests.gateway.console.browser import FROM_HERE, text_of
from tests.gateway.console.conftest import OFFICER, SignedIn, sign_in
from tests.gateway.mesh import Mesh


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


@pytest.mark.parametrize("cookie", ["", "FR", "FR.", "FR.AAAA", "XX." + "A" * 43, "IPSG." + "A" * 43, "FR." + "ä" * 43])
async def test_a_made_up_cookie_opens_nothing(client: httpx.AsyncClient, cookie: str) -> None:
    answer = await client.get("/", headers={"Cookie": f"{SESSION}={cookie}".encode()})
    assert answer.status_code == 303


@pytest.mark.thorough
async def test_who_signs_in_again_in_a_browser_ends_the_session_before(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    before = client.cookies[SESSION]
    await sign_in(client)
    assert client.cookies[SESSION] != before
    client.cookies.clear()
    assert (await client.get("/", headers={"Cookie": f"{SESSION}={before}"})).status_code == 303


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
