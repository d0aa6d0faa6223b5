"""What every page of the console holds, as a browser sees it: each check returns its faults, none if all is well."""

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import pytest
from playwright.sync_api import Page, Request

from tests.browser.chromium import SOURCES
from tests.interop.node import packages_of

# From the narrowest telephone, and 400 % of 1280 (WCAG 1.4.10), to a wall.
WIDTHS: Final = (320, 480, 640, 800, 1024, 1280, 1920, 2560)
HEIGHT: Final = 800
WORLD: Final = "axe"
OF_COLOURS: Final = ("color-contrast", "link-in-text-block")
"""The rules of axe that look at colours: the others find the same in light and in dark."""

IN_PAGE: Final = (SOURCES / "in_page.js").read_text(encoding="utf-8").partition("\n")[2].strip()
MAX_BYTES: Final = 100_000
COUNTED: Final = ("document", "stylesheet", "script")
_PAGE_OF_PDF: Final = re.compile(rb"/Type\s*/Page\b(?!s)")


@cache
def _axe() -> str:
    return (packages_of(SOURCES) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def nothing_of(*faults: str) -> None:
    """Fail with all faults, whole, if there are any."""
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


class Axe:
    """The rules of axe, in a world of their own beside the scripts of a page: its policy does not reach there."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        frame = self._session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = self._session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": WORLD})
        self._world = world["executionContextId"]
        self._evaluate(_axe())

    def violations(self, *rules: str) -> list[str]:
        """Return what violates a rule, and where; of all rules unless some are named."""
        options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
        found = self._evaluate(f"axe.run(document, {json.dumps(options)})")
        return [
            f"axe: {each['id']} ({each['impact']}): {', '.join(str(node['target']) for node in each['nodes'][:3])}"
            for each in found["violations"]
        ]

    def _evaluate(self, expression: str) -> Any:
        asked = {"expression": expression, "contextId": self._world, "awaitPromise": True, "returnByValue": True}
        answer = self._session.send("Runtime.evaluate", asked)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")


def axe_in_both_schemes(page: Page) -> list[str]:
    """Return what violates a rule of axe in light or in dark."""
    axe = Axe(page)
    found = [f"light {each}" for each in axe.violations()]
    page.emulate_media(color_scheme="dark")
    found += [f"dark {each}" for each in axe.violations(*OF_COLOURS)]
    page.emulate_media(color_scheme="light")
    return found


def horizontal_bars(page: Page, widths: Iterable[int] = WIDTHS) -> list[str]:
    """Return the widths at which the page is wider than its window, each with what is too wide."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if wide := page.evaluate(f"{IN_PAGE}.tooWide()"):
            found.append(f"{width} px: {wide}")
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    return found


class Weight:
    """The bytes that a page took, without pictures: of the document, its styles and its scripts."""

    def __init__(self, page: Page) -> None:
        self._requests: list[Request] = []
        page.on("requestfinished", self._add)

    def _add(self, request: Request) -> None:
        self._requests.append(request)

    def faults(self, *, most: int = MAX_BYTES) -> list[str]:
        """Return the sum, if it is more than `most`."""
        sizes = {each.url: each.sizes()["responseBodySize"] for each in self._requests if each.resource_type in COUNTED}
        return [f"{sum(sizes.values())} bytes: {sizes}"] if sum(sizes.values()) > most else []


def keyboard_faults(page: Page) -> list[str]:
    """Return which controls the Tab key does not reach, whose focus is not seen, and whether the page can be skipped.

    It leaves the focus in the content of the page.
    """
    state = page.evaluate_handle(f"{IN_PAGE}.followFocus()")
    count = state.evaluate("({ left }) => left.size")
    for _ in range(2 * count + 4):
        page.keyboard.press("Tab")
        if not state.evaluate("({ left }) => left.size"):
            break
    found = [f"not reached by Tab: {each}" for each in state.evaluate("({ names }) => names()")]
    found += [f"focus not seen: {each}" for each in state.evaluate("({ unseen }) => unseen")]
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    is_in_content = page.evaluate("() => document.activeElement.id === 'content'")
    return found if is_in_content else [*found, "the link to the content does not lead there"]


def print_faults(page: Page) -> list[str]:
    """Return what is printed that does nothing on paper, and whether there are no pages."""
    page.emulate_media(media="print")
    found = [f"printed: {each}" for each in page.evaluate(f"{IN_PAGE}.notForPaper()")]
    pages = len(_PAGE_OF_PDF.findall(page.pdf()))
    page.emulate_media(media="screen")
    return found if pages else [*found, "nothing is printed"]
