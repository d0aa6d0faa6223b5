"""Sends what was typed in a form to the API, or gives the form to show again."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from gateway.console.in_process import ApiRefused
from gateway.console.page import Page
from gateway.console.records.forms.codes import understood
from gateway.console.records.forms.entry import redrawn
from gateway.console.records.forms.fields import Field
from gateway.console.records.forms.showing import FormState
from gateway.console.records.forms.typed import Typed, read, typed_of, written
from gateway.console.sent_forms import Form

_SIGNED_OUT: Final = 401


class Sent(NamedTuple):
    """What became of a form."""

    answer: Any = None
    """The JSON of the API, if it took the form."""

    again: FormState | None = None
    """The form to show again: as a button changed it, or with what is wrong; None if the API took it."""

    status: int = 200


async def send_form(
    page: Page, form: Form, field: Field, method: str, path: str, body_of: Callable[[Field, Typed], Any] = read
) -> Sent:
    """Send what was typed; if it is refused, all of it is kept. Raises ApiRefused if the session has ended."""
    typed = understood(page.texts, field, typed_of(form.fields))
    changed = redrawn(field, typed, form)
    if changed is not None:
        return Sent(again=changed)
    try:
        return Sent(await page.api.send(method, path, body_of(field, typed)))
    except ApiRefused as refused:
        if refused.status == _SIGNED_OUT:
            raise
        # As it was sent: empty entries are left out, so that the places of the others are those in the faults.
        state = FormState(field, written(field, read(field, typed)), refused.problem)
        return Sent(again=state, status=refused.status)
