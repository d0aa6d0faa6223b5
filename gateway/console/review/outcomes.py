"""What is said after a step of the review, on the page that follows, with the way back."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from uuid import UUID


def _(text: str) -> str:
    return text


_SAID: Final = {
    "approved": _("You approved it. It takes effect when a second officer approves it as well."),
    "published": _("It is published."),
    "update-published": _("The update is in force."),
    "released": _("The diffusion is sent."),
    "compliant": _("The diffusion complies with the rules."),
    "refused": _("It is refused. The bureau sees your reason and your note."),
    "update-refused": _("The update is refused. The notice stays in force as it was."),
    "cancelled": _("It is cancelled. Each bureau that received it is asked to delete it."),
    "asked": _("Your question is sent. Nothing is decided until the bureau answers."),
    "question-withdrawn": _("The question is withdrawn."),
    "answered": _("Your answer is sent to the reviewers."),
}


_ENDED: Final = frozenset({"refused", "cancelled"})


class Done(NamedTuple):
    """What an officer did last."""

    text: str
    """In English: the key of its translations."""

    back: str
    """The address of what it was done to."""

    is_ended: bool
    """Whether what was decided has ended: it is in the list of such notices."""


def done_of(query: Mapping[str, str], home: str) -> Done | None:
    """Return what an address says that was done; None if it says nothing that can be."""
    act = query.get("done", "")
    if (text := _SAID.get(act)) is None:
        return None
    try:
        back = f"{home}/{UUID(query.get('of', ''))}"
    except ValueError:
        return None
    return Done(text, back, act in _ENDED)
