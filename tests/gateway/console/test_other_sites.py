"""What other sites can make of the session of an officer: nothing without a question first."""

import httpx
import pytest

from tests.gateway.accounts import PASSWORD
from tests.gateway.console.browser import FROM_HERE, text_of
from tests.gateway.console.conftest import OFFICER, sign_in
from tests.gateway.mesh import Mesh

FOREIGN = {"Sec-Fetch-Site": "cross-site"}


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
@pytest.mark.parametrize("origin", ["http://[", "https://gateway", "ftp://gateway", "http://gateway:81", "null"])
async def test_a_form_of_another_origin_is_refused_where_the_browser_states_no_site(
    client: httpx.AsyncClient, origin: str
) -> None:
    del client.headers["Sec-Fetch-Site"]
    data = {"username": OFFICER, "password": PASSWORD}
    assert (await client.post("/sign-in", data=data, headers={"Origin": origin})).status_code == 403
    assert (await client.post("/sign-in", data=data, headers={"Origin": "http://gateway"})).status_code == 303
