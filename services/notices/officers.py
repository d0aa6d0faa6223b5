"""Who drafted a notice, and who of the Secretariat may decide on it. No input or output.

An officer is known by their bureau and name: officers of two bureaus may have the same name.
"""

from typing import Final

from services.notices.colours import Colour
from services.notices.lifecycle import OfficerDrafted, SecondOfficerNeeded
from services.notices.models import NoticeRecord
from services.notices.review_models import Approval, Reviewable
from shared.bureaus import SECRETARIAT, UNITS
from shared.identity import Caller

TWO_OFFICERS: Final = 2


def drafters_with(notice: NoticeRecord, by: Caller) -> tuple[str, ...]:
    """Return the officers of the issuer who drafted a notice or spoke for it, with one more."""
    return notice.drafted_by if by.officer in notice.drafted_by else (*notice.drafted_by, by.officer)


def is_secretariats(notice: NoticeRecord) -> bool:
    """Return whether the Secretariat issues a notice itself, or one of its units."""
    return notice.owner == SECRETARIAT or notice.owner in UNITS


def approvals_needed(notice: NoticeRecord) -> int:
    """Return how many officers must approve: two of a red notice and of all that the Secretariat issues itself."""
    return TWO_OFFICERS if notice.colour is Colour.RED or is_secretariats(notice) else 1


def require_did_not_draft(notice: NoticeRecord, by: Caller) -> None:
    """Require that an officer who decides did not draft what they decide on. Raises OfficerDrafted."""
    if by.bureau == notice.owner and by.officer in notice.drafted_by:
        raise OfficerDrafted(
            f"{by.officer} drafted, edited, submitted or answered for notice {notice.id}: another officer has to decide"
        )


def require_another(notice: NoticeRecord, case: Reviewable, by: Caller) -> None:
    """Require that an officer has not approved before. Raises SecondOfficerNeeded."""
    if given := next((each for each in case.approvals if each.is_by(by)), None):
        raise SecondOfficerNeeded(
            f"{by.officer} approved notice {notice.id} at {given.at:%Y-%m-%d %H:%M} UTC: it is published when a second "
            "officer of the Secretariat, who did not draft it, sends the same request"
        )


def is_approved(notice: NoticeRecord, approvals: tuple[Approval, ...]) -> bool:
    """Return whether different officers enough approved; an approval without a name is not counted."""
    officers = {(each.bureau, each.officer) for each in approvals if each.officer is not None}
    return len(officers) >= approvals_needed(notice)
