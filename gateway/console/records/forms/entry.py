"""Entering a record, and correcting one."""

from dataclasses import replace
from typing import Any, Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.in_process import ApiRefused
from gateway.console.kinds import Record
from gateway.console.page import Page
from gateway.console.records.forms import colours, versions
from gateway.console.records.forms.codes import understood
from gateway.console.records.forms.fields import Field
from gateway.console.records.forms.operations import form_of, operations_of
from gateway.console.records.forms.requirements import Needs, needs_of
from gateway.console.records.forms.showing import FormState, show_form
from gateway.console.records.forms.standard_names import standard_names
from gateway.console.records.forms.targets import Target, require_owner, require_writer, target_of
from gateway.console.records.forms.typed import Typed, read, typed_of, with_one_more, without_one, written
from gateway.console.routing import get, post
from gateway.console.sent_forms import Form
from shared.bureaus import SECRETARIAT

NEW: Final = "/records/{kind}/new"
EDIT: Final = "/records/{kind}/{record:uuid}/edit"
AGAIN: Final = "/records/{kind}/{record:uuid}/again"
NOTICES: Final = "notices"
_IN_FORCE: Final = frozenset({"published", "updated"})
_DIFFUSED: Final = frozenset({"diffused", "waiting"})
_CHANGED: Final = 409
_SIGNED_OUT: Final = 401
# What the form itself sends, apart from the fields of the record.
ADD, REMOVE, DO, VERSION, DIFFUSION = "_add", "_remove", "_do", "_version", "_diffusion"
_STARTED: Final = frozenset({"warrants"})
_REDRAWN: Final = frozenset({"show", "check"})


class Task(NamedTuple):
    """What is entered or corrected."""

    target: Target
    field: Field
    record: Record | None = None
    colour: str = ""
    former: Record | None = None
    """A notice that ended, of which this one begins with what it said."""

    @property
    def is_notice(self) -> bool:
        """Whether it is a notice, which is drafted first, and needs what its colour requires."""
        return self.target.kind.name == NOTICES

    @property
    def is_in_force(self) -> bool:
        """Whether it is a notice whose changes wait for review."""
        return self.is_notice and self.record is not None and self.record.get("status") in _IN_FORCE

    @property
    def has_photographs(self) -> bool:
        """Whether the record has photographs, which its form does not state."""
        return bool(self.record and self.record.get("photographs"))

    @property
    def is_diffusion(self) -> bool:
        """Whether it was sent as a diffusion."""
        return self.record is not None and self.record.get("status") in _DIFFUSED


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [
        get(NEW, _new),
        post(NEW, _enter),
        get(EDIT, _edit),
        post(EDIT, _correct),
        get(AGAIN, _begin_anew),
        post("/records/{kind}/requirements", _requirements),
    ]


async def _new(page: Page) -> Response:
    """Show an empty form; of a notice the choice of its colour first."""
    target = target_of(page)
    require_writer(page, target.kind)
    colour = page.query.get("colour", "")
    if target.kind.name == NOTICES and colour not in colours.BY_CODE:
        choice = colours.open_to(is_secretariat=page.grant.bureau == SECRETARIAT)
        return page.show("records/forms/colour.html", kind=target.kind, colours=choice)
    task = await _task(page, target, colour)
    return await _show(page, task, FormState(task.field, begun(task.field)))


async def _begin_anew(page: Page) -> Response:
    """Show an empty form of a notice with what one that ended said: without its reference, which is given once."""
    former = target_of(page)
    require_writer(page, former.kind)
    if former.kind.name != NOTICES:
        raise HTTPException(404)
    record = await page.api.get(former.path)
    require_owner(page, record)
    task = (await _task(page, Target(former.kind), str(record["colour"])))._replace(former=record)
    said = {name: value for name, value in record.items() if name != "reference"}
    return await _show(page, task, FormState(task.field, written(task.field, said)))


def begun(field: Field) -> Typed:
    """Return an empty form: with an entry of each list that matters most."""
    return {f"/{each.name}/0": [""] for each in field.members if each.name in _STARTED}


async def _task(page: Page, target: Target, colour: str = "", record: Record | None = None) -> Task:
    field = await form_of(page, "put" if target.record_id else "post", target.template)
    if field.variants and colour not in field.variants:
        raise HTTPException(404)
    return Task(target, field.variants[colour] if field.variants else field, record, colour)


async def _enter(page: Page) -> Response:
    """Enter what was typed, or show the form again, as its button says."""
    target, form = target_of(page), await page.form()
    require_writer(page, target.kind)
    task = await _task(page, target, form.one("/colour"))
    typed = understood(page.texts, task.field, typed_of(form.fields))
    changed = redrawn(task.field, typed, form)
    if changed is not None:
        return await _show(page, task, changed, form=form)
    content = read(task.field, typed)
    try:
        entered = await page.api.post(target.kind.path, content)
    except ApiRefused as refused:
        return await _show_refused(page, task, typed, refused, form)
    made = Target(target.kind, str(entered["id"]))
    if form.one(DO) == "hand-in":
        return page.go(f"{made.page}/submission")
    return page.go(made.page, done="entered")


