"""Two prints side by side, with the minutiae that agree: a print and a candidate, or any two."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from gateway.console.api import part, target_of
from gateway.console.hits import conclusions
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.kinds import BY_NAME, page_of
from gateway.console.page import Page
from gateway.console.prints.drawing import Side, rows_of, side_of
from gateway.console.prints.searching import API, FILTERS, HOME, MAX_UPLOAD, home, keep, told
from gateway.console.sent_forms import Form
from shared.errors import NotFound, Refusal


def _(text: str) -> str:
    return text


async def verify(page: Page) -> Response:
    """Keep two prints that were sent, and go to where they stand side by side."""
    try:
        upload = await page.upload(2 * MAX_UPLOAD)
        first = await keep(page, upload.files.get("first"))
        second = await keep(page, upload.files.get("second"))
    except (ApiRefused, Refusal) as refused:
        return await home(page, *told(refused, "verify"))
    return page.go(f"{HOME}/sought/{part(first)}/prints/{part(second)}")


async def show_candidate(page: Page) -> Response:
    """Show a print beside that of a record."""
    return await _show_candidate(page)


async def _show_candidate(page: Page, problem: Problem | None = None, form: Form | None = None) -> Response:
    print_id, record_id, position = part(page.path["id"]), part(page.path["record"]), part(page.path["position"])
    verification, record, hit = await page.together(
        page.api.get(f"{API}/sought/{print_id}/records/{record_id}/{position}"),
        page.api.get(f"{API}/{record_id}"),
        conclusions.hit_of(page, page.path["record"]),
    )
    has_image = any(str(each["position"]) == page.path["position"] and each["image"] for each in record["prints"])
    picture = f"{HOME}/records/{record_id}/{position}/picture" if has_image else None
    sides = (
        side_of(verification, "first", _("The print that you sent"), _kept(print_id)),
        side_of(verification, "second", _("The print of the record"), picture),
    )
    back = target_of(f"{HOME}/sought/{print_id}", {name: page.query.get(name) or None for name in FILTERS})
    values = {
        "hit": hit,
        "problem": problem,
        "form": form or Form(()),
        "action": target_of(page.request.url.path, page.query),
        "may_write": page.may("hits:write"),
    }
    return _shown(page, verification, sides, back=back, record=record, position=page.path["position"], **values)


async def conclude(page: Page) -> Response:
    """Add what an examiner concludes of a print and that of a record, to the hit in the record."""
    hit = await conclusions.hit_of(page, page.path["record"])
    if hit is None:
        raise NotFound("your bureau has no hit in this record: seek the print first")
    form = await page.form()
    try:
        await conclusions.conclude(page, hit["id"], form)
    except ApiRefused as refused:
        if refused.status not in (409, 422):
            raise
        return await _show_candidate(page, refused.problem, form)
    return page.go(page.request.url.path, **page.query)


async def show_two(page: Page) -> Response:
    """Show two prints that were sent."""
    first, second = part(page.path["id"]), part(page.path["other"])
    verification = await page.api.get(f"{API}/sought/{first}/prints/{second}")
    sides = (
        side_of(verification, "first", _("The first print"), _kept(first)),
        side_of(verification, "second", _("The second print"), _kept(second)),
    )
    return _shown(page, verification, sides, back=HOME, record=None, position="", hit=None, problem=None)


def _kept(print_id: str) -> str:
    return f"{HOME}/sought/{print_id}/picture"


def _shown(page: Page, verification: Mapping[str, Any], sides: tuple[Side, Side], **values: Any) -> Response:
    record = values["record"]
    record_page = None if record is None else page_of(BY_NAME["fingerprints"], record["id"])
    rows = rows_of(verification)
    problem: Problem | None = values["problem"]
    values |= {"verification": verification, "sides": sides, "rows": rows, "record_page": record_page}
    return page.show("prints/compare.html", 200 if problem is None else problem.status, **values)
