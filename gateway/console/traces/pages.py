"""The page of one trace, with its steps: to accept, to comment, and to take its evidence."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.in_process import STEP_DIFFERS, ApiRefused, Problem
from gateway.console.page import Page
from gateway.console.passing import PassedOn
from gateway.console.records.values import node_of
from gateway.console.references import kind_named
from gateway.console.routing import get, post
from gateway.console.sent_forms import Form
from gateway.console.traces import forms, lists, rules
from gateway.console.traces.trace import ONE, address_of, sign_requests_read, step_path, take_step, to_trace, trace_of

_SHOWN_AGAIN: Final = frozenset({409, 422})


def _(text: str) -> str:
    return text


DONE: Final = {
    "begun": _("The trace has begun: your request is on its way."),
    "requested": _("Your request is on its way."),
    "accepted": _("You accepted the request. The clock runs on until you answer."),
    "answered": _("Your answer is signed and on its way."),
    "commented": _("Your comment is on its way."),
}


def routes() -> list[Route]:
    """Return the routes of all pages of traces."""
    return [
        *lists.routes(),
        *forms.routes(),
        get(ONE, _show),
        # What the script of a page asks for when a message has come.
        get(f"{ONE}/live", _show_requests, counts_as_use=False),
        get(f"{ONE}/evidence", _send_evidence),
        post(f"{ONE}/acceptance", _accept),
        post(f"{ONE}/comments", _comment),
    ]


async def _show(page: Page) -> Response:
    """Show a trace: the firearm, the chain as far as it is known, and each request with its answers."""
    return await _shown(page)


async def _show_requests(page: Page) -> Response:
    """Show what has become of a trace; with what may be done now, if that is not what the page has."""
    trace = await trace_of(page)
    is_new = page.query.get("seen") != seen(trace)
    return page.show("traces/live.html", **_values(page, trace), is_new=is_new)


async def _shown(page: Page, problem: Problem | None = None, form: Form | None = None) -> Response:
    return page.show(
        "traces/trace.html",
        200 if problem is None else problem.status,
        **_values(page, await trace_of(page)),
        done=DONE.get(page.query.get("done", ""), ""),
        problem=problem,
        form=form or Form(()),
    )


def _values(page: Page, trace: rules.Trace) -> dict[str, Any]:
    found = trace["found"]
    firearm = ((name, node_of(value, name)) for name, value in trace["firearm"].items())
    return {
        "trace": trace,
        "firearm": [(name, node) for name, node in firearm if node is not None],
        "record_kind": None if found is None else kind_named(found["service"], found["kind"]),
        "rules": rules,
        "seen": seen(trace),
        "address": lambda below="": address_of(page, below),
        "may_write": page.may("traces:write"),
    }


def seen(trace: rules.Trace) -> str:
    """Return what tells whether a page still offers the right steps in a trace."""
    return f"{trace['state']}-{trace['requests']}-{trace['missed']}"


async def _accept(page: Page) -> Response:
    """Accept the latest request."""
    return await _step(page, "answer", await page.form(), {"answer": "accepted"}, "accepted")


async def _comment(page: Page) -> Response:
    """Write a comment to the other bureau of the latest request."""
    form = await page.form()
    return await _step(page, "comments", form, {"text": form.one("text")}, "commented")


async def _step(page: Page, step: str, form: Form, body: Any, done: str) -> Response:
    """Take a step; if it is refused, show the trace as it is now, with what was typed.

    Nothing is done if another request is the latest by now: the step would be about that one.
    """
    if form.one("number") != str((await trace_of(page))["requests"]):
        return await _shown(page, STEP_DIFFERS, form)
    try:
        trace = await take_step(page, step, body)
    except ApiRefused as refused:
        if refused.status not in _SHOWN_AGAIN:
            raise
        return await _shown(page, refused.problem, form)
    await sign_requests_read(page, trace)
    return to_trace(page, done)


async def _send_evidence(page: Page) -> Response:
    """Send the evidence of a trace as a file."""
    return PassedOn(page.api, step_path(page, "evidence"), {})
