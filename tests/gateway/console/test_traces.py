"""Traces in the console: France asks where a pistol came from, Germany and then Kenya answer. Without a script."""

import re
from typing import Any, Final

import httpx
import pytest

from gateway.console.traces import rules
from gateway.traces.models import AnswerWord, TraceState
from tests.gateway.console.browser import Browser, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.mesh import Mesh

SCOPES: Final = ("firearms:read", "firearms:write", "hits:read")
PISTOL: Final = {
    "serial_number": "DEM 204881",
    "make": "Walther",
    "model": "P99",
    "kind": "pistol",
    "calibre": "9x19",
    "country_of_manufacture": "DE",
    "status": "stolen",
    "event_date": "2026-05-02",
}
FORM: Final = {
    "/firearm/make": "walther",
    "/firearm/serial_number": "DEM 204881",
    "/firearm/country_of_manufacture": "Germany",
    "/to": "Germany (DE)",
    "/urgency": "urgent",
    "/remark": "Seized with four others.",
}
LINK: Final = {
    "/link/from": "Germany",
    "/link/to": "Kenya",
    "/link/on": "May 2004",
    "/link/kind": "export",
    "/onward": "yes",
}


async def begun(asking: Browser, **changed: str) -> str:
    """Begin a trace in a browser, and return the address of its page."""
    page = await asking.send("/traces/new", **(FORM | changed))
    assert "The trace has begun" in text_of(page), text_of(page)
    return page.url.path


@pytest.mark.thorough
async def test_a_firearm_is_traced_from_bureau_to_bureau(signed_in: SignedIn) -> None:
    """Each step is offered when it is possible, and the other side sees it as soon as it comes."""
    france, germany, kenya = await signed_in("FR"), await signed_in("DE"), await signed_in("KE")
    assert "Your bureau has begun no trace yet" in text_of(await france.get("/traces", side="requester"))
    assert "Nobody waits for you" in text_of(await germany.get("/traces"))
    trace = await begun(france)
    asked = await germany.until(trace, "Accept the request")
    assert "Walther DEM 204881" in text_of(await germany.get("/traces"))
    assert "Refuse" in text_of(asked)
    assert "Answer with what your books say" not in text_of(asked)
    accepted = await germany.send(f"{trace}/acceptance", number="1")
    assert "You accepted the request" in text_of(accepted)
    form = await germany.get(f"{trace}/answer/answered")
    assert re.findall('name="(/[a-z/]+)"', form.text) == [
        "/link/from",
        "/link/to",
        "/link/on",
        "/link/kind",
        "/onward",
        "/remark",
    ]
    answered = await germany.send(f"{trace}/answer/answered", **LINK)
    assert "Your answer is signed and on its way." in text_of(answered)
    assert "Germany to Kenya : export, May 2004" in text_of(answered)

    seen = await france.until(trace, "By the last answer it goes on with KE")
    assert "Ask the next bureau: KE" in text_of(seen)
    following = await france.get(f"{trace}/next")
    assert 'value="Kenya (KE)"' in following.text
    on = await france.send(f"{trace}/next", **{"/to": "Kenya (KE)", "/urgency": "routine"})
    assert "Your request is on its way." in text_of(on)
    for act, fields in (("comments", {"text": "To Germany alone."}), ("acceptance", {})):
        stale = await (france if fields else germany).send(f"{trace}/{act}", number="9", **fields)
        assert (stale.status_code, "Somebody went on since you opened the page" in text_of(stale)) == (409, True)
    for seen_by in (france, germany):
        live = await seen_by.get_part(f"{trace}/live", seen="sent-1-False")
        assert (live.status_code, "hx-partial" in live.text) == (200, True)
    assert (await germany.get(f"{trace}/next")).status_code == 404
    told = await kenya.until(trace, "Told how it came there: Germany to Kenya")
    assert "DE" not in text_of(told).partition("Requests and answers")[2].partition("Told")[0]
    refused = await kenya.send(f"{trace}/answer/refused", **{"/reason": "national-law"})
    assert "Your answer is signed" in text_of(refused)
    assert "You may ask another bureau." in text_of(await france.until(trace, "refused"))


