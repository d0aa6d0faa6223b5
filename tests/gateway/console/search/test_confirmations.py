"""From a hit to its owner: one step to ask for confirmation, and what the owner was asked before."""

import re

import pytest

from gateway.console.search.confirmations import chosen_of
from tests.gateway.checks.officers import CAR, Officer
from tests.gateway.console.browser import text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.console.markup import Markup
from tests.gateway.console.search.conftest import ID


@pytest.mark.thorough
async def test_the_owner_of_a_hit_is_asked_in_one_step(signed_in: SignedIn, france: Officer) -> None:
    """The hit arrives a moment after the search, and is waited for; its state is shown with its clock."""
    await france.enter("stolen-vehicles", CAR)
    germany = await signed_in("DE")
    page = await germany.get("/", q="GA417XR IT")
    form = Markup(page.text).form_to("/search/confirmation")
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
    form = Markup(page.text).form_to("/search/confirmation")
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
    assert Markup(confirmed.text).form_to("/search/confirmation")["again"] == "yes"
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
