"""Messages in a form: who may send one, how it is read, and what is done about it in the transaction that keeps it.

Does NOT know what any form means: features register their handlers.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from shared.mailbox.store import MailStore
from shared.protocol.envelope import EnvelopeRefused, Reason
from shared.protocol.messages import OpenedMessage
from shared.protocol.payloads import FORMS, SERVICE_FORMS, Form, name_of, read, write
from shared.protocol.verifier import unique_members
from shared.rpc.participant import Participant

PayloadHandler = Callable[[MailStore, OpenedMessage, Any, int, Participant], Awaitable[None]]
"""Acts on a message: the store in the transaction that keeps it, the message, its form, its number, who received it."""

Check = Callable[[OpenedMessage, Any, Participant], Any]
"""Returns what a form says, once all that proves it was checked. Raises FormRefused."""

Judge = Callable[[MailStore, OpenedMessage, Any], Awaitable[str | None]]
"""Returns the code under which a message is refused that may not be said as things stand here; None if it may."""

_UNFIT: Final = "the body is not in the form that the message states"


class PayloadRefused(Exception):
    """What a message says in a form is not believed: it is refused, signed, under a code, and not kept."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class PayloadHandlers:
    """Knows who acts on which form, and who checks what is shown to prove it."""

    def __init__(self) -> None:
        self._acts: dict[str, list[PayloadHandler]] = {}
        self._checks: dict[str, Check] = {}
        self._judges: dict[str, Judge] = {}

    def on(self, form: str, act: PayloadHandler) -> None:
        """Have something done about every message of a form, once each. If it raises, the message is not kept."""
        if form not in FORMS:
            raise ValueError(f"there is no form {form!r}")
        self._acts.setdefault(form, []).append(act)

    def require(self, form: str, check: Check) -> None:
        """Have every message of a form checked before it is kept: what the check returns is acted on in its place."""
        self._checks[form] = check

    def judge(self, form: str, judge: Judge) -> None:
        """Have every message of a form judged by what is here, in the transaction that would keep it."""
        self._judges[form] = judge

    def is_judged(self, message: OpenedMessage | None) -> bool:
        """Tell whether a message is of such a form: what came with it must be kept before."""
        return message is not None and message.content.form in self._judges

    async def refusal(self, store: MailStore, message: OpenedMessage, form: Any) -> str | None:
        """Return the code under which a message is refused, if it is."""
        judge = self._judges.get(message.content.form or "")
        return None if judge is None or form is None else await judge(store, message, form)

    def is_checked(self, form: Any) -> bool:
        """Tell whether a form is one that takes time to check."""
        return form is not None and name_of(form) in self._checks

    def checked(self, message: OpenedMessage, form: Any, bureau: Participant) -> Any:
        """Return what is to be acted on. Raises FormRefused."""
        check = self._checks.get(message.content.form or "")
        return form if check is None else check(message, form, bureau)

    async def carry_out(
        self, store: MailStore, message: OpenedMessage, form: Any, number: int, bureau: Participant
    ) -> None:
        """Do what is to be done about a new message."""
        for act in self._acts.get(message.content.form or "", ()):
            await act(store, message, form, number, bureau)


def form_in(message: OpenedMessage, *, by_service: bool) -> Form | None:
    """Return what a message says in a form; None for text, and for a form that is not known here.

    Raises EnvelopeRefused: a bureau cannot say what is for services to say, nor a service anything else.
    """
    name = message.content.form
    if (name in SERVICE_FORMS) is not by_service:
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
            json.loads(body, object_pairs_hook=unique_members)
    except (ValueError, RecursionError) as error:
        # What does not fit is not repeated: it may be about people.
        raise EnvelopeRefused(Reason.CONTENT, _UNFIT) from error
    return form
