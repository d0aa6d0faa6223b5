"""The forms of traces: to begin one, to ask the next bureau, and to answer. Their fields are those of the API."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part
from gateway.console.hits.records import record_of
from gateway.console.kinds import BY_NAME
from gateway.console.page import Page
from gateway.console.records.forms.fields import Field
from gateway.console.records.forms.operations import form_of
from gateway.console.records.forms.sending import Sent, send_form
from gateway.console.records.forms.showing import FormState, show_form
from gateway.console.records.forms.standard_names import Suggestion, standard_names
from gateway.console.records.forms.targets import require_owner, require_scope
from gateway.console.records.forms.typed import Typed, read, written
from gateway.console.references import is_id
from gateway.console.routing import get, post
from gateway.console.traces import rules
from gateway.console.traces.trace import (
    HERE,
    ONE,
    SOURCE,
    address_of,
    sign_requests_read,
    step_path,
    to_trace,
    trace_of,
)
from shared.bureaus import MEMBERS

NEW: Final = f"{HERE}/new"
FIREARMS: Final = "firearms"
_FIREARM: Final = "firearm"
_TO: Final = "to"
_HIT: Final = "hit"
_ANSWER: Final = "answer"
# The form of a step, which has few fields.
_OF_ONE: Final = "trace"
_OF_TRACE: Final = f"{SOURCE}/{{trace_id}}"
FORMS: Final = (SOURCE, f"{_OF_TRACE}/requests", f"{_OF_TRACE}/answer")
"""What the forms are posted to, as the document of the API has it."""


def routes() -> list[Route]:
    """Return the routes of these pages."""
    next_one, answer = f"{ONE}/next", f"{ONE}/answer/{{answer}}"
    return [
        get(NEW, _new),
        post(NEW, _begin),
        get(next_one, _to_next),
        post(next_one, _ask_next),
        get(answer, _to_answer),
        post(answer, _answer),
    ]


# --- to begin one


async def _new(page: Page) -> Response:
    """Show the form to begin a trace: with what the record says that was found, or that the address names."""
    require_scope(page, "traces:write")
    field = await form_of(page, "post", SOURCE)
    firearm = await _firearm(page)
    made_in = firearm.get("country_of_manufacture")
    to = made_in if made_in in MEMBERS and made_in != page.grant.bureau else None
    return await _show_new(page, FormState(field, written(field, {_FIREARM: firearm, _TO: to, _HIT: _hit(page)})))


async def _begin(page: Page) -> Response:
    """Begin a trace, or say why it is not possible."""
    form = await page.form()
    sent = await send_form(page, form, await form_of(page, "post", SOURCE), "POST", SOURCE)
    if sent.again is not None:
        return await _show_new(page, sent.again, sent.status)
    return page.go(f"{HERE}/{part(sent.answer['id'])}", done="begun")


async def _show_new(page: Page, state: FormState, status: int = 200) -> Response:
    # It is sent as it is, and is nothing to fill in.
    hit = "".join(state.typed.get(f"/{_HIT}", ()))
    shown = replace(state, field=_without(state.field, _HIT), names=await _names(page))
    return await show_form(page, "traces/new.html", shown, "traces", status, hit=hit)


def _without(field: Field, name: str) -> Field:
    return replace(field, members=tuple(each for each in field.members if each.name != name))


async def _names(page: Page) -> Mapping[str, Sequence[Suggestion]]:
    """Return the makes and calibres that the register of firearms lists."""
    names = await standard_names(page, BY_NAME[FIREARMS])
    return {f"/{_FIREARM}{pointer}": suggested for pointer, suggested in names.items()}


def _hit(page: Page) -> str | None:
    return page.query.get(_HIT) or None


async def _firearm(page: Page) -> Mapping[str, Any]:
    """Return what the record of a hit, or a record of the own bureau, says of its firearm; nothing without either.

    A record of another bureau comes with its hit alone: then the API checks what its owner allows. Raises ApiRefused.
    """
    if hit_id := _hit(page):
        hit = await page.api.get(f"/api/hits/{part(hit_id)}", side="finder")
        return await record_of(page, hit) or {}
    if record_id := page.query.get("record"):
        if not is_id(record_id):
            raise HTTPException(404)
        firearm: Mapping[str, Any] = await page.api.get(f"{BY_NAME[FIREARMS].path}/{part(record_id)}")
        require_owner(page, firearm)
        return firearm
    return {}


# --- to ask the next bureau


async def _to_next(page: Page) -> Response:
    """Show the form to ask the next bureau, which the last answer names."""
    trace, field = await _own_trace(page), await _field_of_next(page)
    return await _show_next(page, trace, FormState(field, written(field, {_TO: trace["chain"]["next"]})))


async def _ask_next(page: Page) -> Response:
    """Ask the next bureau, or say why it is not possible."""
    form = await page.form()
    await _own_trace(page)
    sent = await send_form(page, form, await _field_of_next(page), "POST", step_path(page, "requests"))
    if sent.again is not None:
        return await _show_next(page, await trace_of(page), sent.again, sent.status)
    return to_trace(page, "requested")


async def _own_trace(page: Page) -> rules.Trace:
    """Return the trace of a page, which the own bureau began. Raises ApiRefused, HTTPException."""
    trace: rules.Trace = await trace_of(page)
    if trace["side"] != rules.REQUESTER:
        raise HTTPException(404)
    return trace


async def _field_of_next(page: Page) -> Field:
    return await form_of(page, "post", f"{_OF_TRACE}/requests")


async def _show_next(page: Page, trace: rules.Trace, state: FormState, status: int = 200) -> Response:
    return await show_form(
        page, "traces/next.html", state, _OF_ONE, status, trace=trace, rules=rules, address=partial(address_of, page)
    )


# --- to answer


async def _to_answer(page: Page) -> Response:
    """Show the form of an answer."""
    _answer_named(page)
    return await _show_answer(page, FormState(await _field_of_answer(page), {}))


async def _answer(page: Page) -> Response:
    """Answer the latest request, or say why it is not possible."""
    _answer_named(page)
    form = await page.form()
    sent: Sent = await send_form(
        page, form, await _field_of_answer(page), "POST", step_path(page, "answer"), partial(_body, page)
    )
    if sent.again is not None:
        return await _show_answer(page, sent.again, sent.status)
    await sign_requests_read(page, sent.answer)
    return to_trace(page, "answered")


def _answer_named(page: Page) -> rules.Answer:
    """Return the answer that the address of a page names. Raises HTTPException."""
    answer = rules.ANSWERS.get(page.path[_ANSWER])
    if answer is None:
        raise HTTPException(404)
    return answer


async def _field_of_answer(page: Page) -> Field:
    """Return the form of the answer that the address names: what goes with it, the first of it required."""
    takes = _answer_named(page).takes
    field = await form_of(page, "post", f"{_OF_TRACE}/answer")
    members = [each for each in field.members if each.name in takes]
    needed = takes[0] if len(takes) > 1 else ""
    return replace(field, members=tuple(_needed(each) if each.name == needed else each for each in members))


def _needed(field: Field) -> Field:
    # With which answer it goes, the page says.
    return replace(field, is_required=True, hint="")


def _body(page: Page, field: Field, typed: Typed) -> Any:
    return {_ANSWER: page.path[_ANSWER], **read(field, typed)}


async def _show_answer(page: Page, state: FormState, status: int = 200) -> Response:
    return await show_form(
        page,
        "traces/answer.html",
        state,
        _OF_ONE,
        status,
        trace=await trace_of(page),
        answer=_answer_named(page),
        address=partial(address_of, page),
        word=page.path[_ANSWER],
        rules=rules,
    )
