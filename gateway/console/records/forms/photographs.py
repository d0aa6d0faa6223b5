"""The photographs of a record: added one by one, shown as the API encoded them, and removed."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.page import Page
from gateway.console.records.forms.operations import operations_of
from gateway.console.records.forms.targets import Target, require_owner, require_writer, target_of
from gateway.console.routing import get, post
from shared.images.photograph_files import MAX_FILE_BYTES

PAGE: Final = "/records/{kind}/{record:uuid}/photographs"
# With what a form states besides.
_MAX_UPLOAD: Final = MAX_FILE_BYTES + 16_384
_MEDIA: Final = frozenset({"image/jpeg", "image/png", "image/tiff"})
_UNSTATED: Final = "image/jpeg"
_SIGNED_OUT: Final = 401
_MEBIBYTE: Final = 1024 * 1024


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [get(PAGE, _show_all), post(PAGE, _add), post(f"{PAGE}/{{photograph}}/deletion", _remove)]


async def _target(page: Page) -> Target:
    target = target_of(page)
    require_writer(page, target.kind)
    return target


async def _show_all(page: Page) -> Response:
    """Show the photographs of a record, with a form for another."""
    return await _show(page, await _target(page))


async def _add(page: Page) -> Response:
    """Add a photograph."""
    target = await _target(page)
    sent = next(iter((await page.upload(_MAX_UPLOAD)).files.values()), None)
    if sent is None:
        return await _show(page, target, Problem(status=422, detail="choose a file first"))
    # What it is, the API decides by its content.
    media = sent.media_type if sent.media_type in _MEDIA else _UNSTATED
    try:
        await page.api.exchange("POST", f"{target.path}/photographs", sent.body, media)
    except ApiRefused as refused:
        return await _show_refused(page, target, refused)
    return page.go(f"{target.page}/photographs", done="added")


async def _remove(page: Page) -> Response:
    """Remove a photograph."""
    target = await _target(page)
    await page.form()
    try:
        await page.api.delete(f"{target.path}/photographs/{part(str(page.path['photograph']))}")
    except ApiRefused as refused:
        return await _show_refused(page, target, refused)
    return page.go(f"{target.page}/photographs", done="removed")


async def _show_refused(page: Page, target: Target, refused: ApiRefused) -> Response:
    if refused.status == _SIGNED_OUT:
        raise refused
    return await _show(page, target, refused.problem)


async def _show(page: Page, target: Target, problem: Problem | None = None) -> Response:
    record = await page.api.get(target.path)
    require_owner(page, record)
    operations = await operations_of(page)
    pending = record.get("pending") or {}
    waiting: list[Any] | None = pending.get("photographs")
    return page.show(
        "records/forms/photographs.html",
        200 if problem is None else problem.status,
        target=target,
        kind=target.kind,
        record=record,
        is_possible=operations.has("post", f"{target.template}/photographs"),
        waiting=waiting,
        problem=problem,
        megabytes=MAX_FILE_BYTES // _MEBIBYTE,
        done=page.query.get("done", ""),
    )
