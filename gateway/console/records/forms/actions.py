"""What an owner does to a record besides correcting it: each with what it means, said before it is done. Pure.

Their names are those of the API. Which a kind has, its operations say.
"""

from typing import Final, NamedTuple

from gateway.console.records.forms.operations import Operations
from gateway.console.records.forms.targets import Target


class Action(NamedTuple):
    """An action on a record."""

    name: str
    """The end of its address in the console."""

    method: str
    below: str
    """What follows the path of the record in the API."""

    title: str
    """In English: the key of its translations."""

    means: str
    """What follows from it, for one who is about to do it."""

    button: str
    is_grave: bool = False
    takes: bool = False
    """Whether it takes a form."""

    ends: bool = False
    """Whether the record is gone, so that the list of its kind is shown."""


def _(text: str) -> str:
    return text


_RECALLED: Final = _(
    "Other bureaus no longer see it. All who received it are asked to remove their copies, and to sign that they did."
)

ACTIONS: Final = (
    Action(
        "submission",
        "post",
        "/submission",
        _("Submit for review"),
        _(
            "It gets a number, and the General Secretariat reviews it. You cannot change it from now until the "
            "decision; until the review begins you can take it back. Of a red notice all bureaus see that it is being "
            "processed."
        ),
        _("Submit it"),
    ),
    Action(
        "diffusion",
        "post",
        "/diffusion",
        _("Send as a diffusion"),
        _(
            "It is sent at once to the bureaus to which it is addressed, to all if none is named, and reviewed "
            "afterwards. One that the screening stops waits for review instead."
        ),
        _("Send it"),
    ),
    Action(
        "pending",
        "delete",
        "/pending",
        _("Take back the update"),
        _("The update that waits, or was refused, is dropped. The notice stays as it is in force."),
        _("Take it back"),
    ),
    Action("withdrawal", "post", "/withdrawal", _("Withdraw"), _RECALLED, _("Withdraw it"), is_grave=True),
    Action("recovery", "post", "/recovery", _("Mark as recovered"), _RECALLED, _("It was recovered")),
    Action("finding", "post", "/finding", _("Mark as found"), _RECALLED, _("The person was found")),
    Action(
        "identification",
        "post",
        "/identification",
        _("Mark as identified"),
        _(
            "The network does not learn who it was. Other bureaus no longer see the record, and all who received it "
            "are asked to remove their copies."
        ),
        _("The body was identified"),
        takes=True,
    ),
    Action(
        "renewal",
        "post",
        "/renewal",
        _("Renew"),
        _("It is kept for a whole term from now on. The reason is kept with its history."),
        _("Renew it"),
        takes=True,
    ),
    Action(
        "restriction",
        "put",
        "/restriction",
        _("Say who may see it"),
        _(
            "For those who may not, the record does not exist. Who received it, and may no longer see it, is asked to "
            "remove their copies, but not told why."
        ),
        _("Change who may see it"),
        takes=True,
    ),
    Action(
        "same-person",
        "post",
        "/same-person",
        _("Link a file on the same person"),
        _("You state that the file of another bureau is about the same person. That bureau confirms it, or does not."),
        _("State it"),
        takes=True,
    ),
    Action(
        "deletion",
        "delete",
        "",
        _("Delete"),
        _(
            "The record is deleted with all its versions. This cannot be undone. All who received it are asked to "
            "remove their copies."
        ),
        _("Delete it"),
        is_grave=True,
        ends=True,
    ),
)
BY_NAME: Final = {each.name: each for each in ACTIONS}


def is_possible(action: Action, target: Target, operations: Operations) -> bool:
    """Return whether records of this kind have an action at all."""
    return operations.has(action.method, f"{target.template}{action.below}")
