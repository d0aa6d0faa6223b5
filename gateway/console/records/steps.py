"""What an owner can do with a record next, by its kind and state: links to the forms. The API decides again."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from gateway.console.records.conditions import is_bound
from gateway.console.records.document import Document


class Step(NamedTuple):
    """A link to a form."""

    name: str
    """The end of its address, after that of the record; mostly as in the API."""

    text: str
    """In English: the key of its translations."""

    look: str = ""


def _(text: str) -> str:
    return text


_EDIT: Final = Step("edit", _("Correct"), "primary")
_PHOTOGRAPHS: Final = Step("photographs", _("Photographs"))
_SUBMIT: Final = Step("submission", _("Submit for review"))
_DIFFUSE: Final = Step("diffusion", _("Send as a diffusion"))
_ANSWER: Final = Step("answer", _("Answer the question"), "primary")
_TAKE_BACK_UPDATE: Final = Step("pending", _("Take back the update"))
_TAKE_BACK: Final = Step("deletion", _("Take back"))
_WITHDRAW: Final = Step("withdrawal", _("Withdraw"), "danger")
_RESTRICT: Final = Step("restriction", _("Say who may see it"))
_RENEW: Final = Step("renewal", _("Renew"))
_DELETE: Final = Step("deletion", _("Delete"), "danger")
_AGAIN: Final = Step("again", _("Draft it anew"))
_SAME_PERSON: Final = Step("same-person", _("Link a file on the same person"))
_RELEASE: Final = Step("release", _("Let it be passed on"))
_RECOVERED: Final = Step("recovery", _("Recovered"))
_ENDS_WELL: Final = {
    "missing-persons": Step("finding", _("Found")),
    "bodies": Step("identification", _("Identified")),
    "travel-documents": _RECOVERED,
    "stolen-vehicles": _RECOVERED,
    "vessels": _RECOVERED,
    "firearms": _RECOVERED,
    "works": _RECOVERED,
    "valuables": _RECOVERED,
}
_WITH_PHOTOGRAPHS: Final = frozenset({"persons", "firearms", "works"})
DONE: Final = {
    "entered": _("The record is entered."),
    "drafted": _("The draft is saved. Your bureau alone sees it until you submit it."),
    "corrected": _("The record is corrected."),
    "update-waits": _("The update waits for review. Until it is decided, the notice stays as it is for all others."),
    "submission": _("The notice is submitted for review."),
    "diffusion": _("The diffusion is sent, or waits for review."),
    "pending": _("The update is taken back. The notice stays as it is."),
    "withdrawal": _("The record is withdrawn. Below you see who has signed that they removed their copies."),
    "recovery": _("The record says that it was recovered. Below you see who has removed their copies."),
    "finding": _("The record says that the person was found. Below you see who has removed their copies."),
    "identification": _("The record says that the body was identified. Below you see who has removed their copies."),
    "renewal": _("The record is renewed."),
    "restriction": _("Who may see the record has changed."),
    "release": _("Your permission is signed and on its way."),
    "same-person": _("You stated that the file of another bureau is about the same person. It has to confirm it."),
    "link-confirmed": _("The link is confirmed."),
    "link-ended": _("The link has ended."),
    "deletion": _("The record is deleted."),
    "subscribed": _("Your bureau gets a hit when a record is entered that fits."),
    "ended": _("The subscription has ended."),
}
"""What was done, by how the form that did it says so in the address that it leads to."""

_STATES_OF_DONE: Final = {
    "entered": ("draft",),
    "submission": ("submitted",),
    "diffusion": ("diffused", "waiting"),
    "withdrawal": ("withdrawn",),
    "recovery": ("recovered",),
    "finding": ("found",),
    "identification": ("identified",),
}
"""In which states it is still so: an address is kept, and a record goes on."""

_KEEPING: Final = (_RESTRICT, _RENEW, _WITHDRAW)
_OF_NOTICES: Final = {
    "draft": (_EDIT, _PHOTOGRAPHS, _SUBMIT, _DIFFUSE, _DELETE),
    "submitted": (_TAKE_BACK,),
    "waiting": (_TAKE_BACK,),
    "under-review": (),
    "diffused": (_EDIT, _PHOTOGRAPHS, *_KEEPING),
    "published": (_EDIT, _PHOTOGRAPHS, *_KEEPING),
    "updated": (_EDIT, _PHOTOGRAPHS, *_KEEPING),
    "refused": (_AGAIN,),
    "cancelled": (_AGAIN,),
    "withdrawn": (_AGAIN, _DELETE),
}


def done_of(document: Document, act: str) -> str:
    """Return what was done to a record, as long as its state agrees; else nothing."""
    states = _STATES_OF_DONE.get(act, ())
    is_over = bool(states) and document.state not in states and (document.is_notice or act != "entered")
    is_decided = act == "update-waits" and not document.update_waits
    act = "drafted" if act == "entered" and document.is_notice else act
    return "" if is_over or is_decided else DONE.get(act, "")


def steps_of(document: Document, reader: str, *, may_write: bool, may_message: bool) -> Sequence[Step]:
    """Return what an officer of a bureau can do with a record: nothing with that of another."""
    if document.record.get("owner") != reader:
        return ()
    steps: Sequence[Step] = ()
    if may_write:
        steps = _of_notice(document) if document.is_notice else _of_other(document)
    release = (_RELEASE,) if may_message and document.is_in_force and is_bound(document.record) else ()
    return (*steps, *release)


def _of_notice(document: Document) -> Sequence[Step]:
    record = document.record
    pending = record.get("pending")
    exchanges = [*(record.get("exchanges") or ()), *((pending or {}).get("exchanges") or ())]
    is_asked = any(not each.get("answer") and not each.get("withdrawn") for each in exchanges)
    steps = _OF_NOTICES.get(document.state, ())
    return (*((_ANSWER,) if is_asked else ()), *steps, *((_TAKE_BACK_UPDATE,) if pending else ()))


def _of_other(document: Document) -> Sequence[Step]:
    name = document.kind.name
    if document.is_ended:
        return (_EDIT, _DELETE) if name == "persons" and document.state == "ended" else (_DELETE,)
    photographs = (_PHOTOGRAPHS,) if name in _WITH_PHOTOGRAPHS else ()
    ends = (_ENDS_WELL[name],) if name in _ENDS_WELL else ()
    same = (_SAME_PERSON,) if name == "persons" else ()
    return (_EDIT, *photographs, *same, *ends, *_KEEPING)
