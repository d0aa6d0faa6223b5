"""How much text a notice may have, and what its bureau is told to shorten."""

from datetime import date
from typing import Any

import pytest

from services.notices.criteria.excess import MAX_CHARACTERS, MAX_CHARGES
from services.notices.criteria.requirements import Incomplete, faults_of, require_complete
from tests.services.notices.examples import COMPLETE, WARRANT, complete, entry

TODAY = date(2026, 11, 28)
LONG = "Held up a bank. " * 249
CHARGE = {name: WARRANT[name] for name in ("charge", "law", "offence", "maximum_penalty_months")}


def with_charges(number: int, **changes: Any) -> dict[str, Any]:
    further = [CHARGE | changes] * (number // 2 - 1)
    return complete("red", warrants=[{**WARRANT, "further_charges": further}] * 2)


def faults(content: dict[str, Any]) -> list[str]:
    return [each.pointer for each in faults_of(entry(content).resolved(), TODAY)]


@pytest.mark.parametrize("colour", COMPLETE)
def test_a_complete_notice_is_not_excessive(colour: str) -> None:
    assert faults(complete(colour)) == []


def test_a_notice_of_too_many_charges_is_refused_with_the_number_it_may_have() -> None:
    assert faults(with_charges(MAX_CHARGES)) == []
    with pytest.raises(Incomplete, match=r"at most 40 charges, not 42: leave out the least grave \(RPD article 12\)"):
        require_complete(entry(with_charges(MAX_CHARGES + 2)).resolved(), TODAY)


def test_a_notice_of_too_much_text_is_refused_and_told_what_to_shorten() -> None:
    """The member that has most of it, whatever its single texts may be."""
    assert faults(with_charges(8, charge=LONG)) == []
    with pytest.raises(Incomplete, match=f"at most {MAX_CHARACTERS:,} characters") as refused:
        require_complete(entry(with_charges(20, charge=LONG)).resolved(), TODAY)
    assert [each["pointer"] for each in refused.value.members["errors"]] == ["/warrants"]
