"""The purpose of a search: it is asked for first, and a search is sent for the purpose that its page shows."""

from typing import Any

import msgspec
import pytest

from gateway.browser_sessions.sessions import Sessions
from gateway.checks.operations import CheckOperations
from tests.gateway.console.browser import text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.console.markup import Markup


def refuse_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test fail as soon as a register is asked."""

    async def ask(*_: Any) -> None:
        raise AssertionError("a register was asked")

    monkeypatch.setattr(CheckOperations, "ask", ask)


@pytest.mark.thorough
async def test_a_purpose_is_asked_for_before_anything_is_searched(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    germany = await signed_in("DE")
    refuse_to_ask(monkeypatch)
    plain = Sessions.find

    async def without_purpose(sessions: Sessions, cookie: str) -> Any:
        session = await plain(sessions, cookie)
        return session and msgspec.structs.replace(session, purpose=None)

    monkeypatch.setattr(Sessions, "find", without_purpose)
    page = await germany.get("/", q="GA417XR IT")
    assert "What do you search for?" in text_of(page)


@pytest.mark.thorough
async def test_a_preset_purpose_is_said_once_and_another_one_sends_no_search(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    germany = await signed_in("DE")
    first = await germany.get("/")
    assert "logged with the purpose criminal investigation" in text_of(first)
    assert "logged with the purpose" not in text_of(await germany.get("/"))
    page = await germany.get("/", q="GA417XR IT")
    [next_] = [form["next"] for where, form in Markup(page.text).forms if where == "/purpose"]
    refuse_to_ask(monkeypatch)
    waiting = await germany.send("/purpose", purpose="border-management", next=next_)
    assert "From now on you search for the purpose border management" in text_of(waiting)
    assert 'value="GA417XR IT"' in waiting.text


@pytest.mark.thorough
async def test_a_page_that_shows_another_purpose_than_the_session_searches_nothing(signed_in: SignedIn) -> None:
    """The purpose was chosen in another window; nor does a change of the language search again."""
    germany = await signed_in("DE")
    shown = await germany.get("/", q="GA417XR IT")
    assert 'name="purpose" value="criminal-investigation"' in shown.text
    await germany.send("/purpose", purpose="border-management", next="/")
    stale = await germany.get_part("/", q="GA417XR IT", purpose="criminal-investigation")
    assert "The search was not sent again." in text_of(stale)
    assert 'href="/?q=GA417XR+IT"' in stale.text
    assert "NO HIT" in text_of(await germany.get("/?q=GA417XR+IT"))
    translated = await germany.send("/language", language="fr", next="/?q=GA417XR+IT&wait=yes")
    assert "NO HIT" not in text_of(translated)
