"""What hostile members, sites and texts make of the console: nothing, and never an answer of status 500."""

import asyncio
import re
import time
from functools import partial
from typing import Final

import pytest

from gateway.console.listing import _plain
from gateway.console.messages.drafts import draft_of
from gateway.console.rendering import FILES, environment_of
from gateway.console.search.asking import Asking
from gateway.console.sent_forms import Form
from gateway.console.turns import AT_ONCE, WAITING, LargePages, Turns
from shared.errors import Busy
from tests.conftest import NOW
from tests.gateway.console.browser import text_of
from tests.gateway.console.conftest import SignedIn

MANY = "9" * 5_000
# Of what takes some milliseconds; without a bound it took hours.
MANY_SECONDS = 2.0


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
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
        ("a;\t=1+1", "a;'\t'=1+1"),
        ("a\r\r=1", "a\r'\r'=1"),
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


@pytest.mark.thorough
async def test_an_officer_has_a_few_searches_under_way_at_a_time(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search is work until its last part is sent."""
    under_way, most, begin, end = 0, 0, Asking.__aenter__, Asking.__aexit__

    async def counted_in(asking: Asking) -> Asking:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        return await begin(asking)

    async def counted_out(asking: Asking, *raised: object) -> None:
        nonlocal under_way
        await end(asking, *raised)
        under_way -= 1

    monkeypatch.setattr(Asking, "__aenter__", counted_in)
    monkeypatch.setattr(Asking, "__aexit__", counted_out)
    browser = await signed_in("DE")
    answers = await asyncio.gather(*(browser.get_part("/", q="GA417XR") for _ in range(3 * AT_ONCE)))
    assert [answer.status_code for answer in answers] == [200] * 3 * AT_ONCE
    assert (most, under_way) == (AT_ONCE, 0)


@pytest.mark.thorough
async def test_a_large_form_is_made_while_others_go_on(signed_in: SignedIn) -> None:
    """Pages of another officer come meanwhile, and several large ones are made one after the other."""
    france, germany = await signed_in("FR"), await signed_in("DE")
    await france.get("/records/persons/new")
    entries = {f"/history/{place}": "" for place in range(400)}
    large = [asyncio.ensure_future(france.send("/records/persons/new", _do="show", **entries)) for _ in range(3)]
    others = 0
    while not all(each.done() for each in large):
        assert (await germany.get("/help")).status_code == 200
        others += 1
        await asyncio.sleep(0.005)
    assert [each.result().status_code for each in large] == [200] * 3
    assert others > 3


async def test_large_pages_are_made_one_at_a_time_and_officers_take_turns() -> None:
    large_pages, made = LargePages(), list[str]()
    names = ["busy", "busy", "busy", "other"]
    await asyncio.gather(*(large_pages.make(name, partial(made.append, name)) for name in names))
    assert (sorted(made), made.index("other") < 3) == (sorted(names), True)


@pytest.mark.parametrize(
    "text", ["a" * 2_000_000, "a-" * 500_000, "notices/\n" * 100_000], ids=["letters", "hyphens", "lines"]
)
def test_an_address_of_a_record_is_found_in_linear_time(text: str) -> None:
    began = time.process_time()
    _draft, faults = draft_of(Form((("quotes", text),)), NOW)
    assert faults["quotes"]
    assert time.process_time() - began < 1


def test_a_formula_is_found_in_linear_time() -> None:
    began = time.process_time()
    assert _plain("\n" * 100_000 + "=1") == "\n" * 100_000 + "'=1"
    assert _plain("; " * 50_000) == "; " * 50_000
    assert time.process_time() - began < 1


@pytest.mark.thorough
async def test_a_part_of_a_page_states_what_the_page_shows(signed_in: SignedIn) -> None:
    """Another purpose was chosen since in another window: the next step of the form is refused."""
    france = await signed_in("FR")
    begun = {"I247-Page-Purpose": "warning", "I247-Page-Officer": "FR%20fr.officer", "HX-Request": "true"}
    drawn = await france.ask("POST", "/records/persons/new", begun, _do="show", **{"/name": "Marvellier"})
    assert 'name="_purpose" value="warning"' in drawn.text
    foreign = await france.ask("POST", "/records/persons/new", begun | {"I247-Page-Purpose": "<b>"}, _do="show")
    assert 'name="_purpose" value="criminal-investigation"' in foreign.text


@pytest.mark.thorough
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_page_of_another_officer_searches_nothing(signed_in: SignedIn, method: str) -> None:
    """A part of a page is asked for in the name of who the page is of; the stream of the page ends as well."""
    france = await signed_in("FR")
    stated = {"I247-Page-Officer": "DE%20de.officer", "HX-Request": "true", "HX-Request-Type": "partial"}
    answer = await france.ask(method, "/?q=GA417XR" if method == "GET" else "/search/confirmation", stated)
    assert "has signed in in this browser since you opened this page" in text_of(answer)
    assert "GA417XR" not in answer.text
    stream = await france.get("/events", officer="DE de.officer")
    assert "event: over" in stream.text


SOME: Final = "0197a3c2-5b1e-7c3a-9f20-4d5e00050001"
TYPED: Final = {
    "/messages/new": {"codes": "DE", "subject": "A car", "body": "Seen at noon."},
    "/records/stolen-vehicles/new": {
        "/plate": "GA417XR",
        "/country": "FR",
        "/make": "Renault",
        "/theft_date": "2026-05-02",
    },
    "/messages/groups": {"name": "neighbours", "codes": "DE"},
}


@pytest.mark.thorough
@pytest.mark.parametrize("path", TYPED)
async def test_a_page_that_shows_another_purpose_does_nothing_and_keeps_what_was_typed(
    signed_in: SignedIn, path: str
) -> None:
    """Each of its forms states the purpose that it shows; another was chosen in another window since."""
    france = await signed_in("FR")
    assert '<input type="hidden" name="_purpose" value="criminal-investigation">' in (await france.get(path)).text
    await france.send("/purpose", purpose="border-management", next="/")
    answer = await france.send(path, _purpose="criminal-investigation", **TYPED[path])
    assert (answer.status_code, "Nothing was done." in text_of(answer)) == (409, True)
    assert 'name="_purpose" value="border-management"' in answer.text
    typed = [value for name, value in TYPED[path].items() if name not in {"codes", "/country"}]
    assert [value for value in typed if value not in answer.text] == []
    assert (await france.send(path, _purpose="border-management", **TYPED[path])).status_code == 200


@pytest.mark.thorough
@pytest.mark.parametrize(
    "path",
    [
        f"/messages/{SOME}/read?from=DE",
        f"/messages/{SOME}/applied?from=DE",
        f"/messages/{SOME}/refusal?from=DE",
        "/messages/groups/neighbours/delete",
        f"/records/notices/subscriptions/{SOME}/deletion",
    ],
)
async def test_no_step_is_taken_for_another_purpose_than_the_page_shows(signed_in: SignedIn, path: str) -> None:
    """It is refused before the API is asked: that would find nothing."""
    answer = await (await signed_in("FR")).send(path, _purpose="border-management", reason="other")
    assert (answer.status_code, "Nothing was done." in text_of(answer)) == (409, True)


@pytest.mark.thorough
async def test_a_page_of_one_officer_does_nothing_for_another_who_signed_in_since(signed_in: SignedIn) -> None:
    """What they do would be recorded as theirs. A script that asks first is told; each form states whose page it is."""
    france = await signed_in("FR")
    assert '<input type="hidden" name="_officer" value="FR fr.officer">' in (await france.get("/messages/new")).text
    for stated in ("DE de.officer", "FR de.officer", ""):
        answer = await france.send("/messages/new", _officer=stated, codes="DE", subject="A car", body="Seen.")
        assert (answer.status_code, "Nothing was done." in text_of(answer)) == (409, True)
    chosen = await france.send("/purpose", _officer="DE de.officer", purpose="warning", next="/")
    assert chosen.status_code == 409
    told = await france.send("/session", _officer="DE de.officer")
    assert (told.status_code, "fr.officer (FR) has signed in" in text_of(told)) == (200, True)
    assert (await france.send("/session", _officer="FR fr.officer")).status_code == 204
    assert "A car" not in text_of(await france.get("/messages", box="outbox"))


@pytest.mark.thorough
async def test_bureaus_that_nobody_could_have_typed_are_refused(signed_in: SignedIn) -> None:
    """A text of many thousand signs is refused at its field, and not read."""
    france = await signed_in("FR")
    for codes in ("ﷺ" * 20_000, "a " * 30_000, "DE," * 20_000):
        answer = await france.send("/messages/new", codes=codes, subject="A car", body="Seen.")
        assert (answer.status_code, "is not known here" in text_of(answer)) == (422, True)


@pytest.mark.thorough
async def test_a_form_is_drawn_anew_whatever_purpose_its_page_shows(signed_in: SignedIn) -> None:
    """Nothing is sent by it: what was typed stays."""
    france = await signed_in("FR")
    typed = {"/name": "Marvellier", "/colour": "red", "_add": "/warrants"}
    answer = await france.send("/records/notices/new", _purpose="border-management", **typed)
    assert answer.status_code == 200
    needs = await france.send("/records/notices/requirements", _purpose="border-management", **{"/colour": "red"})
    assert "missing" in text_of(needs)


def test_each_form_of_a_template_states_the_purpose_that_its_page_shows() -> None:
    """Where it stands in a macro, the page has to be known there."""
    folder = FILES.parent / "templates"
    sources = {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in folder.rglob("*.html")}
    macros = {
        name: "".join(re.findall(r"{% macro .*?{% endmacro %}", each, re.DOTALL)) for name, each in sources.items()
    }
    with_forms = [name for name, each in macros.items() if 'method="post"' in each]
    imports = [re.findall(rf'{{% from "{name}" import .*?%}}', "".join(sources.values())) for name in with_forms]
    without = [each for found in imports for each in found if "with context" not in each]
    assert without == []


@pytest.mark.thorough
@pytest.mark.parametrize("text", ["İD 12345", "ıd 12", "ımeı 1234567", "paſſport 12345"])
async def test_letters_that_are_alike_in_another_case_are_searched(signed_in: SignedIn, text: str) -> None:
    assert (await (await signed_in("FR")).get("/", q=text)).status_code == 200


@pytest.mark.parametrize("language", ["fr", "es", "ar"])
def test_a_text_of_others_is_not_tried_without_end(language: str) -> None:
    """Each value of a sentence may be one itself: the trials are counted."""
    said = environment_of(language).filters["said"]
    began = time.process_time()
    for text in (f"the directory has no participant x {'to ' * 100}zz", "its to from " * 40, f"x to {'9' * 500}"):
        assert said(text)
    assert time.process_time() - began < MANY_SECONDS
