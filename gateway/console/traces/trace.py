"""The trace that a page is about, as the API has it, and where its steps lead."""

from typing import Any, Final

from starlette.responses import Response

from gateway.console.api import part, target_of
from gateway.console.page import Page
from gateway.console.receipts import sign_read
from gateway.console.traces import rules

SOURCE: Final = "/api/traces"
HERE: Final = "/traces"
ONE: Final = f"{HERE}/{{trace:uuid}}"


async def trace_of(page: Page) -> Any:
    """Return the trace of a page. Raises ApiRefused."""
    return await page.api.get(f"{SOURCE}/{_id_of(page)}", requester=requester_of(page))


async def take_step(page: Page, step: str, body: Any) -> Any:
    """Take a step in the trace of a page, and return the trace. Raises ApiRefused."""
    return await page.api.post(step_path(page, step), body)


def step_path(page: Page, step: str) -> str:
    """Return the path of a step in the trace of a page, or of a file of it, in the API."""
    return target_of(f"{SOURCE}/{_id_of(page)}/{step}", {"requester": requester_of(page)})


def requester_of(page: Page) -> str | None:
    """Return who began the trace of a page, should two bureaus have given theirs the same id."""
    return page.query.get("requester") or None


def address_of(page: Page, below: str = "") -> str:
    """Return the address of the trace of a page in the console, or of a step below it."""
    return target_of(f"{HERE}/{_id_of(page)}{below}", {"requester": requester_of(page)})


def to_trace(page: Page, done: str) -> Response:
    """Lead to the trace of a page, which says what was done."""
    return page.go(f"{HERE}/{_id_of(page)}", requester=requester_of(page), done=done)


async def sign_requests_read(page: Page, trace: rules.Trace) -> None:
    """Sign that the requests of a trace were read, as an officer who answers them has."""
    if trace["side"] == rules.ASKED:
        for asked in trace["asked_bureaus"]:
            await sign_read(page, asked["message"], trace["requester"])


def _id_of(page: Page) -> str:
    return part(str(page.path["trace"]))