@pytest.mark.thorough
async def test_a_trace_follows_a_hit_and_tells_no_other_bureau_of_it(
    gateway: httpx.ASGITransport, started: Mesh, signed_in: SignedIn
) -> None:
    """The form begins with what the record says that was found."""
    france = await signed_in("FR")
    async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
        entered = await client.post("/api/firearms", json=PISTOL, headers=started.bearer("KE", *SCOPES))
        assert entered.status_code == 201, entered.text
        record = entered.json()["id"]
        query = {"serial_number": PISTOL["serial_number"], "make": "Walther"}
        await client.get("/api/firearms/search", params=query, headers=started.bearer("FR", *SCOPES))
    listed = await france.until(f"/hits?side=finder&record={record}", "Firearm KE")
    [hit] = {link for link in re.findall('href="(/hits/[^"?]+)', listed.text) if len(link) == len("/hits/") + 36}
    page = await france.get(hit, side="finder")
    assert "Do you have this firearm?" in text_of(page)
    form = await france.get("/traces/new", hit=hit.removeprefix("/hits/"))
    typed = dict(re.findall('name="(/[a-z_/]+)"[^>]* value="([^"]*)"', form.text))
    assert typed["/firearm/serial_number"] == "DEM 204881"
    assert typed["/to"] == "Germany (DE)"
    trace = await begun(france, **{"/hit": typed["/hit"]})
    assert "No other bureau learns of the record." in text_of(await france.get(trace))
    germany = await signed_in("DE")
    seen = await germany.until(trace, "Accept the request")
    assert hit not in seen.text
    assert record not in seen.text
    # Its owner may have restricted it: a record of another bureau comes with its hit alone.
    assert (await france.get("/traces/new", record=record)).status_code == 403
    assert "/traces/new" not in (await france.get(f"/records/firearms/{record}")).text
    kenya = await signed_in("KE")
    assert 'value="DEM 204881"' in (await kenya.get("/traces/new", record=record)).text
    assert (await kenya.get("/traces/new", record="subscriptions")).status_code == 404


@pytest.mark.thorough
async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(signed_in: SignedIn) -> None:
    france, germany = await signed_in("FR"), await signed_in("DE")
    wrong = await france.send("/traces/new", **(FORM | {"/firearm/make": "Walter"}))
    assert wrong.status_code == 422
    assert "did you mean Walther?" in text_of(wrong)
    assert 'value="Walter"' in wrong.text
    assert "Seized with four others." in wrong.text
    trace = await begun(france)
    await germany.until(trace, "Accept the request")
    await germany.send(f"{trace}/acceptance", number="1")
    named = await germany.send(f"{trace}/comments", number="1", text="Ask Mrs. Erika Mustermann.")
    assert named.status_code == 422
    assert "Ask Mrs. Erika Mustermann." in named.text
    early = await france.send(f"{trace}/next", **{"/to": "KE"})
    assert "a request is open" in text_of(early)
    incomplete = await germany.send(f"{trace}/answer/answered", **(LINK | {"/link/from": "France"}))
    assert "must be one of the countries" in text_of(incomplete)
    assert "May 2004" in incomplete.text or "2004-05" in incomplete.text
    assert (await germany.get(f"{trace}/answer/accepted")).status_code == 404
    said = await germany.send(f"{trace}/comments", number="1", text="The dealer closed in 2011.")
    assert "Your comment is on its way." in text_of(said)
    assert "The dealer closed in 2011." in text_of(await france.until(trace, "The dealer closed"))


@pytest.mark.thorough
async def test_a_message_about_a_trace_leads_to_it(signed_in: SignedIn) -> None:
    """To answer or to refuse the message would do nothing in the trace."""
    france, germany, kenya = await signed_in("FR"), await signed_in("DE"), await signed_in("KE")
    trace = await begun(france)
    await germany.until(trace, "Accept the request")
    inbox = await germany.until("/messages", "to do")
    [address] = set(re.findall('href="(/messages/[0-9a-f-]{36}[^"]*)"', inbox.text))
    message = await germany.get(address)
    assert f'href="{trace}"' in message.text
    assert "/refusal" not in message.text
    evidence = await germany.get(f"{trace}/evidence")
    assert "attachment" in evidence.headers["content-disposition"]
    hidden = await kenya.get(trace)
    assert hidden.status_code == 404
    file = await france.get("/traces", side="requester", format="csv")
    assert "Walther DEM 204881" in file.text
    without = await signed_in("FR", "traces:read")
    assert "/acceptance" not in (await without.get(trace)).text
    assert "Trace a firearm" not in text_of(await without.get("/traces", side="requester"))
    assert (await without.get("/traces/new")).status_code == 403


def test_every_state_and_answer_of_the_api_is_shown() -> None:
    assert set(rules.STATES) == set(TraceState)
    assert set(rules.ANSWERS) == set(AnswerWord) - {"accepted"}


@pytest.mark.parametrize(
    ("side", "state", "missed", "requests", "offered"),
    [
        ("asked", "sent", False, 1, (True, False, "forwarded refused")),
        ("asked", "accepted", False, 1, (False, False, "answered cannot-trace forwarded refused")),
        ("asked", "answered", False, 1, (False, False, "")),
        ("requester", "sent", False, 1, (False, False, "")),
        ("requester", "sent", True, 1, (False, True, "")),
        ("requester", "answered", False, 1, (False, True, "")),
        ("requester", "answered", False, 20, (False, False, "")),
        ("secretariat", "overdue", True, 1, (False, False, "")),
    ],
)
def test_what_is_offered_is_what_the_api_takes(
    side: str, state: str, missed: bool, requests: int, offered: tuple[bool, bool, str]
) -> None:
    trace: dict[str, Any] = {"side": side, "state": state, "missed": missed, "requests": requests}
    answers = " ".join(rules.possible_answers(trace))
    assert (rules.may_accept(trace), rules.may_go_on(trace), answers) == offered
