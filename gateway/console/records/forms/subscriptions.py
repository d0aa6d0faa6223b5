"""Subscribing to a register: a search that goes on, so that its bureau learns of what is entered later."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.in_process import ApiRefused
from gateway.console.page import Page, get, post
from gateway.console.records.forms.codes import understood
from gateway.console.records.forms.entry import redrawn
from gateway.console.records.forms.fields import Field
from gateway.console.records.forms.operations import JSON, operations_of
from gateway.console.records.forms.showing import FormState, show_form
from gateway.console.records.forms.targets import Target, target_of
from gateway.console.records.forms.typed import read, typed_of, written

PAGE: Final = "/records/{kind}/subscriptions/new"
_SIGNED_OUT: Final = 401


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [get(PAGE, _new), post(PAGE, _subscribe)]


async def _opened(page: Page) -> tuple[Target, str, Field]:
    """Return what is subscribed to. Raises HTTPException where the register takes no search in words."""
    target, operations = target_of(page), await operations_of(page)
    path = f"{target.path}/subscriptions"
    if not operations.takes("post", path, JSON):
        raise HTTPException(404)
    return target, path, operations.form("post", path)


async def _new(page: Page) -> Response:
    """Show the form, with what the address asks for, as after a search."""
    target, _path, field = await _opened(page)
    asked = {f"/search/{name}": page.request.query_params.getlist(name) for name in page.query}
    return _show(page, target, FormState(field, understood(page.texts, field, asked)))


async def _subscribe(page: Page) -> Response:
    """Subscribe, or say why it is not possible."""
    target, path, field = await _opened(page)
    form = await page.form()
    typed = understood(page.texts, field, typed_of(form.fields))
    changed = redrawn(field, typed, form)
    if changed is not None:
        return _show(page, target, changed)
    try:
        await page.api.post(path, read(field, typed))
    except ApiRefused as refused:
        if refused.status == _SIGNED_OUT:
            raise
        state = FormState(field, written(field, read(field, typed)), refused.problem)
        return _show(page, target, state, refused.status)
    return page.go(f"{target.kind.page}/subscriptions", done="subscribed")


def _show(page: Page, target: Target, state: FormState, status: int = 200) -> Response:
    return show_form(
        page, "records/forms/subscription.html", state, "subscriptions", status, target=target, kind=target.kind
    )
