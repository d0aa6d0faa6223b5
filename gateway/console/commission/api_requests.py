"""Requests as the API has them: where they are, what they are about, and what it finds wrong in a form of theirs."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from starlette.exceptions import HTTPException

from gateway.console.api import part
from gateway.console.in_process import ApiRefused
from gateway.console.page import Page
from gateway.subject_requests.models import SubjectRequestKind

PATH: Final = "/commission"
SOURCE: Final = "/api/subject-requests"
# Of revisions of revisions.
MAX_CHAIN: Final = 20
SHOWN_AGAIN: Final = frozenset({404, 409, 422, 503, 504})
"""With these the API refuses a step, and the form is shown again."""


async def matter_of(page: Page, request: Any) -> str:
    """Return what a request is about: a revision is about what the decided request was about. Raises ApiRefused."""
    for _number in range(MAX_CHAIN):
        if request["kind"] != SubjectRequestKind.REVISION:
            break
        request = await page.api.get(f"{SOURCE}/{part(request['revises'])}")
    return str(request["kind"])


def numbered(request: Any, number: int) -> Any:
    """Return a record of a request by its number. Raises HTTPException."""
    for record in request["records"]:
        if record["number"] == number:
            return record
    raise HTTPException(404)


def faults_in(refused: ApiRefused, places: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what the API finds wrong, by the fields of a form: a place of a request is that field, or within it."""
    found = dict[str, str]()
    for error in refused.problem.errors:
        place = error.get("pointer", "").lstrip("/")
        moved = next(
            (there + place[len(here) :] for here, there in (places or {}).items() if place.startswith(here)), place
        )
        found[moved.removesuffix("/act")] = error.get("detail", "")
    return found


def api_path(page: Page) -> str:
    """Return the path of the request of a page in the API."""
    return f"{SOURCE}/{page.path['id']}"


def record_path(page: Page) -> str:
    """Return the path of the record of a page below its request."""
    return f"/records/{page.path['number']}"


def page_path(request_id: str) -> str:
    """Return the address of the page of a request."""
    return f"{PATH}/{part(request_id)}"


def may_write(page: Page) -> bool:
    """Return whether the officer may change requests."""
    return page.may("subject-requests:write")


def today(page: Page) -> date:
    """Return the day at which deadlines are counted."""
    return page.context.clock.now().date()
