"""The groups of bureaus to which a bureau writes often: its list, and making, changing and deleting one."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.messages.drafts import Faults, chosen_bureaus, faults_of, unknown_bureaus
from gateway.console.messages.pages import HERE, SOURCE
from gateway.console.messages.recipients import recipients_for
from gateway.console.page import Page
from gateway.console.routing import get, post
from gateway.console.sent_forms import Form

GROUPS: Final = f"{HERE}/groups"
API: Final = f"{SOURCE}/groups"
_OF_THE_FORM: Final = frozenset({409, 422})


def routes() -> list[Route]:
    """Return the routes of these pages."""
    one = f"{GROUPS}/{{name}}"
    return [
        get(GROUPS, _show_groups),
        post(GROUPS, _save),
        get(one, _show_group),
        post(f"{one}/delete", _delete),
    ]


async def _show_groups(page: Page) -> Response:
    """Show the groups, and the form of a new one."""
    return await _show(page, Form(()))


async def _show_group(page: Page) -> Response:
    """Show the form of a group with its members."""
    group = await page.api.get(f"{API}/{part(page.path['name'])}")
    fields = [("name", group["name"]), *(("to", code) for code in group["members"])]
    if group["disclosed"]:
        fields.append(("disclosed", "yes"))
    return await _show(page, Form(tuple(fields)), changed=group["name"])


async def _save(page: Page) -> Response:
    """Save a group."""
    form = await page.form()
    members = chosen_bureaus(form)
    if unknown := unknown_bureaus(members):
        return await _show(page, form, {"to": unknown}, changed=form.one("changed"))
    entry = {"members": members, "disclosed": bool(form.one("disclosed"))}
    try:
        await page.api.put(f"{API}/{part(form.one('name') or '-')}", entry)
    except ApiRefused as refused:
        if refused.status not in _OF_THE_FORM:
            raise
        faults = faults_of(refused.problem, members)
        return await _show(page, form, faults, refused.problem, changed=form.one("changed"))
    return page.go(GROUPS)


async def _delete(page: Page) -> Response:
    """Delete a group."""
    await page.form()
    await page.api.delete(f"{API}/{part(page.path['name'])}")
    return page.go(GROUPS)


async def _show(
    page: Page, form: Form, faults: Faults | None = None, problem: Problem | None = None, *, changed: str = ""
) -> Response:
    groups: Any = await page.api.get(API)
    return page.show(
        "messages/groups.html",
        problem.status if problem else 422 if faults else 200,
        groups=groups["items"],
        form=form,
        chosen=chosen_bureaus(form),
        recipients=await recipients_for(page),
        problem=problem,
        faults=faults or {},
        changed=changed,
        may_write=page.may("messages:write"),
    )
