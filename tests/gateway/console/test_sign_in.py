"""Signing in and out of the console."""

import httpx

from tests.gateway.console.browser import FROM_HERE, text_of
from tests.gateway.console.conftest import SignedIn


async def test_an_officer_who_is_not_signed_in_is_led_to_the_sign_in_and_back(gateway: httpx.ASGITransport) -> None:
    async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
        answer = await client.get("/", headers=FROM_HERE)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2F")


async def test_an_officer_who_is_signed_in_sees_the_first_page(signed_in: SignedIn) -> None:
    answer = await (await signed_in("FR")).get("/")
    assert answer.status_code == 200
    assert "fr.officer" in text_of(answer)
