"""The decision on a request, and the corrections that are restated after a service has refused them."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from gateway.console.api import part
from gateway.console.commission import forms, steps
from gateway.console.commission.api_requests import (
    SHOWN_AGAIN,
    api_path,
    faults_in,
    matter_of,
    may_write,
    numbered,
    page_path,
    record_path,
    today,
)
from gateway.console.commission.deadlines import deadline_of
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.kinds import page_of
from gateway.console.page import Page
from gateway.console.sent_forms import Form


def _(text: str) -> str:
    return text


NOT_FINAL: Final = _("Confirm that the decision is final.")


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
        await page.api.post(f"{api_path(page)}/decision", decision.body)
    except ApiRefused as refused:
        if refused.status not in SHOWN_AGAIN:
            raise
        return await _decision(page, request, contents, form, faults_in(refused, decision.places), refused.problem)
    return page.go(page_path(page.path["id"]))


async def _to_decide(page: Page) -> tuple[Any, dict[int, Any]]:
    """Return a request, and what its records say now, each read in the officer's name; of one not read nothing."""
    request = await page.api.get(api_path(page))
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
        acts=steps.acts_of(await matter_of(page, request)),
        can_be_decided=steps.can_be_decided(request) and may_write(page),
        deadline=deadline_of(request, today(page)),
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
    record = numbered(await page.api.get(api_path(page)), number)
    try:
        corrections = forms.corrections_of(form, number, await _content(page, record))
    except forms.Unreadable as unreadable:
        return await _corrections(page, form, {unreadable.field: unreadable.says})
    try:
        await page.api.put(f"{api_path(page)}{record_path(page)}/corrections", {"corrections": corrections})
    except ApiRefused as refused:
        if refused.status not in SHOWN_AGAIN:
            raise
        return await _corrections(page, form, faults_in(refused), refused.problem)
    return page.go(page_path(page.path["id"]))


async def _corrections(
    page: Page,
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
    problem: Problem | None = None,
) -> Response:
    request = await page.api.get(api_path(page))
    record = numbered(request, page.path["number"])
    return page.show(
        "commission/corrections.html",
        422 if faults else 200 if problem is None else problem.status,
        request_=request,
        record=record,
        content=await _content(page, record),
        can_be_restated=steps.can_be_restated(request, record) and may_write(page),
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
