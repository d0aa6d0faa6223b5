"""The routes of the pages of the Commission.

An officer of anybody else gets what any unknown address is answered, before anything is asked of the API.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from functools import wraps
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part
from gateway.console.commission import forms, steps
from gateway.console.commission.deadlines import by_urgency, deadline_of
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.kinds import kinds_of, page_of
from gateway.console.listing import Column, Listing, arranged, as_file, is_file, listed
from gateway.console.page import Form, Page, get, post
from gateway.subject_requests.models import SubjectRequestKind, SubjectRequestState
from shared.bureaus import COMMISSION
from shared.ids import UUID7_PATTERN

PATH: Final = "/commission"
SOURCE: Final = "/api/subject-requests"
MAX_LATE: Final = 100
# Of revisions of revisions.
MAX_CHAIN: Final = 20
_ID: Final = re.compile(UUID7_PATTERN)
_REFUSED: Final = frozenset({404, 409, 422, 503, 504})

Handler = Callable[[Page], Awaitable[Response]]


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
NOT_FINAL: Final = _("Confirm that the decision is final.")


def routes() -> list[Route]:
    """Return the routes of these pages."""
    one = f"{PATH}/{{id}}"
    record = f"{one}/records/{{number:number}}"
    return [
        get(PATH, _confidential(show_requests)),
        get(f"{PATH}/new", _confidential(show_form)),
        post(f"{PATH}/new", _confidential(enter)),
        get(one, _confidential(show_request)),
        post(f"{one}/admissibility", _confidential(decide_admissibility)),
        post(f"{one}/records", _confidential(attach)),
        post(f"{record}/removal", _confidential(remove)),
        get(f"{one}/decision", _confidential(show_decision)),
        post(f"{one}/decision", _confidential(decide)),
        get(f"{record}/corrections", _confidential(show_corrections)),
        post(f"{record}/corrections", _confidential(restate)),
        post(f"{record}/abandonment", _confidential(abandon)),
        post(f"{one}/closure", _confidential(close)),
        get(f"{one}/report", _confidential(show_report)),
    ]


def _confidential(handler: Handler) -> Handler:
    """Return a page for officers of the Commission; for all others there is no such page."""

    @wraps(handler)
    async def guarded(page: Page) -> Response:
        is_of_commission = page.grant.bureau == COMMISSION and page.may("subject-requests:read")
        is_known = "id" not in page.path or _ID.fullmatch(page.path["id"])
        if not (is_of_commission and is_known):
            raise HTTPException(404)
        return await handler(page)

    return guarded


# --- lists


async def show_requests(page: Page) -> Response:
    """Show the requests, late ones first."""
    listing = await _listing(page)
    if is_file(page):
        return as_file(listing, page, "requests")
    return page.show(
        "commission/requests.html",
        listing=listing,
        deadline_of=lambda item: deadline_of(item, _today(page)),
        states=[each.value for each in SubjectRequestState],
        kinds=[each.value for each in SubjectRequestKind],
        may_write=_may_write(page),
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


# --- a new request


async def show_form(page: Page) -> Response:
    """Show the form for a request that the Commission has received."""
    return _form(page, {"kind": page.query.get("kind", ""), "revision/request": page.query.get("revises", "")})


async def enter(page: Page) -> Response:
    """Enter a request that the Commission has received."""
    form = await page.form()
    try:
        entered = await page.api.post(SOURCE, forms.draft_of(form))
    except ApiRefused as refused:
        faults = _faults(refused, forms.places_of(form))
        return _form(page, dict(form.fields), faults, refused.problem)
    return page.go(_page(entered["id"]))


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
        today=_today(page).isoformat(),
    )


# --- one request


async def show_request(page: Page) -> Response:
    """Show a request: its subject, its records, and what can be done now."""
    return await _request(page)


async def _request(page: Page, form: Form | None = None, refused: ApiRefused | None = None) -> Response:
    """Return the page of a request; after a refusal with what was typed, and what is wrong in it."""
    request = await page.api.get(_api(page))
    matter = await _matter(page, request)
    execution = await page.api.get(f"{_api(page)}/execution") if steps.is_decided(request) else None
    return page.show(
        "commission/request.html",
        200 if refused is None else refused.status,
        request_=request,
        matter=matter,
        execution=execution,
        deadline=deadline_of(request, _today(page)),
        steps=steps,
        kind_of=forms.kind_of,
        page_of=page_of,
        record_kinds=kinds_of(page.context.services),
        may_write=_may_write(page),
        typed={} if form is None else dict(form.fields),
        faults={} if refused is None else _faults(refused),
        problem=None if refused is None else refused.problem,
    )


async def decide_admissibility(page: Page) -> Response:
    """Decide whether the Commission examines a request."""
    form = await page.form()
    decision = {"admissible": form.one("admissible") == "yes", "reason": form.one("reason")}
    return await _step(page, form, "POST", "/admissibility", decision)


async def attach(page: Page) -> Response:
    """Add a record that concerns the subject."""
    form = await page.form()
    return await _step(page, form, "POST", "/records", forms.location_of(form.one("record-kind"), form.one("record")))


async def remove(page: Page) -> Response:
    """Take a record off a request, as it does not concern the subject."""
    return await _step(page, Form(()), "DELETE", _record(page))


async def abandon(page: Page) -> Response:
    """Abandon a remedy that cannot be carried out."""
    form = await page.form()
    return await _step(page, form, "POST", f"{_record(page)}/abandonment", {"reason": form.one("reason")})


async def close(page: Page) -> Response:
    """Close a request that the subject withdraws."""
    form = await page.form()
    return await _step(page, form, "POST", "/closure", {"reason": form.one("reason")})


async def _step(page: Page, form: Form, method: str, below: str, body: Any = None) -> Response:
    """Take a step, and show the request: after a refusal with what was typed."""
    try:
        await page.api.send(method, f"{_api(page)}{below}", body)
    except ApiRefused as refused:
        if refused.status not in _REFUSED:
            raise
        return await _request(page, form, refused)
    return page.go(_page(page.path["id"]))


# --- decisions


async def show_decision(page: Page) -> Response:
    """Show the form for the decision on a request, with the records as they are now."""
    request, contents = await _to_decide(page)
    return await _decision(page, request, contents)


async def decide(page: Page) -> Response:
    """Decide on a request: this is final, and binds all bureaus."""
    form = await page.form()
    request, contents = await _to_decide(page)
    if not form.one("final"):
        return await _decision(page, request, contents, form, {"final": NOT_FINAL})
    try:
        decision = forms.decision_of(form, contents)
    except forms.Unreadable as unreadable:
        return await _decision(page, request, contents, form, {unreadable.field: unreadable.says})
    try:
        await page.api.post(f"{_api(page)}/decision", decision.body)
    except ApiRefused as refused:
        if refused.status not in _REFUSED:
            raise
        return await _decision(page, request, contents, form, _faults(refused, decision.places), refused.problem)
    return page.go(_page(page.path["id"]))


async def _to_decide(page: Page) -> tuple[Any, dict[int, Any]]:
    """Return a request, and what its records say now, each read in the officer's name; of one not read nothing."""
    request = await page.api.get(_api(page))
    read = await page.together(*(_content(page, record) for record in request["records"]))
    return request, {record["number"]: content for record, content in zip(request["records"], read, strict=True)}


