"""What waits of a notice, whose turn it is, and which decisions are possible. No input or output.

The API decides who may: this says beforehand what it would refuse, and names the way out.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from gateway.auth.tokens import Grant

Notice = Mapping[str, Any]
Case = Mapping[str, Any]

_OPEN: Final = frozenset({"submitted", "under-review"})
_IN_FORCE: Final = frozenset({"published", "updated", "diffused"})
_DISCUSSED: Final = frozenset({"submitted", "under-review", "waiting", "diffused"})


class Acts(NamedTuple):
    """The decisions that are possible, each as the end of its path in the API."""

    approve: str | None
    refuse: str | None
    may_ask: bool
    begins: bool
    """Whether the review is begun first."""


def case_of(notice: Notice) -> Case:
    """Return what the reviewers work on: the update that waits, or else the notice itself."""
    return open_update(notice) or notice


def open_update(notice: Notice) -> Case | None:
    """Return the update that waits for a decision, or None."""
    pending: Case | None = notice["pending"]
    return pending if pending and pending["status"] in _OPEN else None


def acts_on(notice: Notice) -> Acts:
    """Return what reviewers can decide on a notice in its state."""
    status = case_of(notice)["status"]
    may_ask = status in _DISCUSSED
    if status in _OPEN:
        return Acts("publication", "refusal", may_ask, begins=status == "submitted")
    if status == "waiting":
        return Acts("release", "refusal", may_ask, begins=False)
    is_reviewed = status != "diffused" or notice["compliant"] is not None
    return Acts(
        approve=None if is_reviewed else "compliance",
        refuse="cancellation" if status in _IN_FORCE else None,
        may_ask=may_ask,
        begins=False,
    )


def is_open(exchange: Mapping[str, Any]) -> bool:
    """Return whether the issuer is still to answer a question."""
    return exchange["answer"] is None and exchange["withdrawn"] is None


def open_questions(case: Case) -> int:
    """Return how many questions the issuer is still to answer."""
    return sum(map(is_open, case["exchanges"]))


def counted(findings: Sequence[Mapping[str, Any]], weight: str) -> int:
    """Return how many findings have a weight."""
    return sum(each["weight"] == weight for each in findings)


def to_overrule(case: Case) -> list[str]:
    """Return the codes of the findings that each officer who approves must answer."""
    return list(dict.fromkeys(each["code"] for each in case["findings"] if each["weight"] == "stops"))


def has_approved(case: Case, grant: Grant) -> bool:
    """Return whether an officer has approved what waits."""
    return any((each["bureau"], each["officer"]) == (grant.bureau, grant.officer) for each in case["approvals"])


def has_drafted(notice: Notice, grant: Grant) -> bool:
    """Return whether an officer drafted or edited a notice of their own bureau, or spoke for it."""
    return bool(notice["owner"] == grant.bureau and grant.officer in notice["drafted_by"])


def turn_of(notice: Notice, grant: Grant) -> str:
    """Return who acts next: the `issuer`, `other` officers than this one, or `me`."""
    case = case_of(notice)
    if open_questions(case):
        return "issuer"
    return "other" if has_drafted(notice, grant) or has_approved(case, grant) else "me"
