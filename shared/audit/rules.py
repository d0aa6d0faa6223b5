"""Which rule a disclosure rests on. No input or output."""

from shared.bureaus import SECRETARIAT, BureauCode
from shared.disclosure import Rule
from shared.identity import Purpose, examines


def rule_for(owner: BureauCode, bureau: BureauCode, purpose: Purpose) -> Rule:
    """Return the rule by which a bureau is shown a record that it may see."""
    if examines(bureau, purpose):
        return Rule.DATA_SUBJECT_REQUEST
    if owner == bureau:
        return Rule.OWNER
    return Rule.SECRETARIAT if bureau == SECRETARIAT else Rule.MEMBERS
