"""Which steps of a request are possible now, by the rules of the API; and in words why others are not. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.subject_requests.models import CommissionOutcome, SubjectRequestKind, SubjectRequestState
from gateway.subject_requests.rules import ALLOWED_ACTS, OPEN

Request = Mapping[str, Any]
Record = Mapping[str, Any]


def _(text: str) -> str:
    return text


NOT_YET_ADMISSIBLE: Final = _("The request can be decided once it was found admissible.")
NOT_OPEN: Final = _("The request is decided or has ended: its records, its admissibility and its end stay as they are.")
NOT_DECIDED: Final = _("Nothing is carried out before the decision.")
NO_REPORT: Final = _("A report for the subject is made where access is granted.")
NO_WRITING: Final = _("You may read requests, and not change them.")


def is_open(request: Request) -> bool:
    """Return whether records can be attached, and the subject can withdraw the request."""
    return SubjectRequestState(request["state"]) in OPEN


def can_be_admitted(request: Request) -> bool:
    """Return whether the admissibility is to be decided."""
    return bool(request["state"] == SubjectRequestState.RECEIVED)


def can_be_decided(request: Request) -> bool:
    """Return whether the request is to be decided."""
    return bool(request["state"] == SubjectRequestState.ADMISSIBLE)


def is_decided(request: Request) -> bool:
    """Return whether it was decided: then its execution can be followed."""
    return request["outcome"] is not None


def can_be_reported(request: Request, matter: str) -> bool:
    """Return whether a report for the subject can be made; `matter` is what the request is about in the end."""
    granted = {CommissionOutcome.GRANTED, CommissionOutcome.PARTLY_GRANTED}
    return matter == SubjectRequestKind.ACCESS and request["outcome"] in granted


def can_be_restated(request: Request, record: Record) -> bool:
    """Return whether corrections of a record can be restated: its service has refused them."""
    return _is_waiting(request, record) and record["act"] == "correct" and bool(record["refused"])


def can_be_abandoned(request: Request, record: Record) -> bool:
    """Return whether the remedy of a record can be abandoned: an attempt to carry it out has failed."""
    return _is_waiting(request, record) and record["problem"] is not None


def _is_waiting(request: Request, record: Record) -> bool:
    return bool(request["state"] == SubjectRequestState.DECIDED and record["state"] == "decided")


def acts_of(matter: str) -> dict[str, list[str]]:
    """Return which remedies a request about a matter can have, by the outcome."""
    kind = SubjectRequestKind(matter)
    return {
        outcome.value: sorted(act.value for act in ALLOWED_ACTS.get((kind, outcome), ()))
        for outcome in CommissionOutcome
    }
