"""Red notices with other words, and what the screening finds in them."""

from typing import Any

from services.notices.review_models import Finding, Weight
from services.notices.screening.screen import screen_entry
from shared.bureaus import BureauCode
from tests.services.notices.examples import WARRANT, complete, entry

FR = BureauCode("FR")
ISSUED = {**WARRANT, "issued": "2026-03-01", "court": "TJ de Vernbourg"}


def red(facts: str, **warrant: Any) -> dict[str, Any]:
    return complete("red", facts=facts, warrants=[{**ISSUED, **warrant}])


def found(content: dict[str, Any], **more: Any) -> tuple[Finding, ...]:
    return screen_entry(entry(content).resolved(), FR, **more)


def stops(content: dict[str, Any]) -> set[str]:
    return {each.code for each in found(content) if each.weight is Weight.STOPS}
