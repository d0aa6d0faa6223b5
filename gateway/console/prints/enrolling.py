"""Enrolment: a record of a person's prints, and then each finger."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from gateway.console.api import part, target_of
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.kinds import BY_NAME, page_of
from gateway.console.page import Page
from gateway.console.prints import fingers
from gateway.console.prints.searching import API, HOME, MAX_UPLOAD, STATUSES, WRITE, sent, told
from gateway.console.sent_forms import Form
from shared.errors import Malformed, Refusal

CATEGORIES: Final = ("criminal", "non-criminal", "missing-person", "unidentified-body")
SEXES: Final = ("F", "M", "U")
KINDS: Final = ("rolled", "plain")
HANDLINGS: Final = ("OFFICIAL_USE", "RESTRICTED", "CONFIDENTIAL")
_FIELDS: Final = ("category", "person_status", "reference", "sex", "remark", "handling")

Record = Mapping[str, Any]


async def show_form(page: Page) -> Response:
    """Show the form of a new record."""
    return _form(page, 200, Form(()), None)


async def enter(page: Page) -> Response:
    """Enter a record, and go to where its prints are added."""
    form = await page.form()
    entry = {name: form.one(name) for name in _FIELDS if form.one(name)}
    try:
        record = await page.api.post(API, entry)
    except ApiRefused as refused:
        return _form(page, *_told(refused, form))
    return page.go(f"{HOME}/records/{part(record['id'])}")


def _told(refused: ApiRefused, form: Form) -> tuple[int, Form, Problem]:
    if refused.status == 401:
        raise refused
    return refused.status, form, refused.problem


def _form(page: Page, status: int, form: Form, problem: Problem | None) -> Response:
    errors = () if problem is None else problem.errors
    faults = {each.get("pointer", "").lstrip("/"): each.get("detail", "") for each in errors}
    return page.show(
        "prints/enrol.html",
        status,
        form=form,
        problem=problem,
        faults=faults,
        categories=CATEGORIES,
        statuses=STATUSES,
        sexes=SEXES,
        handlings=HANDLINGS,
    )


async def show_record(page: Page) -> Response:
    """Show the fingers of a record, and the form that adds one."""
    return await _record(page, 200)


async def add(page: Page) -> Response:
    """Add the print of a finger, and show how good it is."""
    record_id, position = part(page.path["id"]), ""
    try:
        upload = await page.upload(MAX_UPLOAD)
        position, file = upload.form.one("position"), upload.files.get("print")
        if file is None or position not in fingers.POSITIONS:
            raise Malformed("choose a finger, and the image of it")
        placed = {"position": position, "kind": upload.form.one("kind", KINDS[0])}
        await sent(page, target_of(f"{API}/{record_id}/impressions", placed), file.body)
    except (ApiRefused, Refusal) as refused:
        status, _form_name, problem = told(refused, "add")
        return await _record(page, status, position, problem)
    return page.go(f"{HOME}/records/{record_id}", added=position)


async def _record(page: Page, status: int, position: str = "", problem: Problem | None = None) -> Response:
    record: Record = await page.api.get(f"{API}/{part(page.path['id'])}")
    held = {each["position"]: each for each in record["prints"]}
    added = next((each for each in record["prints"] if str(each["position"]) == page.query.get("added")), None)
    is_own = record["owner"] == page.grant.bureau
    return page.show(
        "prints/record.html",
        status,
        record=record,
        record_page=page_of(BY_NAME["fingerprints"], record["id"]),
        held=held,
        added=added,
        faults=[] if added is None else fingers.faults_of(added),
        may_add=is_own and record["status"] == "active" and page.may(WRITE),
        position=position,
        problem=problem,
        advice=problem and fingers.advice_on(problem.code),
        left=fingers.LEFT,
        right=fingers.RIGHT,
        kinds=KINDS,
    )
