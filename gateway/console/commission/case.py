"""One request: its subject, its records, the steps that are possible now, and the report for the subject."""

from typing import Any

from starlette.responses import Response

from gateway.console.commission import forms, steps
from gateway.console.commission.api_requests import (
    SHOWN_AGAIN,
    api_path,
    faults_in,
    matter_of,
    may_write,
    page_path,
    record_path,
    today,
)
from gateway.console.commission.deadlines import deadline_of
from gateway.console.in_process import ApiRefused
from gateway.console.kinds import kinds_of, page_of
from gateway.console.page import Page
from gateway.console.records.values import node_of
from gateway.console.sent_forms import Form


async def show_request(page: Page) -> Response:
    """Show a request: its subject, its records, and what can be done now."""
    return await _request(page)


async def _request(page: Page, form: Form | None = None, refused: ApiRefused | None = None) -> Response:
    """Return the page of a request; after a refusal with what was typed, and what is wrong in it."""
    request = await page.api.get(api_path(page))
    matter = await matter_of(page, request)
    execution = await page.api.get(f"{api_path(page)}/execution") if steps.is_decided(request) else None
    return page.show(
        "commission/request.html",
        200 if refused is None else refused.status,
        request_=request,
        matter=matter,
        execution=execution,
        deadline=deadline_of(request, today(page)),
        steps=steps,
        kind_of=forms.kind_of,
        page_of=page_of,
        record_kinds=kinds_of(page.context.services),
        may_write=may_write(page),
        typed={} if form is None else dict(form.fields),
        faults={} if refused is None else faults_in(refused),
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
    return await _step(page, await page.form(), "DELETE", record_path(page))


async def abandon(page: Page) -> Response:
    """Abandon a remedy that cannot be carried out."""
    form = await page.form()
    return await _step(page, form, "POST", f"{record_path(page)}/abandonment", {"reason": form.one("reason")})


async def close(page: Page) -> Response:
    """Close a request that the subject withdraws."""
    form = await page.form()
    return await _step(page, form, "POST", "/closure", {"reason": form.one("reason")})


async def _step(page: Page, form: Form, method: str, below: str, body: Any = None) -> Response:
    """Take a step, and show the request: after a refusal with what was typed."""
    try:
        await page.api.send(method, f"{api_path(page)}{below}", body)
    except ApiRefused as refused:
        if refused.status not in SHOWN_AGAIN:
            raise
        return await _request(page, form, refused)
    return page.go(page_path(page.path["id"]))


async def show_report(page: Page) -> Response:
    """Show the report for the subject where access is granted, to be printed."""
    request = await page.api.get(api_path(page))
    try:
        report = await page.api.get(f"{api_path(page)}/report")
    except ApiRefused as refused:
        if refused.status not in SHOWN_AGAIN:
            raise
        return await _request(page, None, refused)
    return page.show("commission/report.html", report=report, request_=request, node_of=node_of)
