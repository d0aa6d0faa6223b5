"""Hostile texts in the console: nothing of them runs, and nothing breaks out of its place."""

from collections.abc import Mapping
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from tests.browser import hostile
from tests.browser.checking import horizontal_bars, nothing_of
from tests.browser.console_pages import HOSTILE
from tests.browser.officers import Officers
from tests.browser.watching import Watch
from tests.system.mesh import RunningMesh

pytestmark = pytest.mark.thorough

NARROW_AND_WIDE = (320, 1280)
IN_ADDRESSES = ("/?q={}", "/?query={}", "/network?sort={}&order={}", "/network/{}", "/sign-in?next={}&why={}")


@pytest.fixture(scope="module")
def planted(mesh: RunningMesh) -> Mapping[str, str]:
    """Enter what is hostile, once."""
    return hostile.planted(mesh)


def faults(page: Page, address: str) -> list[str]:
    """Return what is wrong at an address, whatever the page answers."""
    watch = Watch(page)
    page.goto(address)
    page.wait_for_selector("main h1")
    found = [*hostile.faults(page), *horizontal_bars(page, NARROW_AND_WIDE)]
    return [f"{address[:60]}: {each}" for each in (*found, *_but_refusals(watch))]


def _but_refusals(watch: Watch) -> list[str]:
    return [each for each in watch if not each[:3].isdecimal()]


def test_hostile_texts_of_others_are_text(officers: Officers, planted: Mapping[str, str]) -> None:
    """Of records and messages, with markup, overrides of direction, look-alikes and words of 10,000 characters."""
    page = officers.page("FR")
    nothing_of(*(each for address in HOSTILE for each in faults(page, address.format_map(planted))))


@pytest.mark.parametrize("text", [hostile.EVERYTHING[:1_000], *hostile.MARKUP[2:]])
def test_hostile_texts_in_addresses_are_text(officers: Officers, text: str) -> None:
    """As links have them that others send to an officer."""
    page = officers.page("FR")
    written = [address.replace("{}", quote(text, safe="")) for address in IN_ADDRESSES]
    nothing_of(*(each for address in written for each in faults(page, address)))


def test_the_check_sees_what_runs(officers: Officers) -> None:
    """On a page that writes hostile texts as they are."""
    page = officers.page()
    page.set_content("".join((*hostile.MARKUP, *hostile.DECEIVING, hostile.COMPUTED)))
    page.wait_for_function("window.__pwned")
    found = hostile.faults(page)
    assert "a text was run" in found
    assert "a template was run" in found
    assert "a direction was overridden" in found
    assert any(each.startswith("from data: <svg onload") for each in found)


WOULD_RUN = (
    "<script>alert(1)</script>",
    "<p onclick='alert(1)'>",
    "<template><iframe src='/'></iframe></template>",
    "<div><template shadowrootmode='open'><img src='x' onerror='alert(1)'></template></div>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='&#1;javascript:alert(1)'>x</a>",
    "<svg><a><animate attributeName='href' values='javascript:alert(1)'/></a></svg>",
)


def test_the_policy_of_a_page_refuses_markup_that_could_run(officers: Officers) -> None:
    """Whatever the console sends: parts of pages become elements by this policy alone."""
    page = officers.page("FR")
    page.goto("/")
    refused = "(markup) => { try { inert(markup); return false; } catch { return true; } }"
    assert [markup for markup in WOULD_RUN if not page.evaluate(refused, f"<p>{markup}")] == []
    assert not page.evaluate(refused, "<p>text</p><a href='/hits'>Hits</a>")
