"""Signing in to the console, and coming back to what was asked for."""

import httpx
import pytest

from tests.gateway.console.browser import text_of
from tests.gateway.console.conftest import OFFICER, sign_in

HOME = "/review"


async def test_an_officer_who_is_not_signed_in_is_led_to_the_sign_in_and_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/?q=Dupont")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2F%3Fq%3DDupont")
    answer = await sign_in(client, next="/?q=Dupont")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?q=Dupont")
    assert OFFICER in text_of(await client.get("/"))


async def test_the_sign_in_says_what_this_is(client: httpx.AsyncClient) -> None:
    assert "It is not INTERPOL’s, and not connected with it" in text_of(await client.get("/sign-in"))


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
async def test_a_part_of_a_page_leads_to_the_sign_in_whatever_address_the_browser_states(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/hits", headers={"HX-Request": "true", "HX-Current-URL": "http://["})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/sign-in?next=%2F")