def redrawn(field: Field, typed: Typed, form: Form) -> FormState | None:
    """Return the form as a button changes it that sends nothing; None if another was pressed."""
    if added := form.one(ADD):
        more = with_one_more(typed, added)
        new = next((name for name in reversed(more) if name.startswith(added) and name not in typed), added)
        return FormState(field, more, focus=new)
    if removed := form.one(REMOVE):
        return FormState(field, without_one(typed, removed), focus=removed.rpartition("/")[0])
    return FormState(field, typed) if form.one(DO) in _REDRAWN else None


async def _edit(page: Page) -> Response:
    """Show a record as a form."""
    target = target_of(page)
    require_writer(page, target.kind)
    record = await page.api.get(target.path)
    require_owner(page, record)
    task = await _task_of(page, target, record)
    return await _show(page, task, FormState(task.field, written(task.field, versions.start_of(record))))


async def _task_of(page: Page, target: Target, record: Record) -> Task:
    colour = str(record.get("colour", "")) if target.kind.name == NOTICES else ""
    return await _task(page, target, colour, record)


async def _correct(page: Page) -> Response:
    """Correct a record as typed, or show the form again, as its button says."""
    target, form = target_of(page), await page.form()
    require_writer(page, target.kind)
    record = await page.api.get(target.path)
    require_owner(page, record)
    task = await _task_of(page, target, record)
    typed = understood(page.texts, task.field, typed_of(form.fields))
    changed = redrawn(task.field, typed, form)
    if changed is not None:
        return await _show(page, task, changed, form=form)
    content = read(task.field, typed)
    if form.one(VERSION) != str(record["version"]):
        return await _show_clash(page, task, content, form)
    try:
        corrected = await page.api.put(target.path, content)
    except ApiRefused as refused:
        return await _show_refused(page, task, typed, refused, form)
    if form.one(DO) == "hand-in":
        return page.go(f"{target.page}/submission")
    waits = corrected.get("pending") not in (None, record.get("pending"))
    return page.go(target.page, done="update-waits" if waits else "corrected")


async def _show_clash(page: Page, task: Task, content: Any, form: Form) -> Response:
    """Show both versions, where somebody changed the record since the form was opened."""
    assert task.record is not None  # noqa: S101 - a record that is corrected
    differing = versions.differences(task.field, versions.start_of(task.record), content)
    state = FormState(task.field, written(task.field, content))
    return await _show(page, task, state, _CHANGED, form=form, differing=differing)


async def _show_refused(page: Page, task: Task, typed: Typed, refused: ApiRefused, form: Form) -> Response:
    """Show the form again with all that was typed, and each fault at its field."""
    if refused.status == _SIGNED_OUT:
        raise refused
    # As it was sent: empty entries are left out, so that the places of the others are those in the faults.
    state = FormState(task.field, written(task.field, read(task.field, typed)), refused.problem)
    return await _show(page, task, state, refused.status, form=form)


async def _show(
    page: Page,
    task: Task,
    state: FormState,
    status: int = 200,
    *,
    form: Form | None = None,
    differing: list[versions.Difference] | None = None,
) -> Response:
    needs = await _needs(page, task, state.typed, form) if task.is_notice else None
    operations = await operations_of(page)
    names = await standard_names(page, task.target.kind)
    return await show_form(
        page,
        "records/forms/entry.html",
        replace(state, names=names),
        task.target.kind.name,
        status,
        task=task,
        kind=task.target.kind,
        colour=colours.BY_CODE.get(task.colour),
        needs=needs,
        diffusion=_as_diffusion(task, form),
        differing=differing,
        takes_lists=not task.record and operations.has("post", f"{task.target.kind.path}/entries"),
        waiting=versions.waiting_update(task.record) if task.record else None,
    )


async def _needs(page: Page, task: Task, typed: Typed, form: Form | None) -> Needs:
    content = read(task.field, typed)
    return await needs_of(page, content, diffusion=_as_diffusion(task, form), photograph=task.has_photographs)


def _as_diffusion(task: Task, form: Form | None) -> bool:
    return task.is_diffusion or (form is not None and bool(form.one(DIFFUSION)))


async def _requirements(page: Page) -> Response:
    """Show what a notice needs, as a part of the page of its form, while it is typed."""
    target, form = target_of(page), await page.form()
    require_writer(page, target.kind)
    if target.kind.name != NOTICES:
        raise HTTPException(404)
    task = await _task(page, target, form.one("/colour"))
    typed = understood(page.texts, task.field, typed_of(form.fields))
    content, diffusion = read(task.field, typed), bool(form.one(DIFFUSION))
    needs = await needs_of(page, content, diffusion=diffusion, photograph=bool(form.one("_photographs")))
    return page.show("records/forms/needs.html", needs=needs, is_part=True)
