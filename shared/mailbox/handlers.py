"""Messages in a form: who may send one, how it is read, and which handlers run in the transaction that stores it.

Does NOT know what any form means: features register their handlers.
"""

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from shared.bureaus import SECRETARIAT
from shared.mailbox.store import MailStore
from shared.protocol.directory import Directory
from shared.protocol.envelope import EnvelopeRefused, RefusalReason
from shared.protocol.messages import OpenedMessage
from shared.protocol.payloads import FORMS, SECRETARIAT_FORMS, SERVICE_FORMS, Form, name_of, read, write
from shared.protocol.verifier import unique_members
from shared.rpc.participant import Participant

# Acts on a message: the store in the transaction that stores it, the message, its form, its number, its recipient.
PayloadHandler = Callable[[MailStore, OpenedMessage, Any, int, Participant], Awaitable[None]]
# Verifies the evidence in a form and returns what handlers get in its place. Raises PayloadRefused.
PayloadVerifier = Callable[[OpenedMessage, Any, Participant], Any]
# Returns the reason for which a message is refused, by what this mailbox holds; None if it is not.
Precondition = Callable[[MailStore, OpenedMessage, Any], Awaitable[str | None]]


T = TypeVar("T")


class PayloadRefused(Exception):
    """The evidence in a form does not prove it: the message is refused with a signed reason, and not stored."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class PayloadHandlers:
    """The handlers, verifiers and preconditions of each form."""

    def __init__(self) -> None:
        self._handlers: defaultdict[str | None, list[PayloadHandler]] = defaultdict(list)
        self._verifiers: dict[str | None, PayloadVerifier] = {}
        self._preconditions: dict[str | None, Precondition] = {}

    def on(self, form: str, handler: PayloadHandler) -> None:
        """Call a handler for every message of a form, once each. If it raises, the message is not stored."""
        self._handlers[_known(form)].append(handler)

    def verify(self, form: str, verifier: PayloadVerifier) -> None:
        """Verify every message of a form before it is stored. A sender is verified at a limited rate."""
        self._set(self._verifiers, form, verifier)

    def require(self, form: str, precondition: Precondition) -> None:
        """Require a precondition of every message of a form, in the transaction that stores it."""
        self._set(self._preconditions, form, precondition)

    @staticmethod
    def _set(of_forms: dict[str | None, T], form: str, given: T) -> None:
        if _known(form) in of_forms:
            raise ValueError(f"{form} has one already")
        of_forms[form] = given

    def needs_verification(self, form: Any) -> bool:
        """Return whether a form has a verifier, which takes time."""
        return form is not None and name_of(form) in self._verifiers

    def verified(self, message: OpenedMessage, form: Any, bureau: Participant) -> Any:
        """Return what handlers get. Raises PayloadRefused."""
        verifier = self._verifiers.get(message.content.form)
        return form if verifier is None else verifier(message, form, bureau)

    def has_precondition(self, message: OpenedMessage | None) -> bool:
        """Return whether a message has a precondition: what arrived before it must be stored first."""
        return message is not None and message.content.form in self._preconditions

    async def refusal(self, store: MailStore, message: OpenedMessage, form: Any) -> str | None:
        """Return the reason for which a message is refused, or None."""
        precondition = self._preconditions.get(message.content.form)
        return None if precondition is None or form is None else await precondition(store, message, form)

    async def handle(
        self, store: MailStore, message: OpenedMessage, form: Any, number: int, bureau: Participant
    ) -> None:
        """Call the handlers of a new message."""
        for handler in self._handlers.get(message.content.form, ()):
            await handler(store, message, form, number, bureau)


def _known(form: str) -> str:
    if form not in FORMS:
        raise ValueError(f"there is no form {form!r}")
    return form


def form_in(message: OpenedMessage, directory: Directory) -> Form | None:
    """Return the form in the body of a message; None for plain text, and for a form that is not known here.

    Raises EnvelopeRefused: a bureau may not send the forms of services, nor a service any others, and only the
    Secretariat may send its own.
    """
    name, body, entry = message.content.form, message.content.body, directory.entry_of(message.head.kid)
    if (name in SERVICE_FORMS) is not (entry is not None and entry.kind == "service"):
        raise EnvelopeRefused(RefusalReason.SENDER, "the sender may not send this form")
    if name in SECRETARIAT_FORMS and (entry is None or entry.participant != SECRETARIAT):
        raise EnvelopeRefused(RefusalReason.SENDER, "only the General Secretariat may send this form")
    if name not in FORMS:
        return None
    if message.content.attachments:
        raise EnvelopeRefused(RefusalReason.CONTENT, "a message in a form has no attachments")
    try:
        form = read(name, body)
        if write(form) != body:
            # Another spelling is fine, but two readers must not read it differently.
            json.loads(body, object_pairs_hook=unique_members)
    except (ValueError, RecursionError) as error:
        # The body is not quoted: it may hold personal data.
        raise EnvelopeRefused(RefusalReason.CONTENT, f"the body is not in the form {name}") from error
    return form
