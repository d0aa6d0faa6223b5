"""What the synthetic records of all services have in common."""

import re

from services.synthetic_records import SEEDING, seeding_officer
from shared.bureaus import BureauCode
from shared.ids import UUID_PATTERN


def test_a_hit_of_an_example_subscription_can_be_sent() -> None:
    """It names the request in which the subscription was entered, and forms take a UUID alone."""
    assert seeding_officer(BureauCode("FR")).request_id == SEEDING
    assert re.fullmatch(str(UUID_PATTERN), SEEDING)
