"""What hostile members, sites and texts make of the console: nothing, and never an answer of status 500."""

import asyncio

import pytest

from gateway.console.listing import _plain
from gateway.console.rendering import environment_of
from gateway.console.turns import AT_ONCE, WAITING, Turns
from shared.errors import Busy
from tests.gateway.console.conftest import SignedIn

MANY = "9" * 5_000


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in?next=//%5Bx",
        f"/audit/entries/notices/{MANY}",
        f"/messages/0197a3c2-5b1e-7c3a-9f20-4d5e00050001/attachments/{MANY}",
        f"/records/notices/0197a3c2-5b1e-7c3a-9f20-4d5e00050001/history/{MANY}",
    ],
)
async def test_no_address_makes_the_console_fail(signed_in: SignedIn, path: str) -> None:
    assert (await (await signed_in("FR")).get(path)).status_code < 500


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/messages/new", {"key": "\N{PILE OF POO}", "recipients": "DE", "subject": "x", "text": "x"}),
        ("/records/persons/new", {"_remove": f"/identities/{MANY}"}),
        ("/records/persons/new", {f"/identities/{MANY}/name": "x"}),
    ],
)
async def test_no_form_makes_the_console_fail(signed_in: SignedIn, path: str, fields: dict[str, str]) -> None:
    assert (await (await signed_in("FR")).send(path, **fields)).status_code < 500


async def test_a_form_with_files_in_no_encoding_is_refused(signed_in: SignedIn) -> None:
    browser = await signed_in("FR")
    form = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nx\r\n--b--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b; charset=undefined"}
    assert (await browser.post_raw("/prints/sought", form, headers)).status_code == 400


async def test_an_address_with_a_slash_at_its_end_leads_nowhere(signed_in: SignedIn) -> None:
    """What corrects it would take the host from the request."""
    answer = await (await signed_in("FR")).get("/hits/")
    assert answer.status_code == 404
    assert not answer.history


async def test_a_method_that_is_not_allowed_says_which_are(signed_in: SignedIn) -> None:
    answer = await (await signed_in("FR")).send("/hits")
    assert (answer.status_code, {*answer.headers["allow"].split(", ")}) == (405, {"GET", "HEAD"})


def test_what_comes_from_elsewhere_is_never_markup() -> None:
    """Also where a template translates it as if it were a text of the console; a percent sign is one."""
    hostile = '<div hx-post="/sign-out">100 %</div>'
    made = environment_of("fr").from_string("{{ _(text) }}")
    assert made.render(text=hostile) == "&lt;div hx-post=&#34;/sign-out&#34;&gt;100 %&lt;/div&gt;"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("x;=1+1", "x;'=1+1"),
        ("x\n @SUM(A1)", "x\n '@SUM(A1)"),
        ("\N{FULLWIDTH EQUALS SIGN}1+1", "'\N{FULLWIDTH EQUALS SIGN}1+1"),
        ("a=b; c-d", "a=b; c-d"),
    ],
)
def test_a_spreadsheet_takes_no_text_for_a_formula(text: str, written: str) -> None:
    assert _plain(text) == written


async def test_an_officer_has_a_few_pages_made_at_a_time_and_others_go_on() -> None:
    turns = Turns()
    made = [turns.of("busy") for _ in range(AT_ONCE)]
    for each in made:
        await each.__aenter__()
    async with turns.of("another"):
        pass
    waiting = [turns.of("busy").__aenter__() for _ in range(WAITING)]
    started = [asyncio.ensure_future(each) for each in waiting]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await turns.of("busy").__aenter__()
    assert not any(each.done() for each in started)
    await made[0].__aexit__(None, None, None)
    await asyncio.sleep(0)
    assert sum(each.done() for each in started) == 1
    for each in started:
        each.cancel()
