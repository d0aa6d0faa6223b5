"""By which rule a record is shown, and what is refused where a log is damaged. No input or output."""

from shared.bureaus import PUBLIC, REVIEWERS, BureauCode, kind_of
from shared.disclosure import Rule
from shared.errors import Refusal
from shared.identity import Purpose, examines


class LogDamaged(Refusal, status=500, code="audit-log-damaged", title="The audit log is damaged"):
    """Leaves or disclosures that the log signed for are missing or altered in the store, so it cannot prove them."""


def rule_for(owner: BureauCode, bureau: BureauCode, purpose: Purpose) -> Rule:
    """Return the rule by which a bureau is shown a record that it may see."""
    if examines(bureau, purpose):
        return Rule.DATA_SUBJECT_REQUEST
    if owner == bureau:
        return Rule.OWNER
    if bureau in REVIEWERS:
        return Rule.SECRETARIAT
    if bureau == PUBLIC:
        return Rule.PUBLIC
    return Rule.PARTNERS if kind_of(bureau) == "partner" else Rule.MEMBERS
