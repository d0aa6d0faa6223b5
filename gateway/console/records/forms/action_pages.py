"""The pages of actions: each says what follows, and has one button that does it."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part
from gateway.console.kinds import Record
from gateway.console.page import Page
from gateway.console.records.forms.actions import ACTIONS, Action, is_possible
from gateway.console.records.forms.codes import understood
from gateway.console.records.forms.fields import Field, FieldKind
from gateway.console.records.forms.operations import operations_of
from gateway.console.records.forms.requirements import Needs, needs_of
from gateway.console.records.forms.sending import send_form
from gateway.console.records.forms.showing import FormState, show_form
from gateway.console.records.forms.targets import Target, require_owner, require_writer, target_of
from gateway.console.records.forms.typed import Typed, read, written
from gateway.console.records.forms.versions import start_of
from gateway.console.routing import get, post

RECORD: Final = "/records/{kind}/{record:uuid}"
LINK: Final = "/records/{kind}/{record:uuid}/same-person/{other:uuid}"
_HANDED_IN: Final = frozenset({"submission", "diffusion"})
_OF_READERS: Final = ("restricted", "addressed")
_NOTHING: Final = Field("", FieldKind.GROUP, is_required=True)


def routes() -> list[Route]:
    """Return the routes of these pages."""
    pages: list[Route] = [
        get(f"{RECORD}/answer", _to_questions),
        post(f"{LINK}/confirmation", partial(_change_link, method="POST", below="/confirmation")),
        post(f"{LINK}/deletion", partial(_change_link, method="DELETE", below="")),
    ]
    for action in ACTIONS:
        handlers: tuple[Callable[..., Awaitable[Response]], ...] = (_ask, _do)
        ask, do = (partial(each, action=action) for each in handlers)
        pages += [get(f"{RECORD}/{action.name}", ask), post(f"{RECORD}/{action.name}", do)]
    return pages


async def _to_questions(page: Page) -> Response:
    """Lead to the page on which the questions of a review are answered."""
    return page.go("/review/questions", notice=str(page.path["record"]))


async def _change_link(page: Page, method: str, below: str) -> Response:
    """Confirm that the file of another bureau is about the same person, or end the link. Raises ApiRefused."""
    target = target_of(page)
    await page.form()
    await page.api.send(method, f"{target.path}/same-person/{part(str(page.path['other']))}{below}")
    return page.go(target.page, done="link-confirmed" if below else "link-ended")


async def _opened(page: Page, action: Action) -> tuple[Target, Record, Field]:
    target = target_of(page)
    require_writer(page, target.kind)
    operations = await operations_of(page)
    if not is_possible(action, target, operations):
        raise HTTPException(404)
    record = await page.api.get(target.path)
    require_owner(page, record)
    form = operations.form(action.method, f"{target.template}{action.below}") if action.takes else _NOTHING
    return target, record, form


async def _ask(page: Page, action: Action) -> Response:
    """Say what an action means, before it is done."""
    target, record, field = await _opened(page, action)
    state = FormState(field, _begun(page, action, field, record))
    return await _show(page, action, target, record, state)


def _begun(page: Page, action: Action, field: Field, record: Record) -> Typed:
    """Return what the form begins with: what is in force, or what the address states, as a link of a search does."""
    if action.name == "restriction":
        return written(field, {name: record.get(name) for name in _OF_READERS})
    asked = {f"/{name}": page.request.query_params.getlist(name) for name in page.query}
    return understood(page.texts, field, asked)


async def _do(page: Page, action: Action) -> Response:
    """Do what was asked, or say why it is not possible."""
    form = await page.form()
    target, record, field = await _opened(page, action)
    path = f"{target.path}{action.below}"
    sent = await send_form(page, form, field, action.method.upper(), path, partial(_body, action))
    if sent.again is not None:
        return await _show(page, action, target, record, sent.again, sent.status)
    return page.go(target.kind.page if action.ends else target.page, done=action.name)


def _body(action: Action, field: Field, typed: Typed) -> Any:
    """Return what is sent: of who may see a record both lists, as an empty one means all, and none leaves it."""
    if not action.takes:
        return None
    body = read(field, typed)
    return {name: [] for name in _OF_READERS} | body if action.name == "restriction" else body


async def _show(
    page: Page, action: Action, target: Target, record: Record, state: FormState, status: int = 200
) -> Response:
    needs = await _needs(page, action, record) if action.name in _HANDED_IN else None
    return await show_form(
        page,
        "records/forms/action.html",
        state,
        action.name,
        status,
        action=action,
        target=target,
        kind=target.kind,
        record=record,
        needs=needs,
    )


async def _needs(page: Page, action: Action, record: Record) -> Needs:
    """Return what a draft needs to be handed in."""
    operations = await operations_of(page)
    field = operations.form("put", "/api/notices/{record_id}").variants[str(record["colour"])]
    content = read(field, written(field, start_of(record)))
    photograph = bool(record.get("photographs"))
    return await needs_of(page, content, diffusion=action.name == "diffusion", photograph=photograph)
