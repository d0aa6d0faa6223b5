"""Says in a sentence what a counterpart did, and what came back."""

from typing import Final

from gateway.sandbox.counterparts.models import Did, Flaw, StoredAct
from shared.mailbox.models import MessageState

_DID: Final[dict[Did, str]] = {
    "confirmed": "confirmed the hit",
    "denied": "answered that it does not confirm the hit",
    "postponed": "promised an answer for later",
    "contradicted": "signed a second answer, which does not confirm the hit",
    "answered": "answered the message",
    "read": "marked the message as read",
    "refused": "refused the message",
    "replayed": "posted its oldest envelope once more",
    "ignored": "left the message unread",
    "failed": "could not do what its script says",
}
_FLAW: Final[dict[Flaw, str]] = {
    Flaw.EXPIRED_KEY: "signed with a key that has ended",
    Flaw.WRONG_KEY: "signed with another key than it names",
    Flaw.UNKNOWN_KEY: "signed with a key that is not in the directory",
    Flaw.BROKEN_SEAL: "under a seal that does not open",
}
_CAME_BACK: Final[dict[MessageState, str]] = {
    MessageState.QUEUED: "it waits in the outbox",
    MessageState.SENT: "{bureau} has signed no receipt yet",
    MessageState.EXPIRED: "{bureau} never signed a receipt",
    MessageState.REFUSED: "{bureau} refused it ({reason})",
}
_HAS_IT: Final = "{bureau} has signed that it has it"
# The recipient signs nothing new for what it has.
_HAD_IT: Final = "{bureau} had it already, and its first receipt stands"


def sentence(act: StoredAct, state: MessageState | None, reason: str | None) -> str:
    """Return what a counterpart did, and how far the message that it sent has come."""
    did = _DID[act.did] if act.flaw is None else f"{_DID[act.did]}, {_FLAW[act.flaw]}"
    if act.why is not None:
        return f"{did}: {act.why}"
    if state is None:
        return did
    came_back = _HAD_IT if act.did == "replayed" else _CAME_BACK.get(state, _HAS_IT)
    return f"{did}: {came_back.format(bureau=act.bureau, reason=reason)}"