async def _content(page: Page, record: Mapping[str, Any]) -> dict[str, Any]:
    kind = forms.kind_of(record)
    if kind is None:
        return {}
    try:
        content: dict[str, Any] = await page.api.get(f"{kind.path}/{part(record['record'])}")
    except ApiRefused:
        return {}
    return content


async def _decision(
    page: Page,
    request: Any,
    contents: Mapping[int, Any],
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
    problem: Problem | None = None,
) -> Response:
    return page.show(
        "commission/decision.html",
        422 if faults else 200 if problem is None else problem.status,
        request_=request,
        contents=contents,
        acts=steps.acts_of(await _matter(page, request)),
        can_be_decided=steps.can_be_decided(request) and _may_write(page),
        deadline=deadline_of(request, _today(page)),
        typed={} if form is None else dict(form.fields),
        faults=faults or {},
        problem=problem,
        rows=range(forms.CORRECTION_ROWS),
        **_of_corrections(),
    )


async def show_corrections(page: Page) -> Response:
    """Show the form to restate corrections that a service has refused."""
    return await _corrections(page)


async def restate(page: Page) -> Response:
    """Restate corrections that a service has refused."""
    form = await page.form()
    number = page.path["number"]
    record = _numbered(await page.api.get(_api(page)), number)
    try:
        corrections = forms.corrections_of(form, number, await _content(page, record))
    except forms.Unreadable as unreadable:
        return await _corrections(page, form, {unreadable.field: unreadable.says})
    try:
        await page.api.put(f"{_api(page)}{_record(page)}/corrections", {"corrections": corrections})
    except ApiRefused as refused:
        if refused.status not in _REFUSED:
            raise
        return await _corrections(page, form, _faults(refused), refused.problem)
    return page.go(_page(page.path["id"]))


