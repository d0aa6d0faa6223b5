"""The checks find what is wrong with a page on which everything is."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.checking import Weight, axe_in_both_schemes, horizontal_bars, keyboard_faults, print_faults
from tests.browser.watching import Watch

pytestmark = pytest.mark.thorough

ADDRESS = "http://page.test/"
POLICY = "script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; require-trusted-types-for 'script'"
BAD = """<!doctype html><html lang="en"><title>Bad</title>
<style>#pale { color: #eee; background: #fff } .unseen:focus { outline: none } #wide { width: 900px }</style>
<header>Head</header><a class="skip" href="#nowhere">Skip</a><main><h1>Bad</h1>
<img src="http://elsewhere.test/spy.png"><p id="pale">Pale</p><div id="wide">Wide</div>
<a class="unseen" href="/a">Unseen</a><button id="away">Away</button>
<span style="background: url(/missing.png)">x</span>
<script>
  document.getElementById("away").addEventListener("focus", (event) => event.target.blur());
  document.getElementById("away").addEventListener("keydown", (event) => event.preventDefault());
  setTimeout(() => { throw new Error("broken"); });
  alert("hello");
  try { document.body.insertAdjacentHTML("beforeend", "<b>no</b>"); } catch {}
</script></main></html>"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return an empty page to which the bad one is served."""
    context = browser.new_context()
    page = context.new_page()
    page.route("**", answer)
    yield page
    context.close()


def answer(route: Route) -> None:
    if route.request.url == ADDRESS:
        route.fulfill(body=BAD, content_type="text/html", headers={"Content-Security-Policy": POLICY})
    elif "page.test" in route.request.url:
        route.fulfill(status=404)
    else:
        route.abort()


def test_what_a_page_must_not_do_is_seen(page: Page) -> None:
    """An error, a dialog, another host, a missing file, a violation of the policy."""
    watch = Watch(page)
    page.goto(ADDRESS)
    page.wait_for_load_state("networkidle")
    seen = " | ".join(watch)
    assert "error: broken" in seen
    assert "dialog: hello" in seen
    assert "request: http://elsewhere.test/spy.png" in seen
    assert "404: /missing.png" in seen
    assert "TrustedHTML" in seen


def test_what_is_hard_to_use_is_found(page: Page) -> None:
    """Pictures without a text, pale text, a bar below, a focus that nobody sees, controls that stay on paper."""
    Watch(page)
    page.goto(ADDRESS)
    rules = " | ".join(axe_in_both_schemes(page))
    assert "light axe: image-alt (critical): ['img']" in rules
    assert "light axe: color-contrast (serious): ['#pale']" in rules
    assert any("320 px: 9" in each and "DIV#wide" in each for each in horizontal_bars(page))
    by_keys = keyboard_faults(page)
    assert "focus not seen: a Unseen" in by_keys
    assert "the link to the content does not lead there" in by_keys
    assert print_faults(page) == ["printed: HEADER.", "printed: A.skip", "printed: BUTTON."]


def test_a_heavy_page_is_found(page: Page) -> None:
    weight = Weight(page)
    page.goto(ADDRESS)
    assert weight.faults() == []
    assert weight.faults(most=100) != []
