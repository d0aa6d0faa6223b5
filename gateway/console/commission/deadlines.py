"""The deadlines of requests: how many days are left, and which requests come first. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

Request = Mapping[str, Any]

SOON_DAYS: Final = 7


def _(text: str) -> str:
    return text


_STEPS: Final = {
    "received": _("Decide whether the request is admissible"),
    "admissible": _("Decide on the request"),
    "decided": _("See that the decision is carried out"),
}


class Deadline(NamedTuple):
    """The deadline of the next step."""

    due: str
    days: int
    """How many are left after today; below 0 if it has passed."""

    step: str
    """In English: the key of its translations."""

    @property
    def is_late(self) -> bool:
        """Whether it has passed."""
        return self.days < 0

    @property
    def shape(self) -> str:
        """The shape of its badge."""
        return "bad" if self.is_late else "wait" if self.days <= SOON_DAYS else "note"


def deadline_of(request: Request, today: date) -> Deadline | None:
    """Return the deadline of a request; None where none runs."""
    due = request["due"]
    if due is None:
        return None
    return Deadline(due, (date.fromisoformat(due) - today).days, _STEPS.get(request["state"], ""))


def by_urgency(requests: Sequence[Request]) -> list[Request]:
    """Return requests with those first whose deadline is the earliest, and last those that have none."""
    return sorted(requests, key=lambda request: (request["due"] is None, request["due"] or "", request["number"]))