async def _corrections(
    page: Page,
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
    problem: Problem | None = None,
) -> Response:
    request = await page.api.get(_api(page))
    record = _numbered(request, page.path["number"])
    return page.show(
        "commission/corrections.html",
        422 if faults else 200 if problem is None else problem.status,
        request_=request,
        record=record,
        content=await _content(page, record),
        can_be_restated=steps.can_be_restated(request, record) and _may_write(page),
        typed=_typed_corrections(record) if form is None else dict(form.fields),
        faults=faults or {},
        problem=problem,
        rows=range(max(forms.CORRECTION_ROWS, len(record["corrections"] or {}))),
        **_of_corrections(),
    )


def _typed_corrections(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields of a form with the corrections that were decided."""
    number, typed = record["number"], dict[str, str]()
    for row, (field, value) in enumerate((record["corrections"] or {}).items()):
        typed[f"field-{number}-{row}"] = field
        typed[f"value-{number}-{row}"] = forms.written(value)
    return typed


def _of_corrections() -> dict[str, Any]:
    """Return what templates need to write corrections."""
    return {
        "written": forms.written,
        "correctable": forms.correctable,
        "kind_of": forms.kind_of,
        "page_of": page_of,
    }


async def show_report(page: Page) -> Response:
    """Show the report for the subject where access is granted, to be printed."""
    request = await page.api.get(_api(page))
    try:
        report = await page.api.get(f"{_api(page)}/report")
    except ApiRefused as refused:
        if refused.status not in _REFUSED:
            raise
        return await _request(page, None, refused)
    return page.show("commission/report.html", report=report, request_=request)


# --- parts of these


async def _matter(page: Page, request: Any) -> str:
    """Return what a request is about: a revision is about what the decided request was about. Raises ApiRefused."""
    for _number in range(MAX_CHAIN):
        if request["kind"] != SubjectRequestKind.REVISION:
            break
        request = await page.api.get(f"{SOURCE}/{part(request['revises'])}")
    return str(request["kind"])


def _numbered(request: Any, number: int) -> Any:
    """Return a record of a request by its number. Raises HTTPException."""
    for record in request["records"]:
        if record["number"] == number:
            return record
    raise HTTPException(404)


def _faults(refused: ApiRefused, places: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what the API finds wrong, by the fields of a form: a place of a request is that field, or within it."""
    found = dict[str, str]()
    for error in refused.problem.errors:
        place = error.get("pointer", "").lstrip("/")
        moved = next(
            (there + place[len(here) :] for here, there in (places or {}).items() if place.startswith(here)), place
        )
        found[moved.removesuffix("/act")] = error.get("detail", "")
    return found


def _api(page: Page) -> str:
    return f"{SOURCE}/{page.path['id']}"


def _record(page: Page) -> str:
    return f"/records/{page.path['number']}"


def _page(request_id: str) -> str:
    return f"{PATH}/{part(request_id)}"


def _may_write(page: Page) -> bool:
    return page.may("subject-requests:write")


def _today(page: Page) -> date:
    return page.context.clock.now().date()
