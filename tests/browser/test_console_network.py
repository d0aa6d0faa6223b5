"""The page of the network renews itself in a browser, while somebody looks at it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.officers import Officers
from tests.browser.watching import Watch

pytestmark = pytest.mark.thorough

STATE = "**/network/part/state*"
# In which a request that was made is reported.
REPORT_MILLISECONDS = 300
FOCUSED = "document.activeElement.textContent"


def renewals(page: Page, *, seconds: int) -> int:
    """Return how often the page asks for its state in a time that passes at once."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/part/state" in request.url else None)
    page.clock.run_for(seconds * 1000)
    page.wait_for_timeout(REPORT_MILLISECONDS)
    return len(asked)


def test_it_renews_itself_every_ten_seconds_and_keeps_the_focus(officers: Officers) -> None:
    page = officers.page("FR")
    watch = Watch(page)
    page.clock.install()
    page.goto("/network")
    expect(page.locator("html.scripted")).to_have_count(1)
    page.evaluate("document.querySelector('#network-state time').dataset.isOld = 'yes'")
    page.focus("#participant-DE a")
    with page.expect_response(STATE):
        page.clock.run_for(11_000)
    expect(page.locator("#network-state time[data-is-old]")).to_have_count(0)
    assert page.evaluate(FOCUSED) == "Germany"
    assert list(watch) == []


def test_it_rests_while_nobody_sees_it_and_when_it_is_paused(officers: Officers) -> None:
    page = officers.page("FR")
    page.clock.install()
    page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => true })")
    page.goto("/network")
    assert renewals(page, seconds=60) == 0
    page.click("text=Pause")
    assert "live=no" in page.url
    assert renewals(page, seconds=60) == 0
