"""Each page of the console in a browser: usable by everybody, with what it has, and nothing that it must not do."""

from typing import Any

import pytest
from playwright.sync_api import Page

from gateway.console.navigation import ENTRIES
from tests.browser.checking import (
    Weight,
    axe_in_both_schemes,
    horizontal_bars,
    keyboard_faults,
    nothing_of,
    print_faults,
)
from tests.browser.console_pages import PAGES, ConsolePage
from tests.browser.officers import Officers
from tests.browser.watching import Watch
from tests.system.mesh import RunningMesh

each_page = pytest.mark.parametrize("shown", PAGES, ids=[each.name for each in PAGES])


def test_every_entry_of_the_navigation_is_tried() -> None:
    """In `console_pages.py`."""
    assert {entry.path for entry in ENTRIES} <= {each.address for each in PAGES}


def opened(officers: Officers, mesh: RunningMesh, shown: ConsolePage, **options: Any) -> tuple[Page, Watch, Weight]:
    page = officers.page(shown.bureau, shown.role, **options)
    watch, weight = Watch(page, expected=shown.status), Weight(page)
    answer = page.goto(shown.address_at(mesh))
    assert answer is not None
    assert answer.status == shown.status
    page.wait_for_selector(shown.settled)
    return page, watch, weight


@pytest.mark.thorough
@each_page
def test_a_page_can_be_used_by_everybody(officers: Officers, played: RunningMesh, shown: ConsolePage) -> None:
    """No rule of axe is violated, light or dark; it fits 320 px to 2560 px, is light, is used by keys, and printed."""
    page, watch, weight = opened(officers, played, shown)
    faults = [
        *weight.faults(),
        *axe_in_both_schemes(page),
        *horizontal_bars(page),
        *keyboard_faults(page),
        *print_faults(page),
    ]
    nothing_of(*faults, *watch)


@pytest.mark.thorough
@each_page
def test_a_page_runs_from_right_to_left(officers: Officers, played: RunningMesh, shown: ConsolePage) -> None:
    """In Arabic, by the same checks."""
    page, watch, _ = opened(officers, played, shown, locale="ar")
    assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    nothing_of(*axe_in_both_schemes(page), *horizontal_bars(page), *watch)


@pytest.mark.thorough
@each_page
def test_a_page_works_without_script(officers: Officers, played: RunningMesh, shown: ConsolePage) -> None:
    """Nothing that only a script could use is shown, and each choice has its button."""
    page, watch, _ = opened(officers, played, shown, java_script_enabled=False)
    assert page.locator(".with-script:visible").count() == 0
    for form in page.locator("form:has(select[data-submits]:visible)").all():
        assert form.locator("button:visible").count() > 0
    nothing_of(*watch)
