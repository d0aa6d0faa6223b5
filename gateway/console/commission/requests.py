"""The requests that the Commission has: their list, late ones first, and the form for a new one."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from gateway.console.commission import forms
from gateway.console.commission.api_requests import SOURCE, faults_in, may_write, page_path, today
from gateway.console.commission.deadlines import by_urgency, deadline_of
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.kinds import kinds_of
from gateway.console.listing import Column, Listing, arranged, as_file, is_file, listed
from gateway.console.page import Page
from gateway.subject_requests.models import SubjectRequestKind, SubjectRequestState

MAX_LATE: Final = 100


def _(text: str) -> str:
    return text


COLUMNS: Final = (
    Column("number", _("Number"), lambda item: item["number"]),
    Column("kind", _("Kind"), lambda item: item["kind"]),
    Column("state", _("State"), lambda item: item["state"]),
    Column("received", _("Received"), lambda item: item["received"]),
    Column("due", _("Deadline"), lambda item: item["due"]),
    Column("outcome", _("Outcome"), lambda item: item["outcome"]),
)


async def show_requests(page: Page) -> Response:
    """Show the requests, late ones first."""
    listing = await _listing(page)
    if is_file(page):
        return as_file(listing, page, "requests")
    return page.show(
        "commission/requests.html",
        listing=listing,
        deadline_of=lambda item: deadline_of(item, today(page)),
        states=[each.value for each in SubjectRequestState],
        kinds=[each.value for each in SubjectRequestKind],
        may_write=may_write(page),
    )


async def _listing(page: Page) -> Listing:
    """Return the requests that the address asks for: unless it says otherwise, late ones first."""
    asked = {name: value for name in ("state", "kind", "overdue") if (value := page.query.get(name))}
    if "overdue" in asked:
        return await listed(page, SOURCE, COLUMNS, **asked)
    late = []
    if not page.query.get("cursor"):
        late = (await page.api.get(SOURCE, **asked, overdue=True, limit=MAX_LATE))["items"]
    others = await listed(page, SOURCE, COLUMNS, **asked, overdue=False)
    return arranged(page, by_urgency([*late, *others.items]), COLUMNS, others.cursor)


async def show_form(page: Page) -> Response:
    """Show the form for a request that the Commission has received."""
    return _form(page, {"kind": page.query.get("kind", ""), "revision/request": page.query.get("revises", "")})


async def enter(page: Page) -> Response:
    """Enter a request that the Commission has received."""
    form = await page.form()
    try:
        entered = await page.api.post(SOURCE, forms.draft_of(form))
    except ApiRefused as refused:
        faults = faults_in(refused, forms.places_of(form))
        return _form(page, dict(form.fields), faults, refused.problem)
    return page.go(page_path(entered["id"]))


def _form(
    page: Page, typed: Mapping[str, str], faults: Mapping[str, str] | None = None, problem: Problem | None = None
) -> Response:
    status = 200 if problem is None else problem.status
    return page.show(
        "commission/new.html",
        status,
        typed=typed,
        faults=faults or {},
        problem=problem,
        kinds=[each.value for each in SubjectRequestKind],
        record_kinds=kinds_of(page.context.services),
        rows=range(forms.RECORD_ROWS),
        today=today(page).isoformat(),
    )
