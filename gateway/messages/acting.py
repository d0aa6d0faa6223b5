"""What comes in a form: who may say it, what it says, and what is done about it in the transaction that keeps it.

It does NOT know what any form means: whoever acts on one registers for it.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from gateway.messages.store import MailStore
from shared.envelope import EnvelopeRefused, Reason, stated_once
from shared.forms import FORMS, OF_SERVICES, Form, read, write
from shared.mail import OpenedMessage
from shared.participant import Participant

Act = Callable[[MailStore, OpenedMessage, Any, int, Participant], Awaitable[None]]
"""Acts on a message: the store in the transaction that keeps it, the message, its form, its number, who received it."""

_UNFIT: Final = "the body is not in the form that the message states"


class Acts:
    """Knows who acts on which form."""

    def __init__(self) -> None:
        self._acts: dict[str, list[Act]] = {}

    def on(self, form: str, act: Act) -> None:
        """Have something done about every message of a form, once each. If it raises, the message is not kept."""
        if form not in FORMS:
            raise ValueError(f"there is no form {form!r}")
        self._acts.setdefault(form, []).append(act)

    async def carry_out(
        self, store: MailStore, message: OpenedMessage, form: Form, number: int, bureau: Participant
    ) -> None:
        """Do what is to be done about a new message."""
        for act in self._acts.get(message.content.form or "", ()):
            await act(store, message, form, number, bureau)


def form_in(message: OpenedMessage, *, by_service: bool) -> Form | None:
    """Return what a message says in a form; None for text, and for a form that is not known here.

    Raises EnvelopeRefused: a bureau cannot say what is for services to say, nor a service anything else.
    """
    name = message.content.form
    if (name in OF_SERVICES) is not by_service:
        raise EnvelopeRefused(Reason.SENDER, "this is not for the sender to say")
    if name not in FORMS:
        return None
    if message.content.attachments:
        raise EnvelopeRefused(Reason.CONTENT, "a message in a form has no attachments")
    return _read(name, message.content.body)


def _read(name: str, body: str) -> Form:
    try:
        form = read(name, body)
        if write(form) != body:
            # Others may spell it differently; but no two readers may take it differently.
            json.loads(body, object_pairs_hook=stated_once)
    except (ValueError, RecursionError) as error:
        # What does not fit is not repeated: it may be about people.
        raise EnvelopeRefused(Reason.CONTENT, _UNFIT) from error
    return form
