"""Letting the holder of a record pass it on: the permission of its owner, where the record has the condition `H2`."""

from dataclasses import replace
from functools import partial
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.kinds import Kind, Record
from gateway.console.page import Page
from gateway.console.records.conditions import is_bound
from gateway.console.records.forms.fields import Field, FieldKind
from gateway.console.records.forms.operations import form_of
from gateway.console.records.forms.sending import send_form
from gateway.console.records.forms.showing import FormState, show_form
from gateway.console.records.forms.targets import Target, require_owner, target_of
from gateway.console.records.forms.typed import Typed, read
from gateway.console.references import REFERENCES
from gateway.console.routing import get, post

PAGE: Final = "/records/{kind}/{record:uuid}/release"
SOURCE: Final = "/api/messages/releases"
# The address of the page names the record.
_OF_RECORD: Final = frozenset({"service", "kind", "record"})
_UNTIL: Final = "until"


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [get(PAGE, _ask), post(PAGE, _release)]


async def _ask(page: Page) -> Response:
    """Show the form."""
    target, record = await _opened(page)
    return await _show(page, target, record, FormState(await _field(page), {}))


async def _release(page: Page) -> Response:
    """Send the holder the signed permission, or say why it is not possible."""
    form = await page.form()
    target, record = await _opened(page)
    sent = await send_form(page, form, await _field(page), "POST", SOURCE, partial(_body, target))
    if sent.again is not None:
        return await _show(page, target, record, sent.again, sent.status)
    return page.go(target.page, done="release")


async def _opened(page: Page) -> tuple[Target, Record]:
    target = target_of(page)
    record = await page.api.get(target.path)
    require_owner(page, record)
    return target, record


async def _field(page: Page) -> Field:
    """Return the form: the day is one, as nobody types a moment."""
    field = await form_of(page, "post", SOURCE)
    members = (each for each in field.members if each.name not in _OF_RECORD)
    shown = (replace(each, kind=FieldKind.DAY) if each.name == _UNTIL else each for each in members)
    return replace(field, members=tuple(shown))


def _body(target: Target, field: Field, typed: Typed) -> Any:
    return {**_named(target.kind, target.record_id), **_until_the_end(read(field, typed))}


def _named(kind: Kind, record_id: str) -> dict[str, str]:
    service, name = REFERENCES[kind]
    return {"service": service, "kind": name, "record": record_id}


def _until_the_end(draft: dict[str, Any]) -> dict[str, Any]:
    """Return what was typed with the end of a day in place of the day."""
    return {**draft, _UNTIL: f"{draft[_UNTIL]}T23:59:59Z"} if _UNTIL in draft else draft


async def _show(page: Page, target: Target, record: Record, state: FormState, status: int = 200) -> Response:
    return await show_form(
        page,
        "records/forms/release.html",
        state,
        "release",
        status,
        target=target,
        kind=target.kind,
        record=record,
        is_bound=is_bound(record),
    )
