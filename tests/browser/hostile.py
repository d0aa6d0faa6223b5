"""Records and messages whose every text tries to run in the browser of who reads it, or to deceive them."""

from collections.abc import Mapping
from typing import Any, Final

import httpx
import msgspec
from playwright.sync_api import Page

from tests.browser.checking import IN_PAGE
from tests.browser.scenes import posted, wait_for
from tests.system.mesh import RunningMesh

MARKUP: Final = (
    "<script>window.__pwned=1</script><img src=x onerror=window.__pwned=1>",
    "<svg onload=window.__pwned=1></svg>",
    "\"'><b autofocus tabindex=1 onfocus=window.__pwned=1 hx-on:load=window.__pwned=1>",
    "{{ 7 * 191 }}${7*191}{% raise %}",
    "javascript:window.__pwned=1",
)
# A file name that seems to end with .jpg, and a name of Cyrillic letters that looks Latin.
DECEIVING: Final = ("photo\u202egpj.exe", "Раураl \u2066\u200f")
LONG: Final = "ل" * 10_000
EVERYTHING: Final = " ".join((*MARKUP, *DECEIVING, LONG))
COMPUTED: Final = str(7 * 191)
SVG: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="window.__pwned=1"><script>window.__pwned=1</script></svg>'
)


def faults(page: Page) -> list[str]:
    """Return what of hostile texts became more than text on a page."""
    found = [f"from data: {each}" for each in page.evaluate(f"{IN_PAGE}.fromData()")]
    if page.evaluate("window.__pwned") is not None:
        found.append("a text was run")
    if COMPUTED in page.content():
        found.append("a template was run")
    if any(override in page.locator("body").inner_text() for override in "\u202e\u2066"):
        found.append("a direction was overridden")
    return found


def planted(mesh: RunningMesh) -> Mapping[str, str]:
    """Enter what is hostile in the name of Germany, and return the ids: France reads it."""
    with mesh.client("DE") as germany, mesh.client("FR") as france:
        ids = {
            "vehicle": _made(germany, "/api/stolen-vehicles", _vehicle()),
            "notice": _made(germany, "/api/notices", _notice()),
            "message": _sent(germany),
        }
        _made(germany, f"/api/notices/{ids['notice']}/diffusion", None)
        wait_for(france, f"/api/messages/{ids['message']}")
    return ids


def _vehicle() -> Any:
    short, some = EVERYTHING[:80], EVERYTHING[:300]
    return {
        "vin": "ZAR93200009876543",
        "make": MARKUP[1],
        "model": short,
        "variant": MARKUP[3],
        "colour": DECEIVING[0],
        "marks": some,
        "theft_date": "2026-03-14",
        "theft_place": DECEIVING[1] + LONG[:60],
        "reference": MARKUP[2][:60],
    }


def _notice() -> Any:
    subject = {"kind": "person", "name": MARKUP[1], "forename": "Раураl", "person_status": "witness"}
    return {"colour": "blue", "subject": {**subject, "height": 178}, "facts": EVERYTHING[:4_000]}


def _sent(client: httpx.Client) -> str:
    """Send a message with a picture that is a program."""
    message = {"to": ["FR"], "subject": EVERYTHING[:200], "body": EVERYTHING}
    files = [
        ("message", (None, msgspec.json.encode(message), "application/json")),
        ("attachments", ("<b>x</b>.svg", SVG, "image/svg+xml")),
    ]
    answer = client.post("/api/messages", files=files)
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


def _made(client: httpx.Client, path: str, body: Any) -> str:
    return str(posted(client, path, body)["id"])
