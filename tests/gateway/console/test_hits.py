"""The hits of two bureaus in the console: France owns what Germany found, and each works without a script."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx
import pytest

from gateway.console.hits import rules
from tests.gateway.console.browser import Browser, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.console.markup import links
from tests.gateway.mesh import Mesh

# What follows the address of a list in the address of one of its entries.
ONE: Final = '[0-9a-f]{8}-[^"]+'
SCOPES: Final = ("stolen-vehicles:read", "stolen-vehicles:write")
HOSTILE: Final = '<script>alert(1)</script> "\u202eexe.gpj'

Found = Callable[..., Awaitable[str]]


@pytest.fixture
def found(gateway: httpx.ASGITransport, started: Mesh) -> Found:
    """Return a function by which Germany finds a new car of France, and that returns the address of the hit."""

    async def found(germany: Browser, plate: str, **changed: Any) -> str:
        car = {"plate": plate, "country": "FR", "make": "Renault", "theft_date": "2026-05-02", **changed}
        async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
            entered = await client.post("/api/stolen-vehicles", json=car, headers=started.bearer("FR", *SCOPES))
            query = {"plate": plate, "country": "FR"}
            await client.get("/api/stolen-vehicles/search", params=query, headers=started.bearer("DE", *SCOPES))
        listed = await germany.until(f"/hits?side=finder&record={entered.json()['id']}", "Stolen vehicle FR")
        return links(listed, f"/hits/{ONE}")[0].partition("?")[0]

    return found


@pytest.mark.thorough
async def test_an_owner_answers_with_two_fields_and_is_led_to_what_is_due_next(
    signed_in: SignedIn, found: Found
) -> None:
    """What was asked first comes first; each answer leads on, the last to the list, and the finder sees them."""
    germany, france = await signed_in("DE"), await signed_in("FR")
    first, second = await found(germany, "AA 111 AA"), await found(germany, "BB 222 BB")
    assert "Ask for confirmation" in text_of(await germany.get(second))
    asked = await germany.send(f"{second}/requests?side=finder", urgency="routine", remark="")
    assert "Your request is on its way" in text_of(asked)
    await germany.send(f"{first}/requests?side=finder", urgency="urgent", remark=HOSTILE)
    for hit in (first, second):
        await france.until(hit, "1st request")
    waiting = await france.get("/hits")
    assert [link.partition("?")[0] for link in links(waiting, f"/hits/{ONE}")] == [first, second]
    assert "confirmation requested Stolen vehicle DE 100% urgent 1st request" in text_of(waiting)
    page = await france.get(f"{first}?side=owner")
    keys = re.findall('name="answer" value="([a-z-]+)"[^>]* data-key="(.)"', page.text)
    assert keys == [("confirmed", "y"), ("not-confirmed", "n"), ("later", "l")]
    assert "AA 111 AA Renault" in text_of(page)
    assert "<script>alert" not in page.text
    assert "[RIGHT-TO-LEFT OVERRIDE]exe.gpj" in text_of(page)

    led = await france.send(f"{first}/answer?side=owner", answer="confirmed")
    assert led.url.path == second
    assert "You confirmed the hit." in text_of(led)
    last = await france.send(f"{second}/answer?side=owner", answer="later", hours="2", remark="In the archive.")
    assert (last.url.path, "You promised a later answer." in text_of(last)) == ("/hits", True)
    await germany.until(f"{first}?side=finder", "confirmed Signed")
    assert "In the archive." in text_of(await germany.until(f"{second}?side=finder", "answer promised by"))
    assert 'value="later"' not in (await france.get(second)).text


@pytest.mark.thorough
async def test_a_step_that_the_api_refuses_leaves_what_was_written(signed_in: SignedIn, found: Found) -> None:
    """A time too far ahead, and an answer that was given already: the page says why, and is as the hit is now."""
    germany, france = await signed_in("DE"), await signed_in("FR")
    hit = await found(germany, "CC 333 CC")
    await germany.send(f"{hit}/requests?side=finder", urgency="urgent")
    await france.until(hit, "1st request")
    far = await france.send(f"{hit}/answer?side=owner", answer="later", hours="999", remark="Not yet")
    assert (far.status_code, "at most 72 hours ahead" in text_of(far), "Not yet</textarea>" in far.text) == (
        422,
        True,
        True,
    )
    await france.send(f"{hit}/answer?side=owner", answer="not-confirmed")
    again = await france.send(f"{hit}/answer?side=owner", answer="confirmed")
    assert (again.status_code, "The hit is settled" in text_of(again)) == (409, True)
    assert (await germany.send(f"{hit}/answer?side=finder", answer="confirmed")).status_code == 403


@pytest.mark.thorough
async def test_an_officer_sees_and_does_what_their_scopes_allow(signed_in: SignedIn, found: Found) -> None:
    """Readers get no form, others no hits; another bureau finds none."""
    germany = await signed_in("DE")
    hit = await found(germany, "DD 444 DD")
    reader = await signed_in("DE", "hits:read")
    shown = await reader.get(hit)
    assert (shown.status_code, '<form method="post" action="/hits' in shown.text) == (200, False)
    assert "The record is not shown to you" in text_of(shown)
    assert (await (await signed_in("DE", "messages:read")).get("/hits")).status_code == 403
    assert (await (await signed_in("KE")).get(hit)).status_code == 404


@pytest.mark.thorough
async def test_lists_teach_filter_and_go_out_as_files(signed_in: SignedIn, found: Found) -> None:
    """Empty ones say what comes here, and each can be linked, sorted and taken out."""
    germany, secretariat = await signed_in("DE"), await signed_in("IPSG")
    assert "Nobody waits for you" in text_of(await germany.get("/hits"))
    assert "No request of your bureau is open" in text_of(await germany.get("/hits?side=finder"))
    assert "No request is overdue" in text_of(await secretariat.get("/hits"))
    assert "not answered in time" not in text_of(await germany.get("/hits?side=owner&state=all")).split("Show")[-1]
    await found(germany, "EE 555 EE")
    listed = await germany.get("/hits?side=finder&state=unconfirmed&sort=bureau")
    assert 'aria-sort="ascending"' in listed.text
    file = await germany.get("/hits?side=finder&state=all&format=csv")
    assert file.headers["content-type"].startswith("text/csv")
    assert ",unconfirmed,vehicle,FR,1.0,,security-check,de.officer," in file.text
    assert ",search,1,stolen-vehicles," in file.text
    part = await germany.get("/hits/live?side=finder&state=all&sort=bureau")
    assert ("<html" in part.text, "/hits?side=finder&amp;state=all&amp;sort=bureau&amp;order=desc" in part.text) == (
        False,
        True,
    )


@pytest.mark.thorough
async def test_a_finder_finds_a_hit_again_and_sees_what_it_is_about(signed_in: SignedIn, found: Found) -> None:
    """It is not open before its owner was asked; its record is read only if the officer says so, and named if shown."""
    germany = await signed_in("DE")
    hit = await found(germany, "FF 666 FF")
    assert links(await germany.get("/hits?side=finder"), f"/hits/{ONE}") == []
    listed = await germany.get("/hits?side=finder&state=unconfirmed")
    assert re.search(r"DE , de\.officer , security check: 1 hit Stolen vehicle FR 100%", text_of(listed))
    named = await germany.get("/hits?side=finder&state=unconfirmed&named=1&bureau=France&service=stolen-vehicles")
    assert [link.partition("?")[0] for link in links(named, f"/hits/{ONE}")] == [hit]
    assert "Stolen vehicle: FF 666 FF Renault France" in text_of(named)
    assert ("/hits/live" in listed.text, "/hits/live" in named.text) == (True, False)
    reader = await signed_in("DE", "hits:read")
    assert "not shown to you" in text_of(await reader.get("/hits?side=finder&state=all&named=1"))
    assert "No bureau is called so" in text_of(await germany.get("/hits?side=finder&bureau=Germny"))
    await germany.send(f"{hit}/requests?side=finder", urgency="routine")
    assert [link.partition("?")[0] for link in links(await germany.get("/hits?side=finder"), f"/hits/{ONE}")] == [hit]


@pytest.mark.thorough
async def test_the_hits_of_a_record_are_shown_on_the_side_that_has_them(signed_in: SignedIn, found: Found) -> None:
    """The tabs and the form keep the record, and a link leads to all."""
    germany, france = await signed_in("DE"), await signed_in("FR")
    hit = await found(germany, "GG 777 GG")
    record = re.findall("/records/stolen-vehicles/([0-9a-f-]{36})", (await germany.get(hit)).text)[0]
    await france.until(f"/hits?record={record}", "Stolen vehicle DE")
    for browser, side in ((germany, "finder"), (france, "owner")):
        page = await browser.get(f"/hits?record={record}")
        assert f'href="{hit}?side={side}"' in page.text
        assert re.search(f'href="/hits\\?record={record}&amp;side={side}" aria-current="page"', page.text)
        assert f'name="record" value="{record}"' in page.text
        assert f'href="/hits?side={side}"' in page.text


@pytest.mark.thorough
async def test_a_hit_says_what_it_means_and_what_may_be_done_now(signed_in: SignedIn, found: Found) -> None:
    """To each side and after each answer; with what follows if the time is missed, and who has the reasons."""
    germany, france = await signed_in("DE"), await signed_in("FR")
    hit = await found(germany, "HH 888 HH")
    shown = text_of(await germany.get(hit))
    assert "An officer searched, and this record was in the answer." in shown
    assert "All that was asked agrees with the record." in shown
    assert "have it confirmed before anyone acts on it" in shown
    assert "search again for what you have" in shown
    auditor = await signed_in("DE", "hits:read", "audit:read")
    assert 'href="/audit/requests/' in (await auditor.get(hit)).text
    reader = text_of(await (await signed_in("DE", "hits:read")).get(hit))
    assert "An auditor of your bureau finds the reasons" in reader
    await germany.send(f"{hit}/requests?side=finder", urgency="urgent")
    assert "If the owner has not answered by then, the Secretariat is informed" in text_of(await germany.get(hit))
    asked = text_of(await france.until(hit, "1st request"))
    assert "If you have not answered by then, the Secretariat is informed" in asked
    assert "You are not sent it." in asked
    await france.send(f"{hit}/answer?side=owner", answer="confirmed")
    confirmed = text_of(await germany.until(hit, "The owner says that the record is right and in force."))
    assert "have it confirmed before anyone acts on it" not in confirmed
    assert "the finder may act on it" in text_of(await france.get(hit))


@pytest.mark.thorough
async def test_a_message_about_a_hit_leads_to_it_and_is_read_with_the_answer(signed_in: SignedIn, found: Found) -> None:
    """It names the record, says how the hit stands, and offers no refusal, which would answer nothing."""
    germany, france = await signed_in("DE"), await signed_in("FR")
    hit = await found(germany, "II 999 II")
    await germany.send(f"{hit}/requests?side=finder", urgency="urgent")
    await france.until(hit, "1st request")
    inbox = await france.until("/messages", "Please confirm a hit")
    assert text_of(inbox).index("For you to do") < text_of(inbox).index("Please confirm a hit")
    [request] = [link for link in links(inbox, f"/messages/{ONE}") if link.endswith("from=DE")]
    page = await france.get(request)
    assert f'class="button primary" href="{hit}"' in page.text
    assert "The hit is about: Stolen vehicle II 999 II Renault" in text_of(page)
    assert "confirmation requested" in text_of(page)
    assert ("/refusal" in page.text, 'data-key="a"' in page.text) == (False, False)
    assert "Open the hit" not in text_of(await (await signed_in("FR", "messages:read")).get(request)).split("Your")[-1]
    await france.send(f"{hit}/answer?side=owner", answer="confirmed")
    after = text_of(await france.get(request))
    assert "Open the hit Stolen vehicle ✓" not in after
    assert ("confirmed" in after, "Your bureau has signed: read" in after) == (True, True)
    assert "Please confirm a hit" not in text_of(await france.get("/messages?unread=yes"))


def a_found(number: int, **more: Any) -> dict[str, Any]:
    """Return a hit, as far as its group needs it: of one search unless it says otherwise."""
    first = f"2026-06-01T12:00:{number:02}Z"
    usual = {
        "finder": "DE",
        "officer": "de.officer",
        "purpose": "locate",
        "how": "search",
        "request": "a",
        "score": 1.0,
    }
    return {"id": str(number), "state": "unconfirmed", "first": first, **usual, **more}


def test_hits_of_one_search_stand_together_and_the_best_come_first() -> None:
    """Registers that were asked at the same time as well; those whose owner was asked are never hidden."""
    same = [a_found(number, score=number / 10) for number in range(1, 6)]
    asked, register = a_found(6, state="requested", score=0.1), a_found(5, id="7", request="b")
    later, other = a_found(30, request="c"), a_found(7, request="d", officer="de.other")
    [newest, of_other, whole] = rules.searches([*same, asked, register, later, other])
    assert ([each["id"] for each in newest.hits], [each["id"] for each in of_other.hits]) == (["30"], ["7"])
    assert [each["id"] for each in whole.shown] == ["6", "7", "5"]
    assert len(whole.hits) == 7
    [again] = [each for each in rules.searches(same, whole="3") if each.is_whole]
    assert len(again.shown) == 5


def a_hit(state: str, due: str | None = None, stored: str = "2026-06-01T12:00:00Z", **more: Any) -> dict[str, Any]:
    """Return a hit, as far as the order needs it."""
    return {"state": state, "due": due, "stored": stored, **more}


def test_what_has_passed_comes_before_what_is_due_and_that_before_the_newest() -> None:
    passed, soon, later = a_hit("expired"), a_hit("later", "2026-06-01T13:00:00Z"), a_hit("requested", "2026-06-02")
    old, new = a_hit("unconfirmed"), a_hit("unconfirmed", stored="2026-06-01T13:00:00Z")
    assert rules.most_urgent_first([old, later, new, passed, soon]) == [passed, soon, later, new, old]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("state", "requests", "may"),
    [("unconfirmed", 0, True), ("expired", 2, True), ("expired", 3, False), ("requested", 1, False)],
)
def test_a_finder_may_ask_three_times_and_while_no_clock_runs(state: str, requests: int, *, may: bool) -> None:
    assert rules.may_request(a_hit(state, side="finder", requests=requests)) is may
