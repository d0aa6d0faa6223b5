"""Subscribing to a register: a search that goes on, so that its bureau learns of what is entered later."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.page import Page
from gateway.console.records.forms.codes import understood
from gateway.console.records.forms.fields import Field
from gateway.console.records.forms.operations import JSON, operations_of
from gateway.console.records.forms.sending import send_form
from gateway.console.records.forms.showing import FormState, show_form
from gateway.console.records.forms.targets import Target, target_of
from gateway.console.routing import get, post

PAGE: Final = "/records/{kind}/subscriptions/new"


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
    return await _show(page, target, FormState(field, understood(page.texts, field, asked)))


async def _subscribe(page: Page) -> Response:
    """Subscribe, or say why it is not possible."""
    target, path, field = await _opened(page)
    sent = await send_form(page, await page.form(), field, "POST", path)
    if sent.again is not None:
        return await _show(page, target, sent.again, sent.status)
    return page.go(f"{target.kind.page}/subscriptions", done="subscribed")


async def _show(page: Page, target: Target, state: FormState, status: int = 200) -> Response:
    return await show_form(
        page, "records/forms/subscription.html", state, "subscriptions", status, target=target, kind=target.kind
    )
